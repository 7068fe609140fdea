/// Reads a records folder, also while it is written.
package struct RecordReader: Sendable {
    let folder: RecordsFolder

    package init(folder path: String) throws(RecordsError) {
        folder = RecordsFolder(path: path)
        _ = try folder.days()
    }

    /// The days that are kept, oldest first.
    package func days() throws(RecordsError) -> [UTCDay] { try folder.days() }

    /// The newest that match, the newest last.
    package func list(_ filter: RecordFilter = RecordFilter()) throws(RecordsError) -> [StoredRecord] {
        var found: [StoredRecord] = []
        for day in try days(for: filter) {
            guard found.count < filter.limit else { break }
            found += try list(day, filter, limit: filter.limit - found.count)
        }
        return found.reversed()
    }

    /// All that match, the newest first, as many at a time as were found together.
    package func visit(_ filter: RecordFilter, _ body: ([StoredRecord]) throws -> Void) throws {
        for day in try days(for: filter) {
            var failure: (any Error)?
            try DayReader(day, in: folder).visit(Conditions(filter)) { records in
                do { try body(records) } catch { failure = error }
                return failure == nil
            }
            if let failure { throw failure }
        }
    }

    /// The newest first. A clock that stepped back writes earlier times to a later day, so only those before are left out.
    private func days(for filter: RecordFilter) throws(RecordsError) -> [UTCDay] {
        let first = filter.fromMilliseconds.map { UTCDay(atMilliseconds: $0) }
        return try folder.days().reversed().filter { day in first.map { day >= $0 } ?? true }
    }

    /// The newest first.
    func list(_ day: UTCDay, _ filter: RecordFilter, limit: Int) throws(RecordsError) -> [StoredRecord] {
        guard limit > 0 else { return [] }
        var found: [StoredRecord] = []
        try DayReader(day, in: folder).visit(Conditions(filter)) { records in
            found += records.prefix(limit - found.count)
            return found.count < limit
        }
        return found
    }

    package func record(_ id: RecordID) throws(RecordsError) -> StoredRecord? {
        guard try folder.days().contains(id.day) else { return nil }
        return try DayReader(id.day, in: folder).record(id.sequence)
    }

    /// What the chain comes to with that record, computed of its batch: SHA-256 in hexadecimal, lower case.
    package func hash(of id: RecordID) throws(RecordsError) -> String? {
        guard try folder.days().contains(id.day) else { return nil }
        return try DayReader(id.day, in: folder).hash(of: id.sequence)?.hexadecimal
    }
}
