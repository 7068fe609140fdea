internal import Synchronization

/// Counts the calls of each trunk in the current second, so that a flood on one cannot use up the key of all.
package final class CallRates: Sendable {
    private struct Second {
        var time = Int.min
        var calls = 0

        mutating func admits(at now: Int, limit: Int) -> Bool {
            // A thread that comes late with an earlier second counts in the current one.
            if time < now { (time, calls) = (now, 0) }
            guard calls < limit else { return false }
            calls += 1
            return true
        }
    }

    private let limit: Int
    private let seconds = Mutex<[String: Second]>([:])

    /// - Parameter limit: calls in a second on one trunk.
    package init(limit: Int) { self.limit = limit }

    /// Counts one call, unless that would be one too many. The names are those of the ledger, so they are bounded.
    package func admits(trunk: String, at now: Int) -> Bool {
        seconds.withLock { seconds in seconds[trunk, default: Second()].admits(at: now, limit: limit) }
    }
}
