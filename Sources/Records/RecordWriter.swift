internal import GRDB
internal import Synchronization

/// Records that were given ids together and become durable together.
struct RecordBatch: Sendable {
    let day: UTCDay
    /// The sequence of the first record; the others follow on.
    let first: Int
    let records: [Record]
    let done: @Sendable (Result<[RecordID], RecordsError>) -> Void

    var ids: [RecordID] {
        records.indices.compactMap { RecordID(day: day, sequence: first + $0) }
    }
}

/// The one writer of a records folder: append-only, hash-chained, durable before an answer leaves.
///
/// An id is given out at once, so that an answer can be built while its record is being written; `done` says that the
/// record is on disk. Batches that wait during a commit share the next one.
///
/// When the disk refuses, all waiting batches get the error, and the next append tries again. Their ids are not given
/// out again by this writer and no row has them: a gap in the sequence means only that. What proves completeness is the
/// hash, which links each stored row to the stored row before it.
package final class RecordWriter: Sendable {
    private struct State {
        var day: UTCDay
        var next: Int
        var waiting: [RecordBatch] = []
        var isDraining = false
        var isClosed = false
        /// Written by the drain under way only.
        var segment: Segment
    }

    private let state: Mutex<State>
    private let folder: RecordsFolder
    private let report: @Sendable (UTCDay, RecordsError) -> Void

    /// Opens the folder, making it if need be, and goes on where the last writer stopped, in whatever way it did.
    ///
    /// Older days still open are sealed in the background; `report` hears of those that cannot be.
    package init(
        folder path: String, atMilliseconds now: Int,
        report: @escaping @Sendable (UTCDay, RecordsError) -> Void = { _, _ in }
    ) throws(RecordsError) {
        let folder = RecordsFolder(path: path)
        try folder.create()
        let days = try folder.days()
        let today = max(UTCDay(atMilliseconds: now), days.last ?? UTCDay(atMilliseconds: now))
        let older = days.filter { $0 < today }
        var previous = Segment.firstLink
        for day in older.suffix(1) {
            let segment = try Segment(day, in: folder, previous: previous, atMilliseconds: now)
            previous = try segment.lastLink().hash
            segment.seal(atMilliseconds: now, report: report)
        }
        let segment = try Segment(today, in: folder, previous: previous, atMilliseconds: now)
        let next = try segment.lastLink().sequence + 1
        self.state = Mutex(State(day: today, next: next, segment: segment))
        self.folder = folder
        self.report = report
    }

    /// Gives the records their ids, in order, and returns at once. `done` is called once, on the writer's thread, when
    /// they are all durable or none is.
    ///
    /// All go to the segment of the latest one's day, or the current one if that is later: a clock that steps back over
    /// midnight does not open a past day again.
    @discardableResult
    package func append(
        _ records: [Record], done: @escaping @Sendable (Result<[RecordID], RecordsError>) -> Void
    ) -> [RecordID] {
        let latest = records.reduce(0) { max($0, $1.atMilliseconds) }
        let (batch, segment) = state.withLock { state -> (RecordBatch, Segment?) in
            let day = UTCDay(atMilliseconds: latest)
            if day > state.day { (state.day, state.next) = (day, 1) }
            let batch = RecordBatch(day: state.day, first: state.next, records: records, done: done)
            state.next += records.count
            state.waiting.append(batch)
            guard !state.isDraining else { return (batch, nil) }
            state.isDraining = true
            return (batch, state.segment)
        }
        if let segment { drain(to: segment) }
        return batch.ids
    }

    private func drain(to segment: Segment) {
        segment.database.asyncWriteWithoutTransaction { db in
            while let batches = self.takeWaiting() {
                self.write(batches, to: segment, in: db)
            }
        }
    }

    private func takeWaiting() -> [RecordBatch]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isDraining = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    private func write(_ batches: [RecordBatch], to segment: Segment, in db: Database) {
        let outcome = Result { () throws(RecordsError) in try segment.commit(batches[...], in: db) }
        for batch in batches { batch.done(outcome.map { batch.ids }) }
    }
}
