import GRDB
import Ledger
import NumberPlan
import Testing

/// What the file refuses by itself, whoever writes it.
@Suite struct LedgerSchemaTests {
    let folder = LedgerFolder()

    /// As each change begins.
    private static let opening = "INSERT INTO opened SELECT 1, max(version) + 1 FROM change"
    private static let next = "(SELECT version FROM opened)"

    /// A row of each table that is taken.
    private static let rows: [String: [String: String]] = [
        "carrier": ["spc": "'9'", "name": "'N'", "country": "'86'", "gateway": "0"],
        "peer": [
            "carrier": "'1001'", "state": "'active'", "transit": "0", "takes": "'bad_number'", "gives": "'shut_trunk'",
        ],
        "holding": ["carrier": "'1001'", "first": "'+1'", "last": "'+9'"],
        "ported": ["number": "1", "carrier": "'1001'"],
        "customer": ["id": "'c'", "name": "'N'", "kind": "'enterprise'"],
        "licence": ["id": "'l'", "customer": "'acme'", "scope": "'voice'", "valid_from": "'2026-01-01'"],
        "trunk": [
            "name": "'t'", "class": "'interconnect'", "state": "'applied'", "peer": "'1002'", "circuit": "'E-9'",
            "handover": "1",
        ],
        "approval": ["trunk": "'intl'", "\"by\"": "'x'", "at": "0"],
        "delegation": [
            "id": "7", "delegator": "'carrier:1001'", "delegate": "'customer:acme'", "first": "'+1'", "last": "'+1'",
            "purpose": "'p'", "valid_from": "0", "onward": "0",
        ],
        "grant_": [
            "id": "70", "trunk": "'intl'", "first": "'+1'", "last": "'+1'", "outbound": "1", "valid_from": "0",
        ],
        "listing": ["list": "'protected'", "first": "'+1'", "last": "'+1'", "source": "'s'", "valid_from": "0"],
    ]

    private static func insertion(_ table: String, _ other: [String: String] = [:]) -> String {
        let row = (rows[table] ?? [:]).merging(other) { $1 }.merging(["since": next]) { given, _ in given }
            .sorted { $0.key < $1.key }
        let columns = row.map(\.key).joined(separator: ", "), values = row.map(\.value).joined(separator: ", ")
        return "INSERT INTO \(table) (\(columns)) VALUES (\(values))"
    }

    @Test(arguments: rows.keys.sorted())
    func `a row comes with a change, and is then there for good`(table: String) throws {
        _ = try folder.filled()
        #expect(throws: DatabaseError.self) { try folder.sql(Self.insertion(table, ["since": "1"])) }
        #expect(throws: DatabaseError.self) { try folder.sql(Self.insertion(table, ["since": "2"])) }
        #expect(throws: DatabaseError.self) { try folder.sql(Self.opening, Self.insertion(table, ["since": "1"])) }
        #expect(throws: DatabaseError.self) { try folder.sql(Self.opening, Self.insertion(table, ["until": "3"])) }
        try folder.sql(
            Self.opening, Self.insertion(table), "INSERT INTO change SELECT version, 1795399200, 'x', 'y' FROM opened",
            "DELETE FROM opened")
        let columns = (Self.rows[table] ?? [:]).keys.map { "UPDATE \(table) SET \($0) = \($0)" }
        for statement in columns + [
            "DELETE FROM \(table)", "UPDATE \(table) SET since = 2", "UPDATE \(table) SET until = 2",
            "UPDATE \(table) SET until = NULL",
        ] {
            #expect(throws: DatabaseError.self, "\(statement)") { try folder.sql(statement) }
        }
        #expect(throws: DatabaseError.self) { try folder.sql(Self.opening, "DELETE FROM \(table)") }
        #expect(throws: DatabaseError.self) { try folder.sql(Self.opening, "UPDATE \(table) SET until = 9") }
        #expect(throws: DatabaseError.self) { try folder.sql(Self.opening, Self.insertion(table)) }
        let end = "UPDATE \(table) SET until = \(Self.next) WHERE until IS NULL"
        #expect(throws: DatabaseError.self) { try folder.sql(Self.opening, end, "UPDATE \(table) SET until = NULL") }
        try folder.sql(Self.opening, end, "DELETE FROM opened")
    }

