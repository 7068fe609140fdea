/// base64url without padding (RFC 4648 §5), as every part of a JWS in compact serialisation uses it.
enum Base64URL {
    private static let alphabet: InlineArray<64, UInt8> = {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        return InlineArray { letters[$0] }
    }()

    private static let foreign: UInt8 = 0xFF
    private static let values: InlineArray<256, UInt8> = {
        var values = InlineArray<256, UInt8>(repeating: foreign)
        for value in alphabet.indices { values[Int(alphabet[value])] = UInt8(value) }
        return values
    }()

    static func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
        let alphabet = alphabet
        var index = 0
        while index + 3 <= bytes.count {
            let word = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            text.append(alphabet[word >> 18])
            text.append(alphabet[word >> 12 & 63])
            text.append(alphabet[word >> 6 & 63])
            text.append(alphabet[word & 63])
            index += 3
        }
        let left = bytes.count - index
        guard left > 0 else { return }
        let word = Int(bytes[index]) << 16 | (left == 2 ? Int(bytes[index + 1]) << 8 : 0)
        text.append(alphabet[word >> 18])
        text.append(alphabet[word >> 12 & 63])
        if left == 2 { text.append(alphabet[word >> 6 & 63]) }
    }

    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? { decode(text.span) }

    /// Nil for padding, white space, any other foreign byte, or stray bits at the end: one text has one meaning.
    static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        let values = values
        var seen: UInt8 = 0, stray = 0
        let bytes = [UInt8](capacity: text.count * 3 / 4) { output in
            var word = 0, bits = 0
            for index in text.indices {
                let value = values[Int(text[index])]
                seen |= value
                word = (word << 6 | Int(value)) & 0xFFFF
                bits += 6
                if bits >= 8, output.freeCapacity > 0 {
                    bits -= 8
                    output.append(UInt8(truncatingIfNeeded: word >> bits))
                }
            }
            stray = word & (1 << bits - 1)
        }
        // A foreign byte is the only thing that sets the two high bits.
        guard seen < 64, stray == 0 else { return nil }
        return bytes
    }
}
