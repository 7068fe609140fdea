import Foundation
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT
import Testing

/// What unmodified Kamailio 5.6.3 and OpenSIPS 3.4.18 send, byte for byte, to a daemon with plan `nanp` and a default trunk
/// for each listener: `sign` comes in by the one whose trunk may show +12155551000 to +12155551999, `verify` by the other.
@Suite(.timeLimit(.minutes(5))) struct WireTests {
    struct Capture: CustomTestStringConvertible, Sendable {
        enum Expected { case signed, stale }

        let file: String
        let expected: Expected
        /// As text, so that `2` and `"2"` differ.
        let ids: [String]
        var testDescription: String { file }

        var bytes: [UInt8] {
            get throws {
                let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                let folder = tests.appending(path: "TrunkProtocolTests/Wire")
                return Array(try Data(contentsOf: folder.appending(path: "\(file).bin")))
            }
        }
    }

    static let captures = [
        Capture(file: "kamailio_janssonrpcc_sign", expected: .signed, ids: ["2"]),
        Capture(file: "kamailio_jsonrpcc_sign", expected: .signed, ids: ["2"]),
        Capture(file: "kamailio_evapi_sign", expected: .signed, ids: [#""55788:914637290""#]),
        Capture(
            file: "kamailio_janssonrpcc_18_pipelined", expected: .signed, ids: (570...587).map { "\($0)" }),
        Capture(file: "opensips_jsonrpc_sign", expected: .signed, ids: ["438510985"]),
        Capture(file: "opensips_jsonrpc_notification", expected: .signed, ids: []),
        Capture(file: "kamailio_janssonrpcc_verify", expected: .stale, ids: ["2"]),
        Capture(file: "kamailio_jsonrpcc_verify", expected: .stale, ids: ["2"]),
        Capture(file: "kamailio_janssonrpcc_verify_two_identities", expected: .stale, ids: ["5"]),
        Capture(file: "opensips_jsonrpc_verify", expected: .stale, ids: ["1032233422"]),
    ]

    @Test func `the captured requests are answered, however they are cut`() async throws {
        let pki = MiniPKI(now: Carrier.now)
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors)
        try carrier.write(
            "c.yaml", "privateNetworkURLs: true\n" + carrier.read("c.yaml"))
        try await carrier.makeLedger()
        try await carrier.running { daemon in
            for capture in Self.captures {
                let bytes = try capture.bytes
                let port = capture.expected == .signed ? daemon.switchPort : daemon.trunkPort
                try await check(capture, 1, [bytes], port, carrier.party)
                try await check(capture, 1, bytes.map { [$0] }, port, carrier.party)
                try await check(capture, 3, [bytes + bytes + bytes], port, carrier.party)
            }
        }
    }

    /// Sends until a try comes whose answers all came in time, and judges that.
    private func check(
        _ capture: Capture, _ times: Int, _ pieces: [[UInt8]], _ port: Int, _ signer: MiniPKI.Party
    ) async throws {
        let expected = capture.ids.count * times
        let texts = try await eventually("\(expected) answers to \(capture.file)") { () -> [String]? in
            let texts = try await Wire.exchange(port, pieces)
            return texts.count >= expected ? texts : nil
        }
        let ids = texts.map { text in
            text.firstRange(of: ",\"result\"").map {
                String(text[..<$0.lowerBound].trimmingPrefix(#"{"jsonrpc":"2.0","id":"#))
            }
        }
        #expect(ids.sorted { ($0 ?? "") < ($1 ?? "") } == (0..<times).flatMap { _ in capture.ids }.sorted())
        for text in texts {
            #expect(text.utf8.count < 8_000)
            let answer = try Answer(text)
            switch capture.expected {
            case .signed: try checkSigned(answer, by: signer)
            case .stale:
                #expect(answer.valid == false && answer.action == "block" && answer.verstat == "No-TN-Validation")
                #expect(answer.sip == 403 && answer.reason == "stale_iat" && answer.record?.isEmpty == false)
            }
        }
    }

    private func checkSigned(_ answer: Answer, by signer: MiniPKI.Party) throws {
        let token = try UnverifiedPassport(IdentityHeader(parsing: try #require(answer.identity)))
        let passport = try token.verified(by: signer.key.verifyingKey).passport
        #expect(passport.attestation == .full && answer.attest == "A")
        #expect(passport.origin.description == "12155551001")
        #expect(passport.destinations.count == 1 && token.isCanonical && token.certificateURL == signer.x5u)
        #expect(passport.originID == answer.origid && passport.issuedAt >= Carrier.now)
    }
}