    @Test(arguments: [
        "UPDATE change SET why = 'x'", "DELETE FROM change", "UPDATE changed SET rows = 7", "DELETE FROM changed",
        "UPDATE touched SET key = 'x'", "DELETE FROM touched", "INSERT INTO change VALUES (2, 1795399200, 'x', 'y')",
        "INSERT INTO changed VALUES (2, 'grants', 1, 0)", "INSERT INTO touched VALUES (2, 'grants', '1')",
        "INSERT INTO opened VALUES (1, 7)", "INSERT INTO opened VALUES (2, 2)",
        "\(opening); UPDATE opened SET version = 9",
        "\(opening); INSERT INTO change VALUES (2, 1, 'x', 'y')",
        "\(opening); INSERT INTO change VALUES (2, 253402300800, 'x', 'y')",
        "\(opening); INSERT INTO change VALUES (2, 1795399200, '', 'y')",
        "\(opening); INSERT INTO change VALUES (2, 1795399200, 'x', '')",
    ])
    func `changes follow each other, and stay`(statement: String) throws {
        _ = try folder.filled()
        #expect(throws: DatabaseError.self) { try folder.sql(statement) }
    }

    @Test(arguments: [
        ("carrier", ["spc": "'a1'"]), ("carrier", ["spc": "''"]), ("carrier", ["spc": "'ABCDEFGHIJKLMNOPQ'"]),
        ("carrier", ["name": "''"]), ("carrier", ["country": "'0'"]), ("carrier", ["country": "'8600'"]),
        ("carrier", ["country": "'8a'"]), ("carrier", ["country": "NULL"]), ("carrier", ["spc": "'1001'"]),
        ("carrier", ["gateway": "2"]), ("carrier", ["enrolled_from": "-1"]), ("carrier", ["enrolled_from": "'soon'"]),
        ("holding", ["first": "'+8657188880000'", "last": "'+8657188889999'"]),
        ("holding", ["first": "'+2'", "last": "'+1'"]), ("holding", ["last": "'+10'"]),
        ("holding", ["first": "'+10'", "last": "'1:2'"]), ("holding", ["first": "'1:10'", "last": "'7:10'"]),
        ("holding", ["first": "'86:10'", "last": "'86:1*'"]), ("holding", ["first": "'10'", "last": "'10'"]),
        ("holding", ["first": "'+'", "last": "'+'"]), ("holding", ["first": "'+012'", "last": "'+012'"]),
        ("holding", ["first": "'+1 2'", "last": "'+1 2'"]), ("holding", ["first": "'+1*'", "last": "'+1*'"]),
        ("holding", ["first": "'+1234567890123456'", "last": "'+1234567890123456'"]),
        ("holding", ["first": "'86:'", "last": "'86:'"]), ("holding", ["first": "'086:1'", "last": "'086:1'"]),
        ("holding", ["first": "'8612:1'", "last": "'8612:1'"]), ("holding", ["first": "'86:1:2'", "last": "'86:1:2'"]),
        ("holding", ["first": "'86:123456789012345678901'", "last": "'86:123456789012345678901'"]),
        ("holding", ["first": "'8*:1'", "last": "'8*:1'"]), ("ported", ["number": "0"]),
        ("ported", ["number": "1000000000000000"]), ("ported", ["number": "'x'"]),
        ("ported", ["number": "8613800138000"]), ("customer", ["id": "''"]), ("customer", ["name": "''"]),
        ("customer", ["kind": "'shop'"]), ("customer", ["industry": "'mining'"]), ("customer", ["entity": "''"]),
        ("customer", ["id": "'acme'"]), ("licence", ["id": "''"]), ("licence", ["scope": "''"]),
        ("licence", ["valid_from": "'soon'"]), ("licence", ["valid_to": "'2025-12-31'"]), ("licence", ["id": "'L-1'"]),
        ("trunk", ["name": "''"]), ("trunk", ["name": "'a b'"]), ("trunk", ["name": "'ü'"]),
        ("trunk", ["name": "'\(String(repeating: "x", count: 65))'"]), ("trunk", ["class": "'premium'"]),
        ("trunk", ["class": "NULL"]), ("trunk", ["state": "'open'"]), ("trunk", ["line": "'42'"]),
        ("trunk", ["use": "'fun'"]), ("trunk", ["service": "''"]), ("trunk", ["contract": "''"]),
        ("trunk", ["circuit": "''"]), ("trunk", ["circuit": "'a b'"]), ("trunk", ["circuit": "NULL"]),
        ("trunk", ["circuit": "'\(String(repeating: "x", count: 65))'"]), ("trunk", ["peer": "NULL"]),
        ("trunk", ["class": "'access'"]), ("trunk", ["handover": "2"]), ("peer", ["carrier": "'1002'"]),
        ("peer", ["carrier": "NULL"]), ("peer", ["state": "'shut'"]), ("peer", ["transit": "2"]),
        ("peer", ["contact": "''"]), ("peer", ["address": "'east'"]), ("peer", ["address": "'ea st:7443'"]),
        ("peer", ["address": "'\(String(repeating: "x", count: 256)):7443'"]),
        ("trunk", ["enrolled_from": "-1"]), ("trunk", ["name": "'intl'"]), ("approval", ["\"by\"": "''"]),
        ("approval", ["at": "-1"]), ("approval", ["why": "''"]), ("approval", ["\"by\"": "'li'"]),
        ("delegation", ["id": "0"]), ("delegation", ["delegator": "'1001'"]), ("delegation", ["delegate": "'acme'"]),
        ("delegation", ["delegate": "'carrier:1001'"]), ("delegation", ["purpose": "''"]),
        ("delegation", ["onward": "2"]), ("delegation", ["parent": "7"]), ("delegation", ["id": "1"]),
        ("delegation", ["first": "'+8657188890000'", "last": "'+8657188890999'"]), ("grant_", ["id": "0"]),
        ("grant_", ["first": "'+9'"]), ("grant_", ["valid_from": "-1"]), ("grant_", ["valid_from": "253402300800"]),
        ("grant_", ["valid_from": "'now'"]), ("grant_", ["valid_from": "5", "valid_to": "5"]),
        ("grant_", ["valid_to": "253402300800"]), ("grant_", ["use": "'fun'"]), ("grant_", ["outbound": "2"]),
        ("grant_", ["hours": "'always'"]), ("grant_", ["id": "1"]),
        ("grant_", ["trunk": "'bank-1'", "first": "'86:95588'", "last": "'86:95588'"]),
        ("peer", ["takes": "''"]), ("peer", ["takes": "'Bad'"]), ("peer", ["gives": "''"]),
        ("peer", ["gives": "'a,b'"]),
        ("peer", ["gives": "'\(String(repeating: "b", count: 101))'"]), ("listing", ["list": "'bad_number'"]),
        ("listing", ["list": "'none'"]), ("listing", ["source": "''"]), ("listing", ["valid_from": "-1"]),
        ("listing", ["list": "'do_not_originate'", "first": "'86:95599'", "last": "'86:95599'"]),
    ])
    func `the schema refuses`(table: String, values: [String: String]) throws {
        _ = try folder.filled()
        #expect(throws: DatabaseError.self) { try folder.sql(Self.opening, Self.insertion(table, values)) }
    }

