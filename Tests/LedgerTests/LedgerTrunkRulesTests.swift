import Foundation
import Ledger
import NumberPlan
import Testing

/// What it takes for calls to go over a trunk.
@Suite struct LedgerTrunkRulesTests {
    let folder = LedgerFolder()

    private static let header = "name,class,state,customer,peer,service,use,contract\n"
    private static let approvals = (LedgerTable.approvals, "trunk,by,at\nt,li,0\nt,wang,0\n")

    private static func trunk(_ row: String) -> (LedgerTable, String) { (.trunks, header + row + "\n") }
    private static func licence(_ rest: String) -> (LedgerTable, String) {
        (.licences, "id,customer,scope,valid_from,valid_to\nL-9,new,\(rest)\n")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let missing: [ActivationItem]
        let files: [(LedgerTable, String)]
        var testDescription: String { "\(missing)" }

        init(_ missing: [ActivationItem], _ files: (LedgerTable, String)...) {
            self.missing = missing
            self.files = files
        }
    }

    @Test(arguments: [
        Case([], trunk("t,enterprise,active,acme,,voice,service,C"), approvals),
        Case([.customer], trunk("t,enterprise,active,,,voice,service,C"), approvals),
        Case(
            [.entity], trunk("t,enterprise,active,new,,voice,service,C"), approvals, (.customers, "id,name\nnew,New\n"),
            licence("voice,2020-01-01,")),
        Case([.service], trunk("t,enterprise,active,acme,,,service,C"), approvals),
        Case(
            [.licence], trunk("t,enterprise,active,new,,voice,service,C"), approvals,
            (.customers, "id,name,entity\nnew,New,E-9\n")),
        Case([.licenceScope("video")], trunk("t,enterprise,active,acme,,video,service,C"), approvals),
        Case(
            [.licenceInForce], trunk("t,enterprise,active,new,,voice,service,C"), approvals,
            (.customers, "id,name,entity\nnew,New,E-9\n"), licence("voice,2020-01-01,2026-11-22")),
        Case(
            [.licenceInForce], trunk("t,enterprise,active,new,,voice,service,C"), approvals,
            (.customers, "id,name,entity\nnew,New,E-9\n"), licence("voice,2026-11-24,")),
        Case(
            [], trunk("t,enterprise,active,new,,voice,service,C"), approvals,
            (.customers, "id,name,entity\nnew,New,E-9\n"), licence("voice,2026-11-23,2026-11-23")),
        Case([.contract], trunk("t,enterprise,active,acme,,voice,service,"), approvals),
        Case([.use], trunk("t,enterprise,active,acme,,voice,,C"), approvals),
        Case([], trunk("t,access,active,,,,private,C"), approvals),
        Case([.contract, .use], trunk("t,access,active,,,,,"), approvals),
        Case([.peer], trunk("t,interconnect,active,,,,carrier,C"), approvals),
        Case([.peer], trunk("t,international,active,,,,carrier,C"), approvals),
        Case([.approvals([])], trunk("t,access,active,,,,private,C")),
        Case([.approvals(["li"])], trunk("t,access,active,,,,private,C"), (.approvals, "trunk,by,at\nt,li,0\n")),
        Case(
            [.approvals(["li"])], trunk("t,access,active,,,,private,C"),
            (.approvals, "trunk,by,at\nt,li,0\nt,li,1\nt,Li,2\n")),
        Case([], trunk("t,enterprise,,,,,,")), Case([], trunk("t,enterprise,reviewed,,,,,")),
        Case([], trunk("t,enterprise,suspended,,,,,")), Case([], trunk("t,enterprise,shut,,,,,")),
    ])
    func `a trunk is active with all that it takes, and what is missing is named`(_ one: Case) throws {
        let store = try folder.filled()
        let faults = rowFaults { try store.importCSV(one.files, by: act()) }
        #expect(faults == one.missing.map { RowFault(place: .line(.trunks, 2), column: nil, reason: .missing($0)) })
        #expect(try (store.snapshot().trunk("t") == nil) == !one.missing.isEmpty)
    }

