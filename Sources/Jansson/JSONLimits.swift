/// What a JSON text may cost before anything is allocated for it.
package struct JSONLimits: Sendable {
    package var bytes: Int
    /// Objects and arrays inside one another.
    package var depth: Int
    /// The longest string as written, escapes included.
    package var stringBytes: Int

    package init(bytes: Int, depth: Int, stringBytes: Int) {
        self.bytes = bytes
        self.depth = depth
        self.stringBytes = stringBytes
    }

    /// A protocol message: 64 KiB, 16 levels.
    package static let message = JSONLimits(bytes: 65_536, depth: 16, stringBytes: 65_536)
    /// A token's header or claims: 16 KiB, 16 levels, strings of 8 KiB.
    package static let token = JSONLimits(bytes: 16_384, depth: 16, stringBytes: 8_192)
}

extension JSONLimits {
    /// One pass over the bytes, in which only strings and brackets matter; what is wrong otherwise is jansson's to say.
    func check(_ text: Span<UInt8>) throws(JSONError) {
        guard text.count <= bytes else { throw .tooLarge(bytes: text.count) }
        var depth = 0, index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                let start = index + 1
                index = Self.endOfString(in: text, from: start)
                guard index - start <= stringBytes else { throw .stringTooLong }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                guard depth <= self.depth else { throw .tooDeep }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
            default: break
            }
            index += 1
        }
    }

    /// Where the closing quote stands, or the end of the text.
    private static func endOfString(in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index, text.count)
    }
}
