internal import Dispatch
internal import Glibc
internal import Synchronization

/// Records that were given ids together and become durable together.
struct RecordBatch: Sendable {
    let ids: RecordIDs
    let lines: RecordLines
    let done: @Sendable (Result<RecordIDs, RecordsError>) -> Void

    var day: UTCDay { ids.day }
}

/// The one writer of a records folder: append-only, hash-chained, durable before an answer leaves.
///
/// `done` says that the records are on disk. Batches that wait during a commit share the next one: what waiting for the disk
/// costs is then paid once for all of them. Under load a commit is followed by a short pause, a quarter of the time that
/// it took: the calls that it let go bring others, which would else wait for a commit of their own.
///
/// When the disk refuses, all that was to be written gets the error, and the next append tries again. Those ids are not
/// given out again by this writer: a gap in the sequence means only that. What proves completeness is the hash, which links
/// each stored record to the stored record before it.
package final class RecordWriter: Sendable {
    private struct State {
        var day: UTCDay
        var next: Int
        var waiting: [RecordBatch] = []
        var isDraining = false
        /// Changed by the drain under way only.
        var journal: Journal
    }

    /// So many records or more, and the rest waits for another commit: whoever looks for one record reads all of its batch.
    private static let fullBatch = 1_000

    private let state: Mutex<State>
    let folder: RecordsFolder
    /// Writes, and waits for the disk.
    private let writing = DispatchQueue(label: "records")
    let indexes: IndexUpkeep
    private let report: @Sendable (UTCDay, RecordsError) -> Void

    /// Opens the folder, making it if need be, and goes on where the last writer stopped, in whatever way it did.
    ///
    /// The indexes of older days are completed in the background; `report` hears of what cannot be.
    package init(
        folder path: String, atMilliseconds now: Int,
        report: @escaping @Sendable (UTCDay, RecordsError) -> Void = { _, _ in }
    ) throws(RecordsError) {
        let folder = RecordsFolder(path: path)
        try folder.create()
        let days = try folder.days()
        let today = max(UTCDay(atMilliseconds: now), days.last ?? UTCDay(atMilliseconds: now))
        guard !folder.isOver(today) else { throw .clockBehind(path: folder.journal(of: today)) }
        if today > UTCDay(atMilliseconds: now) { report(today, .clockAhead(path: folder.journal(of: today))) }
        let former = days.filter { $0 < today }
        let previous = try Self.close(former, in: folder, report)
        let journal = try Journal(today, in: folder, previous: previous)
        if journal.cut > 0 { report(today, .cutShort(path: journal.path, bytes: journal.cut)) }
        self.state = Mutex(State(day: today, next: journal.last.sequence + 1, journal: journal))
        self.folder = folder
        self.report = report
        indexes = IndexUpkeep(of: folder, report: report)
        indexes.complete(former)
        if journal.last.records > 0 { indexes.follow(journal.last.records, of: today, records: journal.last.records) }
    }

    /// Ends the days that are over, and returns the hash that the next one continues.
    private static func close(
        _ days: [UTCDay], in folder: RecordsFolder, _ report: (UTCDay, RecordsError) -> Void
    ) throws(RecordsError) -> ChainHash {
        var previous = ChainHash.first
        for day in days {
            do {
                previous = try close(day, in: folder, previous, report)
            } catch {
                // Without the newest one's last hash there is nothing to go on from.
                guard day != days.last else { throw error }
                report(day, error)
            }
        }
        return previous
    }

    private static func close(
        _ day: UTCDay, in folder: RecordsFolder, _ previous: ChainHash, _ report: (UTCDay, RecordsError) -> Void
    ) throws(RecordsError) -> ChainHash {
        if folder.isOver(day) {
            let reader = try JournalReader(folder.journal(of: day), day: day)
            guard let last = try reader.lastBatch(before: reader.length)?.seal.hash ?? reader.header?.previous else {
                throw .damaged(path: reader.path, reason: "its first line is missing")
            }
            return last
        }
        let journal = try Journal(day, in: folder, previous: previous)
        if journal.cut > 0 { report(day, .cutShort(path: journal.path, bytes: journal.cut)) }
        try journal.close()
        return journal.last.hash
    }

    /// The newest record and what the chain has come to with it; nil when none of the day that is on is durable yet.
    package var head: ChainHead? {
        let journal = state.withLock { $0.journal }
        return ChainHead(journal.last, of: journal.day)
    }

    /// Takes records and returns at once. `done` is called once, when they are all durable or none is, with their ids, in
    /// order: on the writer's thread, or at once for what cannot be taken or is nothing.
    ///
    /// All go to the latest one's day, or the current one if that is later: a clock that steps back over
    /// midnight does not open a past day again.
    package func append(
        _ lines: RecordLines, done: @escaping @Sendable (Result<RecordIDs, RecordsError>) -> Void
    ) {
        let latest = UTCDay(atMilliseconds: lines.latest)
        guard !lines.isEmpty else { return done(.success(RecordIDs(day: latest, first: 1, count: 0))) }
        enum Next {
            case wait
            case drain
            case refuse(UTCDay)
        }
        let next = state.withLock { state -> Next in
            if latest > state.day { (state.day, state.next) = (latest, 1) }
            guard lines.count <= RecordID.largestSequence + 1 - state.next else { return .refuse(state.day) }
            let ids = RecordIDs(day: state.day, first: state.next, count: lines.count)
            state.next += lines.count
            state.waiting.append(RecordBatch(ids: ids, lines: lines, done: done))
            guard !state.isDraining else { return .wait }
            state.isDraining = true
            return .drain
        }
        switch next {
        case .wait: break
        case .drain: writing.async { self.drain() }
        case .refuse(let day): done(.failure(.sequenceExhausted(day)))
        }
    }

    /// One at a time: it starts when there is none, and ends when nothing waits.
    private func drain() {
        while true {
            let journal = state.withLock { $0.journal }
            switch nextWork(for: journal.day) {
            case .none: return
            case .commit(let batches):
                let start = ContinuousClock.now
                answer(batches, Result { () throws(RecordsError) in try commit(batches, to: journal) })
                // A call that came alone has nobody behind it.
                if batches.count > 1 || batches[0].ids.count > 1 { Self.pause(after: ContinuousClock.now - start) }
            case .rollOver(let batch): rollOver(from: journal, for: batch)
            }
        }
    }

    private static func pause(after commit: Duration) {
        let pause = min(commit / 4, longestPause)
        // To sleep for less costs more than it gathers.
        guard pause >= shortestPause else { return }
        usleep(UInt32(pause / .microseconds(1)))
    }

    private static let shortestPause = Duration.microseconds(100), longestPause = Duration.milliseconds(2)

    /// Those that wait together were given ids that follow on.
    private func commit(_ batches: [RecordBatch], to journal: Journal) throws(RecordsError) {
        guard let first = batches.first?.ids.first else { return }
        var lines = RecordLines()
        for batch in batches { lines.append(batch.lines) }
        try journal.append(lines, from: first)
        indexes.follow(lines.count, of: journal.day, records: journal.last.records)
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
            var room = Self.fullBatch
            let ours = state.waiting.prefix { batch in
                defer { room -= batch.ids.count }
                return batch.day == day && room > 0
            }
            defer { state.waiting.removeFirst(ours.count) }
            return .commit(Array(ours))
        }
    }

    /// Opens the next day. If that fails, all that waits for it fails with it.
    private func rollOver(from journal: Journal, for batch: RecordBatch) {
        do throws(RecordsError) {
            // What failed must not stay as if it counted.
            try journal.settle()
            let next = try Journal(batch.day, in: folder, previous: journal.last.hash)
            state.withLock { $0.journal = next }
            do throws(RecordsError) { try journal.close() } catch { report(journal.day, error) }
            indexes.complete([journal.day])
        } catch {
            let failed = state.withLock { state in
                let failed = state.waiting.filter { $0.day == batch.day }
                state.waiting.removeAll { $0.day == batch.day }
                return failed
            }
            answer(failed, .failure(error))
        }
    }

    private func answer(_ batches: [RecordBatch], _ outcome: Result<Void, RecordsError>) {
        for batch in batches { batch.done(outcome.map { batch.ids }) }
    }

    /// Returns when what was appended before is decided.
    package func finish() async {
        await withCheckedContinuation { done in writing.async { done.resume() } }
    }

    /// Returns when what was appended before is in the indexes as well, and those of days that are over are complete. That may
    /// take minutes and need not be waited for: what was not finished is done at the next start.
    package func finishIndexing() async {
        await finish()
        await indexes.finish(state.withLock { $0.journal.day })
    }
}