    @Test func `each missing item has a name of its own`() {
        let items: [ActivationItem] = [
            .customer, .entity, .service, .licence, .licenceScope("x"), .licenceInForce, .contract, .use, .peer,
            .approvals(["li"]),
        ]
        #expect(
            items.map { $0.description.split(separator: ":")[0] } == [
                "customer_missing", "entity_missing", "service_missing", "licence_missing", "licence_out_of_scope",
                "licence_not_in_force", "contract_missing", "use_missing", "peer_missing", "approvals_missing",
            ])
        #expect(ActivationItem.approvals(["li"]).description.hasSuffix("so far: li"))
        #expect(ActivationItem.approvals([]).description.hasSuffix("so far: nobody"))
    }

    @Test(arguments: TrunkState.allCases, TrunkState.allCases)
    func `states follow each other`(from: TrunkState, to: TrunkState) throws {
        let store = try folder.filled()
        _ = try store.importCSV(
            [Self.trunk("t,access,\(from.rawValue),,,,private,C"), Self.approvals], by: act())
        for person in ["zhao", "qian"] { try store.approve("t", by: act(by: person), under: .china) }
        let faults = rowFaults {
            try store.importCSV(.trunks, text: "name,class,state\nt,access,\(to.rawValue)\n")
        }
        let allowed: [TrunkState: Set<TrunkState>] = [
            .applied: [.reviewed, .shut], .reviewed: [.active, .shut], .active: [.suspended, .shut],
            .suspended: [.active, .shut], .shut: [.active, .suspended],
        ]
        let isAllowed = from == to || allowed[from]?.contains(to) == true
        #expect(
            faults
                == (isAllowed
                    ? [] : [RowFault(place: .line(.trunks, 2), column: "state", reason: .stateNotNext(from, to))]))
        #expect(try store.snapshot().trunk("t")?.state == (isAllowed ? to : from))
    }

    @Test(arguments: [TrunkState.suspended, .shut])
    func `what was approved before a trunk was closed does not open it again`(closed: TrunkState) throws {
        let store = try folder.filled()
        func turn(_ state: TrunkState) throws -> [RowFault.Reason] {
            rowFaults {
                try store.importCSV(.trunks, text: "name,class,state\nline-3,access,\(state.rawValue)\n")
            }.map(\.reason)
        }
        #expect(try turn(closed) == [])
        #expect(try turn(.active) == [.missing(.approvals([]))])
        try store.approve("line-3", by: act(), under: .china)
        #expect(try turn(.active) == [.missing(.approvals(["li"]))])
        if closed == .shut { #expect(try turn(.suspended) == [.missing(.approvals(["li"]))]) }
        try store.approve("line-3", by: act(by: "wang"), under: .china)
        #expect(try turn(.active) == [])
        #expect(try store.snapshot().trunk("line-3")?.state == .active)
    }

    @Test(arguments: [
        ("class", "access"), ("customer", "bank"), ("service", "fax"), ("use", "hotline"), ("contract", "C-18"),
        ("peer", "1002"), ("line", "+8657188880042"),
    ])
    func `an active trunk with other papers is activated anew`(column: String, value: String) throws {
        let store = try folder.filled()
        // Of a trunk without numbers, for those stay with their customer.
        _ = try store.importCSV(
            [Self.trunk("t,enterprise,active,acme,,voice,service,C"), Self.approvals], by: act())
        let text =
            column == "class" ? "name,class\nt,\(value)\n" : "name,class,\(column)\nt,enterprise,\(value)\n"
        let change = { rowFaults { try store.importCSV(.trunks, text: text) }.map(\.reason) }
        #expect(change() == [.missing(.approvals([]))])
        for person in ["li", "wang"] { try store.approve("t", by: act(by: person), under: .china) }
        #expect(change() == [])
        #expect(
            rowFaults { try store.importCSV(.trunks, text: "name,class,contract\nt,access,C-99\n") }.map(\.reason)
                == [.missing(.approvals([]))])
    }

    @Test func `what is no paper changes without approval`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.trunks, text: "name,class,enrolled_from\nic-2,interconnect,7\n")
        #expect(try store.snapshot().trunk("ic-2")?.enrolledFrom == 7)
    }

    /// Whoever may write to the ledger cannot be two people.
    @Test func `nobody approves for others, nor twice under his own name`() throws {
        let store = try folder.filled()
        func shut(_ state: TrunkState) throws -> [RowFault.Reason] {
            rowFaults { try store.importCSV(.trunks, text: "name,class,state\nline-3,access,\(state.rawValue)\n") }
                .map(\.reason)
        }
        #expect(try shut(.shut) == [])
        _ = try store.importCSV(.approvals, text: "trunk,by,at\nline-3,zhao,1\nline-3,qian,1\n")
        #expect(try shut(.active) == [.missing(.approvals([]))])
        try store.approve("line-3", by: act(), under: .china)
        for name in ["LI", "ｌｉ"] {
            #expect(throws: LedgerError.self) { try store.approve("line-3", by: act(by: name), under: .china) }
        }
        for name in [" li", "li\n", "l\u{7}i"] {
            #expect(
                throws: LedgerError.rows([RowFault(place: .command, column: "by", reason: .notLegible)])
            ) { try store.approve("line-3", by: act(by: name), under: .china) }
        }
        #expect(throws: LedgerError.rows([RowFault(place: .command, column: "why", reason: .notLegible)])) {
            try store.approve("line-3", by: act(why: "x\n99\ty"), under: .china)
        }
        #expect(try shut(.active) == [.missing(.approvals(["li"]))])
    }

    /// What was approved of is what was there then.
    @Test func `papers that are exchanged after the approvals are approved anew`() throws {
        let store = try folder.filled()
        _ = try store.importCSV([Self.trunk("t,enterprise,reviewed,acme,,voice,service,C")], by: act())
        for person in ["li", "wang"] { try store.approve("t", by: act(by: person), under: .china) }
        _ = try store.importCSV(.trunks, text: "name,class,customer\nt,enterprise,bank\n")
        let activation = "name,class,state\nt,enterprise,active\n"
        #expect(
            rowFaults { try store.importCSV(.trunks, text: activation) }.map(\.reason) == [.missing(.approvals([]))])
    }

    @Test(arguments: TrunkState.allCases) func `calls go over a trunk while it is active`(state: TrunkState) {
        let trunk = Trunk(name: "t", trunkClass: .interconnect, state: state)
        let closed = LedgerSnapshot(version: 1, trunks: [trunk]).closure(of: trunk, at: 0)
        #expect(closed == (state == .active ? nil : .state(state)))
    }

    @Test func `a licence is for the services that it names`() throws {
        let licence = Licence(
            id: "L", customer: "acme", scope: ["voice", "data"], from: try #require(LedgerDay("2020-01-01")))
        for (service, expected) in [("voice", nil), ("data", nil), ("video", .licenceMissing)]
            as [(String, TrunkClosed?)]
        {
            let trunk = Trunk(name: "t", trunkClass: .enterprise, customer: "acme", service: service)
            let ledger = LedgerSnapshot(
                version: 1, customers: [Customer(id: "acme", name: "Acme")], licences: [licence], trunks: [trunk])
            #expect(ledger.closure(of: trunk, at: 1_795_435_200) == expected)
        }
    }

    @Test func `a licence holds to the midnight of Shanghai`() throws {
        let snapshot = try folder.filled().snapshot()
        let trunk = try #require(snapshot.trunk("bank-1"))
        let midnight = try #require(LedgerTime("2031-01-01T00:00:00+08:00")).seconds
        #expect(snapshot.closure(of: trunk, at: midnight - 1) == nil)
        #expect(snapshot.closure(of: trunk, at: midnight) == .licenceEnded)
        let beginning = try #require(LedgerTime("2019-12-31T16:00:00Z")).seconds
        #expect(snapshot.closure(of: trunk, at: beginning - 1) == .licenceNotBegun)
        #expect(snapshot.closure(of: trunk, at: beginning) == nil)
    }
}

/// What the body was refused for, of rows.
func rowFaults(_ body: () throws -> Int) -> [RowFault] {
    do {
        _ = try body()
        return []
    } catch LedgerError.rows(let faults) {
        return faults
    } catch {
        Issue.record(error)
        return []
    }
}
