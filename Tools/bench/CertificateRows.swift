import Certificates
import Foundation
import LibCrypto
import NumberPlan
import PASSporT

/// What certificates cost when a token is verified: many that are known, and one that is new.
struct CertificateRows {
    /// A signer's token, and what its certificate's URL answers.
    private struct Signed {
        let token: String
        let url: CertificateURL
        let body: [UInt8]
    }

    private let authority: TestAuthority
    private let now = Int(Date().timeIntervalSince1970)
    private let destination: Digits
    private let limitKey: SigningKey

    init() throws {
        guard let destination = Digits("8613800138000") else { throw BenchError.setup("the callee is no number") }
        self.destination = destination
        authority = try TestAuthority(at: now)
        limitKey = try SigningKey.generate()
    }

    /// Identity value in, verified passport out, each of another signer whose certificate is in the cache.
    func verifyKnown(_ name: String, signers: Int, rounds: Int) async throws -> Row {
        let signed = try (0..<signers).map { try self.signed($0) }
        var limits = CertificateCacheLimits()
        (limits.chains, limits.newcomers) = (signers, signers)
        let cache = cache(of: signed, limits)
        for one in signed { _ = try await cache.load(one.url, at: now).get() }
        let bare = try BareVerification(limitKey)
        var next = 0, issued = 0
        let measured = try Stopwatch.rounds(rounds) { times in
            try bare.run(times)
        } ours: { times in
            for _ in 0..<times {
                issued &+= try verify(signed[next].token, by: cache)
                next = next == signed.count - 1 ? 0 : next + 1
            }
        }
        guard issued != 0 else { throw BenchError.setup("nothing was verified") }
        return Row(name, rounds: measured, unit: "µs", perSecond: 1e6)
    }

    /// Answer of the URL and Identity value in, verified passport out: what the first call of a new chain costs. Its limit is
    /// what libcrypto takes for the signatures alone: the token's, the signer's certificate's and its issuer's.
    func verifyCold(_ name: String, rounds: Int) async throws -> Row {
        let signed = try (0..<Self.coldChains).map { try self.signed($0) }
        let bare = try BareVerification(limitKey)
        let signatures = Self.signatures * signed.count
        var measured: [Round] = []
        // The first one warms up.
        for round in 0...rounds {
            let before = try Stopwatch.seconds(per: signed.count) { try bare.run(signatures) }
            let cache = cache(of: signed, CertificateCacheLimits())
            let start = Stopwatch.now
            for one in signed {
                _ = try await cache.load(one.url, at: now).get()
                _ = try verify(one.token, by: cache)
            }
            let ours = (Stopwatch.now - start) / Double(signed.count)
            let after = try Stopwatch.seconds(per: signed.count) { try bare.run(signatures) }
            if round > 0 { measured.append(Round(ours: ours, limit: (before + after) / 2)) }
        }
        return Row(name, rounds: measured, unit: "µs", perSecond: 1e6)
    }

    private static let coldChains = 200, signatures = 3

    private func cache(of signed: [Signed], _ limits: CertificateCacheLimits) -> CertificateCache {
        let bodies = Dictionary(uniqueKeysWithValues: signed.map { ($0.url.text, $0.body) })
        let trust = TrustSnapshot(anchors: [authority.root], epoch: 1)
        return CertificateCache(trust: trust, limits: limits) { url in
            .body(status: 200, contentType: nil, bodies[url.text] ?? [])
        }
    }

    private func verify(_ identity: String, by cache: CertificateCache) throws -> Int {
        let token = try UnverifiedPassport(IdentityHeader(parsing: identity))
        guard let known = cache.warm(token.certificateURL, at: now) else {
            throw BenchError.setup("a certificate is not known")
        }
        let chain = try known.get(), issuedAt = try token.verified(by: chain.key).passport.issuedAt
        if !known.isProven { cache.promote(chain, at: token.certificateURL) }
        return issuedAt
    }

    private func signed(_ index: Int) throws -> Signed {
        let key = try SigningKey.generate(), code = String(10_000 + index)
        let url = try CertificateURL("https://cert.carrier.example/\(code)/shaken.pem")
        guard let header = PassportHeader(certificateURL: url.text), let origin = Digits("86571888\(code)") else {
            throw BenchError.setup("\(url.text) cannot stand in a token")
        }
        var random = RandomBytes()
        let passport = Passport(
            attestation: .full, origin: origin, destinations: [destination], issuedAt: now, originID: random.uuid())
        return Signed(
            token: try SignedPassport(passport, header, by: Signer(key)).identity, url: url,
            body: try authority.chain(for: key, code: code, at: now))
    }
}

/// A root and an intermediate, in memory.
private struct TestAuthority {
    let root: Certificate
    private let intermediate: Issuer

    init(at now: Int) throws {
        let rootKey = try SigningKey.generate(), key = try SigningKey.generate()
        root = try CertificateProfile.testing(.root).selfSigned(by: rootKey, at: now)
        let profile = CertificateProfile.testing(.intermediate)
        let issued = try profile.issue(
            to: Holder(name: profile.organization), key: key.verifyingKey, by: Issuer(key: rootKey, path: [root]),
            at: now)
        intermediate = try Issuer(key: key, path: [issued.certificate, root])
    }

    /// PEM, the certificate of `key` first, without the root.
    func chain(for key: SigningKey, code: String, at now: Int) throws -> [UInt8] {
        let issued = try CertificateProfile.testing(.endEntity).issue(
            to: Holder(name: code, tnAuthList: try TNAuthList([.spc(code)])), key: key.verifyingKey, by: intermediate,
            at: now)
        return Array(([issued.certificate] + intermediate.published).map(\.pem).joined().utf8)
    }
}
