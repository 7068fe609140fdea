internal import Exchange
internal import Ledger
internal import Logging
internal import NumberPlan
internal import PASSporT
internal import Records
internal import Synchronization
internal import Terminating
internal import TrunkLink

/// What the calls of all event loops and the link to other carriers have to do with each other.
final class LinkedCalls: Sendable {
    private let inboxes = Mutex<[String: AssertionInbox]>([:])
    private let capacity: Int
    private let window: Int
    /// Of calls of peers that were blocked, and of ours that they say they blocked.
    let notices = NoticeBoard(), noticed = NoticeTally()

    /// Nothing, until there is a link.
    private let send = Mutex<(@Sendable ([AssertedCall], _ peer: String) -> Void)?>(nil)

    /// - Parameters:
    ///   - capacity: of each peer's inbox.
    ///   - window: how long an assertion is kept, in seconds.
    init(capacity: Int, window: Int) { (self.capacity, self.window) = (capacity, window) }

    /// - Parameter send: hands calls over to a peer. It returns at once, on whatever thread it is called.
    func begin(sending send: @escaping @Sendable ([AssertedCall], _ peer: String) -> Void) {
        self.send.withLock { $0 = send }
    }

    /// Nearly always all of one batch are for one peer, or for few.
    func handOver(_ handovers: [Handover]) {
        guard let send = send.withLock({ $0 }) else { return }
        for (peer, handovers) in Dictionary(grouping: handovers, by: \.peer) { send(handovers.map(\.call), peer) }
    }

    func note(_ block: PeerBlock, _ id: RecordID) { notices.note(block.call(id), for: block.peer) }

    /// Made when the peer is first seen, of which the ledger has only so many.
    func inbox(of peer: String) -> AssertionInbox {
        inboxes.withLock { inboxes in
            if let inbox = inboxes[peer] { return inbox }
            let inbox = AssertionInbox(capacity: capacity, window: window)
            inboxes[peer] = inbox
            return inbox
        }
    }

    /// Of each peer that has had something to do with one.
    var counters: [(peer: String, counters: AssertionInbox.Counters)] {
        inboxes.withLock { inboxes in inboxes.sorted { $0.key < $1.key }.map { ($0.key, $0.value.counters) } }
    }

    /// Takes what a peer hands over.
    ///
    /// - Returns: how many there was room for. What shows no numbers can match no call, and is not taken.
    func take(_ calls: [AssertedCall], from peer: String, at now: Int) -> Int {
        let inbox = inbox(of: peer)
        var taken = 0
        for call in calls {
            guard let orig = Digits(call.orig), let dest = call.dest.compactMap({ Digits($0) }).min() else { continue }
            let key = Assertion.Call(peer: peer, circuit: call.circuit, orig: orig, dest: dest)
            if inbox.add(Assertion(key, identity: call.identity), at: now) { taken += 1 }
        }
        return taken
    }
}

/// A call that leaves by a trunk which cannot carry its token.
struct Handover: Sendable {
    let peer: String
    let call: AssertedCall

    /// Nil unless the trunk is one of those.
    init?(_ identity: String, of passport: Passport, callID: String?, by trunk: Trunk?) {
        guard let trunk, trunk.hasHandover, let peer = trunk.peer, let circuit = trunk.circuit else { return nil }
        self.peer = peer
        call = AssertedCall(
            circuit: circuit, orig: passport.origin.description, dest: passport.destinations.map(\.description),
            identity: identity, call: callID)
    }
}

extension TerminatingCall {
    /// The same, with a token that was handed over ahead of it.
    func with(_ identity: String, from peer: String) -> TerminatingCall {
        var call = self
        (call.identities, call.handedOverBy) = ([identity], peer)
        return call
    }

    /// The token that decided, as the call has it.
    func identity(of verdict: Verdict) -> String? {
        guard let deciding = verdict.deciding, let place = verdict.tokens.firstIndex(where: { $0 === deciding }) else {
            return nil
        }
        return IdentityHeader.split(identities)[place]
    }
}

extension AssertionInbox.Counters {
    /// Only what is not zero.
    var figures: Logger.Metadata {
        [
            "taken": taken, "repeated": repeated, "refused": refused, "served": served, "abandoned": abandoned,
            "missed": missed,
        ].filter { $0.value > 0 }.mapValues { .stringConvertible($0) }
    }
}
