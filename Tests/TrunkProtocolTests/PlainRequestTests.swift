import Jansson
import Testing
import TrunkProtocol

/// Requests as switches write them all day are read without a tree. Of every text the two readers must say the same, or
/// a text would mean one thing to those who write it as usual and another to those who do not.
@Suite struct `A request that is read without a tree` {
    /// Every one is read without a tree, in whatever blanks and order.
    private static let usual = [
        #"{"jsonrpc":"2.0","id":1,"method":"sign","params":{"orig":"1","dest":"2"}}"#,
        #"{"jsonrpc":"2.0","id":"55788:914637290","method":"sign","params":{"orig":{"tn":"+86 571"},"dest":{"tn":["1","2"]},"attest":"B","origid":"o","iat":5,"date":"d","trunk":"t","egress":"e","call":"c"}}"#,
        #"{"jsonrpc":"2.0","id":0,"method":"sign","params":{"orig":{"tn":"1"},"dest":["2"],"attest":"A","iat":-1}}"#,
        #"{"jsonrpc":"2.0","id":-7,"method":"verify","params":{"orig":"1","dest":["2","3"]}}"#,
        #"{"jsonrpc":"2.0","id":"","method":"verify","params":{"identity":"a.b.c;info=<x>;ppt=shaken","orig":"","dest":""}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"verify","params":{"identity":["a","b"],"orig":{"tn":"1"},"dest":{"tn":"2"},"date":"Thu, 01 Jan 1970 00:00:00 GMT","trunk":"t","egress":"e","call":"c@d"}}"#,
        #"{"params":{"dest":"2","orig":"1"},"method":"verify","id":9,"jsonrpc":"2.0"}"#,
        #"{"jsonrpc":"2.0","id":999999999999999999,"method":"sign","params":{"orig":"1","dest":"2","iat":-999999999999999999}}"#,
        "\r\n\t { \"jsonrpc\" : \"2.0\" , \"id\"\n:\t1 ,\"method\": \"sign\" , \"params\" : { \"orig\" :{ \"tn\" : \"1\" } , \"dest\": [ \"2\" , \"3\" ] , \"iat\" : 5 } } \n",
    ]

    private static let deepest = #"{"jsonrpc":"2.0","id":1,"method":"sign","params":{"orig":"1","dest":{"tn":["2"]}}}"#
    private static let interesting: [UInt8] =
        Array(#""\{}[],: 0-a"#.utf8) + [0x0A, 0x00, 0x1F, 0x7F, 0x80, 0xFF]

    private func expectAgreement(_ text: [UInt8], limits: JSONLimits = .message) {
        let first = Envelope(parsing: text.span, limits: limits)
        let byTree = Envelope(parsingAsTree: text.span, limits: limits)
        #expect(first == byTree, "\(String(decoding: text, as: UTF8.self))")
    }

    private func expectAgreement(_ text: String) { expectAgreement(Array(text.utf8)) }

    private static func isRead(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return PlainRequest.read(bytes.span) != nil
    }

    private static func sign(_ params: String, id: String = "1") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"sign","params":\#(params)}"#
    }