    @Test(arguments: [
        ("holding", ["first": "'86:*57#'", "last": "'86:*57#'"]),
        ("holding", ["first": "'852:00'", "last": "'852:99'"]),
        ("ported", ["number": "999999999999999"]), ("licence", ["valid_to": "'2026-01-01'"]),
        ("grant_", ["hours": "'09:00-12:00'"]), ("listing", ["list": "'bad_number'", "valid_to": "9"]),
    ])
    func `the schema takes`(table: String, values: [String: String]) throws {
        _ = try folder.filled()
        try folder.sql(
            Self.opening, Self.insertion(table, values),
            "INSERT INTO change SELECT version, 1795399200, 'x', 'y' FROM opened",
            "DELETE FROM opened")
        _ = try LedgerStore.open(at: folder.path).snapshot()
    }

    /// The tables of the first release, which are still there between the first migration and the second.
    @Test func `an older ledger is carried over, and its history begins`() throws {
        let former = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try former.write { db in
            try db.execute(sql: Self.firstRelease)
        }
        try former.close()
        let store = try LedgerStore.open(at: folder.path)
        #expect(try store.version() == 5)
        let snapshot = try store.snapshot()
        #expect(snapshot.trunk("t") == Trunk(name: "t", trunkClass: .enterprise, customer: "c", enrolledFrom: 9))
        #expect(snapshot.holder(of: number("+1500"))?.name == "N")
        #expect(snapshot.grant(of: number("+1500"), on: trunk("t"), at: 3)?.id == 7)
        #expect(try store.snapshot(asOf: 5).trunk("t") != nil)
        #expect(throws: LedgerError.noVersion(4)) { try store.snapshot(asOf: 4) }
        #expect(try store.changes(since: 4).map(\.version) == nil)
        // Of the grants 8 and 9, which are gone, there may be records.
        // It was carried over by the machine's clock.
        let later = act(at: LedgerTime.last)
        try store.approve(only: "t", at: LedgerTime.last)
        _ = try store.importCSV([(.grants, "trunk,first,valid_from\nt,+447000000001,0\n")], by: later)
        #expect(try store.snapshot().grant(of: number("+447000000001"), on: trunk("t"), at: 0)?.id == 10)
    }

