import Foundation
import Testing
import TrunkProtocol

/// What unmodified Kamailio 5.6.3 and OpenSIPS 3.4.18 sent, byte for byte.
@Suite struct WireTests {
    struct Capture: CustomTestStringConvertible, Sendable {
        let file: String
        let answers: [String]
        var testDescription: String { file }

        var bytes: [UInt8] {
            let url = Bundle.module.url(forResource: file, withExtension: "bin", subdirectory: "Wire")!
            return Array(try! Data(contentsOf: url))
        }
    }

    /// Echoes what it was asked, so that the expected answers show what was read.
    private static let echo: @Sendable (SwitchRequest) -> SwitchReply = { request in
        switch request {
        case .sign(let sign):
            .sign(
                SignReply(
                    identity: "\(sign.orig)>\(sign.dest.joined(separator: "+"))", attest: sign.attest ?? "-",
                    origid: sign.trunk ?? "default", iat: 7))
        case .verify(let verify):
            .verify(
                VerifyReply(
                    valid: true, action: .allow, verstat: "TN-Validation-Passed",
                    sip: SIPStatus(code: 200, reason: "OK"),
                    reason: "\(verify.orig)>\(verify.dest.joined(separator: "+"))",
                    record: verify.identity.map { "\($0.utf8.count)\($0.suffix(12))" }.joined(separator: " ")))
        case .ping: .pong
        }
    }

    private static func signed(_ id: String, dest: String = "12155552001") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":{"identity":"12155551001>\#(dest)","attest":"A","origid":"default","iat":7}}"#
    }

    private static func verified(_ id: String, _ identities: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":{"valid":true,"action":"allow","verstat":"TN-Validation-Passed","#
            + #""sip":{"code":200,"reason":"OK"},"reason":"12155551001>12155552001","record":"\#(identities)"}}"#
    }

    static let captures = [
        Capture(file: "kamailio_janssonrpcc_sign", answers: [netstring(signed("2"))]),
        Capture(file: "kamailio_jsonrpcc_sign", answers: [netstring(signed("2"))]),
        Capture(file: "kamailio_evapi_sign", answers: [netstring(signed(#""55788:914637290""#))]),
        Capture(
            file: "kamailio_janssonrpcc_18_pipelined",
            answers: (570...587).map { netstring(signed("\($0)", dest: "12155550\($0 - 400)")) }),
        Capture(
            file: "kamailio_janssonrpcc_verify", answers: [netstring(verified("2", #"449ppt=\"shaken\""#))]),
        Capture(
            file: "kamailio_jsonrpcc_verify", answers: [netstring(verified("2", #"449ppt=\"shaken\""#))]),
        Capture(
            file: "kamailio_janssonrpcc_verify_two_identities",
            answers: [netstring(verified("5", "4476;ppt=shaken 14b.c;info=<x>"))]),
        Capture(file: "opensips_jsonrpc_sign", answers: [signed("438510985") + "\n"]),
        Capture(file: "opensips_jsonrpc_verify", answers: [verified("1032233422", #"449ppt=\"shaken\""#) + "\n"]),
        Capture(file: "opensips_jsonrpc_notification", answers: []),
    ]

    @Test(arguments: captures)
    func `is answered when sent whole`(capture: Capture) {
        #expect(SwitchWire(.atOnce(Self.echo)).exchange(capture.bytes) == capture.answers.joined())
    }

    @Test(arguments: captures)
    func `is answered when sent byte by byte`(capture: Capture) {
        let wire = SwitchWire(.atOnce(Self.echo))
        #expect(capture.bytes.map { wire.exchange([$0]) }.joined() == capture.answers.joined())
    }

    @Test(arguments: captures)
    func `is answered when sent three times back to back`(capture: Capture) {
        let wire = SwitchWire(.atOnce(Self.echo))
        let bytes = capture.bytes
        #expect(wire.exchange(bytes + bytes + bytes) == Array(repeating: capture.answers.joined(), count: 3).joined())
    }

    @Test func `all netstring clients may share a connection, in any order of answers`() {
        let netstrings = Self.captures.filter { $0.file.hasPrefix("kamailio") }
        let wire = SwitchWire(.backwards(Self.echo))
        let answers = wire.exchange(netstrings.flatMap(\.bytes))
        #expect(answers == netstrings.flatMap(\.answers).reversed().joined())
    }
}
