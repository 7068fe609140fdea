import Certificates
import Foundation
import LibCrypto
import NIOCore
import NIOPosix
import NumberPlan
import PASSporT

/// Calls through a whole daemon with one event loop: ledger, policy, evidence on disk, request log.
///
/// The cost is all of the daemon's CPU time for each answer, whichever of its threads spent it.
struct SwitchRows {
    private static let inFlight = 64, requestsPerRound = 10_000
    private let site: Site
    private let daemon: RunningDaemon
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    static func sign(_ name: String, rounds: Int) async throws -> Row {
        try await with { rows in
            let bare = try BareSigning(rows.site.credential.key)
            return try await rows.measure(
                name, rounds: rounds, method: "sign", expecting: #""result":{"identity":"ey"#,
                params: { (0..<$0).map { Self.signParams($0) } }, limit: { try bare.run($0) })
        }
    }

    static func verify(_ name: String, rounds: Int) async throws -> Row {
        try await with { rows in
            let bare = try BareVerification(rows.site.credential.key), tokens = try Tokens(rows.site)
            return try await rows.measure(
                name, rounds: rounds, method: "verify", expecting: #""result":{"valid":true,"action":"allow""#,
                params: { try tokens.verifyParams($0) }, limit: { try bare.run($0) })
        }
    }

    private static func with(_ body: (SwitchRows) async throws -> Row) async throws -> Row {
        let site = try Site(ranges: 10_000)
        defer { site.remove() }
        let daemon = try RunningDaemon(site.configuration)
        defer { daemon.stop() }
        return try await body(SwitchRows(site: site, daemon: daemon))
    }

    private func measure(
        _ name: String, rounds: Int, method: String, expecting expected: String,
        params: (Int) throws -> [String], limit: (Int) throws -> Void
    ) async throws -> Row {
        let limitTimes = try Stopwatch.calibrated(limit) * 4
        var measured: [Round] = []
        // The first one warms the daemon up.
        for round in 0...rounds {
            // Fresh for each round, so that none is stale when it is sent.
            let requests = LoadGenerator.requests(method, try params(Self.requestsPerRound))
            let before = try Stopwatch.seconds(per: limitTimes) { try limit(limitTimes) }
            try Core.asking.pin()
            let start = try daemon.cpuSeconds
            try await LoadGenerator.run(
                requests, expecting: expected, inFlight: Self.inFlight, port: daemon.port, on: group)
            let ours = (try daemon.cpuSeconds - start) / Double(requests.count)
            try Core.measuring.pin()
            let after = try Stopwatch.seconds(per: limitTimes) { try limit(limitTimes) }
            if round > 0 { measured.append(Round(ours: ours, limit: (before + after) / 2)) }
        }
        try await group.shutdownGracefully()
        return Row(name, rounds: measured, unit: "µs", perSecond: 1e6)
    }

    static func signParams(_ index: Int) -> String {
        #"{"orig":"\#(Site.caller(index))","dest":"+8613800138000","call":"\#(UUID().uuidString)@pbx.example"}"#
    }
}

/// Signs what is to be verified: every token is another.
final class Tokens {
    private let header: PassportHeader
    private let signer: Signer
    private let destination: Digits
    private var random = RandomBytes()

    init(_ site: Site) throws {
        guard let header = PassportHeader(certificateURL: Site.certificateURL), let called = Digits("8613800138000")
        else { throw BenchError.setup("the numbers of the benchmark are none") }
        (self.header, destination) = (header, called)
        signer = try Signer(site.credential.key)
    }

    func verifyParams(_ count: Int) throws -> [String] {
        let now = Int(Date().timeIntervalSince1970)
        return try (0..<count).map { index in
            let caller = Site.caller(index)
            guard let origin = Digits(String(caller.dropFirst())) else {
                throw BenchError.setup("\(caller) is no number")
            }
            let passport = Passport(
                attestation: .full, origin: origin, destinations: [destination], issuedAt: now,
                originID: random.uuid())
            let identity = try SignedPassport(passport, header, by: signer).identity
            return #"{"identity":"\#(identity)","orig":"\#(caller)","dest":"+8613800138000","#
                + #""call":"\#(UUID().uuidString)@sbc.example"}"#
        }
    }
}
