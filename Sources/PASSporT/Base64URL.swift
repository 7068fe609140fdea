/// base64url without padding (RFC 4648 §5), as every part of a JWS in compact serialisation uses it.
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static let foreign: UInt8 = 0xFF
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: foreign, count: 256)
        for value in alphabet.indices { values[Int(alphabet[value])] = UInt8(value) }
        return values
    }()

    package static func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
        let alphabet = alphabet.span
        let left = bytes.count % 3
        text.append(addingCapacity: bytes.count / 3 * 4 + (left == 0 ? 0 : left + 1)) { output in
            var index = 0
            while index + 3 <= bytes.count {
                let word = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
                output.append(alphabet[word >> 18])
                output.append(alphabet[word >> 12 & 63])
                output.append(alphabet[word >> 6 & 63])
                output.append(alphabet[word & 63])
                index += 3
            }
            guard left > 0 else { return }
            let word = Int(bytes[index]) << 16 | (left == 2 ? Int(bytes[index + 1]) << 8 : 0)
            output.append(alphabet[word >> 18])
            output.append(alphabet[word >> 12 & 63])
            if left == 2 { output.append(alphabet[word >> 6 & 63]) }
        }
    }

    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? { decode(text.span) }

    /// Nil for padding, white space, any other foreign byte, or stray bits at the end: one text has one meaning.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        let left = text.count % 4
        guard left != 1 else { return nil }
        let values = values.span
        var seen: UInt8 = 0, stray: UInt32 = 0
        let bytes = [UInt8](capacity: text.count / 4 * 3 + (left == 0 ? 0 : left - 1)) { output in
            var index = 0
            while index + 4 <= text.count {
                let (a, b) = (values[Int(text[index])], values[Int(text[index + 1])])
                let (c, d) = (values[Int(text[index + 2])], values[Int(text[index + 3])])
                seen |= a | b | c | d
                let word = UInt32(a) << 18 | UInt32(b) << 12 | UInt32(c) << 6 | UInt32(d)
                output.append(UInt8(truncatingIfNeeded: word >> 16))
                output.append(UInt8(truncatingIfNeeded: word >> 8))
                output.append(UInt8(truncatingIfNeeded: word))
                index += 4
            }
            guard left > 0 else { return }
            let (a, b) = (values[Int(text[index])], values[Int(text[index + 1])])
            let c = left == 3 ? values[Int(text[index + 2])] : 0
            seen |= a | b | c
            let word = UInt32(a) << 18 | UInt32(b) << 12 | UInt32(c) << 6
            output.append(UInt8(truncatingIfNeeded: word >> 16))
            if left == 3 { output.append(UInt8(truncatingIfNeeded: word >> 8)) }
            stray = left == 3 ? word & 0xFF : word & 0xFFFF
        }
        // A foreign byte is the only thing that sets the two high bits.
        guard seen < 64, stray == 0 else { return nil }
        return bytes
    }
}
