internal import Foundation
internal import GRDB
internal import NumberPlan

/// The ledger on disk: one SQLite file in the data folder.
///
/// The operator's tool writes it, the daemon reads it as snapshots. Whoever can write the file decides which trunk may
/// show which number.
package final class LedgerStore: Sendable {
    package static let fileName = "ledger.sqlite"

    let database: DatabaseQueue
    /// `PRAGMA data_version` tells a connection of others' changes only, so this one makes none.
    private let watch: DatabaseQueue

    private init(path: String) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        // As long as another's import may take: a trunk is shut behind it, not refused to be.
        configuration.busyMode = .timeout(60)
        database = try DatabaseQueue(path: path, configuration: configuration)
        // Once it is open, since opening it in this mode sets NORMAL, with which a grant that was taken back could be there
        // again after a power cut.
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        guard try database.read({ try !LedgerSchema.migrator.hasBeenSuperseded($0) }) else {
            throw LedgerError.newer(path)
        }
        try LedgerSchema.migrator.migrate(database)
        watch = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Makes an empty ledger. An existing one is left alone.
    package static func create(at folder: String) throws -> LedgerStore {
        let file = URL(filePath: folder, directoryHint: .isDirectory).appending(path: fileName)
        do {
            try Data().write(to: file, options: .withoutOverwriting)
        } catch let error as CocoaError where error.code == .fileWriteFileExists {
            throw LedgerError.exists(file.path)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        return try LedgerStore(path: file.path)
    }

    /// Never creates: a mistyped folder must not become an empty ledger that refuses every call.
    package static func open(at folder: String) throws -> LedgerStore {
        let path = URL(filePath: folder, directoryHint: .isDirectory).appending(path: fileName).path
        guard FileManager.default.fileExists(atPath: path) else { throw LedgerError.missing(path) }
        return try LedgerStore(path: path)
    }

    /// Another value than before means that another connection has changed the ledger.
    package func dataVersion() throws -> Int {
        try watch.read { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    }

    /// Counts the changes since the ledger was made.
    package func version() throws -> Int {
        try database.read(Self.version)
    }

    package func counts() throws -> [(table: LedgerTable, rows: Int)] {
        try database.read { db in
            try LedgerTable.allCases.map { table in
                let sql = "SELECT count(*) FROM \(table.tableName) WHERE until IS NULL"
                return (table, try Int.fetchOne(db, sql: sql) ?? 0)
            }
        }
    }

    /// All changes go through here: the version counts them in their own transaction. What changes nothing is no change.
    func change<Result>(
        _ act: LedgerAct, under plan: DialPlan, _ body: (inout OpenChange) throws -> Result
    ) throws -> Result {
        for (column, text) in [("by", act.by), ("why", act.why)] where !LedgerAct.isLegible(text) {
            throw LedgerError.rows([RowFault(place: .command, column: column, reason: .notLegible)])
        }
        return try database.write { db in
            var change = OpenChange(db, act, version: try Self.version(db) + 1)
            try change.requireClock()
            let result = try body(&change), time = act.clock()
            var rules = LedgerRules(change, plan, at: time)
            try rules.check()
            try change.close(at: time)
            return result
        }
    }

    static func version(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT max(version) FROM change") ?? 0
    }
}

package enum LedgerError: Error, Equatable {
    case missing(String)
    case exists(String)
    /// Written by a later release.
    case newer(String)
    /// Nothing was imported, for these reasons; no more than the first hundred.
    case rows([RowFault])
    /// Rows that other tables name would go.
    case stillNamed(LedgerTable)
    /// Of which the history knows nothing.
    case noVersion(Int)
    /// The last change lies more than a minute ahead of our clock; both in seconds since 1970.
    case clockBehind(last: Int, now: Int)
}

extension LedgerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let path): "no ledger at \(path); make one with: countersign ledger init --data FOLDER"
        case .exists(let path):
            "\(path) exists and is left as it is; look at it with: countersign ledger list --data FOLDER"
        case .newer(let path): "\(path) was written by a later release; use that release of countersign"
        case .rows(let faults): faults.map(\.description).joined(separator: "\n")
        case .stillNamed(let table):
            "other tables name \(table.rawValue) that would go: keep them, in an import without --replace, or change those tables first"
        case .clockBehind(let last, let now):
            """
            the last change was made at \(LedgerTime.text(last)), \(last - now) s ahead of this machine's clock: set the clock \
            that is wrong. If it is that of whoever made the change (countersign ledger history), wait until then, or begin a \
            new ledger with an export of this one: times that are written stay
            """
        case .noVersion(let version):
            "the ledger has no version \(version); see which it has with: countersign ledger history --data FOLDER"
        }
    }
}
