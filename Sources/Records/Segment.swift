internal import Foundation
internal import GRDB
internal import Glibc
internal import SystemPackage

/// The file of a day that is over: an SQLite database made from the day's journal, with an index of the calls in it.
///
/// Its batches are the journal's, byte for byte, with the hash of every record; the view `record` has a row for each
/// record, for whoever reads it with a tool of their own.
enum Segment {
    static let schemaVersion = 2

    private static let schema = """
        CREATE TABLE batch (
            first INTEGER PRIMARY KEY,
            count INTEGER NOT NULL CHECK (count > 0),
            latest INTEGER NOT NULL,
            hashes BLOB NOT NULL CHECK (length(hashes) = 32 * count),
            lines TEXT NOT NULL
        ) STRICT;
        CREATE VIEW record AS
        SELECT first + key AS seq, value AS body, substr(hashes, 32 * key + 1, 32) AS hash
        FROM batch, json_each('[' || replace(lines, char(10), ',') || ']');
        CREATE TABLE segment (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            version INTEGER NOT NULL,
            day INTEGER NOT NULL,
            previous BLOB NOT NULL CHECK (length(previous) = 32),
            sealed INTEGER NOT NULL,
            records INTEGER NOT NULL,
            last BLOB NOT NULL CHECK (length(last) = 32)
        ) STRICT;
        CREATE TABLE entry (
            field TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL,
            PRIMARY KEY (field, value, seq)
        ) STRICT, WITHOUT ROWID
        """

    /// Fields by which single calls are looked for, and the values they have, in the order of the table: appending in that
    /// order is several times as fast.
    private static let index = """
        INSERT OR IGNORE INTO entry
        SELECT field, value, seq FROM (
            SELECT 'call' AS field, body ->> '$.call' AS value, seq FROM record
            UNION ALL SELECT 'orig', body ->> '$.orig', seq FROM record
            UNION ALL SELECT 'origid', body ->> '$.origid', seq FROM record
            UNION ALL SELECT 'dest', dest.value, seq FROM record, json_each(body, '$.dest') AS dest
        ) WHERE value IS NOT NULL ORDER BY field, value, seq
        """

    /// Makes the file from a journal that nobody writes any more, then removes the journal.
    ///
    /// It appears under its name when it is complete and on the disk. What a crash left behind is made anew.
    static func seal(_ day: UTCDay, in folder: RecordsFolder, atMilliseconds now: Int) throws(RecordsError) {
        let path = folder.segment(of: day), unfinished = path + "-new"
        do {
            if FileManager.default.fileExists(atPath: unfinished) {
                try FileManager.default.removeItem(atPath: unfinished)
            }
            try folder.createFile(unfinished)
            try fill(unfinished, from: try JournalReader(folder.journal(of: day), day: day), atMilliseconds: now)
            let file = try FileDescriptor.open(FilePath(unfinished), .readWrite, options: [.closeOnExec])
            defer { try? file.close() }
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            guard FileManager.default.fileExists(atPath: folder.journal(of: day)) else {
                // Expired in the meantime.
                return try FileManager.default.removeItem(atPath: unfinished)
            }
            try FileManager.default.moveItem(atPath: unfinished, toPath: path)
            try folder.makeDurable()
            try FileManager.default.removeItem(atPath: folder.journal(of: day))
        } catch { throw RecordsError(error, path: path) }
    }

    private static func fill(_ path: String, from journal: JournalReader, atMilliseconds now: Int) throws {
        guard let header = journal.header else {
            throw RecordsError.damaged(path: journal.path, reason: "its first line is missing")
        }
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { db in
            // Until it is complete, nobody relies on it.
            try db.execute(sql: "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            try db.inTransaction(.immediate) {
                try db.execute(sql: schema)
                var last = Link(sequence: 0, hash: header.previous)
                var records = 0
                try journal.forEachBatch { seal, lines in
                    let batch = StoredBatch(seal, lines, after: last.hash)
                    guard batch.holds(day: journal.day), batch.first > last.sequence else {
                        throw RecordsError.damaged(
                            path: journal.path, reason: "the records from \(batch.first) on do not match their hash")
                    }
                    try db.execute(
                        sql: "INSERT INTO batch VALUES (?, ?, ?, ?, ?)",
                        arguments: [
                            batch.first, batch.lines.count, batch.lines.latest, Data(batch.hashes(day: journal.day)),
                            batch.lines.text,
                        ])
                    last = Link(sequence: batch.first + batch.lines.count - 1, hash: seal.hash)
                    records += batch.lines.count
                    return true
                }
                try db.execute(sql: index)
                try db.execute(
                    sql: "INSERT INTO segment VALUES (1, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        schemaVersion, header.day.number, header.previous.data, now, records,
                        last.hash.data,
                    ])
                return .commit
            }
        }
        try database.close()
    }

    static func requireKnownSchema(in db: Database, path: String) throws {
        guard let version = try Int.fetchOne(db, sql: "SELECT version FROM segment") else {
            throw RecordsError.damaged(path: path, reason: "it does not say what it is")
        }
        guard version == schemaVersion else { throw RecordsError.unknownSchema(path: path, version: version) }
    }

    /// The hash that the next day continues.
    static func lastHash(of day: UTCDay, in folder: RecordsFolder) throws(RecordsError) -> ChainHash {
        let path = folder.segment(of: day)
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let last = try DatabaseQueue(path: path, configuration: configuration).read { db in
                try requireKnownSchema(in: db, path: path)
                return try Data.fetchOne(db, sql: "SELECT last FROM segment")
            }
            guard let hash = last.flatMap({ ChainHash($0) }) else {
                throw RecordsError.damaged(path: path, reason: "the last hash is missing")
            }
            return hash
        } catch { throw RecordsError(error, path: path) }
    }
}
