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
        forged: Bool = false
    ) -> RevocationList {
        let signer = forged ? MiniPKI(now: Self.now).root : issuer
        let revoked = revoking ? [leaf] : []
        let pem = Self.pki.revocationList(by: signer, indirect: true, number: number) { unsigned in
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
        let (newer, none) = trust(list(2)).replacingRevocationLists(with: [list(3)], epoch: 2)
        #expect(numbers(newer) == ["03"] && none == [])
        let (same, refused) = trust(list(2)).replacingRevocationLists(with: [list(1)], epoch: 2)
        #expect(numbers(same) == ["02"] && refused.count == 1)
    }

    @Test func `stays when it is no longer there`() {
        let held = trust(list(2, revoking: true))
        let (trust, refused) = held.replacingRevocationLists(with: [], epoch: 2)
        #expect(refused == [])
        #expect(throws: CertificateFault.revoked(0)) { try trust.validate(leaf.pem, at: Self.now) }
    }

    @Test func `may lie beside older ones`() {
        let (trust, refused) = trust(list(2)).replacingRevocationLists(with: [list(1), list(3), list(2)], epoch: 2)
        #expect(numbers(trust) == ["03"] && refused == [])
    }

    @Test func `is held once, however often it comes`() {
        let one = list(2)
        #expect(numbers(trust(one, one).replacingRevocationLists(with: [one, one], epoch: 2).trust) == ["02"])
    }

    @Test func `is not displaced by a forgery, whatever its number`() {
        let held = trust(list(2, revoking: true))
        let (trust, refused) = held.replacingRevocationLists(with: [list(999, forged: true)], epoch: 2)
        #expect(refused == [])
        #expect(throws: CertificateFault.revoked(0)) { try trust.validate(leaf.pem, at: Self.now) }
        let (later, none) = trust.replacingRevocationLists(with: [list(3, revoking: true)], epoch: 3)
        #expect(none == [] && numbers(later) == ["03"])
    }

    @Test func `is one of its own for each scope`() {
        let (trust, refused) = trust(list(5, url: "https://crl.example.com/a")).replacingRevocationLists(
            with: [list(1, url: "https://crl.example.com/b")], epoch: 2)
        #expect(numbers(trust) == ["01", "05"] && refused == [])
        #expect(trust.revocation.authoritative.count == 2)
    }

    @Test func `is told from an issuer's own, and from a newer one`() {
        let held = trust(list(2))
        #expect(held.isAuthoritative(list(1)))
        #expect(held.supersedes(list(1)) && !held.supersedes(list(2)) && !held.supersedes(list(3)))
        #expect(!held.isAuthoritative(list(9, by: Self.pki.provider)))
        #expect(!held.isAuthoritative(list(9, forged: true)) && !held.supersedes(list(1, forged: true)))
        #expect(Array(held.revocation.authoritative.values).map(\.number) == ["02"])
        #expect(trust(list(9, by: Self.pki.provider)).revocation.authoritative.isEmpty)
    }

    @Test func `is read from PEM and from DER`() throws {
        let list = list(2), der = list.der, pem = Array(Self.pki.revocationList())
        #expect(try RevocationList.all(in: der.span, atMost: 1).map(\.der) == [der])
        #expect(try RevocationList.all(in: pem.span, atMost: 1).count == 1)
        #expect(throws: OpenSSLError.self) { try RevocationList.all(in: (der + [0]).span, atMost: 1) }
        #expect(throws: OpenSSLError.self) { try RevocationList.all(in: (pem + pem).span, atMost: 1) }
    }
}
