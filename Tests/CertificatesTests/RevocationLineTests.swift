import Certificates
import LibCrypto
import MiniPKI
import Testing

/// What replaces what, when lists come anew (RFC 5280 §6.3.3, CHN-15).
@Suite struct `A list of an authority` {
    static let pki = MiniPKI(), now = MiniPKI.now
    let leaf = pki.leaf(.spc("709J"))

    func list(
        _ number: Int, revoking: Bool = false, by issuer: MiniPKI.Party = pki.root, url: String? = nil,
        forged: Bool = false, in seconds: Int = -60
    ) -> RevocationList {
        let signer = forged ? MiniPKI(now: Self.now).root : issuer
        let revoked = revoking ? [leaf] : []
        let pem = Self.pki.revocationList(by: signer, indirect: true, number: number, thisUpdate: Self.now + seconds) {
            unsigned in
            unsigned.issuer = issuer.certificate.subject
            unsigned.url = url
            unsigned.entries = revoked.map {
                .init(
                    serial: $0.certificate.serialBytes, revokedAt: Self.now - 1,
                    certificateIssuer: $0.certificate.issuer)
            }
        }
        return try! RevocationList.all(inPEM: pem.span, atMost: 1)[0]
    }

    func trust(_ lists: RevocationList...) -> TrustSnapshot {
        TrustSnapshot(anchors: Self.pki.anchors, revocationLists: lists, epoch: 1)
    }

    func numbers(_ trust: TrustSnapshot) -> [String] { trust.revocation.lists.map { $0.number ?? "" }.sorted() }

    @Test func `is replaced by a newer one, and an older one is refused`() {
        let (newer, none) = trust(list(2)).replacingRevocationLists(with: [list(3)], epoch: 2, at: Self.now)
        #expect(numbers(newer) == ["03"] && none == [])
        let (same, refused) = trust(list(2)).replacingRevocationLists(with: [list(1)], epoch: 2, at: Self.now)
        #expect(numbers(same) == ["02"] && refused.count == 1)
    }

    @Test func `stays when it is no longer there`() {
        let held = trust(list(2, revoking: true))
        let (trust, refused) = held.replacingRevocationLists(with: [], epoch: 2, at: Self.now)
        #expect(refused == [])
        #expect(throws: CertificateFault.revoked(0)) { try trust.validate(leaf.pem, at: Self.now) }
    }

    @Test func `may lie beside older ones`() {
        let (trust, refused) = trust(list(2)).replacingRevocationLists(
            with: [list(1), list(3), list(2)], epoch: 2, at: Self.now)
        #expect(numbers(trust) == ["03"] && refused == [])
    }

