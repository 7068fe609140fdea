internal import Foundation
internal import GRDB

/// What to look for. Nil looks for anything.
package struct RecordFilter: Hashable, Sendable {
    package var fromMilliseconds: Int?
    /// The first time that is too late.
    package var untilMilliseconds: Int?
    package var orig: String?
    /// Any of the called numbers.
    package var dest: String?
    package var call: String?
    package var origid: String?
    package var verdict: String?
    package var reason: String?
    /// The newest so many.
    package var limit = 100

    package init() {}
}

/// A record as it was stored, with what a table of records shows.
package struct StoredRecord: Hashable, Sendable {
    package let id: RecordID
    package let atMilliseconds: Int
    /// The canonical JSON text that the hash covers.
    package let body: String
    /// Of the previous record, the id, the time and the body: SHA-256 in hexadecimal.
    package let hash: String
    package let kind: String
    package let call: String?
    package let orig: String?
    package let dest: String?
    package let trunk: String?
    package let verdict: String?
    package let reason: String?
    package let sipCode: Int?
    package let attest: String?
    package let origid: String?

    /// One line of JSON: the body with its id, time and hash in front.
    package var json: String {
        "{\"id\":\"\(id)\",\"at\":\(atMilliseconds),\"hash\":\"\(hash)\",\(body.dropFirst())"
    }
}

/// Reads a records folder, also while it is written.
package struct RecordReader: Sendable {
    let folder: RecordsFolder

    package init(folder path: String) throws(RecordsError) {
        folder = RecordsFolder(path: path)
        _ = try folder.days()
    }

    /// The days for which there is a segment, oldest first.
    package func days() throws(RecordsError) -> [UTCDay] { try folder.days() }

    /// The newest that match, the newest last.
    package func list(_ filter: RecordFilter = RecordFilter()) throws(RecordsError) -> [StoredRecord] {
        let first = filter.fromMilliseconds.map { UTCDay(atMilliseconds: $0) }
        var found: [StoredRecord] = []
        // A clock that stepped back writes earlier times to a later day, so only the days before `first` are left out.
        for day in try folder.days().reversed() where first.map({ day >= $0 }) ?? true {
            guard found.count < filter.limit else { break }
            let left = filter.limit - found.count
            found += try read(day) { db in try Self.list(in: db, day: day, filter, limit: left) }
        }
        return found.reversed()
    }

    package func record(_ id: RecordID) throws(RecordsError) -> StoredRecord? {
        guard try folder.days().contains(id.day) else { return nil }
        return try read(id.day) { db in
            try Row.fetchOne(db, sql: "\(Self.columns) WHERE seq = ?", arguments: [id.sequence])
                .map { row in try StoredRecord(row, day: id.day) }
        }
    }

    func read<Value>(_ day: UTCDay, _ body: (Database) throws -> Value) throws(RecordsError) -> Value {
        let path = folder.path(of: day)
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(1)
        do {
            return try DatabaseQueue(path: path, configuration: configuration).read { db in
                try Segment.requireKnownSchema(in: db, path: path)
                return try body(db)
            }
        } catch { throw RecordsError(error, path: path) }
    }
}

extension RecordReader {
    /// The fields are SQLite's reading of the text, so that one parser serves the filter and the table.
    private static let columns = """
        SELECT seq, at, body, hash, json_extract(body, '$.kind'), json_extract(body, '$.call'),
            json_extract(body, '$.orig'), json_extract(body, '$.dest[0]'), json_extract(body, '$.trunk'),
            json_extract(body, '$.verdict'), json_extract(body, '$.reason'), json_extract(body, '$.sip'),
            json_extract(body, '$.attest'), json_extract(body, '$.origid')
        FROM record
        """

    private static func list(
        in db: Database, day: UTCDay, _ filter: RecordFilter, limit: Int
    ) throws -> [StoredRecord] {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        add("at >= ?", filter.fromMilliseconds)
        add("at < ?", filter.untilMilliseconds)
        add("json_extract(body, '$.orig') = ?", filter.orig)
        add("json_extract(body, '$.call') = ?", filter.call)
        add("json_extract(body, '$.origid') = ?", filter.origid)
        add("json_extract(body, '$.verdict') = ?", filter.verdict)
        add("json_extract(body, '$.reason') = ?", filter.reason)
        if let dest = filter.dest {
            conditions.append(
                """
                (json_extract(body, '$.dest[0]') = ? OR (json_extract(body, '$.dest[1]') IS NOT NULL
                    AND EXISTS (SELECT 1 FROM json_each(body, '$.dest') WHERE value = ?)))
                """)
            arguments += [dest, dest]
        }
        let matching = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        arguments += [limit]
        return try Row.fetchAll(
            db, sql: "\(columns) \(matching) ORDER BY seq DESC LIMIT ?", arguments: arguments
        ).map { row in try StoredRecord(row, day: day) }
    }
}

extension StoredRecord {
    /// Each column is decoded, not assumed: what is in a file may have been changed by anyone.
    fileprivate init(_ row: Row, day: UTCDay) throws {
        let sequence = try row.decode(Int.self, atIndex: 0)
        guard let id = RecordID(day: day, sequence: sequence) else {
            throw RecordsError.damaged(path: "\(day)", reason: "sequence \(sequence)")
        }
        self.id = id
        atMilliseconds = try row.decode(atIndex: 1)
        body = try row.decode(atIndex: 2)
        hash = try row.decode(Data.self, atIndex: 3).hexadecimal
        kind = try row.decode(atIndex: 4)
        call = try row.decode(atIndex: 5)
        orig = try row.decode(atIndex: 6)
        dest = try row.decode(atIndex: 7)
        trunk = try row.decode(atIndex: 8)
        verdict = try row.decode(atIndex: 9)
        reason = try row.decode(atIndex: 10)
        sipCode = try row.decode(atIndex: 11)
        attest = try row.decode(atIndex: 12)
        origid = try row.decode(atIndex: 13)
    }
}

extension Data {
    var hexadecimal: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