    private static let firstRelease = """
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('1 carriers, customers, trunks, grants');
        CREATE TABLE ledger (id INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT;
        INSERT INTO ledger VALUES (1, 5);
        CREATE TABLE carrier (spc TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, country TEXT NOT NULL) STRICT;
        INSERT INTO carrier VALUES ('1', 'N', '1');
        CREATE TABLE holding (
            id INTEGER PRIMARY KEY, carrier TEXT NOT NULL REFERENCES carrier (spc), first TEXT NOT NULL, last TEXT NOT NULL
        ) STRICT;
        INSERT INTO holding VALUES (1, '1', '+1000', '+1999');
        CREATE TABLE customer (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL) STRICT;
        INSERT INTO customer VALUES ('c', 'C');
        CREATE TABLE trunk (
            name TEXT PRIMARY KEY NOT NULL, class TEXT NOT NULL, customer TEXT REFERENCES customer (id),
            peer TEXT REFERENCES carrier (spc), line TEXT, enrolled_from INTEGER
        ) STRICT;
        INSERT INTO trunk VALUES ('t', 'enterprise', 'c', NULL, NULL, 9);
        CREATE TRIGGER trunk_name_is_immutable BEFORE UPDATE OF name ON trunk WHEN OLD.name <> NEW.name
        BEGIN SELECT RAISE(ABORT, 'a trunk cannot be renamed'); END;
        CREATE TABLE grant_ (
            id INTEGER PRIMARY KEY AUTOINCREMENT, trunk TEXT NOT NULL REFERENCES trunk (name), first TEXT NOT NULL,
            last TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER
        ) STRICT;
        INSERT INTO grant_ VALUES (7, 't', '+1500', '+1500', 3, NULL), (9, 't', '+2', '+2', 3, NULL);
        DELETE FROM grant_ WHERE id = 9;
        """
}
