package import LibCrypto

/// Whom we believe at one moment: anchors, revocation lists, rules. Replaced whole; the epoch tells which one judged.
package struct TrustSnapshot: Sendable {
    package let anchors: [Certificate]
    package let revocation: Revocation
    let listIssuers: [[Certificate]]
    package let settings: TrustSettings
    package let epoch: Int

    /// Nothing but `anchors` is trusted; one below the root may stand here and then ends the path.
    ///
    /// - Parameter listIssuers: paths from issuers that sign lists, as ``validate(_:at:noting:)`` found them: what they
    ///   signed is told from a forgery. A list counts for the certificates of its issuer whether that one is here or not.
    package init(
        anchors: [Certificate], revocationLists: [RevocationList] = [], listIssuers: [[Certificate]] = [],
        settings: TrustSettings = TrustSettings(), epoch: Int
    ) {
        self.anchors = anchors
        self.listIssuers = listIssuers
        self.revocation = Revocation(
            revocationLists, anchors: anchors, listIssuers: listIssuers, settings: settings)
        self.settings = settings
        self.epoch = epoch
    }

    /// Judges what a certificate URL answered. `now` is the time of the verification, never that of the token (RFC 5280 §6.1).
    ///
    /// - Parameter note: is given the path from an issuer to the anchor if that issuer is seen to have signed a list, and was
    ///   not known to, also when the list says that the chain is revoked.
    package func validate(
        _ body: [UInt8], at now: Int, noting note: ([Certificate]) -> Void = { _ in }
    ) throws(CertificateFault) -> ValidatedChain {
        let body = try ChainBody(body, settings: settings)
        let signer = body.certificates[0]
        guard !anchors.contains(signer) else { throw .signerIsAnchor }
        guard !signer.isAuthority else { throw .signerIsAuthority }
        if let place = body.certificates.firstIndex(where: \.hasMalformedExtension) { throw .malformedExtension(place) }
        guard let key = try? signer.verifyingKey else { throw .unsupportedKey }
        if !settings.toleratesUnorderedChain { try body.certificates.requireOrder() }

        let path = try path(from: body.certificates, at: now)
        for (place, certificate) in path.dropLast().enumerated() { try check(certificate, at: place, now: now) }

        let lists = try path.map { certificate throws(CertificateFault) in try certificate.tnAuthList }
        let scope = try Scope(of: lists)
        let (constraints, notes) = try signer.claimConstraints
        let status = try revocation.status(of: path, at: now, noting: note)
        return ValidatedChain(
            certificates: path, key: key, scope: scope, constraints: constraints, listsValidUntil: status.validUntil,
            trustEpoch: epoch, notes: notes + status.notes)
    }

    private func path(from given: [Certificate], at now: Int) throws(CertificateFault) -> [Certificate] {
        let anchors = anchors.filter { $0.notBefore <= now && now <= $0.notAfter }
        do throws(ChainFault) {
            return try given[0].path(
                through: Array(given.dropFirst()), to: anchors, requiringOneOf: settings.requiredPolicies)
        } catch {
            throw CertificateFault(error)
        }
    }
}

extension TrustSnapshot {
    /// What is asked of every certificate below the anchor and that libcrypto leaves to us.
    private func check(_ certificate: Certificate, at place: Int, now: Int) throws(CertificateFault) {
        guard certificate.version == 3 else { throw .notVersion3(place) }
        guard certificate.hasSoundSerialNumber else { throw .unsoundSerialNumber(place) }
        guard accepts(certificate.signatureAlgorithm) else { throw .unacceptableSignatureAlgorithm(place) }
        guard certificate.notBefore <= now else { throw .notYetValid(place) }
        guard now <= certificate.notAfter else { throw .expired(place) }
        let needed: Certificate.KeyUsage = place == 0 ? .digitalSignature : .keyCertSign
        guard certificate.keyUsage?.contains(needed) ?? true else { throw .keyUsage(place) }
        guard certificate.allowsAnyExtendedUse else { throw .extendedKeyUsage(place) }
        try checkExtensions(of: certificate, at: place)
    }

    private func checkExtensions(of certificate: Certificate, at place: Int) throws(CertificateFault) {
        var seen: Set<String> = []
        for found in certificate.extensions {
            guard seen.insert(found.oid).inserted else { throw .duplicateExtension(place, oid: found.oid) }
            guard !found.isCritical || Self.understood.contains(found.oid) else {
                throw .unknownCriticalExtension(place, oid: found.oid)
            }
        }
    }

    private func accepts(_ algorithm: Certificate.SignatureAlgorithm) -> Bool {
        switch algorithm {
        case .ecdsaSHA256: true
        case .ecdsaSHA384, .ecdsaSHA512, .rsaSHA256, .rsaSHA384, .rsaSHA512: settings.profile == .base
        case .other: false
        }
    }

    /// Extensions that may be critical, because they are processed: by us, or by libcrypto on the path (RFC 5280 §4.2).
    private static let understood: Set = [
        "2.5.29.15",  // keyUsage
        "2.5.29.17",  // subjectAltName, for name constraints
        "2.5.29.19",  // basicConstraints
        "2.5.29.30",  // nameConstraints
        "2.5.29.31",  // cRLDistributionPoints
        "2.5.29.32",  // certificatePolicies
        "2.5.29.33",  // policyMappings
        "2.5.29.36",  // policyConstraints
        "2.5.29.37",  // extKeyUsage
        "2.5.29.54",  // inhibitAnyPolicy
        TNAuthList.oid, ClaimConstraints.oid, ClaimConstraints.enhancedOID,
    ]
}
