internal import Certificates
internal import Foundation
internal import Keys
internal import Ledger
internal import LibCrypto
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Originating
internal import Policy
internal import Records
internal import ServiceLifecycle
internal import Synchronization
internal import Terminating
internal import TrunkProtocol
internal import UnixSignals

/// The daemon: everything opened from one configuration, and run until it is told to stop.
struct Daemon: Sendable {
    private let configuration: Configuration
    private let services: Services
    private let store: LedgerStore
    /// How the plan's file looked before it was read.
    private let lookedPlan: WatchedFolder.State?
    private let supply: CertificateSupply?
    private let trust: (state: TrustState, looked: TrustLook)?
    private let lists: ListSupply?
    private let publishing: Publishing?
    private let roaming: RoamingSupply
    /// Nil where no carrier is linked.
    private let linking: Linking?
    private let newestHead = NewestHead()
    /// Nil unless the keys of the data folder sign.
    private let keys: KeyWatch?
    private let threads: NIOThreadPool
    private let lock: DataLock
    private let logger: Logger

    /// Opens all there is to open; nothing listens yet.
    ///
    /// - Parameters:
    ///   - openFiles: how many files and connections may be open.
    ///   - mustSign: whether hardware of the store of keys that cannot be opened is an error.
    init(_ configuration: Configuration, openFiles: Int, mustSign: Bool, logger: Logger) throws {
        let clock: @Sendable () -> Int = { Int(Date().timeIntervalSince1970 * 1_000) }
        let threads = NIOThreadPool(numberOfThreads: 2)
        self.threads = threads
        self.configuration = configuration
        self.logger = logger
        store = try LedgerStore.open(at: configuration.data)
        lookedPlan = configuration.plan.state
        let numbering = PlanInForce(try configuration.plan.plan(), alertAfter: configuration.unallocatedAlert)
        let trust: (state: TrustState, looked: TrustLook)? = try configuration.verification.map { settings in
            // Before anything is read, so that no change is missed.
            let folders = TrustFolder(settings: settings).states, now = clock() / 1_000
            let state = try TrustState(
                settings, store: try TrustStore(folder: "\(configuration.data)/trust"), at: now)
            return (state, TrustLook(folders: folders, isListInForce: state.isListInForce(at: now)))
        }
        self.trust = trust
        lists = try configuration.verification.flatMap { $0.asksForLists ? try ListSupply($0) : nil }
        supply = try configuration.verification.flatMap { settings in
            guard let trust else { return nil }
            return try CertificateSupply(
                settings, trust: trust.state.trust, data: configuration.data, threads: threads, logger: logger
            ) { clock() / 1_000 }
        }
        let shares = OpenFileShares(configuration, limit: openFiles)
        if !shares.areEnough { Self.tell(shares, logger) }
        publishing = try configuration.publishing.map {
            try Publishing($0, connections: shares.publishing, logger: logger) { clock() / 1_000 }
        }
        roaming = try RoamingSupply(configuration.roaming, logger: logger) { clock() / 1_000 }
        let certificates = supply?.cache
        var verification: VerificationService?
        if let settings = configuration.verification, let certificates {
            verification = VerificationService(
                certificates: certificates, urlRules: settings.urlRules, settings: settings.settings)
        }
        let (credential, keys) = try Self.credential(configuration, mustSign: mustSign, logger: logger)
        self.keys = keys
        let snapshot = try store.snapshot()
        try Self.checkTrunks(of: configuration.listeners, snapshot)
        let link = configuration.link.map { settings in
            LinkedCalls(
                capacity: settings.inboxPerPeer, window: configuration.verification?.settings.pastWindow ?? 60)
        }
        let log = try configuration.requestLog.map { try RequestLog(path: $0, thread: threads) }
        // Last, so that a configuration can be checked while a daemon runs on its data.
        lock = try DataLock(folder: configuration.data)
        try trust?.state.keep()
        let records = try RecordWriter(folder: "\(configuration.data)/records", atMilliseconds: clock()) { day, error in
            logger.error(
                "a day's records are not as they should be", metadata: ["day": "\(day)", "reason": "\(error)"])
        }
        services = Services(
            numbering: numbering, ledger: LedgerHolder(snapshot), shared: SharedHolder(), rules: RuleCounts(),
            records: records, log: log, logger: logger,
            credential: credential, rates: CallRates(limit: configuration.signing?.callsPerSecondPerTrunk ?? 0),
            freshnessWindow: configuration.signing?.freshnessWindow ?? 60, certificates: certificates,
            verification: verification, roaming: roaming.lookup,
            statements: StatementKey(credential), link: link,
            longestFetch: configuration.limits.answerDeadline - Configuration.recordingTime, milliseconds: clock)
        // What would fail on the first call fails here.
        _ = try services.makeAuthentication(with: credential)
        linking = try Linking(configuration, services, store, newestHead)
    }

    private static func tell(_ shares: OpenFileShares, _ logger: Logger) {
        logger.error(
            "fewer files may be open than there can be: raise the limit, or lower limits.connectionsPerThread",
            metadata: ["limit": "\(shares.limit)", "needed": "\(shares.needed)"])
    }

