import CertificateRepository
import Certificates
import Foundation
import HostileRepository
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// What a daemon serves to whoever asks, as the daemon of another carrier gets it.
@Suite(.timeLimit(.minutes(5))) struct PublishingTests {
    private let pki = MiniPKI(now: Carrier.now)

    private func carrier(_ publishing: String) async throws -> Carrier {
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors)
        try carrier.write("c.yaml", carrier.read("c.yaml") + "publishing: {address: 127.0.0.1:0\(publishing)}\n")
        try await carrier.makeLedger()
        return carrier
    }

    /// What is answered to another carrier's daemon.
    private func fetch(_ url: String) async throws -> FetchAnswer {
        // How long it may take is not the question here.
        var patient = FetchLimits()
        (patient.connect, patient.total) = (.seconds(60), .seconds(60))
        let fetcher = try Fetcher(
            roots: pki.anchors, limits: patient, group: MultiThreadedEventLoopGroup.singleton, isAllowed: { _ in true })
        return await fetcher.fetch(try CertificateURL(url, rules: .laboratory), largestBody: 65_536, at: Carrier.now)
    }

    @Test func `a chain put into the folder is served within a second or so, and keys in it never`() async throws {
        let carrier = try await carrier("")
        try await carrier.running { _ in
            let port = try #require(RunningDaemon.port(of: "publishing", in: carrier.read("c.log")))
            try carrier.write("data/published/key.pem", carrier.read("key.pem"), mode: 0o600)
            try carrier.write("data/published/1.pem", String(decoding: carrier.party.pem, as: UTF8.self))
            try await eventually("the chain") {
                (try? await fetch("http://127.0.0.1:\(port)/1.pem").content) == carrier.party.pem ? true : nil
            }
            let key = try await fetch("http://127.0.0.1:\(port)/key.pem")
            #expect(throws: CertificateFault.status(404)) { try key.content }
            try await eventually("the refusal") { carrier.read("c.log").contains("file=key.pem") ? true : nil }
        }
        #expect(carrier.read("c.log").contains("listener=publishing notFound="))
    }

    @Test func `over TLS with a certificate of the Web PKI`() async throws {
        let carrier = try await carrier(", prefix: /sti/, tls: {chain: server.pem, key: server.key}")
        let server = pki.server(["localhost"])
        try carrier.write("server.pem", String(decoding: server.pem, as: UTF8.self))
        try IssuedFile.create("\(carrier.folder)/server.key", server.key)
        try carrier.write("data/published/1.pem", String(decoding: carrier.party.pem, as: UTF8.self))
        try await carrier.running { _ in
            let port = try #require(RunningDaemon.port(of: "publishing", in: carrier.read("c.log")))
            #expect(try await fetch("https://localhost:\(port)/sti/1.pem").content == carrier.party.pem)
        }
    }

    /// The limit of open files that a service is started with is often 1,024, and may be raised.
    @Test func `as many files may be open as the system allows`() async throws {
        let carrier = try await carrier("")
        try await carrier.running(after: "ulimit -Sn 200") { daemon in
            let limits = try String(contentsOfFile: "/proc/\(daemon.program.identifier)/limits", encoding: .utf8)
            let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            let figures = line.split(separator: " ").compactMap { Int($0) }
            #expect(figures.count == 2 && figures[0] == figures[1])
        }
        #expect(!carrier.read("c.log").contains("fewer files may be open"))
    }

    @Test func `strangers that take all the connections there are leave the switches theirs`() async throws {
        let carrier = try await carrier("")
        let limit = "ulimit -n 256"
        let check = try await Program.run(
            "countersignd", ["--config", "c.yaml", "--check"], in: carrier.folder, after: limit)
        #expect(check.status == 0 && check.output.contains("limit=256 needed=9856"), "\(check.output)")
        try await carrier.running(after: limit) { daemon in
            let port = try #require(RunningDaemon.port(of: "publishing", in: carrier.read("c.log")))
            // From several addresses, since each may have 64.
            try await idle(300, from: 5, port) {
                try await eventually("the limit") {
                    daemon.program.send(SIGUSR1)
                    return carrier.read("c.log").contains(" tooMany=") ? true : nil
                }
                #expect(try await daemon.sign("12155551000", "12155552000").identity != nil)
            }
        }
    }

    /// Runs `body` while so many connections ask nothing.
    private func idle(_ count: Int, from addresses: Int, _ port: Int, _ body: () async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        var channels: [any Channel] = []
        for number in 0..<count {
            channels.append(
                try await ClientBootstrap(group: group)
                    .bind(to: SocketAddress(ipAddress: "127.0.0.\(2 + number % addresses)", port: 0))
                    .connect(host: "127.0.0.1", port: port).get())
        }
        try await body()
        for channel in channels { try? await channel.close() }
    }

    @Test func `readers over TLS that read no further cost no memory`() async throws {
        let carrier = try await carrier(", tls: {chain: server.pem, key: server.key}")
        let server = pki.server(["localhost"])
        try carrier.write("server.pem", String(decoding: server.pem, as: UTF8.self))
        try IssuedFile.create("\(carrier.folder)/server.key", server.key)
        let list = UnsignedRevocationList(
            issuer: pki.provider.certificate.subject, authorityKeyIdentifier: Array(repeating: 1, count: 20), number: 1,
            thisUpdate: Carrier.now, nextUpdate: Carrier.now + 3_600,
            entries: [.init(serial: Array(repeating: 1, count: 6 << 20), revokedAt: Carrier.now)])
        try FileManager.default.createDirectory(
            atPath: "\(carrier.folder)/data/published", withIntermediateDirectories: true)
        try Data(list.signed(by: pki.provider.key)).write(
            to: URL(filePath: "\(carrier.folder)/data/published/large.crl"))
        try await carrier.running { daemon in
            let port = try await eventually("the listener") {
                RunningDaemon.port(of: "publishing", in: carrier.read("c.log"))
            }
            var client = TLSConfiguration.makeClientConfiguration()
            client.trustRoots = .certificates(
                try pki.anchors.map { try NIOSSLCertificate(bytes: $0.der, format: .der) })
            // The other end, which still waits to be read, says no farewell.
            client.shutdownTimeout = .milliseconds(1)
            let tls = try NIOSSLContext(configuration: client)
            try await begin(1, "/large.crl", port, tls) {}
            let before = try daemon.residentKilobytes
            // All of it for each would be 120 MB.
            try await begin(20, "/large.crl", port, tls) {
                let after = try daemon.residentKilobytes
                #expect(after - before < 32 * 1024)
            }
        }
    }

    /// Runs `body` while so many connections have each had the beginning of the answer.
    private func begin(
        _ readers: Int, _ target: String, _ port: Int, _ tls: NIOSSLContext, _ body: () async throws -> Void
    ) async throws {
        guard readers > 0 else { return try await body() }
        let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.socketOption(.so_rcvbuf), value: 16_384)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await connection.executeThenClose { input, output in
            try await output.write(ByteBuffer(string: "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            var bytes = input.makeAsyncIterator()
            #expect(try await bytes.next() != nil)
            try await begin(readers - 1, target, port, tls, body)
        }
    }
}
