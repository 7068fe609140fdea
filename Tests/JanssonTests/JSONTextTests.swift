import Jansson
import Testing

/// What is written without a tree is read by jansson, which knows nothing of the writer.
@Suite struct `JSON text written piece by piece` {
    /// As the only member of an object.
    private func written(capacity: Int = 64, _ write: (inout JSONText) -> Void) -> [UInt8] {
        var text = JSONText(capacity: capacity)
        text.raw(#"{"a":"#)
        write(&text)
        text.raw("}")
        return text.bytes
    }

    private static let controls = String(String.UnicodeScalarView((1..<0x20).map { UnicodeScalar(UInt8($0)) }))

    private static let strings = [
        "", "a", "\"", "\\", "/", "\\\"\\", "a\"b", "\u{7F}", "a\u{7F}b", controls, "x" + controls + "y", "é", "号", "😀",
        "\u{80}", "\u{FFFF}", "\u{10FFFF}", "\u{2028}", "e\u{301}", "\r\n", "\\u0041", "{}[],:", "é\n\"号\"",
    ]

    private static let lengths = Array(0...140) + [4_095, 4_096, 4_097, 100_000]

    @Test(arguments: strings) func `gives every string back`(string: String) throws {
        let bytes = written { $0.string(string) }
        // By their bytes: to Swift, "é" and "e\u{301}" are equal.
        #expect(try JSON(parsing: bytes.span).string("a").utf8.elementsEqual(string.utf8))
    }

    @Test func `gives every character of the first planes back, one by one`() throws {
        for value in 1..<UInt32(0x1_1000) {
            guard let scalar = UnicodeScalar(value) else { continue }
            let string = String(scalar), bytes = written { $0.string(string) }
            guard try JSON(parsing: bytes.span).string("a").utf8.elementsEqual(string.utf8) else {
                Issue.record("U+\(String(value, radix: 16))")
                return
            }
        }
    }

    /// RFC 8259 §7: nothing but quotation mark, reverse solidus and the control characters. U+0000 too, although our
    /// parser takes none.
    @Test func `escapes what it must and nothing else`() {
        let escapes: [UInt8: String] = [
            0x08: #"\b"#, 0x09: #"\t"#, 0x0A: #"\n"#, 0x0C: #"\f"#, 0x0D: #"\r"#, 0x22: #"\""#, 0x5C: #"\\"#,
            0x00: #"\u0000"#, 0x01: #"\u0001"#, 0x0F: #"\u000f"#, 0x10: #"\u0010"#, 0x1F: #"\u001f"#,
        ]
        for byte in UInt8(0)...0x7F {
            let character = String(UnicodeScalar(byte))
            let bytes = written { $0.string(character) }
            let between = String(decoding: bytes.dropFirst(6).dropLast(2), as: UTF8.self)
            if let escape = escapes[byte] {
                #expect(between == escape)
            } else if byte < 0x20 {
                #expect(between.hasPrefix(#"\u00"#) && between.utf8.count == 6)
            } else {
                #expect(between == character)
            }
        }
    }

    @Test(arguments: lengths, ["x", "\n", "\"", "\u{1}", "é"])
    func `grows as long as a string is, plain or not`(length: Int, character: String) throws {
        let string = String(repeating: character, count: length) + "end"
        let bytes = written { $0.string(string) }
        let limits = JSONLimits(bytes: .max, depth: 1, stringBytes: .max)
        #expect(try JSON(parsing: bytes.span, limits: limits).string("a").utf8.elementsEqual(string.utf8))
    }

    @Test func `grows at every place where a buffer can end`() throws {
        for before in 0..<70 {
            var text = JSONText(capacity: 0), expected: [UInt8] = []
            for _ in 0..<before {
                text.raw("[")
                expected.append(UInt8(ascii: "["))
            }
            text.number(.min)
            text.string("\u{1F}é\"")
            text.raw(",\"name\":")
            text.number(7)
            text.string(String(repeating: "y", count: before))
            expected += Array(#"-9223372036854775808"\u001fé\"","name":7""#.utf8)
            expected += Array(repeating: UInt8(ascii: "y"), count: before) + [UInt8(ascii: "\"")]
            #expect(text.bytes == expected, "after \(before) bytes")
            #expect(text.count == expected.count)
        }
    }

    @Test(arguments: [
        0, 1, -1, 9, 10, -10, 99, 100, 1_795_329_200, 999_999_999_999_999_999, 1_000_000_000_000_000_000, .max, .min,
        .max - 1, .min + 1,
    ])
    func `gives every number back`(number: Int) throws {
        let bytes = written { $0.number(number) }
        #expect(try JSON(parsing: bytes.span).integer("a") == number)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"a":\#(number)}"#)
    }

    @Test func `is what was said, as it was said`() {
        var text = JSONText()
        #expect(text.count == 0 && text.bytes.isEmpty)
        text.raw("")
        #expect(text.count == 0)
        text.raw("not \"JSON\" at all, 号\n")
        #expect(text.bytes == Array("not \"JSON\" at all, 号\n".utf8))
        #expect(text.count == text.bytes.count)
    }

    @Test func `can be looked at in parts`() {
        var text = JSONText(capacity: 64)
        var ends = [0]
        for index in 0..<50 {
            text.string("part \(index)")
            ends.append(text.count)
        }
        for index in 0..<50 {
            let part = text.withBytes(ends[index]..<ends[index + 1]) { bytes in
                let bytes = Span<UInt8>(_bytes: bytes)
                return bytes.indices.map { bytes[$0] }
            }
            #expect(part == Array("\"part \(index)\"".utf8))
        }
        #expect(text.withBytes(text.count..<text.count) { $0.byteCount } == 0)
        #expect(text.withBytes(0..<text.count) { $0.byteCount } == text.bytes.count)
    }

    @Test func `holds nothing of what was before, once all is removed`() {
        var text = JSONText(capacity: 64)
        text.string(String(repeating: "long", count: 1_000))
        let before = text.bytes
        text.removeAll()
        #expect(text.count == 0 && text.bytes.isEmpty)
        text.number(-5)
        #expect(text.bytes == Array("-5".utf8))
        text.removeAll()
        text.string(String(repeating: "long", count: 1_000))
        #expect(text.bytes == before)
    }
}
