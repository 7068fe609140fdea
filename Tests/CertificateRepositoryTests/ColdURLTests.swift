import CertificateRepository
import Certificates
import HostileRepository
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
import Testing

/// A URL that nobody has asked yet, from the cache through the network to the verdict.
@Suite(.timeLimit(.minutes(5))) struct `A cold URL` {
    private static let pki = MiniPKI()
    private static let now = pki.now
    private static let leaf = pki.leaf(.spc("709J"))

    /// The server speaks without TLS, which other tests are about.
    private func asked<Value: Sendable>(
        _ conduct: HostileRepository.Conduct,
        _ body: (CertificateCache, CertificateURL, HostileRepository) async throws -> Value
    ) async throws -> Value {
        let fetcher = try Fetcher(
            roots: [], limits: .patient, group: .singletonMultiThreadedEventLoopGroup,
            resolve: HostResolver { _, _ in [InternetAddress(ipv4: "127.0.0.1")!] }, isAllowed: { _ in true })
        let trust = TrustSnapshot(anchors: Self.pki.anchors, epoch: 1)
        let cache = CertificateCache(trust: trust) {
            await fetcher.fetch($0, largestBody: trust.settings.largestBody, at: Self.now)
        }
        return try await HostileRepository.serving({ _ in conduct }) { repository in
            let url = try CertificateURL("http://cr.example.com:\(repository.port)/709J", rules: .laboratory)
            return try await body(cache, url, repository)
        }
    }

    @Test func `is one request, however many ask at once`() async throws {
        try await asked(.answers(200, [], Self.leaf.pem)) { cache, url, repository in
            let ids = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<1_000 { group.addTask { try? await cache.load(url, at: Self.now).get().certificateID } }
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids == [Self.leaf.certificate.fingerprint])
            #expect(repository.requests.count == 1)
            #expect(repository.connections == 1)
        }
    }

    @Test(
        arguments: [
            ("what is no certificate", [UInt8]("<html>not here</html>".utf8), "certificate_absent"),
            ("nothing", [], "certificate_absent"),
            (
                "a key", Array("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".utf8),
                "certificate_wrong_pem"
            ),
            (
                "a broken certificate", Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8),
                "certificate_malformed"
            ),
            ("forty certificates", Array((0..<40).flatMap { _ in leaf.certificate.pem.utf8 }), "chain_too_long"),
            ("a hundred", Array((0..<100).flatMap { _ in leaf.certificate.pem.utf8 }), "certificate_body_too_large"),
            ("another's root", MiniPKI(now: now).leaf(.spc("709J")).pem, "chain_untrusted"),
            // What AIA would lead to is not looked for (CHN-07).
            ("a chain without its middle", Array(leaf.certificate.pem.utf8), "chain_untrusted"),
            ("more than 32 KiB", leaf.pem + Array(repeating: 0x0A, count: 32 * 1024), "certificate_body_too_large"),
        ] as [(String, [UInt8], String)])
    func `that answers with what is no chain is told`(name: String, body: [UInt8], code: String) async throws {
        try await asked(.answers(200, [], body)) { cache, url, repository in
            let verdict = await cache.load(url, at: Self.now)
            guard case .failure(let fault) = verdict else {
                Issue.record("\(name) is taken for a chain")
                return
            }
            #expect(fault.code == code)
            #expect(repository.requests.count == 1)
        }
    }

    @Test(
        arguments: [
            (["Cache-Control: max-age=604800"], 604_800), (["Cache-Control: no-store"], 86_400), ([], 86_400),
            (["Cache-Control: public", "Cache-Control: max-age=90000", "Age: 1000"], 89_000),
            (["Expires: Tue, 24 Nov 2026 06:33:20 GMT"], 172_800), (["Expires: 0"], 86_400),
            (["Expires: Tue, 24 Nov 2026 06:33:20 GMT", "Date: Sun, 22 Nov 2026 07:33:20 GMT"], 169_200),
        ] as [([String], Int)])
    func `is good for as long as the header of its answer says`(fields: [String], seconds: Int) async throws {
        try await asked(.answers(200, fields, Self.leaf.pem)) { cache, url, _ in
            _ = await cache.load(url, at: Self.now)
            #expect(cache.warm(url.text, at: Self.now + seconds - 1) != nil)
            #expect(cache.warm(url.text, at: Self.now + seconds) == nil)
        }
    }
}
