internal import Dispatch
internal import Synchronization

/// Keeps the indexes up to date beside the writing, so that a record is found by its index within a minute.
///
/// It holds no journal open: who lets go of a writer lets go of its day.
final class IndexUpkeep: Sendable {
    private struct State {
        /// Committed since the last update was begun.
        var records = 0
        var isAwaited = false
        var isDue = false
        var reported: [UTCDay: RecordsError] = [:]
    }

    /// The tail that has to be looked through is never longer than this and what an update takes.
    private static let longestWait = DispatchTimeInterval.seconds(30)
    /// So many at once, and they wait no longer. With more in the index, so much more are worth an update of it.
    private static let mostWaiting = 100_000, share = 10

    private let folder: RecordsFolder
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "records.index", qos: .utility)
    private let report: @Sendable (UTCDay, RecordsError) -> Void

    init(of folder: RecordsFolder, report: @escaping @Sendable (UTCDay, RecordsError) -> Void) {
        (self.folder, self.report) = (folder, report)
    }

    /// - Parameter records: of the day so far, these included.
    func follow(_ count: Int, of day: UTCDay, records: Int) {
        let (awaits, isDue) = state.withLock { state in
            state.records += count
            let awaits = !state.isAwaited
            let isDue = !state.isDue && state.records >= Self.mostWaiting + records / Self.share
            state.isAwaited = true
            if isDue { state.isDue = true }
            return (awaits, isDue)
        }
        if awaits { queue.asyncAfter(deadline: .now() + Self.longestWait) { [weak self] in self?.update(day) } }
        if isDue { queue.async { self.update(day) } }
    }

    private func update(_ day: UTCDay) {
        state.withLock { state in (state.records, state.isAwaited, state.isDue) = (0, false, false) }
        bring(day, completing: false)
    }

    /// When days are over.
    func complete(_ days: [UTCDay]) {
        queue.async { for day in days { self.bring(day, completing: true) } }
    }

    private func bring(_ day: UTCDay, completing: Bool) {
        // It may be over by now, or have expired.
        guard (try? folder.days().contains(day)) ?? false else { return }
        do throws(RecordsError) {
            try IndexUpdate(of: day, in: folder).run(completing: completing || folder.isOver(day))
            state.withLock { $0.reported[day] = nil }
        } catch {
            // Once: the next minute would only say so again.
            let isNew = state.withLock { $0.reported.updateValue(error, forKey: day) != error }
            if isNew { report(day, error) }
        }
    }

    /// Removes all that there is of these days, in their order, while no index is being made: one that is would be there again.
    func remove(_ days: [UTCDay]) async throws(RecordsError) {
        let outcome = await withCheckedContinuation { done in
            queue.async { [folder] in
                done.resume(returning: Result { () throws(RecordsError) in for day in days { try folder.remove(day) } })
            }
        }
        try outcome.get()
    }

    /// Returns when the index has all that was committed to the day, and what was to be completed is.
    func finish(_ day: UTCDay) async {
        await withCheckedContinuation { done in
            queue.async {
                self.update(day)
                done.resume()
            }
        }
    }
}
