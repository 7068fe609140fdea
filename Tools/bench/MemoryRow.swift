import Foundation
import NIOCore
import NIOPosix
import TrunkProtocol

/// What a daemon keeps in memory when nothing happens: its ledger and its connections.
enum MemoryRow {
    private static let ranges = 1_000_000, connections = 1_000

    static func measure(_ name: String) async throws -> Row {
        let site = try Site(ranges: ranges)
        defer { site.remove() }
        let daemon = try RunningDaemon(site.configuration)
        defer { daemon.stop() }
        var clients: [SwitchClient] = []
        for _ in 0..<connections {
            let client = try await SwitchClient.connect(
                host: "127.0.0.1", port: daemon.port, timeout: .seconds(10))
            // An answer shows that the connection was not only queued.
            _ = try await client.call("ping")
            clients.append(client)
        }
        let resident = try daemon.residentBytes
        for client in clients { try await client.close() }
        return Row(name, value: Double(resident) / 1e6, unit: "MB", limit: 150)
    }
}
