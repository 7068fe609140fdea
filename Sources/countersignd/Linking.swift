internal import Certificates
internal import Exchange
internal import Foundation
internal import Ledger
internal import LibCrypto
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Records
internal import ServiceLifecycle
internal import TrunkLink

/// The link to other carriers: listens, dials whom the ledger names, and looks from moment to moment what is to be done.
struct Linking: Service {
    private let settings: Configuration.Link
    private let exchanging: Exchanging
    private let calls: LinkedCalls
    private let ledger: LedgerHolder
    /// A thread of its own, so that no peer takes time from a switch; it ends with the process.
    private let group: MultiThreadedEventLoopGroup
    private let node: LinkNode
    private let tracing: Tracing
    private let clocks: PeerClocks
    /// Both as they begin.
    private let sharing: ShareWatch, supply: SharedSupply
    private let logger: Logger
    /// How long records are kept, and with them what was asked of them.
    private let keptSeconds: Int
    private let milliseconds: @Sendable () -> Int

    /// Reads the certificates; nothing listens yet.
    private init(
        _ settings: Configuration.Link, _ exchanging: Exchanging, calls: LinkedCalls, ledger: LedgerHolder,
        tracing: Tracing, clocks: PeerClocks, keptSeconds: Int, sharing: ShareWatch, supply: SharedSupply,
        logger: Logger, milliseconds: @escaping @Sendable () -> Int
    ) throws {
        (self.sharing, self.supply) = (sharing, supply)
        self.settings = settings
        self.exchanging = exchanging
        self.calls = calls
        self.ledger = ledger
        self.tracing = tracing
        self.clocks = clocks
        self.keptSeconds = keptSeconds
        self.logger = logger
        self.milliseconds = milliseconds
        let tls = try settings.tls()
        var limits = LinkLimits()
        limits.heartbeat = .seconds(Int64(settings.heartbeat))
        limits.silence = .seconds(Int64(3 * settings.heartbeat))
        var random = RandomBytes()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1), tidings = LinkTidings(logger: logger)
        self.group = group
        node = LinkNode(
            LinkIdentity(
                instance: exchanging.store.instance, boot: random.uuid(), capabilities: [ShareWatch.capability]),
            tls: tls, limits: limits,
            mailbox: exchanging.mailbox(of: tls.carrier) { peer, asserted in
                calls.take(asserted, from: peer, at: milliseconds() / 1_000)
            },
            on: group.next(), milliseconds: milliseconds, report: { tidings.note($0) })
        calls.begin { [node] in node.handOver($0, to: $1) }
    }

    /// With all that it needs of what the daemon has; nil where no carrier is linked.
    init?(
        _ configuration: Configuration, _ services: Services, _ ledgerStore: LedgerStore, _ newest: NewestHead
    ) throws {
        guard let settings = configuration.link, let calls = services.link, let certificates = services.certificates
        else { return nil }
        let milliseconds = services.milliseconds, store = try ExchangeStore(folder: configuration.data)
        let records = "\(configuration.data)/records"
        let heads = HeadExchange(
            store: store, records: records, logger: services.logger, trust: { certificates.trust },
            now: { milliseconds() / 1_000 })
        let exchanging = Exchanging(
            store: store, threads: NIOThreadPool(numberOfThreads: 2), heads: heads, newest: newest,
            noticed: calls.noticed, logger: services.logger, trust: { certificates.trust },
            now: { milliseconds() / 1_000 })
        let index = try CallIndex(folder: records), clocks = PeerClocks()
        let tracing = Tracing(
            store: store, data: configuration.data,
            sources: Tracing.Sources(
                calls: { try index.calls(to: $0, in: $1) }, ledger: { services.ledger.snapshot },
                ledgerThen: { try ledgerStore.snapshotOfTrunks(asOf: $0) }, clockOffset: { clocks[$0] },
                trust: { certificates.trust }, signer: { services.statements.signer }))
        let sharing = try ShareWatch(
            store, ledger: services.ledger, in: configuration.data, key: services.statements,
            threads: exchanging.threads, logger: services.logger
        ) { milliseconds() / 1_000 }
        var supply = SharedSupply(
            store, ledger: services.ledger, shared: services.shared, logger: services.logger)
        // Before the first call: what peers told before a restart counts after it.
        try supply.step(at: milliseconds() / 1_000)
        try self.init(
            settings, exchanging, calls: calls, ledger: services.ledger, tracing: tracing, clocks: clocks,
            keptSeconds: configuration.recordsKeptDays * 86_400, sharing: sharing, supply: supply,
            logger: services.logger, milliseconds: milliseconds)
    }

    /// What outlives it, since calls may be blocked to the end.
    func notices(signedBy key: StatementKey) -> NoticeWatch {
        NoticeWatch(
            board: calls.notices, tally: calls.noticed, store: exchanging.store, key: key,
            contact: settings.appealContact, logger: logger, milliseconds: milliseconds)
    }

    func run() async throws {
        exchanging.threads.start()
        let address: SocketAddress
        do throws(LinkFault) { address = try await node.listen(host: settings.host, port: settings.port) } catch {
            try await exchanging.threads.shutdownGracefully()
            throw ConfigurationError(file: "link", line: nil, reason: "\(error)")
        }
        logger.info("listening", metadata: ["listener": "link", "address": "\(address)"])
        await WatchEvent.all { events in
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await follow(events) }
                tasks.addTask { await trace() }
                tasks.addTask { await share() }
                await watch()
                tasks.cancelAll()
            }
        }
        await node.shutDown()
        try await exchanging.threads.shutdownGracefully()
    }

    /// Looks every quarter of a second whether the ledger has other peers, or another process has left something for one.
    private func watch() async {
        var ledgerVersion: Int?, dataVersion: Int?
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let snapshot = ledger.snapshot
            if snapshot.version != ledgerVersion {
                ledgerVersion = snapshot.version
                node.setPeers(snapshot.peers.filter { $0.state == .active }.map(LinkPeer.init))
            }
            if let version = try? exchanging.store.dataVersion(), version != dataVersion {
                dataVersion = version
                node.wake(snapshot.peers.map(\.carrier))
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(250)) }
        }
    }

    /// Looks four times a second whether there is something to ask, to answer or to end.
    private func trace() async {
        var trouble: String?, turn = 0
        while !Task.isCancelled {
            do {
                // A node that is being shut down says nothing.
                if let status = try? await node.status() {
                    clocks.note(status.map { ($0.peer, $0.clockOffset) })
                    if turn.isMultiple(of: Self.turnsBetweenStates) { try keep(status) }
                    if turn.isMultiple(of: Self.turnsOfAnHour) {
                        try exchanging.store.forgetQuestions(before: milliseconds() / 1_000 - keptSeconds)
                    }
                    turn += 1
                }
                let peers = try await tracing.step(at: milliseconds() / 1_000)
                node.wake(Array(peers))
                trouble = nil
            } catch {
                if trouble != "\(error)" {
                    logger.error("a trace does not go on: it is tried again", metadata: ["reason": "\(error)"])
                }
                trouble = "\(error)"
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Looks once a second what is new on our lists, and on those of others.
    private func share() async {
        var sharing = sharing, supply = supply, trouble: String?
        while !Task.isCancelled {
            do {
                supply = try await exchanging.threads.runIfActive { [supply, milliseconds] in
                    var supply = supply
                    try supply.step(at: milliseconds() / 1_000)
                    return supply
                }
                trouble = nil
            } catch {
                // It was told to stop.
                guard !Task.isCancelled else { return }
                if trouble != "\(error)" {
                    logger.error("what peers share is not taken up", metadata: ["reason": "\(error)"])
                }
                trouble = "\(error)"
            }
            if let status = try? await node.status() { await sharing.step(status) }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private static let turnsBetweenStates = 8, turnsOfAnHour = 4 * 3_600

    /// For whoever asks with the tool.
    private func keep(_ status: [LinkStatus]) throws {
        let now = milliseconds() / 1_000
        try exchanging.store.keep(
            status.map { status in
                LinkState(
                    peer: status.peer, at: now, state: status.state.rawValue,
                    version: status.hello?.version.description, clockOffset: status.clockOffset,
                    roundTrip: status.roundTrip, lastFault: status.lastFault,
                    counters: status.counters.figures.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                        .joined(separator: " "))
            })
    }

    private func follow(_ events: AsyncStream<WatchEvent>) async {
        var seen = settings.states
        for await event in events {
            switch event {
            case .second:
                let found = settings.states
                if found != seen { present() }
                seen = found
            case .hangup: present()
            case .countersAsked: await logCounters()
            }
        }
        await logCounters()
    }

    private func present() {
        do throws(LinkFault) {
            node.present(try settings.tls())
            logger.info("TLS certificates and CRLs read anew", metadata: ["listener": "link"])
        } catch {
            logger.error(
                "TLS certificates and CRLs of the link not read anew: the old ones stay",
                metadata: ["reason": "\(error)"])
        }
    }

    private func logCounters() async {
        for status in (try? await node.status()) ?? [] {
            var line: Logger.Metadata = ["peer": "\(status.peer)", "state": "\(status.state.rawValue)"]
            if let offset = status.clockOffset { line["clockOffset"] = "\(offset)" }
            if let roundTrip = status.roundTrip { line["roundTrip"] = "\(roundTrip)" }
            logger.info("counters", metadata: line.merging(status.counters.figures) { $1 })
        }
        for (peer, counters) in calls.counters {
            logger.info("counters", metadata: counters.figures.merging(["inbox": "\(peer)"]) { $1 })
        }
    }
}

extension LinkPeer {
    init(_ peer: Peer) {
        self.init(
            carrier: peer.carrier,
            address: peer.address.map { LinkPeer.Address(host: $0.host, port: $0.port) })
    }
}

extension Configuration.Link {
    fileprivate func tls() throws(LinkFault) -> LinkTLS {
        try LinkTLS(chainFile: chain, keyFile: key, roots: roots, revocationLists: revocationLists)
    }

    /// How the files look from which that is read.
    fileprivate var states: [WatchedFolder.State] {
        let files = [chain, key, roots].map { path in
            let file = URL(filePath: path)
            return WatchedFolder(file.deletingLastPathComponent().path).state(of: file.lastPathComponent)
        }
        return files + [WatchedFolder(roots).state] + (revocationLists.map { [WatchedFolder($0).state] } ?? [])
    }
}

extension LinkCounters {
    /// Only what is not zero.
    fileprivate var figures: Logger.Metadata {
        [
            "linked": linked, "ended": ended, "sent": sent, "acknowledged": acknowledged, "sentAgain": sentAgain,
            "taken": taken, "refused": refused, "outOfOrder": outOfOrder, "handedOver": handedOver,
            "handoversTaken": handoversTaken, "handoversExpired": handoversExpired,
            "assertionsRead": assertionsRead, "assertionsTaken": assertionsTaken, "slowedDown": slowedDown,
            "faults": faults,
        ].filter { $0.value > 0 }.mapValues { .stringConvertible($0) }
    }
}
