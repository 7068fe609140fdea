internal import GRDB

/// Reads one day: what its index has by the index, and what comes after in the journal, from the end.
struct DayReader {
    let day: UTCDay
    private let journal: JournalReader
    /// Nil when there is none yet, or none that can be read: it is made anew before long.
    private let index: DayIndex?

    init(_ day: UTCDay, in folder: RecordsFolder) throws(RecordsError) {
        journal = try JournalReader(folder.journal(of: day), day: day)
        // A file that is there and not read would be a reason to wait for, not one to fail.
        index = try? DayIndex(of: day, in: folder)
        self.day = day
    }

    var isIndexed: Bool { index != nil }

    /// Of the journal, now.
    var length: Int { journal.length }

    /// What an index that is complete says of the whole day; nil where there is none.
    func completed() throws(RecordsError) -> DayIndex.State? {
        guard let index else { return nil }
        let state = try index.read { db in try DayIndex.State(db, path: index.path) }
        guard state.isComplete, try state.isOf(journal) else { return nil }
        try index.stayLocked()
        return state
    }

    /// The times of all records from a place of the journal on, and how far they were looked at.
    ///
    /// - Parameter seen: how far that was the last time; nil for the first.
    func times(from seen: Int?) throws(RecordsError) -> (times: ClosedRange<Int>?, seen: Int) {
        var (times, start): (ClosedRange<Int>?, Int) = (nil, seen ?? journal.start)
        if seen == nil, let index {
            let state = try index.read { db in try DayIndex.State(db, path: index.path) }
            if try state.isOf(journal) { (times, start) = (state.times, state.until) }
        }
        var place = try journal.lastBatch(before: journal.length)
        let end = place?.end ?? start
        while let batch = place, batch.text.lowerBound >= start {
            let (earliest, latest) = (batch.seal.earliest, batch.seal.latest)
            times = min(times?.lowerBound ?? earliest, earliest)...max(times?.upperBound ?? latest, latest)
            place = try journal.batch(before: batch)
        }
        return (times, end)
    }

    /// All that match, the newest first, as many at a time as were found together; `body` says whether to go on.
    func visit(_ conditions: Conditions, _ body: ([StoredRecord]) throws(RecordsError) -> Bool) throws(RecordsError) {
        guard conditions.times != nil else { return }
        guard !conditions.indexed.isEmpty, let index else {
            _ = try visitJournal(from: journal.start, conditions, body)
            return
        }
        try index.read { db in
            let state = try DayIndex.State(db, path: index.path)
            let tail = try tail(of: state)
            guard try visitJournal(from: tail, conditions, body), tail > journal.start else { return }
            try visitIndexed(conditions, db, body)
        }
    }

    /// Of a day whose index is complete and has what `conditions` ask for: nothing but the index is asked where its records stand.
    func visitComplete(
        _ conditions: Conditions, _ body: ([StoredRecord]) throws(RecordsError) -> Bool
    ) throws(RecordsError) {
        try index?.readUnchanging { db in try visitIndexed(conditions, db, body) }
    }

    private func visitIndexed(
        _ conditions: Conditions, _ db: Database, _ body: ([StoredRecord]) throws(RecordsError) -> Bool
    ) throws {
        let rows = try DayIndex.places(of: conditions, in: db)
        while let row = try rows.next() {
            guard let record = try record(DayIndex.Place(row), conditions) else { continue }
            guard try body([record]) else { return }
        }
    }

    /// Nil for a record that has the same key and is another's.
    private func record(_ place: DayIndex.Place?, _ conditions: Conditions) throws(RecordsError) -> StoredRecord? {
        guard let place, let id = RecordID(day: day, sequence: place.sequence) else { throw mismatch }
        let bytes = try journal.bytes(place.line)
        guard let fields = RecordFields(bytes, 0..<bytes.count) else { throw mismatch }
        return conditions.accept(fields, in: bytes) ? try StoredRecord(id, fields, bytes, 0..<bytes.count) : nil
    }

    private var mismatch: RecordsError {
        .damaged(path: journal.path, reason: "no record stands where its index has one")
    }

    /// Where what the index does not have begins: all of it, if it is another journal's.
    private func tail(of state: DayIndex.State) throws(RecordsError) -> Int {
        try state.isOf(journal) ? state.until : journal.start
    }

    /// False when `body` wants no more.
    private func visitJournal(
        from start: Int, _ conditions: Conditions, _ body: ([StoredRecord]) throws(RecordsError) -> Bool
    ) throws(RecordsError) -> Bool {
        guard let times = conditions.times else { return true }
        var place = try journal.lastBatch(before: journal.length)
        while let batch = place, batch.text.lowerBound >= start {
            if (batch.seal.earliest...batch.seal.latest).overlaps(times) {
                guard try visit(batch, conditions, body) else { return false }
            }
            place = try journal.batch(before: batch)
        }
        return true
    }

    private func visit(
        _ batch: JournalReader.Place, _ conditions: Conditions,
        _ body: ([StoredRecord]) throws(RecordsError) -> Bool
    ) throws(RecordsError) -> Bool {
        let text = try journal.bytes(batch.text)
        guard conditions.mayAccept(anyOf: text) else { return true }
        return try body(try journal.stored(batch).records(matching: conditions, day: day))
    }
}

extension DayReader {
    func record(_ sequence: Int) throws(RecordsError) -> StoredRecord? {
        guard let (batch, place) = try stored(sequence), let id = RecordID(day: day, sequence: sequence) else {
            return nil
        }
        let line = batch.lines.range(ofLine: place)
        guard let fields = RecordFields(batch.lines.bytes, line) else { throw StoredRecord.unreadable(id) }
        return try StoredRecord(id, fields, batch.lines.bytes, line)
    }

    /// Computed of its batch.
    func hash(of sequence: Int) throws(RecordsError) -> ChainHash? {
        guard let (batch, place) = try stored(sequence) else { return nil }
        return batch.hash(ofLine: place, day: day)
    }

    private func stored(_ sequence: Int) throws(RecordsError) -> (StoredBatch, Int)? {
        guard let place = try batch(of: sequence) else { return nil }
        let batch = try journal.stored(place), index = sequence - place.seal.first
        return (0..<batch.lines.count).contains(index) ? (batch, index) : nil
    }

    private func batch(of sequence: Int) throws(RecordsError) -> JournalReader.Place? {
        if let index, let place = try indexedBatch(of: sequence, index) { return place }
        var place = try journal.lastBatch(before: journal.length)
        while let later = place, later.seal.first > sequence { place = try journal.batch(before: later) }
        return place
    }

    private func indexedBatch(of sequence: Int, _ index: DayIndex) throws(RecordsError) -> JournalReader.Place? {
        let found = try index.read { db in
            let state = try DayIndex.State(db, path: index.path)
            return sequence <= state.sequence ? try DayIndex.batch(of: sequence, in: db) : nil
        }
        return try found.flatMap { text throws(RecordsError) in try journal.batch(textEndingAt: text.upperBound) }
    }
}
