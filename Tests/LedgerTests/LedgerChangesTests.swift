import Ledger
import NumberPlan
import Testing

@Suite struct LedgerChangesTests {
    /// In turn, with a merge now and then, against a snapshot built anew of the same rows.
    @Test(arguments: 0..<12)
    func `a snapshot that took up changes answers as one made anew`(seed: Int) {
        var ledger = ChangingLedger(seed: seed)
        var snapshot = ledger.snapshot
        for round in 0..<20 {
            snapshot = snapshot.applying(ledger.change())
            if round % 10 == seed % 10 { snapshot = snapshot.merged(beyond: 0) }
            let (ours, anew) = (Answers(of: snapshot), Answers(of: ledger.snapshot))
            guard ours == anew else {
                Issue.record("in round \(round): \(ours.differences(from: anew))")
                return
            }
        }
    }

    @Test func `what the store says has changed leads to what it would load`() throws {
        let folder = LedgerFolder(), store = try folder.filled()
        try store.approve(only: "ent-17")
        var snapshot = try store.snapshot()
        let files: [(LedgerTable, String)] = [
            (.ported, "number,carrier\n+8657188880042,1002\n"),
            (.holdings, "carrier,first,last\n1002,+8657188880000,+8657188880099\n"),
            (.grants, "trunk,first,last,valid_from\nent-17,+8657188880042,+8657188880042,0\n"),
        ]
        for (table, text) in files {
            _ = try store.importCSV(table, text: text)
            snapshot = snapshot.applying(try #require(try store.changes(since: snapshot.version)))
        }
        let anew = try store.snapshot()
        #expect(snapshot.version == anew.version)
        for number in ["+8657188880041", "+8657188880042", "+8657188880100", "+8657188880777"].map(number) {
            #expect(snapshot.holder(of: number) == anew.holder(of: number))
            let grants = [snapshot, anew].map { $0.grant(of: number, on: trunk("ent-17"), at: 1_500) }
            #expect(grants[0] == grants[1])
        }
        #expect(snapshot.holder(of: number("+8657188880041"))?.spc == "1002")
        #expect(snapshot.grant(of: number("+8657188880042"), on: trunk("ent-17"), at: 1_500)?.id == 5)
    }

    @Test func `what took up changes leaves the snapshot before as it was`() {
        let before = LedgerSnapshot(
            version: 1, carriers: [carrier("1001"), carrier("1002")], holdings: [("1001", range)],
            ported: [(range.last, "1002")], trunks: [trunk("t")],
            grants: [Grant(id: 1, trunk: "t", range: range, from: 0)])
        let answers = Answers(of: before)
        var changes = LedgerChanges(version: 2)
        changes.carriers = []
        changes.ported[range.last] = .removed
        changes.grants[1] = .removed
        changes.trunks["t"] = .removed
        let after = before.applying(changes)
        #expect(after.version == 2)
        #expect(after.trunk("t") == nil && after.grant(of: range.first, on: trunk("t"), at: 0) == nil)
        #expect(after.holder(of: range.first) == nil)
        #expect(Answers(of: before) == answers)
        #expect(before.grant(of: range.first, on: trunk("t"), at: 0)?.id == 1)
    }

    @Test func `a number ported away and back is its holder's again`() {
        var snapshot = LedgerSnapshot(
            version: 0, carriers: [carrier("1001"), carrier("1002")], holdings: [("1001", range)])
        for round in 1...6 {
            var changes = LedgerChanges(version: round)
            changes.ported[range.first] = round.isMultiple(of: 2) ? .removed : .set("1002")
            snapshot = snapshot.applying(changes)
            if round == 3 { snapshot = snapshot.merged(beyond: 0) }
            #expect(snapshot.holder(of: range.first)?.spc == (round.isMultiple(of: 2) ? "1001" : "1002"))
        }
    }

    @Test func `of identical ranges the grant given last counts, wherever it lies`() {
        var snapshot = LedgerSnapshot(
            version: 0, trunks: [trunk("t")],
            grants: (1...3).map { Grant(id: $0, trunk: "t", range: range, from: 0) })
        for (version, id) in [(1, 2), (2, 1), (3, 3), (4, 4)] {
            var changes = LedgerChanges(version: version)
            changes.grants[id] = .set(Grant(id: id, trunk: "t", range: range, from: 0, to: 9_000))
            snapshot = snapshot.applying(changes)
            for snapshot in [snapshot, snapshot.merged(beyond: 0)] {
                #expect(snapshot.grant(of: range.first, on: trunk("t"), at: 0)?.id == max(3, id))
            }
        }
    }

    @Test func `of carriers that hold the very same range the one with the greatest code counts, whoever came last`() {
        let codes = ["1001", "1002", "1003"]
        var snapshot = LedgerSnapshot(version: 0, carriers: codes.reversed().map(carrier))
        for (version, code) in ["1002", "1003", "1001"].enumerated() {
            var changes = LedgerChanges(version: version)
            let holding = LedgerChanges.Holding(carrier: code, range: range)
            changes.holdings[holding] = .set(holding)
            snapshot = snapshot.applying(changes)
        }
        let anew = codes.map { first in
            LedgerSnapshot(
                version: 0, carriers: codes.map(carrier),
                holdings: ([first] + codes.filter { $0 != first }).map { ($0, range) })
        }
        for snapshot in [snapshot] + anew { #expect(snapshot.holder(of: range.first)?.spc == "1003") }
    }

    @Test func `a merge is due once more lies over a table than is gone through at each change`() {
        var snapshot = LedgerSnapshot(version: 0, carriers: [carrier("1001")])
        for (version, rows) in [(1, LedgerSnapshot.longestOverlay), (2, 1)] {
            #expect(!snapshot.isMergeDue)
            var changes = LedgerChanges(version: version)
            for row in 0..<rows { changes.ported[number("+\(version)\(100_000 + row)")] = .set("1001") }
            snapshot = snapshot.applying(changes)
        }
        #expect(snapshot.isMergeDue)
        let merged = snapshot.merged()
        #expect(!merged.isMergeDue)
        #expect(merged.version == 2)
        for number in ["+1100000", "+1119999", "+2100000"].map(number) {
            #expect(merged.holder(of: number)?.spc == "1001")
        }
    }

    private let range = NumberRange(first: number("+8657188880000"), last: number("+8657188880999"))!

    private func carrier(_ spc: String) -> Carrier { Carrier(spc: spc, name: spc, country: CountryCode("86")!) }
}

/// All that a small snapshot can be asked.
private struct Answers: Equatable {
    private struct OfGrant: Hashable {
        let number: TelephoneNumber, trunk: String, now: Int
        let grant: Grant?, fault: GrantFault?
    }

    private struct OfNumber: Hashable {
        let number: TelephoneNumber, holder: Carrier?, delegation: Delegation?, lists: [Listing.List]
    }

    private struct OfRange: Hashable {
        let codes: [String], first: Int, last: Int
    }

    private struct OfTrunk: Hashable {
        let trunk: Trunk?, closures: [TrunkClosed?]
    }

    private var answers: [AnyHashable?]

    init(of snapshot: LedgerSnapshot) {
        answers = [snapshot.version]
        answers += ChangingLedger.carrierNames.map { snapshot.carrier($0) }
        answers.append(snapshot.peers)
        answers += ChangingLedger.customerNames.map { snapshot.customer($0) }
        answers += (1...3).map { snapshot.delegation($0) }
        for name in ChangingLedger.trunkNames {
            let trunk = snapshot.trunk(name)
            let closures = trunk.map { trunk in [0, 200_000].map { snapshot.closure(of: trunk, at: $0) } }
            answers.append(OfTrunk(trunk: trunk, closures: closures ?? []))
        }
        for number in ChangingLedger.numbers { add(number, of: snapshot) }
        for codes in [["1001"], ["1002", "1003"], ["1001", "1002", "1003"]] { add(heldBy: codes, of: snapshot) }
    }

    func differences(from other: Answers) -> [String] {
        zip(answers, other.answers).filter { $0 != $1 }.map {
            "\(String(describing: $0)), not \(String(describing: $1))"
        }
    }

    private mutating func add(_ number: TelephoneNumber, of snapshot: LedgerSnapshot) {
        for name in ChangingLedger.trunkNames {
            let trunk = snapshot.trunk(name) ?? trunk(name)
            for now in [500, 5_000, 200_000] {
                answers.append(
                    OfGrant(
                        number: number, trunk: name, now: now, grant: snapshot.grant(of: number, on: trunk, at: now),
                        fault: snapshot.grantFault(of: number, on: trunk, at: now)))
            }
        }
        let holder = snapshot.holder(of: number)
        answers.append(
            OfNumber(
                number: number, holder: holder,
                delegation: holder.flatMap { snapshot.delegation(of: number, from: $0, to: ["1001", "1003"], at: 0) },
                lists: Listing.List.allCases.filter { snapshot.isListed(number, in: $0, at: 0) }))
    }

    private mutating func add(heldBy codes: [String], of snapshot: LedgerSnapshot) {
        for first in 100...139 {
            for last in [first, first + 1, first + 3, 139] where first <= last && last <= 139 {
                let range = NumberRange(first: number("+\(first)"), last: number("+\(last)"))!
                if snapshot.hold(codes, range) { answers.append(OfRange(codes: codes, first: first, last: last)) }
            }
        }
    }
}
