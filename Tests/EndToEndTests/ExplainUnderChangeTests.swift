import Foundation
import MiniPKI
import Records
import Testing

/// How many decisions are made while the ledger changes: Tools/changing says, and takes minutes.
enum Explaining {
    static let decisions = Int(ProcessInfo.processInfo.environment["COUNTERSIGN_EXPLAINING"] ?? "") ?? 0
}

/// Decisions made while the ledger is changed, and made again afterwards of what is recorded.
@Suite(.timeLimit(.minutes(60))) struct ExplainUnderChangeTests {
    private let pki = MiniPKI(now: Carrier.now)
    /// Calls of each lane for each change of the ledger.
    private static let lanes = 4, batch = 25

    @Test func `what was decided while the ledger changed comes out the same by the ledger of then`() async throws {
        let decisions = Explaining.decisions > 0 ? Explaining.decisions : 2_000
        let carrier = try Carrier(pki.leaf(.spc("1001")), trusting: pki.anchors, plan: "china")
        let parties = [carrier.party, pki.leaf(.spc("2002")), pki.leaf(.spc("3003"))]
        for party in parties { try carrier.canFetch(party) }
        try carrier.write("c.yaml", carrier.read("c.yaml") + "roaming: {file: abroad.csv}\n")
        try carrier.write("abroad.csv", "number,roaming\n+8613800138000,abroad\n+8613800138001,home\n")
        try await carrier.makeLedger(ChangingLedger.tables)
        let ledger = try await carrier.running { try await Self.decide(decisions, carrier, parties, $0) }

        let (status, said) = try await Program.run(
            "countersign", ["records", "explain", "--data", "data"], in: carrier.folder)
        let seen = try seen(carrier)
        print("\(ledger.changes) changes, of which the records name \(seen.versions.count - 1); \(seen.reasons)")
        #expect(
            status == 0
                && said.hasPrefix("\(seen.decisions) decisions made again, 0 come out otherwise than recorded;"),
            "\(said.prefix(10_000))")
        #expect(seen.decisions >= decisions && ledger.changes >= decisions / 100)
        // Of many ledgers, and for many reasons: some come seldom.
        #expect(seen.versions.count > (Explaining.decisions > 0 ? ledger.changes / 4 : 1))
        let often = [
            "signed", "valid", "cli_hidden", "non_conforming_unallocated", "cli_not_authorised_for_trunk",
            "emergency_call", "missing_attestation", "intl_plus86_fixed_or_service",
        ]
        let seldom = [
            "trunk_suspended", "trunk_shut", "licence_ended", "code_outbound_not_granted", "foreign_ok",
            "intl_plus86_mobile_not_roaming", "intl_plus86_mobile_roaming_unknown", "attest_a_outside_signers_numbers",
            "do_not_originate", "protected_number_spoofed", "number_held_by_another",
        ]
        let expected = Explaining.decisions > 0 ? often + seldom : often
        #expect(expected.filter { seen.reasons[$0] == nil } == [])
    }

    /// The calls for a change are made while it is. In the long run each takes as long as the daemon may take to see it, so that
    /// the records name as many ledgers as can be.
    private static func decide(
        _ decisions: Int, _ carrier: Carrier, _ parties: [MiniPKI.Party], _ daemon: RunningDaemon
    ) async throws -> ChangingLedger {
        var ledger = ChangingLedger(of: carrier)
        var lanes = (0..<Self.lanes).map { RandomCalls(lane: $0, parties: parties) }, decided = 0
        while decided < decisions || ledger.changes < decisions / 100 {
            let next = ContinuousClock.now + .milliseconds(Explaining.decisions > 0 ? 250 : 0)
            lanes = try await withThrowingTaskGroup(of: (RandomCalls, Int).self) { group in
                for lane in lanes { group.addTask { try await place(lane, daemon) } }
                try await ledger.change()
                return try await group.reduce(into: []) { lanes, placed in
                    lanes.append(placed.0)
                    decided += placed.1
                }
            }
            try await Task.sleep(until: next)
        }
        return ledger
    }

    /// - Returns: the calls that come after, and how many answers there were.
    private static func place(_ calls: RandomCalls, _ daemon: RunningDaemon) async throws -> (RandomCalls, Int) {
        var calls = calls
        let signing = (0..<batch / 2).map { _ in calls.signing() }
        let verifying = try (batch / 2..<batch).map { _ in try calls.verifying() }
        let signed = try await Wire.exchange(daemon.switchPort, [signing.flatMap(netstring)])
        let verified = try await Wire.exchange(daemon.trunkPort, [verifying.flatMap(netstring)])
        return (calls, signed.count + verified.count)
    }

    private struct Seen {
        var decisions = 0
        var versions: Set<Int> = []
        var reasons: [String: Int] = [:]
    }

    private struct Version: Decodable { let ledger: Int }

    private func seen(_ carrier: Carrier) throws -> Seen {
        var seen = Seen()
        try carrier.records.visit(RecordFilter()) { records in
            for record in records where record.kind != "expired" {
                seen.decisions += 1
                seen.versions.insert(try JSONDecoder().decode(Version.self, from: Data(record.body.utf8)).ledger)
                seen.reasons[record.reason ?? record.kind, default: 0] += 1
            }
        }
        return seen
    }
}
