import Foundation
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
        try folder.sql("INSERT INTO grdb_migrations (identifier) VALUES ('999 of the future')")
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

    @Test func `each change counts once; one that fails or changes nothing does not`() throws {
        let store = try LedgerStore.create(at: folder.path)
        #expect(try store.version() == 0)
        _ = try store.importCSV(.customers, text: "id,name\na,A\n")
        #expect(try store.version() == 1)
        #expect(throws: LedgerError.self) { try store.importCSV(.customers, text: "id,name\na,\n") }
        #expect(try store.version() == 1)
        _ = try store.importCSV(.customers, text: "id,name\na,A\n")
        #expect(try store.version() == 1)
    }
}
