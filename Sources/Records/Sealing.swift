internal import Foundation
internal import GRDB

/// What a segment gets when its day is over: a count, its last hash, and the indexes that a row would have been three
/// times as dear with while it was written.
extension Segment {
    private static let indexes = [
        ("at", "at"),
        ("orig", "json_extract(body, '$.orig')"),
        ("dest", "json_extract(body, '$.dest[0]')"),
        ("call", "json_extract(body, '$.call')"),
        ("origid", "json_extract(body, '$.origid')"),
    ]

    /// On the segment's own queue, beside the writing of the next day. `done` gets what went wrong, if anything did; the
    /// next start tries again.
    func seal(atMilliseconds now: Int, done: @escaping @Sendable (UTCDay, RecordsError?) -> Void) {
        database.asyncWriteWithoutTransaction { db in
            do {
                try db.inTransaction(.immediate) {
                    try Self.seal(db, atMilliseconds: now)
                    return .commit
                }
                try Self.leaveJournal(db)
                done(day, nil)
            } catch { done(day, RecordsError(error, path: path)) }
        }
    }

    private static func seal(_ db: Database, atMilliseconds now: Int) throws {
        for (name, expression) in indexes {
            try db.execute(sql: "CREATE INDEX IF NOT EXISTS record_\(name) ON record (\(expression))")
        }
        try db.execute(
            sql: """
                CREATE INDEX IF NOT EXISTS record_more_dest ON record (seq)
                WHERE json_extract(body, '$.dest[1]') IS NOT NULL
                """)
        let last = try Link(lastIn: db)
        try db.execute(
            sql: "UPDATE segment SET sealed = ?, records = (SELECT count(*) FROM record), last = ?",
            arguments: [now, last.hash.data])
    }

    /// One file, readable from anywhere. A reader at work keeps the journal alive; then it stays, and does no harm.
    private static func leaveJournal(_ db: Database) throws {
        do { try db.execute(sql: "PRAGMA journal_mode = DELETE") } catch DatabaseError.SQLITE_BUSY {}
    }
}

extension Segment {
    /// A segment of a past day, as a writer that starts finds it.
    struct Older {
        let last: Data
        /// The segment, if its writer ended before its day was sealed.
        let unsealed: Segment?

        init(_ day: UTCDay, in folder: RecordsFolder, previous: Data, atMilliseconds now: Int) throws(RecordsError) {
            let path = folder.path(of: day)
            do {
                if let last = try Self.lastIfSealed(path) {
                    (self.last, unsealed) = (last, nil)
                    return
                }
            } catch { throw RecordsError(error, path: path) }
            let segment = try Segment(day, in: folder, previous: previous, atMilliseconds: now)
            last = try segment.lastLink().hash.data
            unsealed = segment
        }

        private static func lastIfSealed(_ path: String) throws -> Data? {
            try DatabaseQueue(path: path).read { db in
                guard try db.tableExists("segment") else { return nil }
                try Segment.requireKnownSchema(in: db, path: path)
                return try Data.fetchOne(db, sql: "SELECT last FROM segment WHERE sealed IS NOT NULL")
            }
        }
    }
}
