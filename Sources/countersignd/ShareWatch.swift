internal import Exchange
internal import Ledger
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import TrunkLink

/// Tells peers, each second, what is new on the lists that the ledger gives them.
struct ShareWatch {
    /// What a peer says in its `hello` that takes lists.
    static let capability = "share"

    private let feed: ShareFeed
    private let ledger: LedgerHolder
    /// A connection of its own: to go through all grants must not hold up whoever takes up a change.
    private let ledgerStore: LedgerStore
    private let key: StatementKey
    private let threads: NIOThreadPool
    private let logger: Logger
    /// Unix time.
    private let now: @Sendable () -> Int

    /// When a peer was last told all that it has to know, as far as the ledger and the time go.
    private struct Told: Equatable {
        let ledgerVersion, period: Int
    }

    private var told: [String: Told] = [:]
    private var troubles: [String: String] = [:]
    /// Before which the ledger is not read again.
    private var rested = NIODeadline.now()
    /// In which grants begin and end, in seconds; what is listed has its times with it.
    private static let period = 300
    /// How much longer it rests than it takes to read a large ledger.
    private static let rest = Int64(4)

    init(
        _ store: ExchangeStore, ledger: LedgerHolder, in data: String, key: StatementKey, threads: NIOThreadPool,
        logger: Logger, now: @escaping @Sendable () -> Int
    ) throws {
        (feed, self.ledger) = (ShareFeed(store), ledger)
        ledgerStore = try LedgerStore.open(at: data)
        (self.key, self.threads, self.logger, self.now) = (key, threads, logger, now)
    }

    /// Nothing is queued for a peer that is away: all that changes meanwhile is said at once when it is back.
    mutating func step(_ peers: [LinkStatus]) async {
        guard NIODeadline.now() >= rested else { return }
        let began = NIODeadline.now(), snapshot = ledger.snapshot, now = now()
        let current = Told(ledgerVersion: snapshot.version, period: now / Self.period)
        let begun = (try? feed.told()) ?? [:]
        var entries: [Set<SharedList>: [SharedEntry]] = [:]
        for status in peers
        where status.state == .linked && status.hello?.capabilities.contains(Self.capability) == true {
            guard let peer = snapshot.peer(status.peer), peer.state == .active,
                !peer.gives.isEmpty || begun[peer.carrier] != nil,
                told[peer.carrier] != current || begun[peer.carrier] == true
            else { continue }
            do {
                try await tell(peer, &entries, at: now)
                told[peer.carrier] = current
                troubles[peer.carrier] = nil
            } catch {
                // It was told to stop.
                guard !Task.isCancelled else { return }
                tell("a peer is not told of our lists: it is tried again", peer.carrier, "\(error)")
            }
        }
        let ended = NIODeadline.now()
        rested = ended + .nanoseconds((ended - began).nanoseconds * Self.rest)
    }

    /// - Parameter known: entries of the lists that were read for others.
    private func tell(_ peer: Peer, _ known: inout [Set<SharedList>: [SharedEntry]], at now: Int) async throws {
        // Nothing signs yet, or for several carriers: it is looked again when that changes.
        guard let signer = key.signer else { throw ShareTrouble.nothingSigns }
        let entries: [SharedEntry]
        if let read = known[peer.gives] {
            entries = read
        } else {
            entries = try await threads.runIfActive { [ledgerStore] in
                try ledgerStore.entriesToShare(peer.gives, at: now)
            }
            known[peer.gives] = entries
        }
        let outcome = try await feed.tell(entries, of: peer.gives, to: peer.carrier, by: signer, at: now)
        guard outcome.leftOut > 0 else { return }
        logger.error(
            "a peer is not told of all entries of our lists: there are more than it keeps",
            metadata: ["peer": "\(peer.carrier)", "leftOut": "\(outcome.leftOut)"])
    }

    private mutating func tell(_ what: Logger.Message, _ peer: String, _ why: String) {
        guard troubles[peer] != why else { return }
        troubles[peer] = why
        logger.error(what, metadata: ["peer": "\(peer)", "reason": "\(why)"])
    }
}

private enum ShareTrouble: Error, CustomStringConvertible {
    case nothingSigns

    var description: String { "nothing signs, or its certificate speaks for several carriers" }
}
