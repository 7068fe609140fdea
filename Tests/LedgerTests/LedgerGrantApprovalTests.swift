import Ledger
import NumberPlan
import Testing

/// What an active trunk may show is approved of by two people, as its papers are.
@Suite struct LedgerGrantApprovalTests {
    let folder = LedgerFolder()

    private static let header = "id,trunk,first,last,valid_from,valid_to\n"

    private func importing(
        _ store: LedgerStore, _ rows: String, mode: ImportMode = .merge, by person: String = "li"
    ) -> [RowFault.Reason] {
        rowFaults {
            try store.importCSV([(.grants, Self.header + rows)], mode: mode, by: act(by: person))
        }.map(\.reason)
    }

    @Test func `numbers are granted to an active trunk under four eyes, each time`() throws {
        let store = try folder.filled()
        for number in ["+8657188887001", "+8657188887002"] {
            #expect(importing(store, ",ent-17,\(number),,0,\n") == [.missing(.approvals([]))])
            try store.approve("ent-17", by: act(by: "li"), under: .china)
            #expect(importing(store, ",ent-17,\(number),,0,\n") == [.missing(.approvals(["li"]))])
            try store.approve("ent-17", by: act(by: "wang"), under: .china)
            #expect(importing(store, ",ent-17,\(number),,0,\n") == [])
        }
        #expect(try store.snapshot().grant(of: number("+8657188887002"), on: trunk("ent-17"), at: 0) != nil)
    }

    @Test func `nobody approves for others, nor of another trunk`() throws {
        let store = try folder.filled(), rows = ",ent-17,+8657188887001,,0,\n"
        _ = try store.importCSV(.approvals, text: "trunk,by,at\nent-17,zhao,1\nent-17,qian,1\n")
        try store.approve(only: "bank-1")
        #expect(importing(store, rows) == [.missing(.approvals([]))])
    }

    @Test func `many rows take one approval of each trunk, and each without is named once`() throws {
        let store = try folder.filled()
        try store.approve(only: "line-3")
        let rows = (0..<50).map { ",\($0 % 2 == 0 ? "line-3" : "ent-17"),+\(8_657_188_887_000 + $0),,0,\n" }
        let faults = rowFaults { try store.importCSV([(.grants, Self.header + rows.joined())], by: act()) }
        #expect(
            faults == [
                RowFault(place: .line(.grants, 3), column: "trunk", reason: .missing(.approvals([])))
            ])
        try store.approve(only: "ent-17")
        #expect(importing(store, rows.joined()) == [])
    }

    @Test func `a grant is cut short by one person, and not made longer`() throws {
        let store = try folder.filled(), range = "2,ent-17,+8657188880000,+8657188880999,0,"
        #expect(importing(store, range + "9000\n") == [])
        #expect(importing(store, range + "9001\n") == [.missing(.approvals([]))])
        #expect(importing(store, range + "\n") == [.missing(.approvals([]))])
        #expect(importing(store, range + "8999\n") == [])
        try store.approve(only: "ent-17")
        #expect(importing(store, range + "\n") == [])
        let others = ["1,ent-17,+8657188880000,+8657188880099,1000,2000", "3,bank-1,86:95588,86:95588,0,"]
        #expect(importing(store, others.joined(separator: "\n") + "\n", mode: .replace) == [])
        // What has gone does not come back by itself.
        #expect(importing(store, range + "\n") == [.missing(.approvals([]))])
    }

    @Test(arguments: [TrunkState.suspended, .shut])
    func `what a trunk may show once it is opened is approved of with that`(state: TrunkState) throws {
        let store = try folder.filled()
        try store.move("ent-17", to: state, by: act(), under: .china)
        #expect(importing(store, ",ent-17,+8657188887001,,0,\n") == [])
        func opening() -> [RowFault.Reason] {
            rowFaults {
                try store.move("ent-17", to: .active, by: act(), under: .china)
                return 0
            }.map(\.reason)
        }
        for person in ["li", "wang"] { try store.approve("ent-17", by: act(by: person), under: .china) }
        // Numbers that come after the approvals are none of those that were approved of.
        #expect(importing(store, ",ent-17,+8657188887002,,0,\n") == [])
        #expect(opening() == [.missing(.approvals([]))])
        for person in ["li", "wang"] { try store.approve("ent-17", by: act(by: person), under: .china) }
        #expect(opening() == [])
    }
}
