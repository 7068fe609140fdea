import Foundation
import NIOCore
import TrunkProtocol

/// The most that a daemon of a large ledger has ever had in memory, when it has loaded it, taken up changes until it made a new
/// table of them, and one of so many rows that it loaded anew.
enum LedgerMemoryRow {
    private static let grants = 1_000_000, ported = 10_000_000, changes = [100, 9_000, 9_000, 9_000, 30_000]

    static func measure(_ name: String) async throws -> Row {
        let site = try Site(holdings: 1_000, grants: grants, ported: ported)
        defer { site.remove() }
        let daemon = try RunningDaemon(site.configuration)
        defer { daemon.stop() }
        let client = try await SwitchClient.connect(host: "127.0.0.1", port: daemon.port, timeout: .seconds(60))
        var granted = grants
        for more in changes {
            try Site.loadGrants(granted..<granted + more, into: site.store)
            granted += more
            try await waitUntilSigned(Site.caller(ofRange: granted - 1), by: client)
        }
        let most = try daemon.mostResidentBytes
        try await client.close()
        return Row(name, value: Double(most) / 1e6, unit: "MB", limit: 450)
    }

    private static func waitUntilSigned(_ caller: String, by client: SwitchClient) async throws {
        let start = ContinuousClock.now, params = Array(#"{"orig":"\#(caller)","dest":"+8613800138000"}"#.utf8)
        while true {
            let answer = String(decoding: try await client.call("sign", params: params), as: UTF8.self)
            if answer.contains(#""result":{"identity""#) { return }
            guard start.duration(to: .now) < .seconds(120) else {
                throw BenchError.daemon("a change of the ledger was not taken up within two minutes: \(answer)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
