import Foundation
import GRDB
import Ledger
import NumberPlan
import Testing

@Suite struct LedgerStoreTests {
    let folder = LedgerFolder()

    @Test func `opening does not create`() throws {
        #expect(throws: LedgerError.missing(folder.path + "/ledger.sqlite")) { try LedgerStore.open(at: folder.path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        #expect(LedgerError.missing("x").description.contains("countersign ledger init"))
    }

    @Test func `creating leaves what exists alone`() throws {
        let version = try folder.filled().version()
        #expect(throws: LedgerError.exists(folder.path + "/ledger.sqlite")) { try LedgerStore.create(at: folder.path) }
        #expect(try LedgerStore.open(at: folder.path).version() == version)
    }

    @Test func `only its owner reads the file`() throws {
        _ = try LedgerStore.create(at: folder.path)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/ledger.sqlite")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `a later release's ledger is not touched`() throws {
        _ = try LedgerStore.create(at: folder.path)
        try sql("INSERT INTO grdb_migrations (identifier) VALUES ('999 of the future')")
        #expect(throws: LedgerError.newer(folder.path + "/ledger.sqlite")) { try LedgerStore.open(at: folder.path) }
    }

    @Test func `another's change shows in the data version`() throws {
        let mine = try folder.filled()
        let before = try mine.dataVersion()
        #expect(try mine.dataVersion() == before)
        _ = try mine.snapshot()
        #expect(try mine.dataVersion() == before)
        let other = try LedgerStore.open(at: folder.path)
        _ = try other.importCSV(.trunks, text: "name,class\nnew,access\n")
        #expect(try mine.dataVersion() != before)
        #expect(try mine.snapshot().trunk("new") != nil)
    }

    @Test func `each change counts once, a failed one not`() throws {
        let store = try LedgerStore.create(at: folder.path)
        #expect(try store.version() == 0)
        _ = try store.importCSV(.customers, text: "id,name\na,A\n")
        #expect(try store.version() == 1)
        #expect(throws: LedgerError.self) { try store.importCSV(.customers, text: "id,name\na,\n") }
        #expect(try store.version() == 1)
    }

    /// The schema refuses by itself what an import would never send.
    @Test(arguments: [
        "INSERT INTO carrier VALUES ('a1', 'N', '86')", "INSERT INTO carrier VALUES ('', 'N', '86')",
        "INSERT INTO carrier VALUES ('ABCDEFGHIJKLMNOPQ', 'N', '86')",
        "UPDATE carrier SET name = ''", "UPDATE carrier SET country = '0'", "UPDATE carrier SET country = '8600'",
        "UPDATE carrier SET country = '8a'", "UPDATE carrier SET country = NULL",
        "DELETE FROM carrier WHERE spc = '1002'",
        "INSERT INTO carrier VALUES ('1001', 'Again', '86')",
        "INSERT INTO holding (carrier, first, last) VALUES ('9999', '+1', '+1')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+8657188880000', '+8657188889999')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+2', '+1')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+1', '+10')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+10', '1:2')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '1:10', '7:10')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '86:10', '86:1*')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '10', '10')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+', '+')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+012', '+012')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+1 2', '+1 2')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+1*', '+1*')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+1234567890123456', '+1234567890123456')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '86:', '86:')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '086:1', '086:1')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '8612:1', '8612:1')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '86:1:2', '86:1:2')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '86:123456789012345678901', '86:123456789012345678901')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '8*:1', '8*:1')",
        "INSERT INTO customer VALUES ('', 'N')", "UPDATE customer SET name = ''",
        "DELETE FROM customer WHERE id = 'acme'",
        "UPDATE trunk SET name = 'renamed' WHERE name = 'intl'",
        "INSERT INTO trunk (name, class) VALUES ('', 'access')",
        "INSERT INTO trunk (name, class) VALUES ('a b', 'access')",
        "INSERT INTO trunk (name, class) VALUES ('ü', 'access')",
        "INSERT INTO trunk (name, class) VALUES ('\(String(repeating: "x", count: 65))', 'access')",
        "UPDATE trunk SET class = 'premium'", "UPDATE trunk SET class = NULL", "UPDATE trunk SET customer = 'nobody'",
        "UPDATE trunk SET peer = 'nobody'", "UPDATE trunk SET line = '42'", "UPDATE trunk SET enrolled_from = -1",
        "UPDATE trunk SET enrolled_from = 'soon'", "DELETE FROM trunk WHERE name = 'ent-17'",
        "UPDATE grant_ SET trunk = 'nobody'", "UPDATE grant_ SET first = '+9'", "UPDATE grant_ SET valid_from = -1",
        "UPDATE grant_ SET valid_from = 253402300800", "UPDATE grant_ SET valid_to = valid_from",
        "UPDATE grant_ SET valid_to = 253402300800", "UPDATE grant_ SET valid_from = 'now'", "UPDATE grant_ SET id = 0",
        "INSERT INTO grant_ (trunk, first, last, valid_from) VALUES ('bank-1', '86:95588', '86:95588', 0)",
        "INSERT INTO ledger (id, version) VALUES (2, 0)", "UPDATE ledger SET version = -1",
    ])
    func `the schema refuses`(statement: String) throws {
        _ = try folder.filled()
        #expect(throws: DatabaseError.self) { try sql(statement) }
    }

    @Test(arguments: [
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '86:*57#', '86:*57#')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '+1', '+9')",
        "INSERT INTO holding (carrier, first, last) VALUES ('1001', '852:00', '852:99')",
        "UPDATE trunk SET name = name",
    ])
    func `the schema takes`(statement: String) throws {
        _ = try folder.filled()
        try sql(statement)
        _ = try LedgerStore.open(at: folder.path).snapshot()
    }

    private func sql(_ statement: String) throws {
        let database = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try database.write { try $0.execute(sql: statement) }
    }
}
