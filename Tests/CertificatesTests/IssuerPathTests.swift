import Certificates
import LibCrypto
import MiniPKI
import Testing

/// Which certificates may stand above a key that issues, and in which order.
@Suite struct `The path of an issuer` {
    static let pki = MiniPKI()
    let own = pki.authority(.spc("709J"))

    private func fault(_ path: [Certificate], key: SigningKey? = nil) -> IssuingFault? {
        do throws(IssuingFault) { _ = try Issuer(key: key ?? own.key, path: path) } catch { return error }
        return nil
    }

    @Test func `leads from its own certificate to a root, each signed by the next`() {
        let provider = Self.pki.provider, root = Self.pki.root.certificate
        let names = (
            own: own.certificate.subjectText, provider: provider.certificate.subjectText, root: root.subjectText
        )
        #expect(fault([own.certificate, provider.certificate, root]) == nil)
        #expect(fault([root], key: Self.pki.root.key) == nil)
        #expect(fault([own.certificate, root, provider.certificate]) == .notSignedByNext(names.own, names.root))
        #expect(fault([own.certificate, root]) == .notSignedByNext(names.own, names.root))
        #expect(fault([own.certificate, provider.certificate]) == .noRoot(names.provider))
        #expect(fault([own.certificate]) == .noRoot(names.own))
        #expect(fault([provider.certificate, own.certificate, root]) == .keyMismatch(names.provider))
    }

    /// What its certificate says would let it pass.
    @Test func `is one of signatures, not only of names`() {
        let root = Self.pki.root.certificate, forged = Self.pki.authority(by: Self.pki.root) { $0.isForged = true }
        #expect(forged.certificate.names(asIssuer: root))
        let fault = fault([forged.certificate, root], key: forged.key)
        #expect(fault == .notSignedByNext(forged.certificate.subjectText, root.subjectText))
        #expect(fault?.description.contains("the root is the last") == true)
    }
}
