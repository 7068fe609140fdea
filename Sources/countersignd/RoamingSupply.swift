internal import Logging
internal import NIOPosix
internal import Roaming
internal import ServiceLifecycle

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
        await withDiscardingTaskGroup { tasks in
            if case .service(let service) = source {
                tasks.addTask { await cancelWhenGracefulShutdown { await service.run() } }
            }
            await WatchEvent.all { await follow($0) }
        }
        logCounters()
    }

    private func follow(_ events: AsyncStream<WatchEvent>) async {
        for await event in events {
            switch event {
            case .second: look()
            case .hangup: if case .file(let file) = source { read(file) }
            case .countersAsked: logCounters()
            }
        }
    }

    private func look() {
        switch source {
        case .nowhere: break
        case .file(let file): if file.hasChanged { read(file) }
        case .service(let service): tell(service.takeTidings(at: now()))
        }
    }

    private func read(_ file: RoamingFile) {
        do throws(ConfigurationError) {
            let numbers = try file.read()
            logger.info("list of who is abroad reloaded", metadata: ["numbers": "\(numbers)"])
        } catch {
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
