import Foundation
import Jansson
import NIOCore
import Testing
import TrunkProtocol

@Suite struct FrameDecoderTests {
    private static func vectors(_ name: StaticString) -> [String] {
        let url = Bundle.module.url(forResource: "netstring_jsonrpc", withExtension: "json", subdirectory: "Wire")!
        let text = Array(try! Data(contentsOf: url))
        return try! JSON(parsing: text.span).strings(name)
    }

    /// The messages in `pieces`, or the fault that ended them.
    private func messages(in pieces: [[UInt8]], limits: SwitchLimits = SwitchLimits()) -> Result<[String], FramingFault>
    {
        var decoder = FrameDecoder(limits: limits)
        var messages: [String] = []
        do throws(FramingFault) {
            for piece in pieces {
                decoder.append(ByteBuffer(bytes: piece))
                while let message = try decoder.next() { messages.append(String(buffer: message)) }
                decoder.releaseStorage()
            }
        } catch {
            return .failure(error)
        }
        return decoder.isWithinMessage ? .failure(.truncated) : .success(messages)
    }

    private func messages(in text: String, limits: SwitchLimits = SwitchLimits()) -> Result<[String], FramingFault> {
        messages(in: [Array(text.utf8)], limits: limits)
    }

    @Test func `the published netstrings are read`() {
        #expect(Self.vectors("netstring_valid") == ["0:,", "12:hello world!,"])
        #expect(messages(in: "0:,") == .success([""]))
        #expect(messages(in: "12:hello world!,") == .success(["hello world!"]))
    }

    @Test(arguments: vectors("netstring_invalid"))
    func `a string that is no netstring is refused, whole or byte by byte`(text: String) {
        let whole = messages(in: text)
        guard case .failure(let fault) = whole else {
            Issue.record("read \(whole)")
            return
        }
        #expect(messages(in: text.utf8.map { [$0] }) == .failure(fault))
        #expect(messages(in: "0:," + text) != .success([""]), "also as the second message")
    }

    @Test(arguments: [
        ("00:,", FramingFault.badLength), ("012:hello world!,", .badLength), ("12:hello world!;", .missingComma),
        ("-1:,", .unknownFraming), (" 3:abc,", .unknownFraming), ("3 :abc,", .badLength), ("3:abcd,", .missingComma),
        (":,", .unknownFraming), ("9999999999:", .badLength), ("9999999:", .tooLong), ("65537:", .tooLong),
        ("0:,:,", .badLength), ("0:,{}", .badLength), ("0:,\n0:,", .badLength), ("{}0:,", .strayByte),
        ("{},{}", .strayByte), ("POST / HTTP/1.1", .unknownFraming), ("agi_network: yes\n", .unknownFraming),
        ("\u{FEFF}{}", .unknownFraming), ("\u{0}", .unknownFraming), ("]", .unknownFraming),
        (String(repeating: "[", count: 17), .tooDeep), ("{\"a\":", .truncated), ("5:abc", .truncated),
    ])
    func `what cannot be framed says why`(text: String, fault: FramingFault) {
        #expect(messages(in: text) == .failure(fault))
    }

    @Test func `a message may be as long as the limit and no longer`() {
        var limits = SwitchLimits()
        limits.longestMessage = 20
        let exact = "{\"a\":\"" + String(repeating: "x", count: 12) + "\"}"
        #expect(messages(in: netstring(exact), limits: limits) == .success([exact]))
        #expect(messages(in: exact, limits: limits) == .success([exact]))
        #expect(messages(in: netstring(exact + " "), limits: limits) == .failure(.tooLong))
        #expect(
            messages(in: "{\"a\":\"" + String(repeating: "x", count: 13) + "\"}", limits: limits) == .failure(.tooLong))
    }

    @Test func `brackets in strings do not end an object`() {
        let object = #"{"a":"}]\"}\\","b":[{},"{"]}"#
        #expect(messages(in: object + " \r\n\t" + object + object) == .success([object, object, object]))
    }

    @Test(arguments: [
        "12:hello world!,0:,3:a,b,", #"  {"a":"}\\\"]"} [1,[2]]{}"# + "\n",
    ])
    func `a stream may be split at every byte`(text: String) throws {
        let bytes = Array(text.utf8)
        let whole = try messages(in: [bytes]).get()
        #expect(whole.count == 3)
        for split in 0...bytes.count {
            #expect(messages(in: [Array(bytes[..<split]), Array(bytes[split...])]) == .success(whole))
        }
        #expect(messages(in: bytes.map { [$0] }) == .success(whole))
    }

    @Test(arguments: 0..<200)
    func `random messages in random pieces all come out`(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let isNetstring = Bool.random(using: &random)
        var sent: [String] = []
        var stream = ""
        for _ in 0..<Int.random(in: 1...20, using: &random) {
            let message = Self.object(depth: 3, using: &random)
            sent.append(message)
            stream +=
                isNetstring ? netstring(message) : message + ["", " ", "\n", "\r\n\t"].randomElement(using: &random)!
        }
        var rest = Array(stream.utf8)[...]
        var pieces: [[UInt8]] = []
        while !rest.isEmpty {
            let count = min(
                rest.count, Int.random(in: 1...[1, 3, 40, 900].randomElement(using: &random)!, using: &random))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        #expect(messages(in: pieces) == .success(sent))
    }

    @Test(arguments: 0..<200)
    func `random bytes end in messages or a fault, never a trap`(seed: UInt64) {
        var random = Seeded(state: seed)
        let alphabet = Array("0123456789:,{}[]\" \\ax\n".utf8)
        let bytes = (0..<200).map { _ in alphabet.randomElement(using: &random)! }
        let whole = messages(in: [bytes])
        let apart = messages(in: bytes.map { [$0] })
        #expect(whole == apart)
    }

    private static func object(depth: Int, using random: inout Seeded) -> String {
        let blank = ["", " ", "\n"].randomElement(using: &random)!
        var members: [String] = []
        for index in 0..<Int.random(in: 0...4, using: &random) {
            let value: String
            switch Int.random(in: 0...3, using: &random) {
            case 0 where depth > 0: value = object(depth: depth - 1, using: &random)
            case 1 where depth > 0: value = "[\(blank)\(object(depth: depth - 1, using: &random)),1]"
            case 2: value = #""}{][\"\\\u007D é 号 ,""#
            default: value = "\(Int.random(in: -9...9_999_999, using: &random))"
            }
            members.append("\"\(index)\(blank)\":\(blank)\(value)")
        }
        return "{\(blank)\(members.joined(separator: ",\(blank)"))}"
    }
}
