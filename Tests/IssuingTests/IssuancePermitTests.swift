import Certificates
import LibCrypto
import MiniPKI
import Testing

@Suite struct IssuancePermitTests {
    let pki = MiniPKI()

    /// What the provider would sign for 709J, sound but for what is altered.
    private func unsigned(_ alter: (inout UnsignedCertificate) -> Void = { _ in }) throws -> UnsignedCertificate {
        let model = pki.leaf(.spc("709J")) { recipe in
            recipe.replace(try! .certificatePolicies(CertificateProfile.testPolicy))
            recipe.replace(.crlDistributionPoint("https://crl.example.com/crl.pem"))
        }
        var unsigned = UnsignedCertificate(
            serial: UnsignedCertificate.randomSerial(), issuer: model.certificate.issuer,
            subject: model.certificate.subject, notBefore: pki.now, notAfter: pki.now + MiniPKI.day,
            publicKey: try model.key.verifyingKey.subjectPublicKeyInfo, extensions: model.certificate.extensions)
        alter(&unsigned)
        return unsigned
    }

    private func issuer(_ party: MiniPKI.Party) throws -> Issuer {
        try Issuer(key: party.key, path: [party.certificate] + party.issuers + pki.anchors)
    }

    @Test func `what was linted is what is signed`() throws {
        let unsigned = try unsigned(), provider = try issuer(pki.provider)
        let certificate = try provider.certificate(for: provider.permit(for: unsigned, as: .endEntity))
        #expect(certificate.serialBytes == unsigned.serial)
        #expect(certificate.extensions == unsigned.extensions)
        #expect(throws: Never.self) { try certificate.path(through: provider.path, to: pki.anchors) }
    }

    @Test func `what breaks a rule gets no permit`() throws {
        let provider = try issuer(pki.provider), short = try unsigned { $0.serial = [1] }, sound = try unsigned()
        #expect(throws: IssuingFault.breaksRules([.serialLength])) {
            _ = try provider.permit(for: short, as: .endEntity)
        }
        let other = try issuer(pki.authority())
        #expect(throws: IssuingFault.breaksRules([.issuer])) { _ = try other.permit(for: sound, as: .endEntity) }
        #expect(throws: IssuingFault.self) { _ = try IssuancePermit.root(sound) }
    }

    @Test func `a permit is for the issuer that it was given for`() throws {
        let permit = try issuer(pki.provider).permit(for: unsigned(), as: .endEntity)
        let other = try issuer(pki.authority())
        do {
            _ = try other.certificate(for: permit)
            Issue.record("another issuer signed")
        } catch { #expect(error == .permitOfAnother) }
    }
}
