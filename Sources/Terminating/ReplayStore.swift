internal import Synchronization

/// Remembers every assertion that was accepted, for as long as it could be accepted again.
///
/// Keyed by what is asserted, not by its signature: who sees (r, s) can make (r, n - s). The same assertion for the same
/// call is a retry or a fork and passes; for another call, or for one that cannot be told from another, it is a replay.
package final class ReplayStore: Sendable {
    package enum Entry: Hashable, Sendable { case first, sameCall, replay, full, stale }

    /// The first half of a SHA-256, which is more than enough to keep a million of them apart.
    fileprivate struct Key: Hashable {
        let high, low: UInt64

        /// It is a digest already, so one half of it scatters as well as both.
        func hash(into hasher: inout Hasher) { hasher.combine(low) }
    }

    fileprivate struct Seen {
        /// Nil when the call had no identifier of its own.
        let call: Int?
    }

    fileprivate struct State {
        var seen: [Key: Seen] = [:]
        /// The keys that expire in each second, so that forgetting costs no search.
        var expiring: [Int: [Key]] = [:]
        /// Every second before this one has been forgotten.
        var forgottenBefore: Int?
        /// The latest time anybody came with. Time never runs backwards here, or a clock set back would reopen the window.
        var latest = Int.min
    }

    private let capacity: Int
    private let state: Mutex<State>

    package init(capacity: Int) {
        self.capacity = capacity
        var state = State()
        // Nothing but addresses until it is used, and no growing in the first thousands of calls.
        state.seen.reserveCapacity(min(capacity, 100_000))
        self.state = Mutex(state)
    }

    package var count: Int { state.withLock { $0.seen.count } }

    /// The latest `now` that this store has been told of, this one included.
    package func latest(_ now: Int) -> Int {
        state.withLock { state in
            state.latest = max(state.latest, now)
            return state.latest
        }
    }

    /// Looks and enters in one step: of two calls with one assertion, one is first.
    ///
    /// - Parameter expires: the last second at which the assertion is fresh.
    package func enter(_ assertion: InlineArray<32, UInt8>, call: String?, expires: Int, at now: Int) -> Entry {
        let key = Key(high: Self.word(assertion, 0), low: Self.word(assertion, 8))
        return state.withLock { state in
            state.latest = max(state.latest, now)
            state.forget(before: state.latest)
            // Another thread may have seen a later second since the freshness was checked, and what expired before that
            // is forgotten: whether this one was seen, nobody knows any more.
            guard expires >= state.latest else { return .stale }
            let isFull = state.seen.count >= capacity, entry = Seen(call: call?.hashValue)
            if let seen = isFull ? state.seen[key] : state.seen.updateValue(entry, forKey: key) {
                state.seen[key] = seen
                return seen.call != nil && seen.call == entry.call ? .sameCall : .replay
            }
            if isFull { return .full }
            state.expiring[expires, default: []].append(key)
            return .first
        }
    }

    private static func word(_ digest: InlineArray<32, UInt8>, _ start: Int) -> UInt64 {
        (start..<start + 8).reduce(0) { $0 << 8 | UInt64(digest[$1]) }
    }
}

extension ReplayStore.State {
    /// An assertion is still fresh in its last second.
    fileprivate mutating func forget(before now: Int) {
        guard let start = forgottenBefore, start < now else {
            if forgottenBefore == nil { forgottenBefore = now }
            return
        }
        forgottenBefore = now
        // After a long silence there are fewer seconds with keys than seconds gone by.
        let seconds = now - start > expiring.count ? expiring.keys.filter { $0 < now } : Array(start..<now)
        for second in seconds {
            for key in expiring.removeValue(forKey: second) ?? [] { seen[key] = nil }
        }
    }
}
