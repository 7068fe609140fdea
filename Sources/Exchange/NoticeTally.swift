internal import Synchronization

/// How many calls of ours peers say that they blocked, until that is told.
package final class NoticeTally: Sendable {
    private struct Tally {
        var calls = 0
        /// Unix time.
        var told: Int?
    }

    private let tallies = Mutex<[String: Tally]>([:])
    private static let pause = 60

    package init() {}

    package func add(_ calls: Int, of peer: String) {
        tallies.withLock { tallies in
            let (sum, overflows) = tallies[peer, default: Tally()].calls.addingReportingOverflow(calls)
            tallies[peer, default: Tally()].calls = overflows ? .max : sum
        }
    }

    /// Of each peer what is new, at most once a minute.
    ///
    /// - Parameter now: Unix time.
    package func due(at now: Int) -> [(peer: String, calls: Int)] {
        tallies.withLock { tallies in
            tallies.keys.sorted().compactMap { peer in
                guard let tally = tallies[peer], tally.calls > 0 else { return nil }
                // A clock that was put back has nobody wait for it.
                if let told = tally.told, (told..<told + Self.pause).contains(now) { return nil }
                tallies[peer] = Tally(told: now)
                return (peer, tally.calls)
            }
        }
    }
}
