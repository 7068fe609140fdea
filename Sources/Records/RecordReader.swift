internal import Foundation
internal import GRDB
internal import Jansson

/// What to look for. Nil looks for anything.
package struct RecordFilter: Hashable, Sendable {
    package var fromMilliseconds: Int?
    /// The first time that is too late.
    package var untilMilliseconds: Int?
    package var kind: Record.Kind?
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
    /// Of the previous record's hash, the id and the body: SHA-256 in hexadecimal.
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

    /// One line of JSON: the body with its id and hash in front.
    package var json: String {
        "{\"id\":\"\(id)\",\"hash\":\"\(hash)\",\(body.dropFirst())"
    }
}

/// Reads a records folder, also while it is written.
package struct RecordReader: Sendable {
    let folder: RecordsFolder

    package init(folder path: String) throws(RecordsError) {
        folder = RecordsFolder(path: path)
        _ = try folder.days()
    }

    /// The days for which there is a segment or a journal, oldest first.
    package func days() throws(RecordsError) -> [UTCDay] { try folder.days() }

    /// The newest that match, the newest last.
    package func list(_ filter: RecordFilter = RecordFilter()) throws(RecordsError) -> [StoredRecord] {
        let first = filter.fromMilliseconds.map { UTCDay(atMilliseconds: $0) }
        var found: [StoredRecord] = []
        // A clock that stepped back writes earlier times to a later day, so only the days before `first` are left out.
        for day in try folder.days().reversed() where first.map({ day >= $0 }) ?? true {
            guard found.count < filter.limit else { break }
            let left = filter.limit - found.count
            found += try list(day, filter, limit: left)
        }
        return found.reversed()
    }

    /// All that match, the newest first, a commit's records at a time.
    package func visit(
        _ filter: RecordFilter, _ body: ([StoredRecord]) throws -> Void
    ) throws {
        let first = filter.fromMilliseconds.map { UTCDay(atMilliseconds: $0) }
        for day in try folder.days().reversed() where first.map({ day >= $0 }) ?? true {
            var failure: (any Error)?
            try visit(day, filter) { batch, only, db in
                let records = try batch.records(matching: Conditions(filter), only: only, day: day, limit: .max, in: db)
                do { try body(records) } catch { failure = error }
                return failure == nil
            }
            if let failure { throw failure }
        }
    }

    package func record(_ id: RecordID) throws(RecordsError) -> StoredRecord? {
        guard try folder.days().contains(id.day) else { return nil }
        func found(_ batch: StoredBatch?, _ db: Database) throws -> StoredRecord? {
            try batch?.records(matching: .anything, only: id.sequence, day: id.day, limit: 1, in: db).first
        }
        return try read(
            id.day,
            sealed: { db in try found(StoredBatch.holding(id.sequence, in: db), db) },
            open: { journal, db in
                var place = try journal.lastBatch(before: journal.length)
                while let later = place, later.seal.first > id.sequence { place = try journal.batch(before: later) }
                return try found(place.map { try journal.stored($0) }, db)
            })
    }

    /// Reads a day from its segment, or from its journal when it is not over. The journal's database is an empty one, for
    /// what SQLite can do with a text.
    func read<Value>(
        _ day: UTCDay, sealed: (Database) throws -> Value, open: (JournalReader, Database) throws -> Value
    ) throws(RecordsError) -> Value {
        let path = folder.segment(of: day), journal = folder.journal(of: day)
        do {
            if !folder.isSealed(day) {
                do {
                    let reader = try JournalReader(journal, day: day)
                    return try DatabaseQueue().read { db in try open(reader, db) }
                } catch {
                    // Sealed in the meantime: then it is to be read from there.
                    guard folder.isSealed(day) else { throw RecordsError(error, path: journal) }
                }
            }
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(1)
            return try DatabaseQueue(path: path, configuration: configuration).read { db in
                try Segment.requireKnownSchema(in: db, path: path)
                return try sealed(db)
            }
        } catch { throw RecordsError(error, path: path) }
    }
}

extension RecordReader {
    /// The newest first.
    func list(_ day: UTCDay, _ filter: RecordFilter, limit: Int) throws(RecordsError) -> [StoredRecord] {
        let conditions = Conditions(filter)
        var found: [StoredRecord] = []
        try visit(day, filter) { batch, only, db in
            found += try batch.records(
                matching: conditions, only: only, day: day, limit: limit - found.count, in: db)
            return found.count < limit
        }
        return found
    }

    /// The batches that may hold what matches, the newest first, and which of their records if only one does; `body` says
    /// whether to go on.
    private func visit(
        _ day: UTCDay, _ filter: RecordFilter, _ body: (StoredBatch, Int?, Database) throws -> Bool
    ) throws(RecordsError) {
        try read(
            day,
            sealed: { db in
                if let sequences = try Self.indexed(filter, in: db) {
                    while let sequence = try sequences.next() {
                        guard let batch = try StoredBatch.holding(sequence, in: db) else { continue }
                        guard try body(batch, sequence, db) else { return }
                    }
                } else {
                    let batches = try StoredBatch.newestFirst(in: db, from: filter.fromMilliseconds)
                    while let row = try batches.next() { guard try body(StoredBatch(row), nil, db) else { return } }
                }
            },
            open: { journal, db in
                var place = try journal.lastBatch(before: journal.length)
                while let batch = place {
                    if try batch.seal.latest >= filter.fromMilliseconds ?? .min && mayHold(batch, journal, filter) {
                        guard try body(journal.stored(batch), nil, db) else { return }
                    }
                    place = try journal.batch(before: batch)
                }
            })
    }

    /// A day that is on has no index. To look for an origid's bytes first is many times as fast as to read each record.
    private func mayHold(
        _ batch: JournalReader.Place, _ journal: JournalReader, _ filter: RecordFilter
    ) throws -> Bool {
        guard let origid = filter.origid, origid.utf8.span.firstIndex(flagged: isSpecialInJSON) == nil
        else { return true }
        return try journal.data(batch.text).range(of: Data(origid.utf8)) != nil
    }

    /// The places of what may match, the last first, when the filter has a field that is in the index.
    private static func indexed(_ filter: RecordFilter, in db: Database) throws -> FastDatabaseValueCursor<Int>? {
        let fields = [
            ("call", filter.call), ("dest", filter.dest), ("orig", filter.orig), ("origid", filter.origid),
        ].filter { $0.1 != nil }
        guard !fields.isEmpty else { return nil }
        let each = Array(repeating: "SELECT seq FROM entry WHERE field = ? AND value = ?", count: fields.count)
        return try Int.fetchCursor(
            db, sql: "\(each.joined(separator: " INTERSECT ")) ORDER BY seq DESC",
            arguments: StatementArguments(fields.flatMap { [$0.0, $0.1] }))
    }
}
