internal import GRDB
internal import Synchronization

/// Records that were given ids together and become durable together.
struct RecordBatch: Sendable {
    let day: UTCDay
    /// The sequence of the first record; the others follow on.
    let first: Int
    let records: [Record]
    let done: @Sendable (Result<[RecordID], RecordsError>) -> Void

    var latest: Int { records.reduce(0) { max($0, $1.atMilliseconds) } }

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
        /// Changed by the drain under way only.
        var segment: Segment
        var sealing: [Segment] = []
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
        var previous = Segment.firstLink
        var unsealed: [Segment] = []
        for day in days.prefix(while: { $0 < today }) {
            do {
                let older = try Segment.Older(day, in: folder, previous: previous, atMilliseconds: now)
                previous = older.last
                if let segment = older.unsealed { unsealed.append(segment) }
            } catch {
                // Without the newest one's last hash there is nothing to go on from.
                guard day != days.last else { throw error }
                report(day, error)
            }
        }
        let segment = try Segment(today, in: folder, previous: previous, atMilliseconds: now)
        let next = try segment.lastLink().sequence + 1
        self.state = Mutex(State(day: today, next: next, segment: segment))
        self.folder = folder
        self.report = report
        for segment in unsealed { seal(segment, atMilliseconds: now) }
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
        let latest = UTCDay(atMilliseconds: records.reduce(0) { max($0, $1.atMilliseconds) })
        let (batch, segment) = state.withLock { state -> (RecordBatch, Segment?) in
            if latest > state.day { (state.day, state.next) = (latest, 1) }
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

    /// One at a time: it starts when there is none, and ends when nothing waits.
    private func drain(to segment: Segment) {
        segment.database.asyncWriteWithoutTransaction { db in
            while true {
                switch self.nextWork(for: segment.day) {
                case .none:
                    return
                case .commit(let batches):
                    let outcome = Result { () throws(RecordsError) in try segment.commit(batches, in: db) }
                    self.answer(batches, outcome)
                case .rollOver(let batches):
                    if self.rollOver(from: segment, for: batches, in: db) { return }
                }
            }
        }
    }

    private enum Work {
        case none
        case commit([RecordBatch])
        /// What waits belongs to a later day. It is still waiting.
        case rollOver(RecordBatch)
    }

    private func nextWork(for day: UTCDay) -> Work {
        state.withLock { state in
            guard let first = state.waiting.first else {
                state.isDraining = false
                return .none
            }
            if first.day > day { return .rollOver(first) }
            let ours = state.waiting.prefix { $0.day == day }
            defer { state.waiting.removeFirst(ours.count) }
            return .commit(Array(ours))
        }
    }

    /// Opens the next day and hands the drain over to it. If that fails, all that waits for the day fails with it.
    private func rollOver(from segment: Segment, for batch: RecordBatch, in db: Database) -> Bool {
        let now = batch.latest
        do throws(RecordsError) {
            let last = try segment.lastLink(in: db)
            let next = try Segment(batch.day, in: folder, previous: last.hash.data, atMilliseconds: now)
            state.withLock { $0.segment = next }
            seal(segment, atMilliseconds: now)
            drain(to: next)
            return true
        } catch {
            let failed = state.withLock { state in
                let failed = state.waiting.filter { $0.day == batch.day }
                state.waiting.removeAll { $0.day == batch.day }
                return failed
            }
            answer(failed, .failure(error))
            return false
        }
    }

    private func seal(_ segment: Segment, atMilliseconds now: Int) {
        state.withLock { $0.sealing.append(segment) }
        segment.seal(atMilliseconds: now) { [self] day, fault in
            state.withLock { state in state.sealing.removeAll { $0.day == day } }
            if let fault { report(day, fault) }
        }
    }

    private func answer(_ batches: [RecordBatch], _ outcome: Result<Void, RecordsError>) {
        for batch in batches { batch.done(outcome.map { batch.ids }) }
    }

    /// Returns when what was appended before is decided and past days are sealed.
    package func finish() async {
        while true {
            let (segments, isDraining) = state.withLock { ([$0.segment] + $0.sealing, $0.isDraining) }
            for segment in segments { await segment.waitUntilIdle() }
            if segments.count == 1, !isDraining { return }
        }
    }
}
