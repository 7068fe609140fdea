import Certificates
import LibCrypto
import MiniPKI
import Testing

@Suite struct MiniPKITests {
    let pki = MiniPKI()

    @Test func `a leaf's chain reads back, leaf first, and its key is the leaf's`() throws {
        let leaf = pki.leaf(.spc("709J"))
        let pem = leaf.pem
        let chain = try Certificate.all(inPEM: pem.span, atMost: 4)
        #expect(chain.count == 2)
        #expect(try chain[0].verifyingKey.point == leaf.key.verifyingKey.point)
        #expect(chain[0].issuer == chain[1].subject)
        #expect(chain[1].issuer == pki.root.certificate.subject)
        #expect(chain[0].notBefore == pki.now - 3_600)
    }

    private func verdict(_ party: MiniPKI.Party, _ lists: [UInt8]...) throws(CertificateFault) -> [TNAuthList] {
        let lists = lists.flatMap { pem in try! RevocationList.all(inPEM: pem.span, atMost: 4) }
        return try TrustSnapshot(anchors: pki.anchors, revocationLists: lists, epoch: 1)
            .validate(party.pem, at: pki.now).path
    }

    @Test func `what is left unsaid is sound`() throws {
        #expect(try verdict(pki.leaf(.spc("709J"))).count == 1)
        #expect(try verdict(pki.leaf(.range("12155550000", 10_000), .one("*69"))).count == 1)
        let delegator = pki.authority(.range("12155550000", 1_000))
        #expect(try verdict(pki.leaf(.one("12155550001"), by: delegator)).count == 2)
        let below = pki.authority(.one("12155550001"), by: delegator)
        #expect(try verdict(pki.leaf(.one("12155550001"), by: below)).count == 3)
    }

    @Test func `what is said is what is wrong`() {
        let leaf = pki.leaf(.spc("709J")), short = pki.authority(pathLength: 0)
        let stranger = MiniPKI.Party.selfSigned("SHAKEN TEST ROOT", now: pki.now)
        let cases: [(MiniPKI.Party, CertificateFault)] = [
            (pki.leaf(.spc("709J"), notAfter: pki.now - 1), .expired(0)),
            (pki.leaf(.spc("709J"), notBefore: pki.now + 60), .notYetValid(0)),
            (pki.leaf(.spc("709J")) { $0.isForged = true }, .badSignature),
            (pki.leaf(.spc("709J")) { $0.key = .unfit(.p384) }, .unsupportedKey),
            (pki.leaf(.spc("709J")) { $0.digest = .sha384 }, .unacceptableSignatureAlgorithm(0)),
            (pki.leaf(.spc("709J"), by: leaf), .notAnAuthority),
            (pki.leaf(.spc("709J"), by: pki.authority(by: short)), .pathTooLong),
            (pki.leaf(.spc("709J"), by: stranger), .untrusted),
            (pki.leaf(), .noTNAuthList),
        ]
        for (party, fault) in cases { #expect(throws: fault) { try verdict(party) } }
    }

    @Test func `revocation lists are direct, or indirect for any issuer`() throws {
        let leaf = pki.leaf(.spc("709J")), delegator = pki.authority(.spc("709J"))
        let below = pki.leaf(.spc("709J"), by: delegator)
        let direct = pki.revocationList(of: leaf)
        let indirect = pki.revocationList(of: leaf, below, by: pki.root, indirect: true)
        #expect(throws: CertificateFault.revoked(0)) { try verdict(leaf, direct) }
        #expect(throws: Never.self) { try verdict(below, direct) }
        #expect(throws: CertificateFault.revoked(0)) { try verdict(leaf, indirect) }
        #expect(throws: CertificateFault.revoked(0)) { try verdict(below, indirect) }
        #expect(throws: CertificateFault.revoked(1)) { try verdict(below, pki.revocationList(of: delegator)) }
    }

    @Test func `keys that ES256 does not fit are in the certificate as asked`() throws {
        for kind in [MiniPKI.Recipe.PublicKey.explicitParameters, .unfit(.p384), .unfit(.rsa2048)] {
            let leaf = pki.leaf(.spc("709J")) { $0.key = kind }
            #expect(throws: OpenSSLError.self) { try leaf.certificate.verifyingKey }
        }
    }
}