    private static func verify(_ params: String) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"verify","params":\#(params)}"#
    }

    private static func numbers(_ count: Int) -> String { (0..<count).map { "\"\($0)\"" }.joined(separator: ",") }

    @Test(arguments: usual) func `is a usual one`(text: String) {
        #expect(Self.isRead(text))
        expectAgreement(text)
    }

    @Test func `says what it says`() throws {
        let sign = SignRequest(
            orig: "+86 571", dest: ["1", "2"], attest: "B", origid: "o", iat: 5, date: "d", trunk: "t", egress: "e",
            call: "c")
        let verify = VerifyRequest(
            identity: ["a", "b"], orig: "1", dest: ["2"], date: "Thu, 01 Jan 1970 00:00:00 GMT", trunk: "t",
            egress: "e",
            call: "c@d"
        )
        let (first, second) = (Array(Self.usual[1].utf8), Array(Self.usual[5].utf8))
        let (one, other) = (PlainRequest.read(first.span), PlainRequest.read(second.span))
        let (asked, asks) = (try #require(one), try #require(other))
        #expect(asked.0 == .string("55788:914637290"))
        #expect(asked.1 == .sign(sign))
        #expect(asks.0 == .integer(2))
        #expect(asks.1 == .verify(verify))
    }

    /// These are left to jansson, whether they are requests or not.
    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, #"{"jsonrpc":"2.0","method":"sign","params":{}}"#,
        #"{"jsonrpc":"1.0","id":1,"method":"sign","params":{"orig":"1","dest":"2"}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"Sign","params":{"orig":"1","dest":"2"}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"sign","params":{"orig":"1","dest":"2"},"more":1}"#,
        sign(#"{"orig":"é","dest":"2"}"#), sign(#"{"orig":"\u0031","dest":"2"}"#), sign(#"{"orig":"1"}"#),
        sign("{\"orig\":\"\u{7F}\",\"dest\":\"2\"}"), sign(#"{"orig":"1","dest":"2","more":1}"#),
        sign(#"{"orig":"1","dest":"2","iat":null}"#), sign(#"{"orig":"1","dest":"2","iat":01}"#),
        sign(#"{"orig":"1","dest":"2","iat":1.0}"#), sign(#"{"orig":"1","dest":"2","iat":1000000000000000000}"#),
        sign(#"{"orig":"1","dest":"2","orig":"1"}"#), sign(#"{"orig":"1","dest":"2","attest":"D"}"#),
        sign(#"{"orig":"1","dest":[]}"#), sign(#"{"orig":"1","dest":["2",]}"#), sign(#"{"orig":"1","dest":"2",}"#),
        sign(#"{"orig":{"tn":"1","x":0},"dest":"2"}"#), sign("{\"orig\":\"1\",\"dest\":[\(numbers(33))]}"),
        sign(#"{"orig":"1","dest":"2"}"#) + "x", String(sign(#"{"orig":"1","dest":"2"}"#).dropLast()), "",
        sign(#"{"orig":"1","dest":"2"}"#, id: "\"\(String(repeating: "x", count: 257))\""),
    ])
    func `is not this`(text: String) {
        #expect(!Self.isRead(text))
        expectAgreement(text)
    }

    @Test func `may have its members in any order`() {
        let outer = [
            #""jsonrpc":"2.0""#, #""id":"7""#, #""method":"sign""#,
            #""params":{"orig":{"tn":"1"},"dest":["2"],"attest":"C","iat":5}"#,
        ]
        let inner = [#""orig":{"tn":"1"}"#, #""dest":{"tn":["2","3"]}"#, #""date":"d""#, #""identity":["a","b"]"#]
        for order in Self.orders(of: outer) {
            for blank in ["", " ", "\n", "\t\r"] {
                let text = "{\(blank)" + order.joined(separator: ",\(blank)") + "\(blank)}\(blank)"
                #expect(Self.isRead(text))
                expectAgreement(text)
            }
        }
        for order in Self.orders(of: inner) {
            let text = Self.verify("{" + order.joined(separator: ",") + "}")
            #expect(Self.isRead(text))
            expectAgreement(text)
        }
    }

    @Test func `may have blanks wherever JSON may, and no other`() {
        for text in Self.usual {
            let bytes = Array(text.utf8)
            for place in 0...bytes.count {
                for blank in [0x20, 0x09, 0x0A, 0x0D, 0x0B, 0x0C, 0x00, 0x85, 0xA0] as [UInt8] {
                    expectAgreement(Array(bytes[..<place]) + [blank] + Array(bytes[place...]))
                }
            }
        }
    }

    @Test(arguments: ["jsonrpc", "id", "method", "params", "orig", "dest", "attest", "iat", "tn", "identity", "more"])
    func `says nothing twice, and nothing unknown`(name: String) {
        let values = [#""2.0""#, "1", #""sign""#, #"{"orig":"1","dest":"2"}"#, #"["2"]"#, "null", #""A""#, "{}", "[]"]
        for text in Self.usual {
            for value in values {
                let member = "\"\(name)\":\(value)"
                expectAgreement("{" + member + "," + text.dropFirst())
                expectAgreement(text.dropLast() + "," + member + "}")
                expectAgreement(text.replacing("\"params\":{", with: "\"params\":{\(member),"))
                expectAgreement(text.replacing("}}", with: ",\(member)}}"))
                expectAgreement(text.replacing("{\"tn\":", with: "{\(member),\"tn\":"))
            }
        }
    }

    @Test(arguments: ["orig", "dest", "attest", "origid", "iat", "date", "trunk", "egress", "call", "identity"])
    func `has values of the right kind, or means what it means to jansson`(name: String) {
        let values = [
            "null", "true", "false", "0", "-0", "-", "00", "01", "-01", "1.0", "1e3", "1E3", "1e", "1.", ".1", "+1",
            "0x1", "999999999999999999", "1000000000000000000", "9223372036854775807", "9223372036854775808",
            "-999999999999999999", "-9223372036854775808", "-9223372036854775809", "99999999999999999999", #""""#,
            #""A""#, #""B""#, #""C""#, #""D""#, #""a""#, #""A\u0000""#, #""\u0041""#, #""\/""#, #""\x""#, #""\"#,
            #""é""#, "\"\u{7F}\"", "\"\t\"", "\"\u{1F}\"", "\"\u{0}\"", "\"号\"", "[]", "{}", #"[""]"#, #"["1","2"]"#,
            #"["1",]"#, #"[,"1"]"#, #"["1" "2"]"#, #"["1",2]"#, #"["1",null]"#, #"[["1"]]"#, #"{"tn":"1"}"#,
            #"{"tn":""}"#, #"{"tn":1}"#, #"{"tn":null}"#, #"{"tn":["1","2"]}"#, #"{"tn":[]}"#, #"{"tn":{"tn":"1"}}"#,
            #"{"tn":"1","tn":"1"}"#, #"{"tn":"1","uri":"1"}"#, #"{"uri":"1","tn":"1"}"#, #"{"tn":"1",}"#,
            #"{"TN":"1"}"#, #"{"t\u006e":"1"}"#, #"{"tn" "1"}"#, #"{"tn"}"#, "1 2", "",
            "[\(Self.numbers(32))]", "[\(Self.numbers(33))]", "{\"tn\":[\(Self.numbers(32))]}",
            "{\"tn\":[\(Self.numbers(33))]}",
        ]
        for value in values {
            for method in ["sign", "verify", "ping", "other"] {
                for others in [#""orig":"1","dest":"2""#, #""orig":"1""#, #""dest":"2""#] {
                    let params = "{\(others),\"\(name)\":\(value)}"
                    let other = "{\"\(name)\":\(value),\(others)}"
                    expectAgreement(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#)
                    expectAgreement(#"{"params":\#(other),"method":"\#(method)","id":1,"jsonrpc":"2.0"}"#)
                }
            }
        }
    }

    @Test(arguments: [
        "null", "true", "0", "-0", "-", "00", "01", "1.0", "1e3", "-1", "999999999999999999", "1000000000000000000",
        "9223372036854775807", "9223372036854775808", "99999999999999999999", "-999999999999999999",
        "-1000000000000000000", "-9223372036854775808", "-9223372036854775809", "000000000000000000001", #""""#,
        #""1""#, #""\u0031""#, #""é""#, "[]", "{}", "[1]", #"{"id":1}"#, "",
        "\"\(String(repeating: "x", count: 256))\"", "\"\(String(repeating: "x", count: 257))\"",
        "\"\(String(repeating: "é", count: 128))\"", "\"\(String(repeating: "é", count: 129))\"",
    ])
    func `has an id, or none`(id: String) {
        for text in [Self.sign(#"{"orig":"1","dest":"2"}"#, id: id), Self.sign(#"{"orig":"1"}"#, id: id)] {
            expectAgreement(text)
            expectAgreement(text.replacing("\"method\":\"sign\",", with: ""))
        }
    }

    @Test(arguments: [0, 1, 31, 32, 33, 63, 64, 65, 95, 96, 97, 8_000])
    func `has strings of any length, with anything at any place`(length: Int) {
        let plain = String(repeating: "x", count: length)
        #expect(Self.isRead(Self.verify(#"{"orig":"1","dest":"2","identity":"\#(plain)"}"#)))
        let places = length < 100 ? Array(0..<length) : [0, length / 2, length - 1]
        for place in places {
            for byte in Self.interesting {
                var string = Array(plain.utf8)
                string[place] = byte
                let start = Array(#"{"jsonrpc":"2.0","id":1,"method":"verify","params":{"identity":""#.utf8)
                expectAgreement(start + string + Array(#"","orig":"1","dest":"2"}}"#.utf8))
            }
        }
    }

    @Test(arguments: usual) func `may be cut off anywhere`(text: String) {
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count { expectAgreement(Array(bytes[..<count])) }
        for start in 1..<bytes.count { expectAgreement(Array(bytes[start...])) }
    }

    @Test(arguments: usual) func `may have any one byte changed, added or left out`(text: String) {
        let bytes = Array(text.utf8)
        for place in bytes.indices {
            for byte in Self.interesting {
                var changed = bytes, longer = bytes
                changed[place] = byte
                longer.insert(byte, at: place)
                expectAgreement(changed)
                expectAgreement(longer)
            }
            var shorter = bytes
            shorter.remove(at: place)
            expectAgreement(shorter)
        }
        for byte in Self.interesting { expectAgreement(bytes + [byte]) }
    }

    @Test(arguments: 0..<40) func `may have some pieces of others put into it`(seed: UInt64) {
        var random = Seeded(state: seed)
        let texts = Self.usual.map { Array($0.utf8) }
        for _ in 0..<100 {
            var text = texts.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let other = texts.randomElement(using: &random)!
                let from = Int.random(in: 0..<other.count, using: &random)
                let piece = other[from..<min(other.count, from + Int.random(in: 1...30, using: &random))]
                let start = Int.random(in: 0...text.count, using: &random)
                let end = Int.random(in: start...min(text.count, start + 30), using: &random)
                text.replaceSubrange(start..<end, with: piece)
            }
            expectAgreement(text)
        }
    }

    @Test(arguments: usual + [deepest], 0...5) func `keeps to the limits`(text: String, depth: Int) {
        let bytes = Array(text.utf8)
        for size in [bytes.count - 1, bytes.count, bytes.count + 1, 0] {
            for string in [0, 1, 2, 25, bytes.count - 1, bytes.count, 65_536] {
                expectAgreement(bytes, limits: JSONLimits(bytes: size, depth: depth, stringBytes: string))
            }
        }
    }

    @Test func `is refused beyond the limits`() {
        let bytes = Array(Self.deepest.utf8)
        func isRequest(bytes count: Int, depth: Int) -> Bool {
            let limits = JSONLimits(bytes: count, depth: depth, stringBytes: 65_536)
            guard case .request = Envelope(parsing: bytes.span, limits: limits) else { return false }
            return true
        }
        #expect(isRequest(bytes: bytes.count, depth: 4))
        #expect(!isRequest(bytes: bytes.count, depth: 3))
        #expect(!isRequest(bytes: bytes.count - 1, depth: 4))
    }

    private static func orders(of members: [String]) -> [[String]] {
        guard members.count > 1 else { return [members] }
        return members.indices.flatMap { first in
            var rest = members
            let member = rest.remove(at: first)
            return orders(of: rest).map { [member] + $0 }
        }
    }
}
