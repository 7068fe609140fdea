internal import ArgumentParser
internal import Foundation
internal import LibCrypto
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

@main
struct Countersignd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "countersignd",
        abstract: "Signs and verifies calling numbers for a carrier's switches.",
        discussion:
            """
            Stops on SIGTERM or SIGINT once everything asked has been answered; reads the plan, who is abroad, \
            anchors and CRLs again on SIGHUP, logs its counters on SIGUSR1.
            """
    )

    @Option(name: .shortAndLong, help: "The configuration file.")
    var config: String

    @Flag(help: "Open everything the configuration names, say whether it can be used, and exit.")
    var check = false

    func run() async throws {
        CoreDumps.forbid()
        let openFiles = OpenFiles.raiseLimit()
        // From the start, and on a node without trust too: an untrapped signal would end it.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let logger = Logger(label: "countersignd")
        let daemon: Daemon
        do {
            daemon = try Daemon(Configuration(file: config), openFiles: openFiles, mustSign: check, logger: logger)
        } catch let inUse as DataInUse where check {
            return print("\(config): ok, as far as can be told while a daemon runs on \(inUse.folder)")
        } catch {
            throw StartError(reason: "\(error)")
        }
        if check {
            // It would start without, and say so; whoever asks beforehand wants to know.
            if let unread = daemon.unreadLists.first { throw StartError(reason: unread) }
            return print("\(config): ok")
        }
        let group = ServiceGroup(
            // They stop in the opposite order.
            services: daemon.foundations + [daemon] + daemon.companions(hangups: hangups),
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }
}

/// Printed by the argument parser as `Error: …`.
private struct StartError: Error, CustomStringConvertible {
    let reason: String

    var description: String { reason }
}
