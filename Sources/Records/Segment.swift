internal import Foundation
internal import GRDB

/// One day's file while it is written, sealed or opened again.
///
/// The link to the previous record is read from the file inside the transaction that extends it, so what is in memory
/// and what is on disk cannot disagree: not after a failed commit, not after a crash.
struct Segment: Sendable {
    static let schemaVersion = 1
    static let firstLink = Data(count: 32)

    let day: UTCDay
    let path: String
    let database: DatabaseQueue

    /// Opens the day's file, making it if need be. `previous` is the last hash of the segment before.
    init(_ day: UTCDay, in folder: RecordsFolder, previous: Data, atMilliseconds now: Int) throws(RecordsError) {
        let path = folder.path(of: day)
        self.day = day
        self.path = path
        try folder.createFile(for: day)
        do {
            database = try DatabaseQueue(path: path, configuration: Self.configuration)
            try database.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL")
                try db.inTransaction(.immediate) {
                    try Self.create(in: db, day: day, previous: previous, atMilliseconds: now)
                    return .commit
                }
                try Self.requireKnownSchema(in: db, path: path)
            }
        } catch { throw RecordsError(error, path: path) }
    }

    private static let configuration = {
        var configuration = Configuration()
        configuration.busyMode = .timeout(0.25)
        configuration.prepareDatabase { db in
            // FULL: a commit returns when its bytes are on disk.
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000")
        }
        return configuration
    }()

    private static func create(in db: Database, day: UTCDay, previous: Data, atMilliseconds now: Int) throws {
        guard try !db.tableExists("segment") else { return }
        try db.execute(
            sql: """
                CREATE TABLE record (
                    seq INTEGER PRIMARY KEY,
                    at INTEGER NOT NULL,
                    body TEXT NOT NULL,
                    hash BLOB NOT NULL CHECK (length(hash) = 32)
                ) STRICT;
                CREATE TABLE segment (
                    only INTEGER PRIMARY KEY CHECK (only = 1),
                    version INTEGER NOT NULL,
                    day INTEGER NOT NULL,
                    previous BLOB NOT NULL CHECK (length(previous) = 32),
                    opened INTEGER NOT NULL,
                    sealed INTEGER,
                    records INTEGER,
                    last BLOB CHECK (length(last) = 32),
                    CHECK ((sealed IS NULL) = (records IS NULL) AND (sealed IS NULL) = (last IS NULL))
                ) STRICT
                """)
        try db.execute(
            sql: "INSERT INTO segment (only, version, day, previous, opened) VALUES (1, ?, ?, ?, ?)",
            arguments: [schemaVersion, day.number, previous, now])
    }

    static func requireKnownSchema(in db: Database, path: String) throws {
        guard let version = try Int.fetchOne(db, sql: "SELECT version FROM segment") else {
            throw RecordsError.damaged(path: path, reason: "it does not say what it is")
        }
        guard version == schemaVersion else { throw RecordsError.unknownSchema(path: path, version: version) }
    }
}

/// The last link of a chain: what the next record's hash starts from.
struct Link {
    var sequence: Int
    var hash: ChainHash

    /// The last row's, or before the first row the last of the segment before.
    init(lastIn db: Database) throws {
        let newest = try db.cachedStatement(
            sql: """
                SELECT * FROM (SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1)
                UNION ALL SELECT 0, previous FROM segment LIMIT 1
                """)
        guard let row = try Row.fetchOne(newest), let hash = ChainHash(try row.decode(atIndex: 1)) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the last hash is missing")
        }
        self.sequence = try row.decode(atIndex: 0)
        self.hash = hash
    }
}

extension Segment {
    func lastLink() throws(RecordsError) -> Link {
        do { return try database.read { db in try Link(lastIn: db) } } catch { throw RecordsError(error, path: path) }
    }

    func lastLink(in db: Database) throws(RecordsError) -> Link {
        do { return try Link(lastIn: db) } catch { throw RecordsError(error, path: path) }
    }

    func waitUntilIdle() async {
        await withCheckedContinuation { done in
            database.asyncWriteWithoutTransaction { _ in done.resume() }
        }
    }

    /// Writes what waits, in one transaction. Runs on the segment's own queue.
    func commit(_ batches: [RecordBatch], in db: Database) throws(RecordsError) {
        do {
            try Self.inTransaction(db) {
                var link = try Link(lastIn: db)
                var insert = RecordInsert()
                for batch in batches {
                    guard batch.first > link.sequence else { throw RecordsError.anotherWriter(path: path) }
                    link.sequence = batch.first - 1
                    for index in batch.records.indices {
                        try insert.add(batch.records[index], to: &link, of: day, in: db)
                    }
                }
                try insert.finish(in: db)
            }
        } catch { throw RecordsError(error, path: path) }
    }

    /// As `Database.inTransaction`, but its statements are compiled once and not for each commit.
    private static func inTransaction(_ db: Database, _ body: () throws -> Void) throws {
        try db.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
        do {
            try body()
            try db.cachedStatement(sql: "COMMIT TRANSACTION").execute()
        } catch {
            if db.isInsideTransaction { try? db.rollback() }
            throw error
        }
    }
}