    /// Which files of CRLs it goes without, and why.
    var unreadLists: [String] { (trust?.state.unread ?? [:]).map { "\($0.key): \($0.value)" }.sorted() }

    private static func credential(
        _ configuration: Configuration, mustSign: Bool, logger: Logger
    ) throws -> (Credential?, KeyWatch?) {
        guard let signing = configuration.signing else { return (nil, nil) }
        switch signing.credential {
        case .files(let key, let chain, let url):
            let passphrase = try signing.keyPassphrase.map { try IssuedFile.readPassphrase($0) }
            let credential = try made(of: chain) { () throws(CredentialFault) in
                try Credential(keyFile: key, chainFile: chain, url: url, passphrase: passphrase)
            }
            return (credential, nil)
        case .token(let uri, let hardware, let chain, let url):
            let key = try hardware.open(uri, logger: logger)
            let credential = try made(of: chain) { () throws(CredentialFault) in
                try Credential(key: key, chainFile: chain, url: url)
            }
            return (credential, nil)
        case .store(let urlRules, let hardware):
            var keys = try KeyWatch(
                data: configuration.data, passphrase: signing.keyPassphrase, urlRules: urlRules,
                token: hardware?.opening(logger: logger))
            return (try keys.begin(mustSign: mustSign), keys)
        }
    }

    /// What is wrong with a credential is for the most part wrong with its chain.
    private static func made(
        of chain: String, _ make: () throws(CredentialFault) -> Credential
    ) throws -> Credential {
        do throws(CredentialFault) { return try make() } catch {
            switch error {
            case .file, .notAChain: throw error
            default: throw ConfigurationError(file: chain, line: nil, reason: "\(error)")
            }
        }
    }

    private static func checkTrunks(of listeners: [Configuration.Listener], _ snapshot: LedgerSnapshot) throws {
        for listener in listeners {
            let trunks = [listener.trunk].compactMap { $0 } + listener.trunks.names
            guard let trunk = trunks.first(where: { snapshot.trunk($0) == nil }) else { continue }
            throw ConfigurationError(
                file: "listener \(listener.name)", line: nil,
                reason: "its default trunk \(trunk) is not in the ledger: countersign ledger import trunks FILE.csv")
        }
    }

    /// Listens until the service group is told to stop; then answers what was asked and returns.
    func run() async throws {
        threads.start()
        supply?.restore()
        // Before anybody can know that this process runs: an untrapped signal would end it.
        let countersAsked = await UnixSignalsSequence(trapping: .sigusr1)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
        let desks = Mutex<[ObjectIdentifier: NIOLoopBound<CallDesk>]>([:])
        for eventLoop in group.makeIterator() {
            let desk = try await eventLoop.submit { [services] in
                NIOLoopBound(try CallDesk(eventLoop: eventLoop, services: services), eventLoop: eventLoop)
            }.get()
            desks.withLock { $0[ObjectIdentifier(eventLoop)] = desk }
        }
        var listeners: [SwitchListener] = []
        for listener in configuration.listeners {
            let bound: SwitchListener
            do {
                bound = try await SwitchListener.bind(
                    host: listener.host, port: listener.port, name: listener.name, limits: configuration.limits,
                    group: group,
                    allowing: { listener.allowed.contains($0) },
                    defaultTrunk: { listener.trunks.trunk(of: $0) ?? listener.trunk },
                    responder: { eventLoop in
                        // Every loop has had its desk since before the first listener was bound.
                        guard let desk = desks.withLock({ $0[ObjectIdentifier(eventLoop)] })?.value else {
                            preconditionFailure("an event loop without a desk")
                        }
                        return Responder(
                            respond: { desk.respond(to: $0, from: $1, $2) }, readBatchEnded: { desk.readBatchEnded() },
                            isUrgent: { desk.isUrgent($0) })
                    })
            } catch {
                throw ConfigurationError(
                    file: "listener \(listener.name)", line: nil,
                    reason: "cannot listen on \(listener.host) port \(listener.port): \(error)")
            }
            listeners.append(bound)
            logger.info("listening", metadata: ["listener": "\(listener.name)", "address": "\(bound.address)"])
        }
        // What was open when the daemon was told to stop.
        var last: [Credential] = []
        let allDesks = desks.withLock { Array($0.values) }
        await withDiscardingTaskGroup { [listeners] tasks in
            tasks.addTask {
                for await _ in countersAsked.cancelOnGracefulShutdown() {
                    await logCounters(of: listeners)
                }
            }
            async let opened = watchKeys(allDesks)
            await watchLedger()
            last = await opened
            logger.info("stopping: answering what was asked")
            for listener in listeners { tasks.addTask { try? await listener.shutDown() } }
        }
        await services.records.finish()
        // The last commits may still have to be told to the loops, which note what came too late.
        for desk in allDesks {
            try await desk.eventLoop.submit { desk.value.flushLog() }.get()
        }
        await services.records.finish()
        for credential in [services.credential].compactMap({ $0 }) + last { await credential.key.tokenSigners?.close() }
        await logCounters(of: listeners)
        try await group.shutdownGracefully()
        try await threads.shutdownGracefully()
        logger.info("stopped")
    }
}

