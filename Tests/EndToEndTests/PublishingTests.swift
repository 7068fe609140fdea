import CertificateRepository
import Certificates
import Foundation
import HostileRepository
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
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
}
