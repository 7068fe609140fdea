package import LibCrypto

/// A CA's key with its certificate and those above it: what it takes to issue.
///
/// The key does not leave it. It signs a certificate for an ``IssuancePermit`` and for nothing else, and CRLs.
package struct Issuer: Sendable {
    private let key: SigningKey
    /// Its own first, the root last.
    package let path: [Certificate]
    /// One for each certificate of the path.
    let lists: [TNAuthList?]

    package var certificate: Certificate { path[0] }
    /// Leaf first, without the root, as a certificate it issues is published.
    package var published: [Certificate] { Array(path.dropLast()) }

    /// PEM of a certificate it issued, as that is published.
    package func chain(below certificate: Certificate) -> String {
        ([certificate] + published).map(\.pem).joined()
    }

    /// Throws unless `key` is that of the first certificate, that one is a CA's, and each is signed by the next, up to a root.
    package init(key: SigningKey, path: [Certificate]) throws(IssuingFault) {
        guard let own = path.first else { throw .notAnAuthority("no certificate") }
        let matches: Bool
        do throws(OpenSSLError) {
            matches = try own.verifyingKey.point == key.verifyingKey.point
        } catch { throw .libcrypto(error) }
        guard matches else { throw .keyMismatch(own.subjectText) }
        guard own.isAuthority else { throw .notAnAuthority(own.subjectText) }
        try Self.requireSigned(path)
        self.key = key
        self.path = path
        var lists: [TNAuthList?] = []
        for certificate in path {
            do throws(CertificateFault) { lists.append(try certificate.tnAuthList) } catch { throw .certificate(error) }
        }
        self.lists = lists
    }

    /// What is issued below a path in the wrong order, or with a gap, is a chain that nobody accepts.
    private static func requireSigned(_ path: [Certificate]) throws(IssuingFault) {
        for (certificate, issuer) in zip(path, path.dropFirst()) where !certificate.isSigned(by: issuer) {
            throw .notSignedByNext(certificate.subjectText, issuer.subjectText)
        }
        for last in path.suffix(1) where !last.isSigned(by: last) { throw .noRoot(last.subjectText) }
    }

    /// Lints the certificate as one of that kind below this path; throws with all rules that it breaks.
    package func permit(
        for certificate: UnsignedCertificate, as kind: CertificateProfile.Kind
    ) throws(IssuingFault) -> IssuancePermit {
        try IssuancePermit(certificate, as: kind, under: path)
    }

    package func certificate(for permit: consuming IssuancePermit) throws(IssuingFault) -> Certificate {
        try permit.redeemed(by: key)
    }

    /// DER of the list.
    package func signed(_ list: UnsignedRevocationList) throws(IssuingFault) -> [UInt8] { try list.signed(by: key) }
}

/// Leave for one issuer to sign one certificate that keeps every ``CertificateRule``.
///
/// There is no other way to it than the lint, and signing uses it up: the compiler sees to both.
package struct IssuancePermit: ~Copyable {
    /// DER of what is to be signed: the very bytes that were linted.
    private let body: [UInt8]
    private let issuer: VerifyingKey

    /// For a root, which signs itself.
    package static func root(_ certificate: UnsignedCertificate) throws(IssuingFault) -> IssuancePermit {
        try IssuancePermit(certificate, as: .root, under: [])
    }

    /// The lint is of a draft signed with a key that is thrown away, so that what breaks a rule never bears the CA's.
    /// A root has no issuers but itself.
    fileprivate init(
        _ certificate: UnsignedCertificate, as kind: CertificateProfile.Kind, under issuers: [Certificate]
    ) throws(IssuingFault) {
        let body = try certificate.toBeSigned(.ecdsaWithSHA256).bytes
        let draft: Certificate, issuer: VerifyingKey
        do throws(OpenSSLError) {
            draft = try Self.certificate(body, Signer(SigningKey.generate()).signature(for: body.span))
            issuer = try (issuers.first ?? draft).verifyingKey
        } catch { throw .libcrypto(error) }
        let broken = CertificateRule.broken(by: draft, as: kind, under: issuers.isEmpty ? [draft] : issuers)
        guard broken.isEmpty else { throw .breaksRules(broken) }
        self.body = body
        self.issuer = issuer
    }

    /// Throws for any other key than that of the issuer it was given for.
    consuming func redeemed(by key: SigningKey) throws(IssuingFault) -> Certificate {
        let body = body
        do throws(OpenSSLError) {
            let signature = try Signer(key).signature(for: body.span)
            if issuer.accepts(signature, for: body.span) { return try Self.certificate(body, signature) }
        } catch { throw .libcrypto(error) }
        throw .permitOfAnother
    }

    private static func certificate(
        _ body: [UInt8], _ signature: ES256Signature
    ) throws(OpenSSLError) -> Certificate {
        let algorithm = AlgorithmIdentifier.ecdsaWithSHA256.der
        let der = DERElement.sequence(DERElement(encoded: body), algorithm, .bits(signature.der)).bytes
        return try Certificate(der: der.span)
    }
}

extension Certificate {
    func value(of oid: String) -> [UInt8]? { extensions.first { $0.oid == oid }?.value }
}