extension Daemon: Service {
    /// Looks every quarter of a second what is to sign, until shutdown.
    ///
    /// - Returns: what is open then.
    private func watchKeys(_ desks: [NIOLoopBound<CallDesk>]) async -> [Credential] {
        var signing = SigningWatch(
            keys: keys, credential: services.credential, threads: threads, logger: logger)
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await signing.follow(at: services.milliseconds() / 1_000) { credential in
                for desk in desks {
                    try await desk.eventLoop.submit { try desk.value.sign(with: credential) }.get()
                }
                services.statements.replace(with: credential)
            }
            await Self.pause()
        }
        return signing.opened
    }

    private static func pause() async {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(250)) }
    }

    /// Looks every quarter of a second whether the ledger has changed or the day is over, until shutdown.
    private func watchLedger() async {
        var seen: Int?, day = 0, minuteOfWarning = 0, alarm = LedgerAlarm()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let version = try store.dataVersion()
                if version != seen { try await reloadLedger() }
                seen = version
                let minute = services.milliseconds() / 60_000
                if minute != minuteOfWarning, warnsOfReplayStore() { minuteOfWarning = minute }
                let today = services.milliseconds() / 86_400_000
                if today != day {
                    // A clock that leaps is wrong more often than right, and what is deleted does not come back.
                    if day != 0, today > day + 2 {
                        logger.error("the clock leapt: no records are deleted", metadata: ["days": "\(today - day)"])
                    } else {
                        try await expireRecords()
                    }
                    day = today
                }
                if alarm.isOver() { logger.info("the ledger and the records are read again") }
            } catch {
                let reason = "\(error)"
                if alarm.isToBeTold(reason, at: services.milliseconds() / 1_000) {
                    logger.error("the ledger or the records cannot be read", metadata: ["reason": "\(reason)"])
                }
            }
            await Self.pause()
        }
    }

    /// To read a large ledger anew takes seconds, and to make new tables of it a second, for which no task must wait.
    private func reloadLedger() async throws {
        let before = services.ledger.snapshot
        guard try store.version() != before.version else { return }
        let snapshot = try await threads.runIfActive { [store] in
            try store.changes(since: before.version).map { before.applying($0) } ?? store.snapshot()
        }
        services.ledger.snapshot = snapshot
        logger.info("ledger reloaded", metadata: ["version": "\(snapshot.version)"])
        if snapshot.isMergeDue {
            services.ledger.snapshot = try await threads.runIfActive { snapshot.merged() }
        }
    }

    private func logCounters(of listeners: [SwitchListener]) async {
        for (listener, settings) in zip(listeners, configuration.listeners) {
            guard let counters = try? await listener.counters() else { continue }
            logger.info("counters", metadata: counters.figures.merging(["listener": "\(settings.name)"]) { $1 })
        }
        if let textual = services.verification?.textualTimes, textual > 0 {
            logger.info("tokens with a textual iat were read", metadata: ["tokens": "\(textual)"])
        }
    }

    private func warnsOfReplayStore() -> Bool {
        guard let use = services.verification?.replayStoreUse, use > 0.9 else { return false }
        logger.error("the replay store is nearly full: raise verification.replayCapacity", metadata: ["use": "\(use)"])
        return true
    }

    private func expireRecords() async throws {
        let expired = try await services.records.expire(
            keepingDays: configuration.recordsKeptDays, atMilliseconds: services.milliseconds())
        for day in expired { logger.info("records expired", metadata: ["day": "\(day)"]) }
    }

    /// What outlives it: calls are answered and recorded to its end.
    var foundations: [any Service] {
        let heads = HeadWatch(
            records: services.records, key: services.statements,
            log: HeadLog(folder: "\(configuration.data)/records"), newest: newestHead, logger: logger
        ) { [services] in services.milliseconds() / 1_000 }
        return [roaming, heads] + (linking.map { [$0.notices(signedBy: services.statements), $0] } ?? [])
    }

    /// What runs beside it: plan and trust are kept up to date, and chains are served.
    func companions(hangups: UnixSignalsSequence) -> [any Service] {
        var companions: [any Service] = [
            PlanWatch(
                source: configuration.plan, looked: lookedPlan, numbering: services.numbering, rules: services.rules,
                logger: logger)
        ]
        if let settings = configuration.verification, let trust, let certificates = services.certificates {
            companions.append(
                TrustWatch(
                    settings: settings, initial: trust.state, looked: trust.looked, certificates: certificates,
                    hangups: hangups, logger: logger,
                    now: { [services] in services.milliseconds() / 1_000 }, supply: lists))
        }
        if let supply { companions.append(supply) }
        if let publishing { companions.append(publishing) }
        return companions
    }
}
