import Foundation
import Ledger
import NumberPlan
import Testing

@Suite struct LedgerImportTests {
    let folder = LedgerFolder()
    let other = LedgerFolder()

    @Test func `what is exported as CSV imports as the same ledger`() throws {
        let store = try folder.filled()
        let copy = try LedgerStore.create(at: other.path)
        #expect(try copy.importCSV(LedgerTable.allCases.map { ($0, try store.csv($0)) }, by: act()) == 34)
        #expect(try copy.json() == store.json())
        for table in LedgerTable.allCases { #expect(try copy.csv(table) == store.csv(table)) }
    }

    @Test func `what is exported as JSON imports as the same ledger`() throws {
        let store = try folder.filled()
        let copy = try LedgerStore.create(at: other.path)
        #expect(try copy.importJSON(Array(store.json().utf8), by: act(), under: .china) == 34)
        #expect(try copy.json() == store.json())
        _ = try copy.importJSON(Array(store.json().utf8), mode: .replace, by: act(), under: .china)
        #expect(try copy.json() == store.json())
    }

    @Test func `importing twice changes nothing, not even the version`() throws {
        let store = try folder.filled()
        let before = try store.json()
        for table in LedgerTable.allCases { _ = try store.importCSV(table, text: try store.csv(table)) }
        for (table, text) in LedgerFolder.files { _ = try store.importCSV(table, text: text) }
        #expect(try store.json() == before)
        #expect(try store.version() == 1)
    }

    @Test func `a row of the same key is changed, others stay`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.carriers, text: "country,spc,name\r\n852,1001,Renamed\r\n")
        #expect(
            try store.csv(.carriers)
                == "spc,name,country,gateway,enrolled_from\r\n1001,Renamed,852,false,\r\n1002,\"South, and East\",86,false,\r\n"
        )
    }

    @Test func `a grant's end may be moved, nothing else`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(
            .grants, text: "id,trunk,first,last,valid_from,valid_to\n2,ent-17,+8657188880000,+8657188880999,0,5000\n")
        #expect(try store.snapshot().grant(of: number("+8657188880500"), on: trunk("ent-17"), at: 5000) == nil)
        #expect(try store.snapshot().grant(of: number("+8657188880500"), on: trunk("ent-17"), at: 4999)?.id == 2)
        #expect(
            rowFaults {
                try store.importCSV(
                    .grants,
                    text: "id,trunk,first,last,valid_from,valid_to\n2,bank-1,+8657188880000,+8657188880999,0,\n")
            } == [RowFault(place: .line(.grants, 2), column: "id", reason: .otherGrant)])
        #expect(
            rowFaults {
                try store.importCSV(
                    .grants,
                    text: "id,trunk,first,last,valid_from,valid_to\n9,ent-17,+8657188880000,+8657188880999,0,\n")
            } == [RowFault(place: .line(.grants, 2), column: "id", reason: .otherGrant)])
    }

    @Test func `replacing takes out what the file leaves out`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.holdings, mode: .replace, text: "carrier,first\n1001,+8657188880000\n")
        #expect(try store.csv(.holdings) == "carrier,first,last\r\n1001,+8657188880000,+8657188880000\r\n")
        #expect(throws: LedgerError.stillNamed(.trunks)) {
            try store.importCSV(.trunks, mode: .replace, text: "name,class\nent-17,enterprise\n")
        }
        #expect(try store.snapshot().trunk("bank-1") != nil)
    }

    @Test func `all rows or none, and every wrong one is named`() throws {
        let store = try folder.filled()
        let before = try store.json()
        let text = """
            name,class,customer,peer,line,enrolled_from
            good,access,,,,
            bad name,access,,,,
            "multi
            line",access,,,,
            c,premium,,,,
            d,access,nobody,nobody,42,soon
            e,access
            f,,,,,
            """
        func fault(_ line: Int, _ column: String?, _ reason: RowFault.Reason) -> RowFault {
            RowFault(place: .line(.trunks, line), column: column, reason: reason)
        }
        #expect(
            rowFaults { try store.importCSV(.trunks, text: text) } == [
                fault(3, "name", .notATrunkName), fault(4, "name", .notATrunkName),
                fault(6, "class", .notOneOf(TrunkClass.allCases.map(\.rawValue))),
                fault(7, "customer", .unknown(.customers)), fault(7, "peer", .unknown(.carriers)),
                fault(7, "line", .notANumber), fault(7, "enrolled_from", .notATime),
                fault(8, nil, .fieldCount(expected: 6, found: 2)), fault(9, "class", .empty),
            ])
        #expect(try store.json() == before)
    }

    @Test(arguments: [
        (LedgerTable.carriers, "spc,name,country\nab,N,86\n", "spc", RowFault.Reason.notAProviderCode),
        (.carriers, "spc,name,country\n1,N,086\n", "country", .notACountryCode),
        (.carriers, "spc,name,country\n1,\(String(repeating: "n", count: 201)),86\n", "name", .tooLong),
        (.holdings, "carrier,first,last\n9,+1,+1\n", "carrier", .unknown(.carriers)),
        (.holdings, "carrier,first,last\n1001,95588,\n", "first", .notANumber),
        (.holdings, "carrier,first,last\n1001,+2,+1\n", "last", .notARange),
        (.holdings, "carrier,first,last\n1001,+1,+10\n", "last", .notARange),
        (.holdings, "carrier,first,last\n1001,86:1*,86:2*\n", "last", .notARange),
        (.customers, "id,name\n\(String(repeating: "i", count: 65)),N\n", "id", .tooLong),
        (.grants, "trunk,first,valid_from\nnone,+1,0\n", "trunk", .unknown(.trunks)),
        (.grants, "trunk,first,valid_from\nintl,+1,-1\n", "valid_from", .notATime),
        (.grants, "trunk,first,valid_from\nintl,+1,007\n", "valid_from", .notATime),
        (.grants, "trunk,first,valid_from,valid_to\nintl,+1,5,5\n", "valid_to", .endsBeforeItBegins),
        (.grants, "id,trunk,first,valid_from\n0,intl,+1,5\n", "id", .notAnIdentifier),
        (.grants, "id,trunk,first,valid_from\n99999999999999999999,intl,+1,5\n", "id", .notAnIdentifier),
    ])
    func `a wrong value is told apart`(table: LedgerTable, text: String, column: String, why: RowFault.Reason) throws {
        let store = try folder.filled()
        #expect(
            rowFaults { try store.importCSV(table, text: text) }
                == [RowFault(place: .line(table, 2), column: column, reason: why)])
    }

    @Test(
        arguments: [
            ("", 1, nil, RowFault.Reason.empty), ("id\n", 1, "name", .missingColumn),
            ("id,name,age\n", 1, "age", .unknownColumn), ("id,name,id\n", 1, "id", .repeatedColumn),
            ("id,name\na,b\"c\n", 2, nil, .badQuote), ("id,name\na,\"b\"c\n", 2, nil, .badQuote),
            ("id,name\na,\"b\n\n", 2, nil, .badQuote), ("id,name\na,b\rc,d\n", 2, nil, .bareCarriageReturn),
            ("id,name\na,\(String(repeating: "x", count: 5000))\n", 2, nil, .fieldTooLong),
            ("id,name\na,b\n\nc,d\n", 3, nil, .fieldCount(expected: 2, found: 1)),
        ] as [(String, Int, String?, RowFault.Reason)])
    func `a file that is not CSV is refused whole`(text: String, line: Int, column: String?, why: RowFault.Reason)
        throws
    {
        let store = try LedgerStore.create(at: folder.path)
        #expect(
            rowFaults { try store.importCSV(.customers, text: text) }
                == [RowFault(place: .line(.customers, line), column: column, reason: why)])
    }

    @Test func `bytes that are not UTF-8 are refused`() throws {
        let store = try LedgerStore.create(at: folder.path)
        var pieces: [[UInt8]] = [Array("id,name\na,".utf8), [0xC3], [0x28, 0x0A], []]
        #expect(
            rowFaults {
                try store.importCSV([LedgerFile(.customers) { pieces.removeFirst() }], by: act(), under: .china)
            }
                == [RowFault(place: .line(.customers, 2), column: nil, reason: .notUTF8)])
    }

    @Test func `pieces may end anywhere`() throws {
        let store = try LedgerStore.create(at: folder.path)
        let text = "\u{FEFF}id,name\r\na,\"x \"\"y\"\"\r\nz\"\r\n银,行"
        var bytes = Array(text.utf8)[...]
        #expect(
            try store.importCSV(
                [LedgerFile(.customers) { bytes.popFirst().map { [$0] } ?? [] }], by: act(), under: .china) == 2)
        #expect(
            try store.csv(.customers)
                == "id,name,kind,entity,industry\r\na,\"x \"\"y\"\"\r\nz\",enterprise,,\r\n银,行,enterprise,,\r\n")
    }

    @Test(arguments: [
        "", "[]", "{\"carriers\":{}}", "{\"carriers\":[1]}", "{\"trunks\":[{\"name\":1.5}]}", "{\"people\":[]}",
    ])
    func `a document that is not a ledger is refused`(text: String) throws {
        let store = try LedgerStore.create(at: folder.path)
        #expect(
            rowFaults { try store.importJSON(Array(text.utf8), by: act(), under: .china) }.map(\.place) == [.document])
    }

    @Test func `a wrong row in a document is named by its table and number`() throws {
        let store = try folder.filled()
        let text =
            #"{"grants":[{"trunk":"intl","first":"+1","valid_from":0},{"trunk":"intl","fist":"+1","valid_from":1}]}"#
        #expect(
            rowFaults { try store.importJSON(Array(text.utf8), by: act(), under: .china) } == [
                RowFault(place: .row(.grants, 2), column: "fist", reason: .unknownColumn),
                RowFault(place: .row(.grants, 2), column: "first", reason: .empty),
            ])
    }
}
