internal import GRDB

/// What all entries of an index come to, in whatever order they are added: two indexes that differ come to something else, with
/// a chance of one in 2⁶⁴.
struct EntrySum: Equatable {
    private var sum = 0

    mutating func add(_ values: Int...) {
        var hasher = Hasher()
        hasher.combine(values)
        sum &+= hasher.finalize()
    }

    /// What an index has of a batch.
    mutating func add(_ lines: RecordLines, _ seal: BatchSeal, at start: Int) {
        add(seal.first, seal.count, start, seal.bytes)
        for index in 0..<lines.count {
            guard let record = IndexedRecord(lines, index, in: seal.first, at: start) else { continue }
            for key in record.keys { add(key, record.atMilliseconds, record.sequence, record.start, record.bytes) }
        }
    }
}

/// What stands in the index of a day, against what its journal makes of it.
struct IndexAudit {
    private let state: DayIndex.State
    private let found: EntrySum
    /// Where the journal was when it came to where the index ends.
    private var expected: (EntrySum, Link)?

    /// Nil when nothing is in it yet.
    init?(of day: UTCDay, in folder: RecordsFolder) throws(RecordsError) {
        guard let index = try DayIndex(of: day, in: folder) else { return nil }
        (state, found) = try index.read { db in
            var sum = EntrySum()
            let batches = try Row.fetchCursor(db, sql: "SELECT first, count, start, bytes FROM batch")
            while let row = try batches.next() {
                sum.add(
                    try row.decode(atIndex: 0), try row.decode(atIndex: 1), try row.decode(atIndex: 2),
                    try row.decode(atIndex: 3))
            }
            let entries = try Row.fetchCursor(db, sql: "SELECT key, at, seq, start, bytes FROM entry")
            while let row = try entries.next() {
                sum.add(
                    try row.decode(atIndex: 0), try row.decode(atIndex: 1), try row.decode(atIndex: 2),
                    try row.decode(atIndex: 3), try row.decode(atIndex: 4))
            }
            return (try DayIndex.State(db, path: index.path), sum)
        }
    }

    /// At the end of a batch, with what the journal comes to there.
    mutating func reach(_ end: Int, _ sum: EntrySum, _ last: Link) { if end == state.until { expected = (sum, last) } }

    /// Of the last record that it has.
    var last: Int { state.sequence }

    /// Nil when it is what it should be.
    var difference: String? {
        guard let (sum, last) = expected else { return "it ends where no batch does" }
        guard state.sequence == last.sequence, state.records == last.records, state.last == last.hash else {
            return "its last record is another"
        }
        return found == sum ? nil : "it has other entries than the journal has records"
    }
}
