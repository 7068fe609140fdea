internal import Foundation
internal import GRDB

/// The records of one commit, as they are stored.
struct StoredBatch {
    let first: Int
    let lines: RecordLines
    private let seal: BatchSeal?
    private let previous: ChainHash?
    private let stored: [UInt8]

    /// From a journal, which keeps the last hash of each batch only.
    init(_ seal: BatchSeal, _ lines: RecordLines, after previous: ChainHash) {
        (first, self.lines, self.seal, self.previous, stored) = (seal.first, lines, seal, previous, [])
    }

    /// Each column is decoded, not assumed: what is in a file may have been changed by anyone.
    init(_ row: Row) throws {
        first = try row.decode(forColumn: "first")
        lines = RecordLines(stored: Array(try row.decode(Data.self, forColumn: "lines")))
        stored = Array(try row.decode(Data.self, forColumn: "hashes"))
        (seal, previous) = (nil, nil)
    }

    static func holding(_ sequence: Int, in db: Database) throws -> StoredBatch? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1", arguments: [sequence]
        ).map { row in try StoredBatch(row) }
    }

    static func newestFirst(in db: Database, from time: Int?) throws -> RowCursor {
        try Row.fetchCursor(
            db, sql: "SELECT * FROM batch WHERE latest >= ? ORDER BY first DESC", arguments: [time ?? Int.min])
    }

    func id(_ index: Int, day: UTCDay) -> RecordID? { RecordID(day: day, sequence: first &+ index) }

    /// Of its records, 32 bytes each: as they are stored, or computed where they are not.
    func hashes(day: UTCDay) -> [UInt8] {
        guard var hash = previous else { return stored }
        var hashes: [UInt8] = []
        hashes.reserveCapacity(32 * lines.count)
        for index in 0..<lines.count {
            guard let id = id(index, day: day) else { break }
            hash.extend(byLine: index, of: lines, id: id.number)
            hash.append(to: &hashes)
        }
        return hashes
    }

    /// Whether a batch of a journal is what its last line says.
    func holds(day: UTCDay) -> Bool {
        guard let seal, seal.count == lines.count, seal.latest == lines.latest else { return false }
        return hashes(day: day).suffix(32).elementsEqual(seal.hash.data)
    }

    /// The fields are SQLite's reading of the text, so that one parser serves the filter and the table. The newest first.
    func records(
        matching conditions: Conditions, only sequence: Int? = nil, day: UTCDay, limit: Int, in db: Database
    ) throws -> [StoredRecord] {
        let matching = """
            SELECT key, body ->> '$.at', body ->> '$.kind', body ->> '$.call', body ->> '$.orig', body ->> '$.dest[0]',
                body ->> '$.trunk', body ->> '$.verdict', body ->> '$.reason', body ->> '$.sip', body ->> '$.attest',
                body ->> '$.origid'
            FROM (SELECT key, value AS body FROM json_each('[' || replace(?, char(10), ',') || ']'))
            WHERE (key = ? OR ?) AND \(conditions.sql) ORDER BY key DESC LIMIT ?
            """
        let place = sequence.map { $0 &- first }
        let rows = try Row.fetchAll(
            db, sql: matching, arguments: [lines.text, place, place == nil] + conditions.arguments + [limit])
        guard !rows.isEmpty else { return [] }
        let hashes = hashes(day: day)
        return try rows.map { row in
            let place = try row.decode(Int.self, atIndex: 0)
            guard let id = id(place, day: day), place < lines.count, hashes.count == 32 * lines.count else {
                throw RecordsError.damaged(path: "\(day)", reason: "sequence \(first)")
            }
            let hash = Data(hashes[32 * place..<32 * place + 32])
            let body = String(decoding: lines.bytes[lines.range(ofLine: place)], as: UTF8.self)
            return try StoredRecord(row, id, body: body, hash: hash.hexadecimal)
        }
    }
}

/// A filter as SQL over `body`, the text of a record.
struct Conditions {
    static let anything = Conditions(RecordFilter())

    private(set) var sql = "TRUE"
    private(set) var arguments: StatementArguments = []

    init(_ filter: RecordFilter) {
        add("body ->> '$.at' >= ?", filter.fromMilliseconds)
        add("body ->> '$.at' < ?", filter.untilMilliseconds)
        add("body ->> '$.kind' = ?", filter.kind?.rawValue)
        add("body ->> '$.orig' = ?", filter.orig)
        add("body ->> '$.call' = ?", filter.call)
        add("body ->> '$.origid' = ?", filter.origid)
        add("body ->> '$.verdict' = ?", filter.verdict)
        add("body ->> '$.reason' = ?", filter.reason)
        add("EXISTS (SELECT 1 FROM json_each(body, '$.dest') WHERE value = ?)", filter.dest)
    }

    private mutating func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
        guard let value else { return }
        sql += " AND \(condition)"
        arguments += [value]
    }
}

extension StoredRecord {
    fileprivate init(_ row: Row, _ id: RecordID, body: String, hash: String) throws {
        (self.id, self.body, self.hash) = (id, body, hash)
        atMilliseconds = try row.decode(atIndex: 1)
        kind = try row.decode(atIndex: 2)
        call = try row.decode(atIndex: 3)
        orig = try row.decode(atIndex: 4)
        dest = try row.decode(atIndex: 5)
        trunk = try row.decode(atIndex: 6)
        verdict = try row.decode(atIndex: 7)
        reason = try row.decode(atIndex: 8)
        sipCode = try row.decode(atIndex: 9)
        attest = try row.decode(atIndex: 10)
        origid = try row.decode(atIndex: 11)
    }
}

extension Data {
    var hexadecimal: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
