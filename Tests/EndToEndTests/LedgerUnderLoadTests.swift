import Foundation
import MiniPKI
import Records
import Testing

/// How long the ledger is changed under load: Tools/changing says. It also holds the daemon to a second, since nothing else
/// runs beside it.
enum ChangingUnderLoad {
    static let seconds = Int(ProcessInfo.processInfo.environment["COUNTERSIGN_CHANGING"] ?? "") ?? 0
    static var isLong: Bool { seconds > 0 }
}

/// The ledger of a daemon that runs, changed by the tool.
@Suite(.timeLimit(.minutes(30))) struct LedgerUnderLoadTests {
    private let pki = MiniPKI(now: Carrier.now)

    /// When a command had returned, or a grant was to end: milliseconds since 1970.
    private struct Ends: Sendable {
        var shut = 0, ended = 0, ownTime = 0
    }

    @Test func `a trunk is shut under load and grants end, and nothing else changes`() async throws {
        let carrier = try await carrier(grants: ChangingUnderLoad.isLong ? 1_000_000 : 100)
        let pace = ChangingUnderLoad.isLong ? 1_000 : 100, load = Self.load(pace: pace)
        let ends = try await carrier.running { daemon in
            let ends = try await load.run(on: daemon.switchPort) { try await Self.change(carrier, under: load) }
            try await expectReopeningTakesTwo(carrier, daemon)
            return ends
        }
        let seen = load.all, late = seen.values.reduce(0) { $0 + $1.late }
        for (trunk, reason) in [
            ("ent-1", "trunk_shut"), ("ent-2", "cli_not_authorised_for_trunk"),
            ("ent-3", "cli_not_authorised_for_trunk"),
        ] {
            let calls = load.seen(trunk)
            #expect(Set(calls.refused.values.map(\.reason)) == [reason])
            let last = try #require(calls.signed.keys.max()), first = try #require(calls.refused.keys.min())
            #expect(last < first, "\(trunk): call \(last) was signed, and call \(first) refused")
        }
        #expect(load.seen("ent-4").refused.isEmpty && !load.seen("ent-4").signed.isEmpty)
        let times = try expectOneRecordEach(carrier, seen)
        // By the second, as the ledger counts.
        #expect(try #require(times["ent-3"]?.signed) < ends.ownTime)
        #expect(try #require(times["ent-3"]?.refused) >= ends.ownTime)
        let said = try await carrier.tool("records", "explain", "--data", "data")
        #expect(said.contains(" decisions made again, 0 come out otherwise than recorded"), "\(said)")
        // Beside other work, answers may be late and a change be seen late, through nobody's fault.
        guard ChangingUnderLoad.isLong else { return }
        let calls = seen.values.reduce(0) { $0 + $1.sent }
        #expect(late <= calls / 10_000, "calls were held up")
        #expect(calls >= pace * ChangingUnderLoad.seconds / 100 * 98, "the pace was not kept up")
        for (trunk, end) in [("ent-1", ends.shut), ("ent-2", ends.ended)] {
            let record = try #require(times[trunk]?.signed) - end
            let answer = try #require(load.seen(trunk).signed.values.map(\.at).max()) - end
            print("\(trunk): the last call was signed \(record) ms after the command, and answered after \(answer) ms")
            #expect(record <= 1_000 && answer <= 1_000)
        }
        print("\(calls) calls, \(late) late answers")
    }
}

extension LedgerUnderLoadTests {
    /// Four trunks, each with one grant of a thousand numbers, the fourth with more of one number each.
    private func carrier(grants: Int) async throws -> Carrier {
        let carrier = try Carrier(pki.leaf(.spc("1001")), trusting: pki.anchors, plan: "china")
        let trunks = 1...4
        let more = (0..<grants).map { "\($0 + 5),ent-4,+\(8_657_180_000_000 + $0),,0\n" }
        try await carrier.makeLedger([
            ("carriers", "spc,name,country\n1001,East,86\n2002,West,86\n"),
            ("holdings", "carrier,first,last\n1001,+8657180000000,+8657189999999\n"),
            ("customers", "id,name,entity\nc1,Customer,E-1\n"),
            ("licences", "id,customer,scope,valid_from\nL-1,c1,voice,2020-01-01\n"),
            (
                "trunks",
                "name,class,state,customer,peer,service,use,contract\nic-1,interconnect,active,,2002,,carrier,C-0\n"
                    + trunks.map { "ent-\($0),enterprise,active,c1,,voice,service,C-\($0)\n" }.joined()
            ),
            (
                "approvals",
                "trunk,by,at\n"
                    + (["ic-1"] + trunks.map { "ent-\($0)" }).map { "\($0),li,0\n\($0),wang,0\n" }.joined()
            ),
            (
                "grants",
                "id,trunk,first,last,valid_from\n"
                    + trunks.map { "\($0),ent-\($0),+865718888\($0)000,+865718888\($0)999,0\n" }.joined()
                    + more.joined()
            ),
        ])
        return carrier
    }

