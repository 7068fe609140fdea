internal import LibCrypto
internal import Synchronization

/// Finds calls by whom they were to and when, again and again: what it has opened stays open.
package final class CallIndex: Sendable {
    /// A day that is over and whose index is complete does not change until it expires.
    private struct Day {
        let reader: DayReader
        let times: ClosedRange<Int>?
    }

    /// A day to which records may be added, which are looked at once for their times.
    private struct OpenDay {
        let reader: DayReader
        /// How long the journal was, and how far its batches were looked at.
        var length = 0
        var seen: Int?
        var times: ClosedRange<Int>?

        mutating func look() throws(RecordsError) {
            let length = reader.length
            guard length != self.length else { return }
            self.length = length
            let (more, seen) = try reader.times(from: seen)
            self.seen = seen
            guard let more else { return }
            times =
                min(
                    times?.lowerBound ?? more.lowerBound, more.lowerBound)...max(
                    times?.upperBound ?? more.upperBound, more.upperBound)
        }
    }

    private struct State {
        var days: [UTCDay] = []
        /// When the folder was last changed, of the moment before ``days`` was read.
        var seen: Int?
        var complete: [UTCDay: Day] = [:]
        var open: [UTCDay: OpenDay] = [:]
    }

    private let folder: RecordsFolder
    private let files: ReadableFile
    private let state = Mutex(State())

    package init(folder path: String) throws(RecordsError) {
        guard let files = ReadableFile(path) else { throw .noFolder(path: path) }
        (folder, self.files) = (RecordsFolder(path: path), files)
    }

    /// The records of calls to a number within a time, in milliseconds since 1970, the newest first.
    package func calls(
        to dest: String, in window: ClosedRange<Int>, kind: Record.Kind? = nil, trunk: String? = nil
    ) throws(RecordsError) -> [StoredRecord] {
        var filter = RecordFilter()
        (filter.dest, filter.kind, filter.trunk) = (dest, kind, trunk)
        let conditions = Conditions(filter, in: window)
        return try state.withLock { state throws(RecordsError) in
            try look(&state)
            var found: [StoredRecord] = []
            // A clock that stepped back writes earlier times to a later day.
            let first = UTCDay(atMilliseconds: window.lowerBound)
            for day in state.days.reversed() where day >= first {
                try visit(day, conditions, &state) { records in
                    found += records
                    return true
                }
            }
            return found
        }
    }

    private func look(_ state: inout State) throws(RecordsError) {
        let changed = files.changed
        guard state.seen != changed else { return }
        state.days = try folder.days()
        state.seen = changed
        let kept = Set(state.days)
        state.complete = state.complete.filter { kept.contains($0.key) }
        state.open = state.open.filter { kept.contains($0.key) && $0.value.reader.isIndexed }
    }

    private func visit(
        _ day: UTCDay, _ conditions: Conditions, _ state: inout State,
        _ body: ([StoredRecord]) throws(RecordsError) -> Bool
    ) throws(RecordsError) {
        if let day = state.complete[day] {
            guard let times = conditions.times, day.times?.overlaps(times) ?? false else { return }
            return try day.reader.visitComplete(conditions, body)
        }
        var open: OpenDay
        if let known = state.open[day] { open = known } else { open = OpenDay(reader: try DayReader(day, in: folder)) }
        // The newest day is never over.
        if day != state.days.last, let whole = try open.reader.completed() {
            state.open[day] = nil
            state.complete[day] = Day(reader: open.reader, times: whole.times)
            return try visit(day, conditions, &state, body)
        }
        try open.look()
        state.open[day] = open
        guard let times = conditions.times, open.times?.overlaps(times) ?? false else { return }
        try open.reader.visit(conditions, body)
    }
}
