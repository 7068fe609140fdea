package import NumberPlan
internal import Synchronization

/// What a carrier hands over ahead of a call whose trunk cannot carry an Identity header field (RFC 8816).
package struct Assertion: Hashable, Sendable {
    /// What the call will be matched by.
    package struct Call: Hashable, Sendable {
        /// The SPC of the carrier that hands the call over, and the name both ends have for its trunk.
        package let peer, circuit: String
        /// As a token has them. Of several callees, the first in ascending order.
        package let orig, dest: Digits

        package init(peer: String, circuit: String, orig: Digits, dest: Digits) {
            (self.peer, self.circuit, self.orig, self.dest) = (peer, circuit, orig, dest)
        }
    }

    package let call: Call
    /// As it would stand in the header field.
    package let identity: String

    package init(_ call: Call, identity: String) { (self.call, self.identity) = (call, identity) }
}

/// The assertions of one carrier that wait for their calls.
///
/// One assertion serves one call: of several for the same numbers, the oldest. A call that comes first may wait for its
/// assertion, and one that comes again, by its SIP Call-ID, gets the same. What is here proves nothing; it is judged as the
/// header field of the call.
package final class AssertionInbox: Sendable {
    package struct Counters: Hashable, Sendable {
        package var taken = 0
        /// It was here already.
        package var repeated = 0
        /// There was no room, of all or of those for the same numbers.
        package var refused = 0
        /// A call had it.
        package var served = 0
        /// No call came for it in its time.
        package var abandoned = 0
        /// Calls that none came for in their time.
        package var missed = 0
    }

    fileprivate final class Entry {
        let assertion: Assertion
        /// The first second at which it is gone.
        let expires: Int
        var isUsed = false
        /// The Call-ID of the call that had it.
        var callID: String?

        init(_ assertion: Assertion, expires: Int) { (self.assertion, self.expires) = (assertion, expires) }
    }

    fileprivate struct Waiter: Sendable {
        let id: Int
        let callID: String?
        let done: @Sendable (String) -> Void
    }

    fileprivate struct State {
        var entries: [Assertion.Call: [Entry]] = [:]
        var waiters: [Assertion.Call: [Waiter]] = [:]
        /// In the order in which they came, which is that in which they go.
        var queue: [Entry] = []
        var queueStart = 0
        var count = 0
        var waiting = 0
        var lastWaiter = 0
        var counters = Counters()
    }

    private let capacity: Int
    private let window: Int
    private let state = Mutex(State())

    /// Of the same numbers on the same trunk. More calls between two numbers within a minute have nothing to tell them apart.
    package static let mostAlike = 64

    /// - Parameters:
    ///   - capacity: assertions, and calls waiting for theirs.
    ///   - window: how long one is kept, in seconds: as long as its token is fresh.
    package init(capacity: Int, window: Int) { (self.capacity, self.window) = (capacity, window) }

    package var counters: Counters { state.withLock { $0.counters } }
    /// Assertions that are here, used ones whose call may come again among them.
    package var count: Int { state.withLock { $0.count } }

    /// - Returns: false if there is no room for it.
    package func add(_ assertion: Assertion, at now: Int) -> Bool {
        let (isTaken, waiter) = state.withLock { state -> (Bool, Waiter?) in
            state.expire(at: now)
            let alike = state.entries[assertion.call] ?? []
            guard !alike.contains(where: { $0.assertion.identity == assertion.identity }) else {
                state.counters.repeated += 1
                return (true, nil)
            }
            guard state.count < capacity, alike.count < Self.mostAlike else {
                state.counters.refused += 1
                return (false, nil)
            }
            let entry = Entry(assertion, expires: now + window)
            state.keep(entry)
            guard let waiter = state.firstWaiter(for: assertion.call) else { return (true, nil) }
            state.use(entry, callID: waiter.callID)
            return (true, waiter)
        }
        waiter?.done(assertion.identity)
        return isTaken
    }

    /// The assertion of a call that has come; nil when there is none yet.
    package func take(_ call: Assertion.Call, callID: String?, at now: Int) -> String? {
        state.withLock { state in
            state.expire(at: now)
            return state.match(call, callID: callID)
        }
    }

    /// Has `done` called, on whatever thread, with an assertion that comes before ``giveUp(_:for:)``.
    ///
    /// - Returns: nil if too many wait already, or if one has come in the meantime, with which `done` has been called.
    package func wait(
        for call: Assertion.Call, callID: String?, at now: Int, done: @escaping @Sendable (String) -> Void
    ) -> Int? {
        enum Found {
            case here(String)
            case waits(Int)
            case full
        }
        let found = state.withLock { state -> Found in
            state.expire(at: now)
            if let identity = state.match(call, callID: callID) { return .here(identity) }
            guard state.waiting < capacity else { return .full }
            state.lastWaiter += 1
            state.waiting += 1
            state.waiters[call, default: []].append(Waiter(id: state.lastWaiter, callID: callID, done: done))
            return .waits(state.lastWaiter)
        }
        switch found {
        case .here(let identity): done(identity)
        case .waits(let id): return id
        case .full: break
        }
        return nil
    }

    /// The call has waited long enough.
    package func giveUp(_ waiter: Int, for call: Assertion.Call) {
        state.withLock { state in
            guard let place = state.waiters[call]?.firstIndex(where: { $0.id == waiter }) else { return }
            _ = state.removeWaiter(at: place, for: call)
            state.counters.missed += 1
        }
    }
}

extension AssertionInbox.State {
    mutating func keep(_ entry: AssertionInbox.Entry) {
        entries[entry.assertion.call, default: []].append(entry)
        queue.append(entry)
        count += 1
        counters.taken += 1
    }

    mutating func use(_ entry: AssertionInbox.Entry, callID: String?) {
        entry.isUsed = true
        entry.callID = callID
        counters.served += 1
    }

    mutating func match(_ call: Assertion.Call, callID: String?) -> String? {
        guard let alike = entries[call] else { return nil }
        if let callID, let again = alike.first(where: { $0.callID == callID }) { return again.assertion.identity }
        guard let entry = alike.first(where: { !$0.isUsed }) else { return nil }
        use(entry, callID: callID)
        return entry.assertion.identity
    }

    mutating func firstWaiter(for call: Assertion.Call) -> AssertionInbox.Waiter? {
        waiters[call] == nil ? nil : removeWaiter(at: 0, for: call)
    }

    mutating func removeWaiter(at place: Int, for call: Assertion.Call) -> AssertionInbox.Waiter? {
        waiting -= 1
        let waiter = waiters[call]?.remove(at: place)
        if waiters[call]?.isEmpty == true { waiters[call] = nil }
        return waiter
    }

    mutating func expire(at now: Int) {
        while queueStart < queue.count, queue[queueStart].expires <= now {
            let entry = queue[queueStart], call = entry.assertion.call
            queueStart += 1
            count -= 1
            if !entry.isUsed { counters.abandoned += 1 }
            entries[call]?.removeAll { $0 === entry }
            if entries[call]?.isEmpty == true { entries[call] = nil }
        }
        // Moved only when that pays, so that each is moved once.
        guard queueStart > 1_024, queueStart > queue.count / 2 else { return }
        queue.removeFirst(queueStart)
        queueStart = 0
    }
}
