import Foundation
import Ledger
import NumberPlan
import Testing

/// Which numbers a trunk can be granted, and by which delegations.
@Suite struct LedgerGrantRulesTests {
    let folder = LedgerFolder()

    private func reasons(
        _ store: LedgerStore, _ files: [(LedgerTable, String)], at now: Int = act().clock()
    ) -> [RowFault.Reason] {
        rowFaults {
            try store.approve()
            return try store.importCSV(files, by: act(at: now))
        }.map(\.reason)
    }

    private static func grant(_ row: String) -> (LedgerTable, String) {
        (.grants, "trunk,first,last,valid_from,valid_to,delegation\n\(row)\n")
    }

    private static func delegation(_ row: String) -> (LedgerTable, String) {
        (.delegations, "id,delegator,delegate,first,last,purpose,valid_from,valid_to,onward,parent\n\(row)\n")
    }

    @Test(arguments: [
        ("86:9558812", Unallocated.wrongLength), ("86:*57#", .dialledCode),
        ("+8657111", .wrongLength), ("86:57188880000", .incomplete),
    ])
    func `numbers that the plan gives to nobody are not granted`(number: String, why: Unallocated) throws {
        #expect(
            reasons(try folder.filled(), [Self.grant("intl,\(number),,0,,")]) == [.unallocated(number, why)])
    }

    @Test(arguments: [
        "86:955881", "86:95500,86:95500", "86:96110", "+8614612345678", "+12155551000", "86:4008100000",
        "+8613800000000,+8613899999999",
    ])
    func `numbers that the plan gives out are granted`(range: String) throws {
        let row = range.contains(",") ? range : range + ","
        #expect(reasons(try folder.filled(), [Self.grant("intl,\(row),0,,")]) == [])
    }

    @Test(arguments: [
        "86:95500,86:95599", "86:96100,86:96200", "86:10000,86:10099", "+8614600000000,+8614600000099",
    ])
    func `a code is granted by itself, or only to be called`(range: String) throws {
        let store = try folder.filled(), isOfCodes = range.hasPrefix("86:")
        #expect(reasons(store, [Self.grant("intl,\(range),0,,")]) == (isOfCodes ? [.codesTogether] : []))
        let inbound = "trunk,first,last,valid_from,outbound\nintl,\(range),1,false\n"
        #expect(reasons(store, [(.grants, inbound)]) == [])
    }

    /// The last of a range is judged as the first is.
    @Test func `a range ends within what the plan gives out`() throws {
        #expect(
            reasons(try folder.filled(), [Self.grant("intl,86:95700,86:97000,0,,")]).map(\.description).contains {
                $0.contains("number_unallocated") && $0.contains("86:97000")
            })
    }

    static let callCentre: [(LedgerTable, String)] = [
        (.customers, "id,name,kind,entity\ncentre,Centre,call_centre,E-7\n"),
        (.licences, "id,customer,scope,valid_from\nL-7,centre,voice,2020-01-01\n"),
        (
            .trunks,
            "name,class,state,customer,service,use,contract\ncc-1,enterprise,active,centre,voice,marketing,C-7\n"
        ),
        (.approvals, "trunk,by,at\ncc-1,li,0\ncc-1,wang,0\n"),
    ]

    @Test(arguments: [
        ("86:95013,", true), ("86:95500,", true), ("+12155551000,", true), ("+8614612345678,", true),
        ("+8613700000000,", false), ("+8657188887777,", false), ("+8613700000000,+8613700000099", false),
        ("+8614600000000,+8614899999999", false), ("+8614599999999,+8614600000000", false),
        ("+8614699999999,+8614700000000", false),
    ])
    func `who calls for a living shows no subscribers' numbers`(range: String, isAllowed: Bool) throws {
        let store = try folder.filled()
        _ = try store.importCSV(Self.callCentre, by: act())
        #expect(
            reasons(store, [Self.grant("cc-1,\(range),0,,")]) == (isAllowed ? [] : [.userNumberUsedAsServiceNumber]))
    }

    @Test(arguments: Customer.Kind.allCases)
    func `a customer that has such numbers does not become a call centre`(kind: Customer.Kind) throws {
        let faults = rowFaults {
            try folder.filled().importCSV(.customers, text: "id,name,kind\nacme,Acme,\(kind.rawValue)\n")
        }
        let expected: [RowFault.Reason] =
            kind.isCallCentre ? Array(repeating: .userNumberUsedAsServiceNumber, count: 3) : []
        #expect(faults.map(\.reason) == expected)
        #expect(faults.allSatisfy { $0.place == .line(.customers, 2) })
    }

    @Test func `a trunk that has such numbers does not become a call centre's`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(Self.callCentre, by: act())
        try store.approve()
        _ = try store.importCSV(.grants, text: "trunk,first,valid_from\nline-3,+8657188887777,0\n")
        for person in ["li", "wang"] { try store.approve("line-3", by: act(by: person), under: .china) }
        let faults = rowFaults { try store.importCSV(.trunks, text: "name,class,customer\nline-3,access,centre\n") }
        #expect(faults.map(\.column) == ["line", "first"])
        #expect(faults.allSatisfy { $0.reason == .userNumberUsedAsServiceNumber && $0.place == .line(.trunks, 2) })
    }

    /// The customer of `ent-17` and `line-3` has +86 571 8888 0000 to 0999, and the first hundred by another grant too.
    @Test(arguments: [
        ("bank-1,+8657188880999,,0,", false), ("bank-1,+8657188881000,,0,", true),
        ("bank-1,+8657188879999,,0,", true), ("bank-1,+8657188870000,+8657188880000,0,", false),
        ("bank-1,+8657188880500,+8657188880600,0,", false), ("bank-1,+8657188870000,+8657188890000,0,", false),
        ("line-3,+8657188880500,,0,", true), ("intl,+8657188880500,,0,", true),
    ])
    func `numbers of another customer are used by delegation only`(row: String, isAllowed: Bool) throws {
        let store = try folder.filled()
        let reasons = reasons(store, [Self.grant(row + ",")])
        #expect(reasons.isEmpty == isAllowed)
        #expect(reasons.allSatisfy { $0 == .notDelegated(grant: 1) || $0 == .notDelegated(grant: 2) })
    }

    @Test func `numbers pass from one customer to another in time`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(
            .grants, text: "id,trunk,first,last,valid_from,valid_to\n2,ent-17,+8657188880000,+8657188880999,0,5000\n")
        #expect(reasons(store, [Self.grant("bank-1,+8657188880500,,4999,,")]) == [.notDelegated(grant: 2)])
        #expect(reasons(store, [Self.grant("bank-1,+8657188880500,,5000,,")]) == [])
        #expect(
            rowFaults {
                try store.importCSV(
                    .grants,
                    text: "id,trunk,first,last,valid_from,valid_to\n2,ent-17,+8657188880000,+8657188880999,0,5001\n")
            }.map(\.reason) == [.notDelegated(grant: 5)])
    }

    @Test func `two customers of one file are told apart`() throws {
        let text = "trunk,first,last,valid_from\nent-17,+8657188890100,+8657188890199,0\nbank-1,+8657188890150,,0\n"
        let faults = rowFaults { try folder.filled().importCSV(.grants, text: text) }
        #expect(
            faults.map(\.place) == [.line(.grants, 3), .line(.grants, 2)]
                || faults.map(\.place) == [.line(.grants, 2), .line(.grants, 3)])
    }

    /// As if it were granted to the line's customer. The customer of `ent-17` has +86 571 8888 0000 to 0999.
    @Test(
        arguments: [
            ("acme,+8657188887777", nil), ("bank,+8657188887777", nil), (",+8657188880500", nil),
            ("acme,+8657188880500", nil), ("bank,+8657188880500", .notDelegated(grant: 2)),
            ("bank,+8657188880050", .notDelegated(grant: 2)), ("centre,+8657188887777", .userNumberUsedAsServiceNumber),
            ("acme,86:95588", .notALine), ("centre,+8614612345678", .notALine), ("acme,+12155551000", nil),
            ("acme,86:9558812", .unallocated("86:9558812", .wrongLength)),
        ] as [(String, RowFault.Reason?)])
    func `a line's own number is a subscriber's, and nobody else's`(row: String, why: RowFault.Reason?) throws {
        let store = try folder.filled()
        _ = try store.importCSV(Self.callCentre, by: act())
        let faults = rowFaults {
            try store.importCSV(.trunks, text: "name,class,customer,line\nl,access,\(row)\n")
        }
        #expect(faults == (why.map { [RowFault(place: .line(.trunks, 2), column: "line", reason: $0)] } ?? []))
    }

    /// The first hundred are granted twice, once until long ago.
    @Test func `a line may have the number of a grant that is over, and stays as it is`() throws {
        let store = try folder.filled(), row = "name,class,state,customer,line\n"
        try store.end(2, in: .grants, at: act().clock(), by: act(), under: .china)
        _ = try store.importCSV(.trunks, text: row + "l,access,,bank,+8657188880050\n")
        try store.approve()
        _ = try store.importCSV(.grants, text: "trunk,first,valid_from\nline-3,+8657188887777,0\n")
        _ = try store.importCSV(.trunks, text: row + "m,access,shut,bank,+8657188887777\n")
        let moved = row + "l,access,,bank,+8657188887777\n"
        #expect(rowFaults { try store.importCSV(.trunks, text: moved) }.map(\.reason) == [.notDelegated(grant: 5)])
    }

    @Test func `a trunk takes its numbers to another customer only if they are nobody else's`() throws {
        let store = try folder.filled()
        try store.approve()
        _ = try store.importCSV([Self.grant("line-3,+8657188880500,,0,,")], by: act())
        for person in ["li", "wang"] { try store.approve("line-3", by: act(by: person), under: .china) }
        #expect(
            reasons(store, [(.trunks, "name,class,customer\nline-3,access,bank\n")]) == [.notDelegated(grant: 2)])
    }

    @Test(arguments: [
        ("ent-17,+8657188890000,+8657188890999,0,,1", true), ("ent-17,+8657188891000,,0,,1", false),
        ("bank-1,+8657188890000,,0,,1", false), ("intl,+8657188890000,,0,,1", false),
    ])
    func `a delegated grant is within its delegation`(row: String, isAllowed: Bool) throws {
        #expect(reasons(try folder.filled(), [Self.grant(row)]) == (isAllowed ? [] : [.outsideDelegation]))
    }

    @Test func `a delegation that is not there grants nothing`() throws {
        #expect(
            reasons(try folder.filled(), [Self.grant("ent-17,+8657188890000,,0,,9")]) == [.unknown(.delegations)])
    }

    /// 1001 delegates +86 571 8889 0000 to 0999 to acme, who may pass them on.
    @Test(
        arguments: [
            (",carrier:1001,customer:acme,+8657188880000,+8657188880001,x,0,,,", nil),
            (",carrier:1001,carrier:1001,+8657188880000,,x,0,,,", .sameParty),
            (",carrier:1002,customer:acme,+8657188880000,,x,0,,,", .delegatorHasNot),
            (",carrier:1002,customer:acme,+8657188880777,,x,0,,,", nil),
            (",carrier:1001,customer:acme,+8657188880777,,x,0,,,", .delegatorHasNot),
            (",carrier:1001,customer:acme,+8657188889999,+8657188890000,x,0,,,", nil),
            (",carrier:1001,customer:acme,+8657188899999,+8657188900000,x,0,,,", .delegatorHasNot),
            (",customer:acme,customer:bank,+8657188880000,+8657188880999,x,0,,,", nil),
            (",customer:acme,customer:bank,+8657188880999,+8657188881000,x,0,,,", .delegatorHasNot),
            (",customer:acme,customer:bank,+8657188890000,,x,0,,,", .delegatorHasNot),
            (",customer:bank,customer:acme,+8657188880000,,x,0,,,", .delegatorHasNot),
            (",customer:acme,customer:bank,+8657188890000,+8657188890999,x,0,,,1", nil),
            (",customer:acme,customer:bank,+8657188890999,+8657188891000,x,0,,,1", .outsideDelegation),
            (",customer:bank,customer:acme,+8657188890000,,x,0,,,1", .delegatedToOther),
            (",customer:acme,customer:bank,+8657188890000,,x,0,,,9", .unknown(.delegations)),
            (",customer:nobody,customer:bank,+8657188890000,,x,0,,,", .unknown(.customers)),
            (",carrier:9,customer:bank,+8657188890000,,x,0,,,", .unknown(.carriers)),
            (",bank,customer:acme,+8657188890000,,x,0,,,", .notAParty),
        ] as [(String, RowFault.Reason?)])
    func `numbers are delegated by those who have them`(row: String, why: RowFault.Reason?) throws {
        #expect(reasons(try folder.filled(), [Self.delegation(row)]) == (why.map { [$0] } ?? []))
    }

    @Test func `a further delegation is within the first in time, and only where that is onward`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(
            [
                Self.delegation(
                    "7,carrier:1001,customer:acme,+8657188880000,,x,100,200,false,\n8,carrier:1001,customer:acme,+8657188880001,,x,100,200,true,"
                )
            ],
            by: act())
        func further(_ rest: String) -> [RowFault.Reason] {
            reasons(store, [Self.delegation(",customer:acme,customer:bank,\(rest)")])
        }
        #expect(further("+8657188880000,,x,100,200,,7") == [.notOnward])
        #expect(further("+8657188880001,,x,99,200,,8") == [.outsideDelegation])
        #expect(further("+8657188880001,,x,100,201,,8") == [.outsideDelegation])
        #expect(further("+8657188880001,,x,100,,,8") == [.outsideDelegation])
        #expect(further("+8657188880001,,x,100,200,,8") == [])
        // What has been passed on cannot be cut short unless the other goes first.
        let shorter = "8,carrier:1001,customer:acme,+8657188880001,,x,100,150,true,"
        #expect(reasons(store, [Self.delegation(shorter)]) == [.outsideDelegation])
    }

    @Test func `numbers are passed on eight times at most, and never in a circle`() throws {
        let store = try folder.filled()
        let circle =
            "20,customer:acme,customer:bank,+8657188890000,,x,0,,true,21\n21,customer:bank,customer:acme,+8657188890000,,x,0,,true,20"
        #expect(reasons(store, [Self.delegation(circle)]) == [.delegatedTooOften, .delegatedTooOften])
        let itself = "20,customer:acme,customer:bank,+8657188890000,,x,0,,true,20"
        #expect(reasons(store, [Self.delegation(itself)]) == [.delegatedTooOften])
        var rows: [String] = []
        for step in 0..<8 {
            let (from, to) = step.isMultiple(of: 2) ? ("acme", "bank") : ("bank", "acme")
            let parent = step == 0 ? 1 : 29 + step
            rows.append("\(30 + step),customer:\(from),customer:\(to),+8657188890000,,x,\(step),,true,\(parent)")
        }
        #expect(reasons(store, [Self.delegation(rows.joined(separator: "\n"))]) == [.delegatedTooOften])
        #expect(reasons(store, [Self.delegation(rows.dropLast().joined(separator: "\n"))]) == [])
    }

    /// By another plan the numbers of the grants are nobody's, and the holding that the delegation rests on is gone.
    @Test func `whatever is wrong with it, a grant or a delegation can be ended`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.holdings, mode: .replace, text: "carrier,first\n1002,86:95588\n")
        let plan = try #require(DialPlan.builtIn("nanp")), row = ["trunk": "intl", "first": "+12005551212"]
        #expect(
            rowFaults {
                try store.set(row.merging(["valid_from": "0"]) { $1 }, in: .grants, by: act(), under: plan)
                return 0
            }.map(\.reason).contains { if case .unallocated = $0 { true } else { false } })
        try store.approve()
        try store.set(row.merging(["valid_from": "0"]) { $1 }, in: .grants, by: act(), under: .china)
        try store.end(5, in: .grants, at: 10, by: act(), under: plan)
        #expect(
            rowFaults {
                try store.end(5, in: .grants, at: 11, by: act(), under: plan)
                return 0
            }.count == 1)
        try store.end(1, in: .delegations, at: 20, by: act(), under: .china)
        #expect(
            rowFaults {
                try store.end(1, in: .delegations, at: 21, by: act(), under: .china)
                return 0
            }.map(\.reason) == [.delegatorHasNot])
    }

    @Test func `a customer is renamed whatever its numbers are`() throws {
        let store = try folder.filled()
        let row = ["id": "acme", "name": "Renamed"]
        try store.set(row, in: .customers, by: act(), under: try #require(DialPlan.builtIn("nanp")))
        #expect(try store.snapshot().customer("acme")?.name == "Renamed")
    }

    @Test func `the last delegation goes once no grant rests on it`() throws {
        let store = try folder.filled(), none = "delegator,delegate,first,purpose,valid_from\n"
        try store.end(4, in: .grants, at: 0, by: act(), under: .china)
        _ = try store.importCSV(.delegations, mode: .replace, text: none)
        #expect(try store.snapshot().delegation(1) == nil)
    }

    @Test func `what others name does not go`() throws {
        let store = try folder.filled()
        for (table, text) in [
            (LedgerTable.carriers, "spc,name,country\n1001,N,86\n"), (.carriers, "spc,name,country\n1002,N,86\n"),
            (.peers, "carrier\n1001\n"), (.customers, "id,name\nacme,A\n"), (.customers, "id,name\nbank,B\n"),
            (.trunks, "name,class\nent-17,enterprise\n"),
            (.delegations, "delegator,delegate,first,purpose,valid_from\n"),
        ] {
            #expect(throws: LedgerError.stillNamed(table)) { try store.importCSV(table, mode: .replace, text: text) }
        }
    }
}
