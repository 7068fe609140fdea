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
        var state = initial, alarms = TrustAlarms(logger: logger), seen = looked
        tell(&state)
        for await event in events {
            switch event {
            case .second:
                learn(&state)
                let found = look(at: state)
                if found != seen { reload(&state, &alarms) }
                seen = found
                alarms.look(at: state, at: now())
            case .hangup:
                learn(&state)
                reload(&state, &alarms)
            case .countersAsked: alarms.logCounters(of: state)
            case .answer(let answer, let url):
                alarms.note(url.text) {
                    if try state.take(try answer.content, from: url.text, at: now()) { enforce(&state) }
                }
            case .trustList(let answer):
                alarms.note("trust list") {
                    if try state.take(trustList: try answer.content, at: now()) { enforce(&state) }
                }
            }
        }
        learn(&state)
    }

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
        do { try state.readFolders() } catch {
            logger.error("trust not reloaded: the old one stays", metadata: ["reason": "\(error)"])
            // The end of a trust list waits for nothing.
            if case .folder = settings.anchors { return }
        }
        if case .trustList(.file, _) = settings.anchors {
            alarms.note("trust list") { try state.readTrustList(at: now()) }
        }
        enforce(&state)
    }

    private func enforce(_ state: inout TrustState) {
        state.renew(at: now())
        certificates.replaceTrust(state.trust)
        logger.info(
            "trust reloaded",
            metadata: [
                "epoch": "\(state.trust.epoch)", "anchors": "\(state.trust.anchors.count)",
                "lists": "\(state.trust.revocation.lists.count)",
            ])
        tell(&state)
    }

    private func tell(_ state: inout TrustState) {
        for reason in state.refused { logger.error("a list was refused", metadata: ["reason": "\(reason)"]) }
        state.refused = []
        keepLists(of: state)
    }

    /// A list that is known for its issuer's is not to be gone back on.
    private func learn(_ state: inout TrustState) {
        if state.learn(certificates.listIssuers) { keepLists(of: state) }
    }

    private func keepLists(of state: TrustState) {
        do throws(FileFault) { try state.keepRevocationLists() } catch {
            logger.error(
                "what is trusted cannot be kept: after a restart older lists would be accepted",
                metadata: ["reason": "\(error)"])
        }
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
