internal import CertificateRepository
internal import Certificates
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import UnixSignals

/// Serves the folder of what is published, on a thread of its own, and looks every second whether it has changed.
struct Publishing: Service {
    private let settings: Configuration.Publishing
    private let limits: PublishingLimits
    private let folder: WatchedFolder
    private let files: PublishedFiles
    /// How the folder, and the files of the identity, looked before they were read.
    private let looked: [WatchedFolder.State]
    private let identity: PublishingIdentity?
    private let logger: Logger
    private let now: @Sendable () -> Int

    /// Reads all that is to be served; nothing listens yet.
    ///
    /// - Parameter connections: how many there may be at one time.
    init(
        _ settings: Configuration.Publishing, connections: Int, logger: Logger, now: @escaping @Sendable () -> Int
    ) throws {
        self.settings = settings
        var limits = PublishingLimits()
        limits.connections = connections
        self.limits = limits
        self.logger = logger
        self.now = now
        folder = WatchedFolder(settings.folder)
        if settings.makesFolder {
            try FileManager.default.createDirectory(atPath: settings.folder, withIntermediateDirectories: true)
        }
        looked = [folder.state] + Self.states(of: settings.identity)
        files = try PublishedFiles(reading: folder)
        identity = try settings.identity.map { try PublishingIdentity(chainFile: $0.chain, keyFile: $0.key) }
    }

    func run() async throws {
        let countersAsked = await UnixSignalsSequence(trapping: .sigusr1)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await PublishingListener.bind(
            host: settings.host, port: settings.port, files: files, prefix: settings.prefix, identity: identity,
            limits: limits, on: group.next(), now: now)
        logger.info("listening", metadata: ["listener": "publishing", "address": "\(listener.address)"])
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { for await _ in countersAsked { await logCounters(of: listener) } }
                await watch(listener)
                tasks.cancelAll()
            }
        }
        await listener.shutDown()
        await logCounters(of: listener)
        try await group.shutdownGracefully()
    }

    private func watch(_ listener: PublishingListener) async {
        var published = files, seen = looked
        for (name, fault) in files.refused.sorted(by: { $0.key < $1.key }) { tell(name, fault) }
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            let found = [folder.state] + Self.states(of: settings.identity)
            if found[0] != seen[0] { await publish(&published, on: listener) }
            if found.dropFirst() != seen.dropFirst() { await presentIdentity(on: listener) }
            seen = found
        }
    }

    private func publish(_ published: inout PublishedFiles, on listener: PublishingListener) async {
        do {
            let fresh = try PublishedFiles(reading: folder, before: published)
            try await listener.publish(fresh)
            for (name, fault) in fresh.refused where published.refused[name] != fault { tell(name, fault) }
            published = fresh
            logger.info("published anew", metadata: ["files": "\(fresh.names.count)"])
        } catch {
            logger.error("not published anew: what was there is served", metadata: ["reason": "\(error)"])
        }
    }

    private func tell(_ name: String, _ fault: PublishingFault) {
        logger.error("a file is not published as it is", metadata: ["file": "\(name)", "reason": "\(fault)"])
    }
}

extension Publishing {
    private static func states(of identity: (chain: String, key: String)?) -> [WatchedFolder.State] {
        [identity?.chain, identity?.key].compactMap { $0 }.map { file in
            let url = URL(filePath: file)
            return WatchedFolder(url.deletingLastPathComponent().path).state(of: url.lastPathComponent)
        }
    }

    private func presentIdentity(on listener: PublishingListener) async {
        guard let files = settings.identity else { return }
        do {
            try await listener.present(try PublishingIdentity(chainFile: files.chain, keyFile: files.key))
            logger.info("TLS certificate replaced", metadata: ["listener": "publishing"])
        } catch {
            logger.error("TLS certificate not replaced: the old one stays", metadata: ["reason": "\(error)"])
        }
    }

    private func logCounters(of listener: PublishingListener) async {
        guard let counters = try? await listener.counters() else { return }
        logger.info("counters", metadata: counters.figures.merging(["listener": "publishing"]) { $1 })
    }
}

extension PublishingCounters {
    /// Only what is not zero.
    fileprivate var figures: Logger.Metadata {
        [
            "connections": connections, "open": open, "tooMany": tooMany, "served": served,
            "notModified": notModified, "notFound": notFound, "methodNotAllowed": methodNotAllowed,
            "malformed": malformed, "timedOut": timedOut,
        ].filter { $0.value > 0 }.mapValues { .stringConvertible($0) }
    }
}
