import Ledger
import NumberPlan
import Testing

/// What one operator does to one row.
@Suite struct LedgerCommandingTests {
    let folder = LedgerFolder()

    private func reasons(_ body: () throws -> Void) -> [RowFault.Reason] {
        rowFaults {
            try body()
            return 0
        }.map(\.reason)
    }

    private func by(_ person: String) -> LedgerAct { act(by: person, why: "papers seen") }

    @Test func `a trunk goes from application to end`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(
            .trunks, text: "name,class,customer,service,use,contract\nt,enterprise,acme,voice,service,C\n")
        func move(_ state: TrunkState) -> [RowFault.Reason] {
            reasons { try store.move("t", to: state, by: by("li"), under: .china) }
        }
        func approve(_ person: String) -> [RowFault.Reason] {
            reasons { try store.approve("t", by: by(person), under: .china) }
        }
        #expect(move(.active) == [.stateNotNext(.applied, .active)])
        #expect(move(.reviewed) == [])
        #expect(move(.active) == [.missing(.approvals([]))])
        #expect(approve("li") == [])
        #expect(approve("li") == [.approvedAlready(["li"])])
        #expect(approve("LI") == [.approvedAlready(["li"])])
        #expect(move(.active) == [.missing(.approvals(["li"]))])
        #expect(approve("wang") == [])
        #expect(move(.active) == [])
        #expect(move(.active) == [.stateNotNext(.active, .active)])
        #expect(move(.suspended) == [])
        #expect(approve("li") == [])
        #expect(approve("wang") == [])
        #expect(move(.active) == [])
        #expect(move(.shut) == [])
        #expect(move(.active) == [.missing(.approvals([]))])
        #expect(approve("li") == [] && approve("zhao") == [])
        #expect(move(.active) == [])
        #expect(try store.people(approving: #require(try store.trunks().first { $0.name == "t" })) == [])
        #expect(reasons { try store.move("none", to: .shut, by: by("li"), under: .china) } == [.unknown(.trunks)])
        #expect(reasons { try store.approve("none", by: by("li"), under: .china) } == [.unknown(.trunks)])
    }

    @Test func `an active trunk's change of papers is approved each time`() throws {
        let store = try folder.filled()
        for contract in ["C-20", "C-21"] {
            let row = ["name": "line-3", "contract": contract]
            let change = { reasons { try store.set(row, in: .trunks, by: by("li"), under: .china) } }
            #expect(change() == [.missing(.approvals([]))])
            for person in ["li", "wang"] { try store.approve("line-3", by: by(person), under: .china) }
            #expect(change() == [])
        }
    }

    @Test func `a grant is added, and ends`() throws {
        let store = try folder.filled()
        try store.approve(only: "bank-1")
        let row = ["trunk": "bank-1", "first": "86:95599", "valid_from": "0", "use": "service", "outbound": "false"]
        try store.set(row, in: .grants, by: act(), under: .china)
        let stated = try #require(store.snapshot().trunk("bank-1"))
        #expect(try store.snapshot().grantFault(of: number("86:95599"), on: stated, at: 0) == .notOutbound)
        try store.end(5, in: .grants, at: 10, by: act(), under: .china)
        #expect(try store.snapshot().grantFault(of: number("86:95599"), on: stated, at: 10) == .ended)
        #expect(reasons { try store.end(99, in: .grants, at: 10, by: act(), under: .china) } == [.unknown(.grants)])
        #expect(reasons { try store.set(["trunk": "bank-1"], in: .grants, by: act(), under: .china) }.contains(.empty))
    }

    @Test(arguments: [0, 1_000]) func `a grant that has not begun goes`(time: Int) throws {
        let store = try folder.filled()
        try store.approve(only: "bank-1")
        _ = try store.importCSV(.grants, text: "trunk,first,valid_from\nbank-1,86:95599,1000\n")
        let stated = try #require(store.snapshot().trunk("bank-1")), version = try store.version()
        #expect(try store.snapshot().grant(of: number("86:95599"), on: stated, at: 1_000)?.id == 5)
        try store.end(5, in: .grants, at: time, by: act(), under: .china)
        #expect(try store.snapshot().grantFault(of: number("86:95599"), on: stated, at: 1_000) == nil)
        #expect(try store.snapshot(asOf: version).grant(of: number("86:95599"), on: stated, at: 1_000)?.id == 5)
        #expect(try store.changes(since: version)?.grants.keys.contains(5) == true)
    }

    @Test func `a delegation ends, and with it what it lets show`() throws {
        let store = try folder.filled()
        let morning = act().clock(), stated = try #require(store.snapshot().trunk("ent-17"))
        #expect(try store.snapshot().grant(of: number("+8657188890000"), on: stated, at: morning)?.id == 4)
        try store.end(1, in: .delegations, at: morning, by: act(), under: .china)
        #expect(
            try store.snapshot().grantFault(of: number("+8657188890000"), on: stated, at: morning)
                == .delegationNotInForce)
        #expect(try store.snapshot().grant(of: number("+8657188890000"), on: stated, at: morning - 1)?.id == 4)
    }

    @Test func `the file says by itself what is wrong with a command, without a place`() {
        let fault = RowFault(place: .command, column: "state", reason: .stateNotNext(.shut, .reviewed))
        #expect(
            fault.description
                == "column state: state_not_next: a trunk that is shut cannot become reviewed, but active or suspended")
        #expect(RowFault(place: .command, column: nil, reason: .empty).description == "must not be empty")
    }
}
