import Foundation
import Ledger
import NumberPlan
import Testing

/// How the values of rows are written, and what a row says of one that is there.
@Suite struct LedgerRowTests {
    let folder = LedgerFolder()

    @Test(arguments: [
        ("0", 0), ("253402300799", 253_402_300_799), ("1970-01-01T00:00:00Z", 0),
        ("2026-11-23T10:00:00+08:00", 1_795_399_200), ("2026-11-23T02:00:00Z", 1_795_399_200),
        ("2026-11-22T21:30:00-04:30", 1_795_399_200), ("2016-12-31T23:59:60Z", 1_483_228_800),
        ("9999-12-31T23:59:59Z", 253_402_300_799), ("1970-01-01T08:00:00+08:00", 0),
    ])
    func `a time is seconds since 1970, or as RFC 3339 has it`(text: String, seconds: Int) {
        #expect(LedgerTime(text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "-1", "007", "+7", "253402300800", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+08:00",
        "2026-11-23 10:00:00Z", "2026-11-23T10:00:00", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z",
        "2026-11-23T10:00:61Z", "2026-11-31T10:00:00Z", "2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00+0800",
        "2026-11-23T10:00:00+08:60", "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00z", "2026-11-23T+1:00:00Z",
        "2026-11-23T10:00:00Z ", "2026-11-23T10:00:00*08:00",
    ])
    func `what is no time is refused`(text: String) {
        #expect(LedgerTime(text) == nil)
    }

    @Test func `a time is written as in Shanghai`() {
        #expect(LedgerTime.text(1_795_399_205) == "2026-11-23T10:00:05+08:00")
        #expect(LedgerTime.text(0) == "1970-01-01T08:00:00+08:00")
    }

    private static let delegation = "delegator,delegate,first,purpose,valid_from,onward"

    @Test(arguments: [
        (LedgerTable.carriers, "spc,name,country,gateway\n9,N,86,yes\n", "gateway", RowFault.Reason.notABoolean),
        (.ported, "number,carrier\n86:95588,1001\n", "number", .notGlobal),
        (.ported, "number,carrier\n+86*,1001\n", "number", .notGlobal),
        (.ported, "number,carrier\n+1,9\n", "carrier", .unknown(.carriers)),
        (.customers, "id,name,kind\nc,N,shop\n", "kind", .notOneOf(Customer.Kind.allCases.map(\.rawValue))),
        (.customers, "id,name,industry\nc,N,mining\n", "industry", .notOneOf(Industry.allCases.map(\.rawValue))),
        (.customers, "id,name,entity\nc,N,\(String(repeating: "e", count: 65))\n", "entity", .tooLong),
        (.licences, "id,customer,scope,valid_from\nl,nobody,x,2026-01-01\n", "customer", .unknown(.customers)),
        (.licences, "id,customer,scope,valid_from\nl,acme,x  y,2026-01-01\n", "scope", .notAScope),
        (.licences, "id,customer,scope,valid_from\nl,acme,x x,2026-01-01\n", "scope", .notAScope),
        (.licences, "id,customer,scope,valid_from\nl,acme,x,2026-02-29\n", "valid_from", .notADay),
        (
            .licences, "id,customer,scope,valid_from,valid_to\nl,acme,x,2026-01-02,2026-01-01\n", "valid_to",
            .endsBeforeItBegins
        ),
        (.trunks, "name,class,state\nt,access,open\n", "state", .notOneOf(TrunkState.allCases.map(\.rawValue))),
        (.trunks, "name,class,use\nt,access,fun\n", "use", .notOneOf(TrunkUse.allCases.map(\.rawValue))),
        (.approvals, "trunk,by,at\nnone,li,0\n", "trunk", .unknown(.trunks)),
        (.approvals, "trunk,by,at\nintl,\(String(repeating: "b", count: 65)),0\n", "by", .tooLong),
        (.approvals, "trunk,by,at,why\nintl,b,0,\(String(repeating: "w", count: 201))\n", "why", .tooLong),
        (.delegations, "\(delegation)\nacme,carrier:1001,+1,x,0,\n", "delegator", .notAParty),
        (.delegations, "\(delegation)\ncarrier:,carrier:1001,+1,x,0,\n", "delegator", .notAParty),
        (.delegations, "\(delegation)\ncarrier:1001,customer:acme,+8657188880000,x,0,1\n", "onward", .notABoolean),
        (.grants, "trunk,first,valid_from,hours\nintl,+1,0,9-12\n", "hours", .notHours),
        (.grants, "trunk,first,valid_from,hours\nintl,+1,0,12:00-09:00\n", "hours", .notHours),
        (.grants, "trunk,first,valid_from,outbound\nintl,+1,0,no\n", "outbound", .notABoolean),
        (.grants, "trunk,first,valid_from,delegation\nintl,+1,0,x\n", "delegation", .unknown(.delegations)),
        (
            .listings, "list,first,source,valid_from\nnone,+1,x,0\n", "list",
            .notOneOf(Listing.List.allCases.map(\.rawValue))
        ),
        (.listings, "list,first,source,valid_from\nprotected,+1,,0\n", "source", .empty),
        (.listings, "list,first,source,valid_from\nbad_number,+1,x,0\n", "valid_to", .endMissing),
        (.peers, "carrier,takes\n1001,protected\n", "takes", .notLists),
        (.peers, "carrier,takes\n1001,bad_number bad_number\n", "takes", .notLists),
        (.peers, "carrier,gives\n1001,\"bad_number,shut_trunk\"\n", "gives", .notLists),
    ])
    func `a wrong value is told apart`(table: LedgerTable, text: String, column: String, why: RowFault.Reason) throws {
        let store = try folder.filled()
        #expect(
            rowFaults { try store.importCSV(table, text: text) }
                == [RowFault(place: .line(table, 2), column: column, reason: why)])
    }

    @Test func `times come in either form, and leave as seconds`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(
            .listings, text: "list,first,source,valid_from\nprotected,86:110,police,2026-11-23T10:00:00+08:00\n")
        #expect(try store.csv(.listings).contains("protected,86:110,86:110,police,1795399200,\r\n"))
    }

    @Test func `columns that a file does not have stay, those that it leaves empty are emptied`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.customers, text: "id,name\nacme,Renamed\n")
        #expect(
            try store.snapshot().customer("acme")
                == Customer(id: "acme", name: "Renamed", entity: "E-1", industry: .retail))
        _ = try store.importCSV(.customers, text: "id,name,kind,entity,industry\nacme,Renamed,,,\n")
        #expect(try store.snapshot().customer("acme") == Customer(id: "acme", name: "Renamed"))
        // Neither a state nor a kind can be empty.
        _ = try store.importCSV(.trunks, text: "name,class,state,enrolled_from\nic-2,interconnect,,\n")
        #expect(try store.snapshot().trunk("ic-2")?.state == .active)
        #expect(try store.snapshot().trunk("ic-2")?.enrolledFrom == nil)
    }

    @Test func `a new trunk is one that was applied for`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.trunks, text: "name,class\nnew,access\n")
        #expect(try store.snapshot().trunk("new") == Trunk(name: "new", trunkClass: .access, state: .applied))
    }

    @Test func `two rows of one key are told by both lines, the same row twice does no harm`() throws {
        let store = try folder.filled()
        for rows in ["x,A\nx,B\n", "acme,\"Acme \"\"Phones\"\"\"\nacme,B\n", "acme,B\nacme,\"Acme \"\"Phones\"\"\"\n"] {
            let faults = rowFaults { try store.importCSV(.customers, text: "id,name\nq,Q\n" + rows) }
            #expect(
                faults == [
                    RowFault(place: .line(.customers, 4), column: nil, reason: .otherRow(.line(.customers, 3)))
                ])
            #expect(
                faults[0].description.contains("customers, line 4: another row of the same key is at customers, line 3")
            )
        }
        #expect(try store.importCSV(.customers, text: "id,name\nx,A\nx,A\n") == 1)
    }

    @Test func `files of one change may come in any order`() throws {
        let store = try LedgerStore.create(at: folder.path)
        _ = try store.importCSV(LedgerFolder.files.reversed(), by: act())
        #expect(try store.version() == 1)
        #expect(try store.counts().map(\.rows) == [2, 1, 4, 2, 2, 2, 5, 10, 1, 4, 1])
    }

    @Test func `a fault in one file has none of the others imported`() throws {
        let store = try LedgerStore.create(at: folder.path)
        let faults = rowFaults {
            try store.importCSV([(.customers, "id,name\nc,C\n"), (.carriers, "spc,name,country\n9,N,x\n")], by: act())
        }
        #expect(faults.map(\.place) == [.line(.carriers, 2)])
        #expect(try store.counts().allSatisfy { $0.rows == 0 })
    }

    @Test func `no id is given twice, nor to another grant`() throws {
        let store = try folder.filled()
        let header = "id,trunk,first,last,valid_from\n"
        try store.approve()
        _ = try store.importCSV(.grants, text: header + "40,intl,+447000000001,,0\n,intl,+447000000002,,0\n")
        #expect(try store.snapshot().grant(of: number("+447000000002"), on: trunk("intl"), at: 0)?.id == 41)
        let kept = "1,ent-17,+8657188880000,+8657188880099,1000\n"
        _ = try store.importCSV(.grants, mode: .replace, text: header + kept)
        try store.approve(only: "intl")
        _ = try store.importCSV(.grants, text: header + ",intl,+447000000003,,0\n")
        #expect(try store.snapshot().grant(of: number("+447000000003"), on: trunk("intl"), at: 0)?.id == 42)
        #expect(
            rowFaults { try store.importCSV(.grants, text: header + "41,intl,+447000000004,,0\n") }.map(\.reason) == [
                .otherGrant
            ])
        // The very grant that it was may come back.
        try store.approve(only: "intl")
        _ = try store.importCSV(.grants, text: header + "41,intl,+447000000002,,0\n")
        #expect(try store.snapshot().grant(of: number("+447000000002"), on: trunk("intl"), at: 0)?.id == 41)
        #expect(
            rowFaults { try store.importCSV(.grants, text: header + "\(Int.max),intl,+447000000005,,0\n") }.map(
                \.reason)
                == [.notAnIdentifier])
    }

    @Test(arguments: ["use", "outbound", "hours"])
    func `a grant is fixed but for its end`(column: String) throws {
        let values = ["use": "service", "outbound": "false", "hours": "09:00-10:00"]
        let text = "id,trunk,first,last,valid_from,\(column)\n3,bank-1,86:95588,,0,\(values[column] ?? "")\n"
        #expect(rowFaults { try folder.filled().importCSV(.grants, text: text) }.map(\.reason) == [.otherGrant])
    }

    @Test func `JSON has numbers, truth values and nulls of its own`() throws {
        let store = try folder.filled()
        let text = try store.json()
        #expect(text.contains(#""gateway":false,"enrolled_from":null"#))
        #expect(
            text.contains(#"{"id":4,"trunk":"ent-17","first":"+8657188890000","last":"+8657188890099","use":null,"#))
        #expect(text.contains(#""hours":"09:00-12:00 14:00-20:00","valid_from":0,"valid_to":null,"delegation":1}"#))
        let change = #"{"trunks":[{"name":"ic-2","enrolled_from":null}],"carriers":[{"spc":"1001","gateway":true}]}"#
        #expect(try store.importJSON(Array(change.utf8), by: act(), under: .china) == 2)
        #expect(try store.snapshot().trunk("ic-2")?.enrolledFrom == nil)
        #expect(try store.snapshot().carrier("1001")?.isGateway == true)
        #expect(try store.snapshot().carrier("1001")?.name == "North")
    }
}