    @Test func `is held once, however often it comes`() {
        let one = list(2)
        #expect(
            numbers(trust(one, one).replacingRevocationLists(with: [one, one], epoch: 2, at: Self.now).trust) == ["02"])
    }

    @Test func `is not displaced by a forgery, whatever its number`() {
        let held = trust(list(2, revoking: true))
        let (trust, refused) = held.replacingRevocationLists(with: [list(999, forged: true)], epoch: 2, at: Self.now)
        #expect(refused == [])
        #expect(throws: CertificateFault.revoked(0)) { try trust.validate(leaf.pem, at: Self.now) }
        let (later, none) = trust.replacingRevocationLists(with: [list(3, revoking: true)], epoch: 3, at: Self.now)
        #expect(none == [] && numbers(later) == ["03"])
    }

    @Test func `replaces nothing before it begins, and revokes all the same`() throws {
        let later = Self.now + 2_401
        var settings = TrustSettings()
        settings.revocation = .hard
        let held = TrustSnapshot(
            anchors: Self.pki.anchors, revocationLists: [list(2)], settings: settings, epoch: 1)
        let (both, told) = held.replacingRevocationLists(with: [list(3, in: 2_400)], epoch: 2, at: Self.now)
        #expect(numbers(both) == ["02", "03"])
        #expect(told.count == 1 && told[0].hasPrefix("crl not in force yet"))
        #expect(throws: Never.self) { try both.validate(leaf.pem, at: Self.now) }
        #expect(both.revocation.verified(at: Self.now).values.map(\.list.number) == ["02"])
        #expect(both.supersedes(list(1), at: Self.now) && !both.supersedes(list(2), at: Self.now))

        // Nor does it once it is there: another that is in force is taken, and an older one is not.
        let (next, none) = both.replacingRevocationLists(with: [list(2, revoking: true)], epoch: 3, at: Self.now)
        #expect(numbers(next) == ["02", "03"] && none == [])
        #expect(throws: CertificateFault.revoked(0)) { try next.validate(leaf.pem, at: Self.now) }
        let (_, refused) = both.replacingRevocationLists(with: [list(1)], epoch: 3, at: Self.now)
        #expect(refused.count == 1)

        let (replaced, _) = both.replacingRevocationLists(with: [], epoch: 3, at: later)
        #expect(numbers(replaced) == ["03"] && replaced.supersedes(list(2), at: later))

        let early = list(3, revoking: true, in: 2_400)
        let (revoking, _) = held.replacingRevocationLists(with: [early], epoch: 2, at: Self.now)
        #expect(throws: CertificateFault.revoked(0)) { try revoking.validate(leaf.pem, at: Self.now) }
    }

    @Test func `is one of its own for each scope`() {
        let (trust, refused) = trust(list(5, url: "https://crl.example.com/a")).replacingRevocationLists(
            with: [list(1, url: "https://crl.example.com/b")], epoch: 2, at: Self.now)
        #expect(numbers(trust) == ["01", "05"] && refused == [])
        #expect(trust.revocation.authoritative(at: Self.now).count == 2)
    }

    @Test func `is told from an issuer's own, and from a newer one`() {
        let held = trust(list(2))
        #expect(held.isAuthoritative(list(1)))
        #expect(
            held.supersedes(list(1), at: Self.now) && !held.supersedes(list(2), at: Self.now)
                && !held.supersedes(list(3), at: Self.now))
        #expect(!held.isAuthoritative(list(9, by: Self.pki.provider)))
        #expect(!held.isAuthoritative(list(9, forged: true)) && !held.supersedes(list(1, forged: true), at: Self.now))
        #expect(Array(held.revocation.authoritative(at: Self.now).values).map(\.list.number) == ["02"])
        #expect(trust(list(9, by: Self.pki.provider)).revocation.authoritative(at: Self.now).isEmpty)
    }

    @Test func `is read from PEM and from DER`() throws {
        let list = list(2), der = list.der, pem = Array(Self.pki.revocationList())
        #expect(try RevocationList.all(in: der.span, atMost: 1).map(\.der) == [der])
        #expect(try RevocationList.all(in: pem.span, atMost: 1).count == 1)
        #expect(throws: OpenSSLError.self) { try RevocationList.all(in: (der + [0]).span, atMost: 1) }
        #expect(throws: OpenSSLError.self) { try RevocationList.all(in: (pem + pem).span, atMost: 1) }
    }
}

/// The same for what an intermediate signs about its own certificates, once that is known.
@Suite struct `A list of an issuer` {
    static let pki = MiniPKI(), now = MiniPKI.now
    let leaf = pki.leaf(.spc("709J"))

    func list(
        _ number: Int, revoking: Bool = false, forged: Bool = false, in seconds: Int = -60
    ) -> RevocationList {
        let signer = forged ? MiniPKI(now: Self.now).provider : Self.pki.provider
        let pem = Self.pki.revocationList(by: signer, number: number, thisUpdate: Self.now + seconds) { unsigned in
            unsigned.issuer = Self.pki.provider.certificate.subject
            guard revoking else { return }
            unsigned.entries = [.init(serial: leaf.certificate.serialBytes, revokedAt: Self.now - 1)]
        }
        return try! RevocationList.all(inPEM: pem.span, atMost: 1)[0]
    }

    /// After a chain below that issuer has been judged, whatever came of it.
    func known(_ lists: RevocationList...) -> TrustSnapshot {
        let trust = TrustSnapshot(anchors: Self.pki.anchors, revocationLists: lists, epoch: 1)
        var issuers: [[Certificate]] = []
        _ = try? trust.validate(leaf.pem, at: Self.now) { issuers.append($0) }
        return trust.knowing(issuers)
    }

    func numbers(_ trust: TrustSnapshot) -> [String] { trust.revocation.lists.map { $0.number ?? "" }.sorted() }

