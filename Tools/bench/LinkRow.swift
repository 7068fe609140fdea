import Foundation
import NIOCore
import NIOPosix

/// A call whose token goes ahead of it: signed, handed over, matched and verified, through two daemons.
///
/// The cost is the CPU time of both for each call. The limit is what the same daemons take for a call whose token its own
/// signalling carries, half of it signed by the one and half verified by the other.
struct LinkRow {
    private static let inFlight = 64, callsPerRound = 5_000
    private static let signed = #""result":{"identity":"ey"#
    private static let allowed = #""result":{"valid":true,"action":"allow""#

    private let sites: LinkedSites
    private let carried: Tokens
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    static func measure(_ name: String, rounds: Int) async throws -> Row {
        let sites = try await LinkedSites(ranges: 10_000)
        defer { sites.stop() }
        let row = LinkRow(sites: sites, carried: try Tokens(sites.site))
        var measured: [Round] = []
        for round in 0...rounds {
            let before = try await row.carriedBySignalling()
            let ours = try await row.handedOver()
            let after = try await row.carriedBySignalling()
            if round > 0 { measured.append(Round(ours: ours, limit: (before + after) / 2)) }
        }
        try await row.group.shutdownGracefully()
        return Row(name, rounds: measured, unit: "µs", perSecond: 1e6)
    }

    private func carriedBySignalling() async throws -> Double {
        let count = Self.callsPerRound / 2
        let signing = try await seconds(count) {
            try await ask("sign", (0..<count).map { SwitchRows.signParams($0) }, Self.signed, sites.east)
        }
        let tokens = try carried.verifyParams(count)
        return try await signing + seconds(count) { try await ask("verify", tokens, Self.allowed, sites.west) }
    }

    private func handedOver() async throws -> Double {
        // No two calls of one round are between the same numbers: few of those may wait at one time.
        let numbers = (0..<Self.callsPerRound).map { (Site.caller($0), "+\(8_613_800_100_000 + $0)") }
        func params(_ trunk: String) -> [String] {
            numbers.map { orig, dest in
                #"{"orig":"\#(orig)","dest":"\#(dest)","call":"\#(UUID().uuidString)@bench.example",\#(trunk)}"#
            }
        }
        return try await seconds(numbers.count) {
            try await ask("sign", params(#""egress":"\#(LinkedSites.egress)""#), Self.signed, sites.east)
            try await ask("verify", params(#""trunk":"\#(LinkedSites.ingress)""#), Self.allowed, sites.west)
        }
    }

    /// CPU time of both daemons for one of so many calls.
    private func seconds(_ calls: Int, _ body: () async throws -> Void) async throws -> Double {
        let start = try sites.east.cpuSeconds + sites.west.cpuSeconds
        try await body()
        return (try sites.east.cpuSeconds + sites.west.cpuSeconds - start) / Double(calls)
    }

    private func ask(
        _ method: String, _ params: [String], _ expected: String, _ daemon: RunningDaemon
    ) async throws {
        try Core.asking.pin()
        try await LoadGenerator.run(
            LoadGenerator.requests(method, params), expecting: expected, inFlight: Self.inFlight, port: daemon.port,
            on: group)
        try Core.measuring.pin()
    }
}
