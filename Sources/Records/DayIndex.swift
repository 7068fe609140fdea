internal import Foundation
internal import GRDB
internal import LibCrypto

/// The file beside a day's journal by which single records are found: where each batch stands, and each record by its Call-ID,
/// its numbers and its origid.
///
/// It is made from the journal, and anew whenever it is missing or not of that journal; nobody believes it, since each record is
/// read in the journal. What it does not have yet is looked for there, from the end.
final class DayIndex: Sendable {
    static let schemaVersion = 3

    static let schema = """
        CREATE TABLE batch (
            first INTEGER PRIMARY KEY,
            count INTEGER NOT NULL CHECK (count > 0),
            start INTEGER NOT NULL,
            bytes INTEGER NOT NULL CHECK (bytes > 0)
        ) STRICT;
        CREATE TABLE entry (
            key INTEGER NOT NULL, at INTEGER NOT NULL, seq INTEGER NOT NULL,
            start INTEGER NOT NULL, bytes INTEGER NOT NULL,
            PRIMARY KEY (key, at, seq)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE state (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            version INTEGER NOT NULL,
            day INTEGER NOT NULL,
            until INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            records INTEGER NOT NULL,
            last BLOB NOT NULL CHECK (length(last) = 32),
            earliest INTEGER NOT NULL,
            latest INTEGER NOT NULL,
            complete INTEGER NOT NULL CHECK (complete IN (0, 1))
        ) STRICT
        """

    /// The fields by which single records are found.
    static let fields: [RecordField] = [.call, .dest, .orig, .origid]

    /// How far it has come.
    struct State: Equatable {
        /// All batches of the journal that end here or before are in it.
        var until: Int
        /// Of the last record in it; 0 without any.
        var sequence: Int
        var records: Int
        var last: ChainHash
        /// The times of its records, in milliseconds since 1970.
        var earliest = Int.max
        var latest = Int.min
        /// The day is over, and nothing comes after.
        var isComplete = false

        /// The state of an index in which nothing is yet.
        init(_ header: JournalHeader, until start: Int) {
            (until, sequence, records, last) = (start, 0, 0, header.previous)
        }
    }

    /// Where a record's line stands.
    struct Place {
        let sequence: Int
        let line: Range<Int>
    }

    let path: String
    private let database: DatabaseQueue

    /// For reading. Nil for a file in which nothing is yet.
    init?(of day: UTCDay, in folder: RecordsFolder) throws(RecordsError) {
        path = folder.index(of: day)
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            database = try DatabaseQueue(path: path, configuration: configuration)
            let named: Int? = try database.read { db in
                if try Self.isEmpty(db) { return nil }
                try Self.requireKnownSchema(in: db, path: path)
                return try Int.fetchOne(db, sql: "SELECT day FROM state")
            }
            guard let named else { return nil }
            guard named == day.number else {
                throw RecordsError.damaged(path: path, reason: "it is that of another day")
            }
        } catch { throw RecordsError(error, path: path) }
    }

    static func isEmpty(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
    }

    static func requireKnownSchema(in db: Database, path: String) throws {
        guard try db.tableExists("state"), let version = try Int.fetchOne(db, sql: "SELECT version FROM state") else {
            throw RecordsError.damaged(path: path, reason: "it does not say what it is")
        }
        guard version == schemaVersion else { throw RecordsError.unknownSchema(path: path, version: version) }
    }

    /// Of a value as it is written in a record. Whoever chooses Call-IDs cannot choose which of them share a key.
    static func key(_ field: RecordField, _ value: Span<UInt8>) -> Int {
        let digest = SHA256.digest(field.name.span, value)
        return Int(truncatingIfNeeded: (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(digest[$1]) })
    }

    /// What `body` reads is of one moment.
    func read<Value>(_ body: (Database) throws -> Value) throws(RecordsError) -> Value {
        do { return try database.read(body) } catch { throw RecordsError(error, path: path) }
    }

    /// For an index that is complete, which nobody changes any more: not to lock the file anew for each question makes it half as
    /// dear.
    func stayLocked() throws(RecordsError) {
        try readUnchanging { db in try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
    }

    /// Of an index that is complete.
    func readUnchanging<Value>(_ body: (Database) throws -> Value) throws(RecordsError) -> Value {
        do { return try database.unsafeRead(body) } catch { throw RecordsError(error, path: path) }
    }
}

extension DayIndex.State {
    /// Each column is decoded, not assumed: what is in a file may have been changed by anyone.
    init(_ db: Database, path: String) throws {
        guard let row = try Row.fetchOne(db.cachedStatement(sql: Self.reading)),
            let last = ChainHash(try row.decode(Data.self, atIndex: 3))
        else { throw RecordsError.damaged(path: path, reason: "it does not say what it is") }
        (until, sequence, records) = (
            try row.decode(atIndex: 0), try row.decode(atIndex: 1), try row.decode(atIndex: 2)
        )
        (earliest, latest) = (try row.decode(atIndex: 4), try row.decode(atIndex: 5))
        self.last = last
        isComplete = try row.decode(atIndex: 6)
    }

    private static let reading = "SELECT until, seq, records, last, earliest, latest, complete FROM state"

    var times: ClosedRange<Int>? { earliest <= latest ? earliest...latest : nil }

    /// Whether the journal is the one that this was read from: where it stopped, the same batch ends.
    func isOf(_ journal: JournalReader) throws(RecordsError) -> Bool {
        guard until <= journal.length, let header = journal.header else { return false }
        if until == journal.start { return records == 0 && last == header.previous }
        guard let place = try journal.batch(endingAt: until) else { return false }
        return place.seal.hash == last && place.seal.last == sequence && place.seal.records == records
    }
}

extension DayIndex {
    /// Records that have such a value, and those of `conditions`, the newest first.
    static func places(of conditions: Conditions, in db: Database) throws -> RowCursor {
        let keys = conditions.indexed.map { key($0, $1.span) }
        let others = keys.dropFirst().map { _ in " AND seq IN (SELECT seq FROM entry WHERE key = ?)" }.joined()
        let sql = """
            SELECT seq, start, bytes FROM entry WHERE key = ? AND at BETWEEN ? AND ?\(others) ORDER BY seq DESC
            """
        let times: [Int] = conditions.times.map { [$0.lowerBound, $0.upperBound] } ?? [1, 0]
        return try Row.fetchCursor(
            db.cachedStatement(sql: sql), arguments: StatementArguments(keys.prefix(1) + times + keys.dropFirst()))
    }

    /// Where the records' lines of the batch stand that would hold that record.
    static func batch(of sequence: Int, in db: Database) throws -> Range<Int>? {
        let sql = "SELECT start, bytes FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1"
        return try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [sequence]).flatMap { row in
            try range(start: row.decode(atIndex: 0), bytes: row.decode(atIndex: 1))
        }
    }

    /// Nil for what is no place in a file.
    fileprivate static func range(start: Int, bytes: Int) -> Range<Int>? {
        let (end, overflows) = start.addingReportingOverflow(bytes)
        return overflows || start < 0 || bytes <= 0 || bytes > longestText ? nil : start..<end
    }

    /// A batch is far shorter.
    private static let longestText = 1 << 28
}

extension DayIndex.Place {
    init?(_ row: Row) throws {
        guard let line = DayIndex.range(start: try row.decode(atIndex: 1), bytes: try row.decode(atIndex: 2)) else {
            return nil
        }
        self.init(sequence: try row.decode(atIndex: 0), line: line)
    }
}
