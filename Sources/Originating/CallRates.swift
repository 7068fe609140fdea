internal import Synchronization

/// Counts the calls of each trunk in the current second, so that a flood on one cannot use up the key of all.
package final class CallRates: Sendable {
    private struct Second {
        var time = Int.min
        var calls = 0
    }

    private let limit: Int
    private let seconds = Mutex<[String: Second]>([:])

    /// - Parameter limit: calls in a second on one trunk.
    package init(limit: Int) { self.limit = limit }

    /// Counts one call, unless that would be one too many. The names are those of the ledger, so they are bounded.
    package func admits(trunk: String, at now: Int) -> Bool {
        seconds.withLock { seconds in
            // A thread that comes late with an earlier second counts in the current one.
            if seconds[trunk, default: Second()].time < now { seconds[trunk] = Second(time: now) }
            guard seconds[trunk, default: Second()].calls < limit else { return false }
            seconds[trunk, default: Second()].calls += 1
            return true
        }
    }
}
