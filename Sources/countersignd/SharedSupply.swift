internal import Exchange
internal import Ledger
internal import Logging
internal import Policy

/// Has calls decided by what peers tell of their lists, and tells when a peer is not heard of any more.
struct SharedSupply {
    private let store: ExchangeStore
    private let ledger: LedgerHolder
    private let shared: SharedHolder
    private let logger: Logger
    private var seen: [ShareSource] = []
    /// Peers whose lists are over, of which that was told.
    private var lapsed: Set<String> = []

    /// Nothing is taken up yet.
    init(_ store: ExchangeStore, ledger: LedgerHolder, shared: SharedHolder, logger: Logger) {
        (self.store, self.ledger, self.shared, self.logger) = (store, ledger, shared, logger)
    }

    /// - Parameter now: Unix time.
    mutating func step(at now: Int) throws {
        let sources = try store.shareSources()
        if sources != seen {
            try takeUp(sources)
            seen = sources
        }
        tellOfLeases(at: now)
    }

    /// Of what comes between the two reads, the next look finds that it has changed.
    private func takeUp(_ sources: [ShareSource]) throws {
        let told = try store.sharedEntries().map { SharedNumbers.Told($0.entry, by: $0.peer) }
        shared.current = SharedNumbers(told, leases: Dictionary(sources.map { ($0.peer, $0.until) }) { $1 })
        logger.info("lists of peers taken up", metadata: ["entries": "\(told.count)"])
    }

    private mutating func tellOfLeases(at now: Int) {
        // Of one that has not said all of it for the first time nothing counts yet.
        let over = Set(seen.filter { $0.until > 0 && $0.until <= now && isTaken($0.peer) }.map(\.peer))
        for peer in over.subtracting(lapsed).sorted() {
            logger.error(
                "a peer has not said for too long what its lists are: they do not count until it does",
                metadata: ["peer": "\(peer)"])
        }
        lapsed = over
    }

    private func isTaken(_ peer: String) -> Bool { ledger.snapshot.peer(peer)?.takes.isEmpty == false }
}