    private static func load(pace: Int) -> SigningLoad {
        let trunks = (1...4).map { number -> (String, @Sendable (Int) -> String) in
            ("ent-\(number)", { "\(8_657_188_880_000 + number * 1_000 + $0 % 1_000)" })
        }
        return SigningLoad(pace: pace, trunks: Dictionary(uniqueKeysWithValues: trunks))
    }

    /// One trunk is shut, another's grant ended, and a third's ends in the course of time. Each goes on until calls are refused;
    /// a long load has as much time before each, and after.
    private static func change(_ carrier: Carrier, under load: SigningLoad) async throws -> Ends {
        let start = ContinuousClock.now, now = { Int(Date().timeIntervalSince1970 * 1_000) }
        func after(_ part: Int) async throws {
            try await Task.sleep(until: start + .seconds(ChangingUnderLoad.seconds) * part / 4)
        }
        func eventuallyRefused(_ trunk: String) async throws {
            try await eventually("a refusal over \(trunk)") { load.seen(trunk).refused.isEmpty ? nil : true }
            let seen = load.seen(trunk).sent
            try await eventually("more calls over \(trunk)") { load.seen(trunk).sent > seen + 20 ? true : nil }
        }
        for trunk in load.all.keys {
            try await eventually("calls over \(trunk)") { load.seen(trunk).signed.isEmpty ? nil : true }
        }
        var ends = Ends()
        try await after(1)
        try await carrier.tool("ledger", "trunks", "shut", "--data", "data", "--by", "li", "--why", "fraud", "ent-1")
        ends.shut = now()
        try await eventuallyRefused("ent-1")
        try await after(2)
        try await carrier.tool("ledger", "grants", "end", "--data", "data", "--why", "order 13", "2")
        ends.ended = now()
        try await eventuallyRefused("ent-2")
        let last = now() / 1_000 + 2
        try await carrier.tool(
            "ledger", "grants", "end", "--data", "data", "--why", "order 14", "--at", "\(last)", "3")
        ends.ownTime = last * 1_000
        try await eventuallyRefused("ent-3")
        try await after(4)
        return ends
    }

    private func expectReopeningTakesTwo(_ carrier: Carrier, _ daemon: RunningDaemon) async throws {
        func command(_ name: String, by person: String) async throws -> (status: Int32, output: String) {
            try await Program.run(
                "countersign",
                ["ledger", "trunks", name, "--data", "data", "--by", person, "--why", "settled", "ent-1"],
                in: carrier.folder)
        }
        for person in ["li", "wang"] {
            let (status, output) = try await command("reopen", by: "li")
            #expect(status == 1 && output.contains("approvals_missing"), "\(output)")
            #expect(try await command("approve", by: person).status == 0)
        }
        #expect(try await command("reopen", by: "li").status == 0)
        try await eventually("a call over ent-1") { try await daemon.sign("8657188881000", "8613800138000").identity }
    }

    /// Nothing is lost and nothing is there twice: each answer has one record, of its call and of what it said, and there is
    /// none beside those but of answers that came too late.
    ///
    /// - Returns: of each trunk, when the last call was signed and the first refused, in milliseconds since 1970.
    private func expectOneRecordEach(
        _ carrier: Carrier, _ seen: [String: SigningLoad.Seen]
    ) throws -> [String: (signed: Int?, refused: Int?)] {
        var records: [String: [StoredRecord]] = [:]
        try carrier.records.visit(RecordFilter()) { batch in
            for record in batch { record.call.map { records[$0, default: []].append(record) } }
        }
        var times: [String: (signed: Int?, refused: Int?)] = [:], faults: [String] = []
        for (trunk, seen) in seen {
            for place in 0..<seen.sent {
                let call = "\(trunk)/\(place)", found = records.removeValue(forKey: call) ?? []
                let signed = seen.signed[place], refused = seen.refused[place]
                if (signed ?? refused) == nil, found.count < 2 { continue }
                guard let record = found.first, found.count == 1, (signed == nil) != (refused == nil),
                    record.kind == (signed == nil ? "signRefused" : "signed"),
                    record.origid == signed?.origid, record.reason == refused?.reason
                else {
                    faults.append("\(call): \(found.map(\.json))")
                    continue
                }
                let at = record.atMilliseconds
                times[trunk, default: (nil, nil)].signed = [times[trunk]?.signed, signed.map { _ in at }]
                    .compactMap { $0 }.max()
                times[trunk, default: (nil, nil)].refused = [times[trunk]?.refused, refused.map { _ in at }]
                    .compactMap { $0 }.min()
            }
        }
        #expect(faults.isEmpty && records.isEmpty, "\(faults.prefix(5)) \(records.keys.prefix(5))")
        return times
    }
}
