internal import Logging
internal import NIOPosix
internal import Roaming
internal import ServiceLifecycle
internal import UnixSignals

/// Where it comes from whether a subscriber is abroad, kept up to date; and what an operator has to know of it.
struct RoamingSupply: Sendable {
    let lookup: RoamingLookup
    private let source: Source
    private let logger: Logger
    /// Unix time.
    private let now: @Sendable () -> Int

    private enum Source: Sendable {
        case nowhere
        case file(RoamingFile)
        case service(RoamingService)
    }

    private enum Event: Sendable { case second, hangup, countersAsked }

    init(
        _ settings: Configuration.RoamingLookups, logger: Logger, now: @escaping @Sendable () -> Int
    ) throws(ConfigurationError) {
        self.logger = logger
        self.now = now
        switch settings.place {
        case .nowhere:
            source = .nowhere
            lookup = RoamingLookup(.nobody, settings: settings.settings)
        case .file(let folder, let name):
            let file = try RoamingFile(folder: folder, name: name)
            source = .file(file)
            lookup = RoamingLookup(.file { file.outcome(for: $0) }, settings: settings.settings)
        case .service(let host, let port):
            // A thread of its own, as for all that others write; it ends with the process.
            let service = RoamingService(
                host: host, port: port, group: MultiThreadedEventLoopGroup(numberOfThreads: 1),
                deadline: settings.settings.deadline)
            source = .service(service)
            lookup = RoamingLookup(.service { await service.outcome(for: $0) }, settings: settings.settings)
        }
    }
}

extension RoamingSupply: Service {
    func run() async throws {
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let countersAsked = await UnixSignalsSequence(trapping: .sigusr1)
        let (events, sender) = AsyncStream.makeStream(of: Event.self)
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                if case .service(let service) = source { tasks.addTask { await service.run() } }
                tasks.addTask {
                    while (try? await Task.sleep(for: .seconds(1))) != nil { sender.yield(.second) }
                }
                tasks.addTask { for await _ in hangups { sender.yield(.hangup) } }
                tasks.addTask { for await _ in countersAsked { sender.yield(.countersAsked) } }
                await follow(events)
                tasks.cancelAll()
            }
        }
        logCounters()
    }

    private func follow(_ events: AsyncStream<Event>) async {
        var told: String?
        for await event in events {
            switch event {
            case .second: look(&told)
            case .hangup: if case .file(let file) = source { read(file, &told) }
            case .countersAsked: logCounters()
            }
        }
    }

    private func look(_ told: inout String?) {
        switch source {
        case .nowhere: break
        case .file(let file): if file.isToBeRead(at: now()) { read(file, &told) }
        case .service(let service): tell(service.takeTidings(at: now()))
        }
    }

    /// - Parameter told: why it was not read the last time.
    private func read(_ file: RoamingFile, _ told: inout String?) {
        do throws(ConfigurationError) {
            let numbers = try file.read(at: now())
            told = nil
            logger.info("list of who is abroad reloaded", metadata: ["numbers": "\(numbers)"])
        } catch {
            guard told != "\(error)" else { return }
            told = "\(error)"
            logger.error(
                "list of who is abroad not reloaded: the old one stays", metadata: ["reason": "\(error)"])
        }
    }

    private func tell(_ tidings: RoamingAlarm.Tidings?) {
        switch tidings {
        case nil: break
        case .fails(let failure):
            logger.error(
                "the roaming service fails: calls that need its answer go by roaming.whenUnknown",
                metadata: ["reason": "\(failure)"])
        case .worksAgain: logger.info("the roaming service works again")
        }
    }

    private func logCounters() { logger.info("counters", metadata: lookup.counters.figures) }
}
