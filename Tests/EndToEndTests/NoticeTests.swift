import Foundation
import Records
import Testing

/// A call that one carrier's daemon blocks is told to the carrier it came from.
@Suite(.timeLimit(.minutes(10))) struct NoticeTests {
    private struct Line: Decodable {
        let peer, reason: String
        let records: [String]
        let calls, sip: Int
        let circuit, orig, dest, own, contact: String?
    }

    private func notices(_ carrier: Carrier, _ more: String...) async throws -> [Line] {
        let (status, output) = try await Program.run(
            "countersign", ["notices", "--data", "data", "--json"] + more, in: carrier.folder)
        guard status == 0 else { throw Unexpected(output) }
        return try output.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    @Test func `a blocked call is told to its sender, who finds its own record of it`() async throws {
        let row = try await LinkedCarriers(2), east = row.carriers[0], west = row.carriers[1]
        let caller = LinkedCarriers.number(0), callee = LinkedCarriers.number(1)
        for carrier in row.carriers {
            try carrier.write(
                "c.yaml",
                carrier.read("c.yaml").replacing(
                    "  heartbeatSeconds: 1\n", with: "  heartbeatSeconds: 1\n  appealContact: appeals@example.com\n"))
        }
        try await row.running { (daemons: [RunningDaemon]) async throws in
            let signed = try await daemons[0].sign(caller, callee, by: "ent-1")
            // On the way somebody has put another number in the place of the one that it was signed for.
            let blocked = try await daemons[1].ask(
                "verify",
                #"{"orig":"\#(LinkedCarriers.number(0, 7))","dest":"\#(callee)","trunk":"to-1001","#
                    + #""identity":"\#(signed.identity ?? "")"}"#, on: daemons[1].trunkPort)
            #expect(blocked.action == "block", "\(blocked)")
            let line = try await eventually("a notice") { try await notices(east).first }
            #expect((line.peer, line.calls, line.reason) == ("1002", 1, blocked.reason))
            #expect(line.records == [blocked.record])
            let own = try #require(try east.records.list().first { $0.kind == "signed" })
            #expect(line.own == own.id.description)
            try await eventually("a warning") {
                east.read("c.log").contains("a peer has blocked calls of ours") ? true : nil
            }
            #expect((line.circuit, line.contact) == ("c-0", "appeals@example.com"))
        }
        let sent = try await notices(west, "--sent")
        #expect(sent.map(\.peer) == ["1001"])
        let none = try await notices(west) + notices(east, "--peer", "1003")
        #expect(none.map(\.peer) == [])
    }
}
