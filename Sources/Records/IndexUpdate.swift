internal import Foundation
internal import GRDB

/// Brings a day's index up to date with its journal, or makes it anew.
struct IndexUpdate {
    private let folder: RecordsFolder
    private let day: UTCDay
    private let journal: JournalReader
    private let header: JournalHeader

    init(of day: UTCDay, in folder: RecordsFolder) throws(RecordsError) {
        journal = try JournalReader(folder.journal(of: day), day: day)
        guard let header = journal.header, header.day == day else {
            throw .damaged(path: journal.path, reason: "its first line is not that of its day")
        }
        (self.folder, self.day, self.header) = (folder, day, header)
    }

    /// All that is in the journal whole.
    ///
    /// - Parameter completing: whether the day is over.
    func run(completing: Bool) throws(RecordsError) {
        if completing, let state = try? state(), state.isComplete, try state.isOf(journal) { return }
        do throws(RecordsError) {
            try write(completing: completing)
        } catch {
            guard isOfIndex(error) else { throw error }
            try folder.removeIndex(of: day)
            try write(completing: completing)
        }
    }

    /// Whether it is the index that cannot be used, not the disk or the journal.
    private func isOfIndex(_ error: RecordsError) -> Bool {
        switch error {
        case .damaged(let path, _), .unknownSchema(let path, _): path == folder.index(of: day)
        default: false
        }
    }

    private func state() throws(RecordsError) -> DayIndex.State? {
        guard let index = try DayIndex(of: day, in: folder) else { return nil }
        return try index.read { db in try DayIndex.State(db, path: index.path) }
    }

    private func write(completing: Bool) throws(RecordsError) {
        let path = folder.index(of: day)
        do {
            if !FileManager.default.fileExists(atPath: path) { try folder.createFile(path) }
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.writeWithoutTransaction { db in
                // Whoever reads goes on reading meanwhile.
                try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = FILE")
                try db.inTransaction(.immediate) {
                    try fill(db, path, completing: completing)
                    return .commit
                }
                // One file then, that is only read. Whoever has it open keeps it as it is, which does no harm.
                if completing { try? db.execute(sql: "PRAGMA journal_mode = DELETE") }
            }
            try database.close()
        } catch { throw RecordsError(error, path: path) }
    }

    private func fill(_ db: Database, _ path: String, completing: Bool) throws {
        if try DayIndex.isEmpty(db) { try begin(db) }
        try DayIndex.requireKnownSchema(in: db, path: path)
        var state = try DayIndex.State(db, path: path)
        guard try state.isOf(journal) else {
            throw RecordsError.damaged(path: path, reason: "it was not made from the journal beside it")
        }
        let end = try journal.lastBatch(before: journal.length)?.end ?? journal.start
        var staged = try StagedRecords(in: db)
        try journal.forEachBatch(in: state.until..<max(end, state.until)) { seal, lines, start in
            try add(seal, lines, at: start, to: &state, &staged, db)
        }
        try staged.enter()
        state.until = max(end, state.until)
        state.isComplete = completing
        try save(state, db)
    }

    private func begin(_ db: Database) throws {
        try db.execute(sql: DayIndex.schema)
        try save(DayIndex.State(header, until: journal.start), db)
    }

    private func save(_ state: DayIndex.State, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                DayIndex.schemaVersion, day.number, state.until, state.sequence, state.records, state.last.data,
                state.earliest, state.latest, state.isComplete,
            ])
    }

    /// A batch that does not hold is not for an index to find.
    private func add(
        _ seal: BatchSeal, _ lines: RecordLines, at start: Int, to state: inout DayIndex.State,
        _ staged: inout StagedRecords, _ db: Database
    ) throws {
        guard seal.first > state.sequence, seal.count == lines.count else { throw spoilt(seal) }
        for index in 0..<lines.count {
            guard let id = RecordID(day: day, sequence: seal.first + index) else { throw spoilt(seal) }
            state.last.extend(by: RecordDigest(ofLine: index, of: lines), id: id.number)
            guard let record = IndexedRecord(lines, index, in: seal.first, at: start) else { continue }
            state.earliest = min(state.earliest, record.atMilliseconds)
            state.latest = max(state.latest, record.atMilliseconds)
            try staged.add(record)
        }
        guard state.last == seal.hash else { throw spoilt(seal) }
        (state.sequence, state.records) = (seal.last, seal.records)
        try db.cachedStatement(sql: "INSERT INTO batch VALUES (?, ?, ?, ?)")
            .execute(arguments: [seal.first, seal.count, start, seal.bytes])
    }

    private func spoilt(_ seal: BatchSeal) -> RecordsError {
        .damaged(path: journal.path, reason: "the records from \(seal.first) on do not match their hash")
    }
}
