internal import CertificateRepository
internal import Certificates
internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// Keeps the trust in force up to date: looks at the folders every second, asks for lists over the network, and tells what an
/// operator has to know. Every change makes all cached verdicts void.
struct TrustWatch: Service {
    let settings: Configuration.Verification
    let initial: TrustState
    /// How what that was read from looked before.
    let looked: TrustLook
    let certificates: CertificateCache
    let hangups: UnixSignalsSequence
    let logger: Logger
    /// Wall clock, in seconds since 1970.
    let now: @Sendable () -> Int
    /// Nil where no list comes over the network.
    let supply: ListSupply?

    private enum Event: Sendable {
        case second
        case hangup
        case countersAsked
        case answer(FetchAnswer, of: CertificateURL)
        case trustList(FetchAnswer)
    }

    func run() async throws {
        let countersAsked = await UnixSignalsSequence(trapping: .sigusr1)
        let (events, sender) = AsyncStream.makeStream(of: Event.self)
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await every(1) { sender.yield(.second) } }
                tasks.addTask { for await _ in hangups { sender.yield(.hangup) } }
                tasks.addTask { for await _ in countersAsked { sender.yield(.countersAsked) } }
                if let supply { ask(supply, in: &tasks) { sender.yield($0) } }
                await follow(events)
                tasks.cancelAll()
            }
        }
    }

    private func ask(
        _ supply: ListSupply, in tasks: inout DiscardingTaskGroup, _ send: @escaping @Sendable (Event) -> Void
    ) {
        for url in settings.revocationListURLs {
            tasks.addTask {
                await poll {
                    send(.answer(await supply.fetch(url, atMost: TrustLimits.revocationList, at: now()), of: url))
                }
            }
        }
        guard case .trustList(.url(let url), _) = settings.anchors else { return }
        tasks.addTask {
            await poll { send(.trustList(await supply.fetch(url, atMost: TrustList.largest, at: now()))) }
        }
    }

    private func follow(_ events: AsyncStream<Event>) async {
        var state = initial, alarms = TrustAlarms(logger: logger), seen = looked, seconds = 0
        alarms.note(unread: state.unread)
        tell(&state, &alarms)
        if readTrustList(&state, &alarms) { enforce(&state, &alarms) }
        for await event in events {
            switch event {
            case .second:
                seconds += 1
                learn(&state, &alarms)
                let found = look(at: state)
                if found != seen {
                    reload(&state, &alarms)
                } else if seconds.isMultiple(of: Self.secondsToRetry) {
                    retry(&state, &alarms)
                }
                seen = found
                if state.hasBegunList(at: now()) { enforce(&state, &alarms) }
                alarms.look(at: state, at: now())
            case .hangup:
                learn(&state, &alarms)
                reload(&state, &alarms)
            case .countersAsked: alarms.logCounters(of: state)
            case .answer(let answer, let url):
                var isNew = false
                alarms.note(url.text) { isNew = try state.take(try answer.content, from: url.text, at: now()) }
                if isNew { enforce(&state, &alarms) }
            case .trustList(let answer):
                var isNew = false
                alarms.note("trust list") { isNew = try state.take(trustList: try answer.content, at: now()) }
                if isNew { enforce(&state, &alarms) }
            }
        }
        learn(&state, &alarms)
    }

    private static let secondsToRetry = 10

    private func look(at state: TrustState) -> TrustLook {
        TrustLook(folders: TrustFolder(settings: settings).states, isListInForce: state.isListInForce(at: now()))
    }
}

/// What decides whether to read again.
struct TrustLook: Equatable, Sendable {
    let folders: [WatchedFolder.State]
    let isListInForce: Bool
}

extension TrustWatch {
    private func reload(_ state: inout TrustState, _ alarms: inout TrustAlarms) {
        _ = readFolders(&state, &alarms)
        // The end of a trust list waits for nothing.
        if alarms.isFailing(.folders), case .folder = settings.anchors { return }
        _ = readTrustList(&state, &alarms)
        enforce(&state, &alarms)
    }

    /// What failed may have been this machine's fault, and the files look as they did. Only what is new makes verdicts void.
    private func retry(_ state: inout TrustState, _ alarms: inout TrustAlarms) {
        var isNew = false
        if alarms.isFailing(.folders) || alarms.isMissingFile { isNew = readFolders(&state, &alarms) }
        if alarms.isFailing(.trustListFile) { isNew = readTrustList(&state, &alarms) || isNew }
        if isNew {
            enforce(&state, &alarms)
        } else if alarms.isFailing(.keeping) {
            keepLists(of: state, &alarms)
        }
    }

    /// False if nothing is new.
    private func readFolders(_ state: inout TrustState, _ alarms: inout TrustAlarms) -> Bool {
        var isNew = false
        alarms.note("folders", as: .folders) { isNew = try state.readFolders() }
        alarms.note(unread: state.unread)
        return isNew
    }

    /// False if nothing is new.
    private func readTrustList(_ state: inout TrustState, _ alarms: inout TrustAlarms) -> Bool {
        guard case .trustList(.file, _) = settings.anchors else { return false }
        var isNew = false
        alarms.note("trust list", as: .trustListFile) { isNew = try state.readTrustList(at: now()) }
        return isNew
    }

    private func enforce(_ state: inout TrustState, _ alarms: inout TrustAlarms) {
        state.renew(at: now())
        certificates.replaceTrust(state.trust)
        logger.info(
            "trust reloaded",
            metadata: [
                "epoch": "\(state.trust.epoch)", "anchors": "\(state.trust.anchors.count)",
                "lists": "\(state.trust.revocation.lists.count)",
            ])
        tell(&state, &alarms)
    }

    private func tell(_ state: inout TrustState, _ alarms: inout TrustAlarms) {
        for reason in state.refused { logger.error("a list was refused", metadata: ["reason": "\(reason)"]) }
        state.refused = []
        keepLists(of: state, &alarms)
    }

    /// A list that is known for its issuer's is not to be gone back on.
    private func learn(_ state: inout TrustState, _ alarms: inout TrustAlarms) {
        if state.learn(certificates.listIssuers, at: now()) { keepLists(of: state, &alarms) }
    }

    private func keepLists(of state: TrustState, _ alarms: inout TrustAlarms) {
        alarms.note("data/trust", as: .keeping) { try state.keepRevocationLists() }
    }

    /// With up to a tenth more or less, so that not all verifiers ask at once.
    private func poll(_ ask: () async -> Void) async {
        let seconds = Double(settings.revocationInterval)
        while !Task.isCancelled {
            await ask()
            try? await Task.sleep(for: .seconds(seconds * Double.random(in: 0.9...1.1)))
        }
    }

    private func every(_ seconds: Int, _ body: () -> Void) async {
        while !Task.isCancelled {
            body()
            try? await Task.sleep(for: .seconds(seconds))
        }
    }
}