    @Test(arguments: [true, false]) func `is known for one when a chain is judged by it`(revoking: Bool) {
        let trust = TrustSnapshot(
            anchors: Self.pki.anchors, revocationLists: [list(2, revoking: revoking), list(3, forged: true)], epoch: 1)
        #expect(trust.revocation.verified(at: Self.now).isEmpty)
        var issuers: [[Certificate]] = []
        _ = try? trust.validate(leaf.pem, at: Self.now) { issuers.append($0) }
        #expect(issuers == [[Self.pki.provider.certificate, Self.pki.root.certificate]])
        let known = trust.knowing(issuers)
        #expect(known.revocation.verified(at: Self.now).values.map(\.list.number) == ["02"])
        #expect(known.revocation.verified(at: Self.now).values.map(\.signer) == issuers)
        #expect(known.revocation.authoritative(at: Self.now).isEmpty)
        // And says so once.
        _ = try? known.validate(leaf.pem, at: Self.now) { _ in Issue.record("known before") }
    }

    @Test func `is known by the same key and name only, below an anchor of ours, and only of who may sign it`() {
        let stranger = MiniPKI(now: Self.now), mute = Self.pki.authority { $0.replace(.keyUsage([.keyCertSign])) }
        let ours = [Self.pki.provider.certificate, Self.pki.root.certificate]
        let muted = Self.pki.revocationList(by: mute)
        for (list, path) in [
            (list(2), [stranger.provider.certificate, stranger.root.certificate]), (list(2, forged: true), ours),
            (list(2), []), (try! RevocationList.all(inPEM: muted.span, atMost: 1)[0], [mute.certificate] + ours),
        ] {
            let trust = TrustSnapshot(
                anchors: Self.pki.anchors, revocationLists: [list], listIssuers: [path], epoch: 1)
            #expect(trust.revocation.verified(at: Self.now).isEmpty)
        }
        let foreign = TrustSnapshot(
            anchors: stranger.anchors, revocationLists: [list(2)], listIssuers: [ours], epoch: 1)
        #expect(foreign.revocation.verified(at: Self.now).isEmpty)
    }

    @Test func `is replaced by a newer one of its own, and by nothing else`() {
        let held = known(list(2, revoking: true))
        for offered in [[], [list(1)], [list(999, forged: true)], [list(1), list(999, forged: true)]] {
            let (trust, refused) = held.replacingRevocationLists(with: offered, epoch: 2, at: Self.now)
            #expect(numbers(trust).contains("02") && !numbers(trust).contains("01"))
            #expect(refused.count == (offered.contains { $0.number == "01" } ? 1 : 0))
            #expect(throws: CertificateFault.revoked(0)) { try trust.validate(leaf.pem, at: Self.now) }
        }
        let (newer, none) = held.replacingRevocationLists(with: [list(3)], epoch: 2, at: Self.now)
        #expect(numbers(newer) == ["03"] && none == [])
    }

    /// Nobody knows yet which of the two is a forgery.
    @Test func `counts beside a newer one of an unknown signer`() {
        let trust = TrustSnapshot(anchors: Self.pki.anchors, revocationLists: [list(999, forged: true)], epoch: 1)
        let (both, refused) = trust.replacingRevocationLists(with: [list(2, revoking: true)], epoch: 2, at: Self.now)
        #expect(refused == [] && both.revocation.lists.count == 2)
        #expect(throws: CertificateFault.revoked(0)) { try both.validate(leaf.pem, at: Self.now) }
        let (gone, _) = both.replacingRevocationLists(with: [], epoch: 3, at: Self.now)
        #expect(gone.revocation.lists.isEmpty)
    }

    @Test func `stays beside one that is yet to begin, also while nobody knows who signed them`() {
        let trust = TrustSnapshot(anchors: Self.pki.anchors, revocationLists: [list(2, revoking: true)], epoch: 1)
        let (both, told) = trust.replacingRevocationLists(with: [list(3, in: 60)], epoch: 2, at: Self.now)
        #expect(numbers(both) == ["02", "03"] && told.count == 1)
        #expect(throws: CertificateFault.revoked(0)) { try both.validate(leaf.pem, at: Self.now) }
    }

    @Test func `is told of by the cache`() async throws {
        let pem = leaf.pem, url = try CertificateURL(leaf.x5u)
        let trust = TrustSnapshot(anchors: Self.pki.anchors, revocationLists: [list(2, revoking: true)], epoch: 1)
        let cache = CertificateCache(trust: trust) { _ in .body(status: 200, contentType: nil, pem) }
        #expect(cache.listIssuers.isEmpty)
        _ = await cache.load(url, at: Self.now)
        #expect(cache.listIssuers == [[Self.pki.provider.certificate, Self.pki.root.certificate]])
    }
}
