internal import Exchange
internal import Ledger
internal import Logging
internal import NIOCore
internal import Policy

/// Has calls decided by what peers tell of their lists, and tells when a peer is not heard of any more.
struct SharedSupply {
    private let store: ExchangeStore
    private let ledger: LedgerHolder
    private let shared: SharedHolder
    private let logger: Logger
    private var seen: [ShareSource] = []
    /// What is in the table: of each peer its entries, and which of its lists are taken.
    private var entries: [String: (changes: Int, told: [SharedNumbers.Told])] = [:]
    private var taken: [String: Set<SharedList>] = [:]
    /// Peers of whose entries some are left out, of which that was told.
    private var leftOut: Set<String> = []
    /// Peers whose lists are over, of which that was told.
    private var lapsed: Set<String> = []
    /// Before which the table is not built again.
    private var rested = NIODeadline.now()
    /// How much longer it rests than it takes to build a large table.
    private static let rest = Int64(4)

    /// Nothing is taken up yet.
    init(_ store: ExchangeStore, ledger: LedgerHolder, shared: SharedHolder, logger: Logger) {
        (self.store, self.ledger, self.shared, self.logger) = (store, ledger, shared, logger)
    }

    /// - Parameter now: Unix time.
    mutating func step(at now: Int) throws {
        let ledger = ledger.snapshot
        for peer in try store.forgetLists(ofAllBut: Set(ledger.peers.map(\.carrier))).sorted() {
            // Another of its name may have told as often.
            entries[peer] = nil
            logger.info("a peer is no more: its lists are removed", metadata: ["peer": "\(peer)"])
        }
        let sources = try store.shareSources()
        try takeUp(sources, ledger)
        if sources != seen { shared.current = shared.current.until(sources.leases) }
        seen = sources
        tellOfLeases(at: now, ledger)
    }

    /// Reads of those peers only whose entries have changed. Of what comes between the two reads, the next look finds that
    /// it has.
    private mutating func takeUp(_ sources: [ShareSource], _ ledger: LedgerSnapshot) throws {
        let taken = Dictionary(sources.map { ($0.peer, ledger.listsTaken(of: $0.peer)) }) { $1 }
        let changes = Dictionary(sources.map { ($0.peer, $0.changes) }) { $1 }
        let began = NIODeadline.now()
        guard began >= rested, taken != self.taken || changes != entries.mapValues(\.changes) else { return }
        entries = entries.filter { changes[$0.key] == $0.value.changes }
        for (peer, changes) in changes where entries[peer] == nil {
            let told = try store.sharedEntries(of: peer).map { SharedNumbers.Told($0.entry, by: peer) }
            entries[peer] = (changes, told)
        }
        self.taken = taken
        let all = sources.flatMap { entries[$0.peer]?.told ?? [] }
        shared.current = SharedNumbers(all, takenBy: ledger, leases: sources.leases)
        logger.info("lists of peers taken up", metadata: ["entries": "\(all.count)"])
        tellOfLeftOut()
        let ended = NIODeadline.now()
        rested = ended + .nanoseconds((ended - began).nanoseconds * Self.rest)
    }

    private mutating func tellOfLeftOut() {
        let found = Dictionary(grouping: shared.current.leftOut, by: \.source).mapValues(\.count)
        for (peer, count) in found where !leftOut.contains(peer) {
            logger.error(
                "a peer tells too much of one number: it does not count",
                metadata: ["peer": "\(peer)", "leftOut": "\(count)"])
        }
        leftOut = Set(found.keys)
    }

    private mutating func tellOfLeases(at now: Int, _ ledger: LedgerSnapshot) {
        // Of one that has not said all of it for the first time nothing counts yet.
        let over = Set(
            seen.filter { $0.until > 0 && $0.until <= now && ledger.peer($0.peer)?.takes.isEmpty == false }.map(\.peer))
        for peer in over.subtracting(lapsed).sorted() {
            logger.error(
                "a peer has not said for too long what its lists are: they do not count until it does",
                metadata: ["peer": "\(peer)"])
        }
        lapsed = over
    }
}

extension [ShareSource] {
    fileprivate var leases: [String: Int] { Dictionary(map { ($0.peer, $0.until) }) { $1 } }
}
