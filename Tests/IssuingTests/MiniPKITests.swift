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

    /// `openssl verify` with its strict RFC 5280 checks, at the tests' time.
    private func verifies(_ party: MiniPKI.Party) throws -> Bool {
        let folder = try TemporaryFolder()
        let root = try folder.write(pki.root.certificate.pem, to: "root.pem")
        let chain = try folder.write(party.issuers.map(\.pem).joined(), to: "chain.pem")
        let leaf = try folder.write(party.certificate.pem, to: "leaf.pem")
        return try OpenSSLCommand.output(
            "verify", "-attime", "\(pki.now)", "-x509_strict", "-CAfile", root, "-untrusted", chain, leaf) != nil
    }

    @Test(.enabled(if: OpenSSLCommand.isHere)) func `openssl verifies what is sound`() throws {
        #expect(try verifies(pki.leaf(.spc("709J"))))
        #expect(try verifies(pki.leaf(.range("12155550000", 10_000), .one("*69"))))
        let delegate = pki.authority(.range("12155550000", 1_000))
        #expect(try verifies(pki.leaf(.one("12155550001"), by: delegate)))
        #expect(try verifies(pki.leaf(.one("12155550001"), by: pki.authority(.one("12155550001"), by: delegate))))
    }

    @Test(.enabled(if: OpenSSLCommand.isHere)) func `openssl refuses what is not`() throws {
        #expect(try !verifies(pki.leaf(.spc("709J"), notAfter: pki.now - 1)))
        #expect(try !verifies(pki.leaf(.spc("709J"), notBefore: pki.now + 60)))
        #expect(try !verifies(pki.leaf(.spc("709J")) { $0.isForged = true }))
        #expect(try !verifies(pki.leaf(.spc("709J"), by: pki.authority { $0.version = 1 })))
        #expect(try !verifies(pki.leaf(.spc("709J"), by: pki.leaf(.spc("709J")))))
        #expect(try !verifies(pki.leaf(.spc("709J"), by: pki.authority(by: pki.authority(pathLength: 0)))))
        #expect(try !verifies(pki.leaf(.spc("709J"), by: .selfSigned("SHAKEN TEST ROOT", now: pki.now))))
    }

    @Test func `keys that ES256 does not fit are in the certificate as asked`() throws {
        for kind in [MiniPKI.Recipe.PublicKey.explicitParameters, .unfit(.p384), .unfit(.rsa2048)] {
            let leaf = pki.leaf(.spc("709J")) { $0.key = kind }
            #expect(throws: OpenSSLError.self) { try leaf.certificate.verifyingKey }
        }
    }
}
