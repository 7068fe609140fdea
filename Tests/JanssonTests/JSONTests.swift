import Jansson
import Testing

@Suite struct `JSON as every decision reads it` {
    @Test(arguments: [
        (#"{"iat":1,"iat":2}"#, "a repeated name"),
        (#"{"orig":{"tn":"1","tn":"2"}}"#, "a repeated name inside"),
        (#"{"iat":1,"\u0069at":2}"#, "a repeated name, once escaped"),
        ("\u{FEFF}{}", "a byte order mark"),
        (#"{"a":"\ud800"}"#, "a lone surrogate"),
        (#"{"a":"\u0000"}"#, "U+0000"),
        (#"{} {}"#, "a second text"),
        (#"{}x"#, "trailing bytes"),
        (#"{"a":9223372036854775808}"#, "an integer of more than 64 bits"),
        ("", "nothing"), ("1", "a bare number"), ("\"a\"", "a bare string"),
    ])
    func `refused:`(text: String, why: String) {
        #expect(throws: JSONError.self, "\(why)") { _ = try JSON(parsing: text.utf8.span).count }
    }

    @Test func `invalid UTF-8 is refused`() {
        let overlong: [UInt8] = Array(#"{"a":""#.utf8) + [0xC0, 0xAF] + Array(#""}"#.utf8)
        #expect(throws: JSONError.self) { _ = try JSON(parsing: overlong.span).count }
    }

    @Test func `limits are checked before anything is parsed`() throws {
        let limits = JSONLimits(bytes: 64, depth: 3, stringBytes: 8)
        func parse(_ text: String) throws(JSONError) { _ = try JSON(parsing: text.utf8.span, limits: limits).count }
        try parse("[[[]]]")
        #expect(throws: JSONError.tooDeep) { try parse("[[[[]]]]") }
        try parse(#"["12345678"]"#)
        #expect(throws: JSONError.stringTooLong) { try parse(#"["123456789"]"#) }
        try parse(#"["[[[[\"["]"#)
        #expect(throws: JSONError.tooLarge(bytes: 65)) { try parse(String(repeating: " ", count: 65)) }
        #expect(throws: JSONError.tooDeep) { try parse(String(repeating: "[", count: 60)) }
    }

    @Test func `an element is what it is, and nothing else`() throws {
        let json = try JSON(parsing: Array(#"[7,7.0,"7",true,false,null]"#.utf8).span)
        let found = (0...json.count).map { json.values(at: $0) }
        #expect(found == [["7"], [], ["text 7"], ["true"], ["false"], [], nil])
        let object = try JSON(parsing: Array(#"{"a":1}"#.utf8).span), first = object.values(at: 0)
        #expect(first == nil)
    }

    @Test func `booleans are true or false and nothing else`() throws {
        let json = try JSON(parsing: Array(#"{"a":true,"b":false,"c":1,"d":"true","e":null}"#.utf8).span)
        #expect(try json.optionalBoolean("a") == true)
        #expect(try json.optionalBoolean("b") == false)
        #expect(try json.optionalBoolean("f") == nil)
        #expect(throws: JSONError.wrongType(name: "c", expected: "boolean")) { try json.optionalBoolean("c") }
        #expect(throws: JSONError.wrongType(name: "d", expected: "boolean")) { try json.optionalBoolean("d") }
        #expect(throws: JSONError.wrongType(name: "e", expected: "boolean")) { try json.optionalBoolean("e") }
    }

    @Test func `integers are integers and nothing else`() throws {
        let json = try JSON(parsing: #"{"a":7,"b":7.0,"c":"7","d":7e0,"e":true,"f":null}"#.utf8.span)
        #expect(try json.integer("a") == 7)
        #expect(throws: JSONError.wrongType(name: "b", expected: "integer")) { try json.integer("b") }
        #expect(throws: JSONError.wrongType(name: "c", expected: "integer")) { try json.integer("c") }
        #expect(throws: JSONError.wrongType(name: "d", expected: "integer")) { try json.integer("d") }
        #expect(throws: JSONError.wrongType(name: "e", expected: "integer")) { try json.integer("e") }
        #expect(throws: JSONError.missing(name: "g")) { try json.integer("g") }
        #expect(json.kind(of: "f") == .null)
        #expect(json.kind(of: "g") == nil)
    }

    @Test func `the canonical form sorts by code point at every level and escapes only what it must`() throws {
        let text = #"{"ｚ":1,"😀":2,"b":{"y":null,"x":[true,false]},"a":"é/\"\\"}"#
        let canonical = try JSON(parsing: text.utf8.span).canonicalText()
        #expect(
            String(decoding: canonical, as: UTF8.self) == #"{"a":"é/\"\\","b":{"x":[true,false],"y":null},"ｚ":1,"😀":2}"#
        )
    }

    @Test func `every character below a blank survives a round trip`() throws {
        let nasty = String((1..<0x20).map { Character(UnicodeScalar($0)!) })
        let json = JSON.object()
        json.set("text", nasty)
        json.set("all", [nasty, ""])
        let canonical = json.canonicalText()
        let again = try JSON(parsing: canonical.span)
        #expect(try again.string("text") == nasty)
        #expect(try again.strings("all") == [nasty, ""])
    }

    @Test func `a child outlives its document`() throws {
        func child() throws(JSONError) -> JSON {
            try JSON(parsing: #"{"orig":{"tn":"12155551212"}}"#.utf8.span).object("orig")
        }
        #expect(try child().string("tn") == "12155551212")
    }
}

extension JSON {
    /// What an element can be read as; nil where there is none.
    fileprivate func values(at index: Int) -> [String]? {
        guard let element = element(index) else { return nil }
        return [element.number.map(String.init), element.truth.map(String.init), element.text.map { "text \($0)" }]
            .compactMap { $0 }
    }
}
