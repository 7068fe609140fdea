import Certificates
import Exchange
import Foundation
import Jansson
import MiniPKI
import Statements
import Testing

/// Linked daemons whose packets get lost, which Tools/lossy sees to: here nothing is lost by itself.
@Suite(.timeLimit(.minutes(30))) struct LossyLinkTests {
    static let assertions = Int(ProcessInfo.processInfo.environment["COUNTERSIGN_LOSSY"] ?? "") ?? 40
    private static let notices = assertions / 10
    private static let callers = 16

    private let callee = LinkedCarriers.number(1)

    @Test func `what is told over a lossy network is all there, once, and in its order`() async throws {
        let row = try await LinkedCarriers(2), east = row.carriers[0], west = row.carriers[1]
        try await row.running { (daemons: [RunningDaemon]) async throws in
            async let told: Void = tell(west)
            try await withThrowingTaskGroup(of: Void.self) { calls in
                for first in 0..<Self.callers {
                    calls.addTask {
                        for place in stride(from: first, to: Self.assertions, by: Self.callers) {
                            try await call(place, daemons)
                        }
                    }
                }
                try await calls.waitForAll()
            }
            try await told
            let said = try await eventually("the notices") {
                let said = try await east.tool("notices", "--data", "data", "--json", "--limit", "100000")
                return said.split(separator: "\n").count >= Self.notices ? said : nil
            }
            let records = said.split(separator: "\n").map { line in
                line.firstMatch(of: /20260101-\d{9}/).map { String($0.output) }
            }
            #expect(records == (1...Self.notices).map { record($0) })
            let store = try ExchangeStore(folder: "\(west.folder)/data")
            try await eventually("their acknowledgement") {
                try store.outgoing(to: "1001", after: 0, limit: 1).isEmpty ? true : nil
            }
            // Each has served its call, and there is no second of any.
            for place in stride(from: 0, to: Self.assertions, by: max(1, Self.assertions / 20)) {
                let (orig, dest) = numbers(place)
                #expect(try await daemons[1].receive(orig, dest, over: "to-1001").reason == "missing_attestation")
            }
        }
        let counted = west.read("c.log").split(separator: "\n").last { $0.contains("inbox=1001") } ?? ""
        #expect(counted.contains("served=\(Self.assertions)"), "\(counted)")
    }

    private func numbers(_ place: Int) -> (orig: String, dest: String) {
        (LinkedCarriers.number(0, place % 1_000), LinkedCarriers.number(1, place / 1_000))
    }

    /// Signed there, and placed here until its token has come.
    private func call(_ place: Int, _ daemons: [RunningDaemon]) async throws {
        let (orig, dest) = numbers(place)
        let signed = try await daemons[0].sign(orig, dest, by: "to-1002")
        let arrived = try await eventually("the token of call \(place)") {
            let answer = try await daemons[1].receive(orig, dest, over: "to-1001")
            return answer.reason == "valid" ? answer : nil
        }
        #expect(arrived.origid == signed.origid, "call \(place)")
    }

    private func record(_ place: Int) -> String { "20260101-\(String(place + 1_000_000_000).dropFirst())" }

    /// Queues notices, each for itself, as another process on the machine may.
    private func tell(_ carrier: Carrier) async throws {
        let store = try ExchangeStore(folder: "\(carrier.folder)/data"), party = carrier.party
        let signer = try #require(
            StatementSigner(Credential(key: party.key, chain: party.chain, url: CertificateURL(party.x5u))))
        for place in 1...Self.notices {
            let statement = Statement(.notice, by: "1002", at: Carrier.now) { text in
                text.raw(#","notices":[{"at":1,"orig":"1","dest":"2","reason":"stale_iat","sip":403,"record":"#)
                text.string(record(place))
                text.raw("}]")
            }
            try store.send(try await signer.sign(statement), .notice, to: "1001", at: Carrier.now)
        }
    }
}
