package import LibCrypto

/// A certificate just made, and what its issuer should know.
package struct Issuance: Sendable {
    package let certificate: Certificate
    /// What the certificate alone does not settle.
    package let warnings: [String]
}

extension CertificateProfile {
    /// The root of a new PKI, signed by itself.
    package func selfSigned(by key: SigningKey, at now: Int) throws(IssuingFault) -> Certificate {
        let holder = Holder(name: organization), publicKey = try Self.publicKey(of: key)
        let subject = try subject(of: holder).der
        let unsigned = try unsigned(
            for: holder, publicKey, subject: subject, issuer: subject, issuerKey: publicKey.keyIdentifier,
            root: nil, until: now + lifetimeDays * 86_400, at: now)
        return try IssuancePermit.root(unsigned).redeemed(by: key)
    }

    /// A certificate for the public half of `key`, which cannot be but P-256.
    package func issue(
        to holder: Holder, key: VerifyingKey, by issuer: Issuer, until notAfter: Int? = nil, at now: Int
    ) throws(IssuingFault) -> Issuance {
        let warnings = try checkScope(of: holder, under: issuer)
        let notAfter = notAfter ?? now + lifetimeDays * 86_400
        guard notAfter <= issuer.certificate.notAfter else {
            throw .outlivesIssuer(days: max(0, (issuer.certificate.notAfter - now) / 86_400))
        }
        let unsigned = try unsigned(
            for: holder, key, subject: try subject(of: holder).der, issuer: issuer.certificate.subject,
            issuerKey: issuer.certificate.subjectKeyIdentifier ?? [], root: issuer.path.last?.subject,
            until: notAfter, at: now)
        let certificate = try issuer.certificate(for: issuer.permit(for: unsigned, as: kind))
        return Issuance(certificate: certificate, warnings: warnings + attestWarnings(holder))
    }

    /// ATIS-1000092 keeps attestation to carriers; RFC 9118 lets a CA see to it.
    private func attestWarnings(_ holder: Holder) -> [String] {
        let constraints = holder.constraints
        let isHeld =
            constraints?.mustExclude.contains("attest") == true
            || constraints?.permittedValues.contains { $0.claim == "attest" } == true
        return kind == .delegate && !isHeld ? ["nothing keeps its tokens from claiming attest: see --must-exclude"] : []
    }

    static func publicKey(of key: SigningKey) throws(IssuingFault) -> VerifyingKey {
        do throws(OpenSSLError) { return try key.verifyingKey } catch { throw .libcrypto(error) }
    }

    private func unsigned(
        for holder: Holder, _ key: VerifyingKey, subject: [UInt8], issuer: [UInt8], issuerKey: [UInt8],
        root: [UInt8]?, until notAfter: Int, at now: Int
    ) throws(IssuingFault) -> UnsignedCertificate {
        UnsignedCertificate(
            serial: UnsignedCertificate.randomSerial(), issuer: issuer, subject: subject,
            notBefore: now - Self.backdating, notAfter: notAfter, publicKey: key.subjectPublicKeyInfo,
            extensions: try extensions(for: holder, root: root) + [
                .subjectKeyIdentifier(key.keyIdentifier), .authorityKeyIdentifier(issuerKey),
            ])
    }

    /// All but the key identifiers.
    private func extensions(for holder: Holder, root: [UInt8]?) throws(IssuingFault) -> [Certificate.Extension] {
        var extensions: [Certificate.Extension] = [
            .basicConstraints(authority: isAuthority),
            .keyUsage(isAuthority ? [.keyCertSign, .crlSign] : [.digitalSignature]),
        ]
        if let policy { extensions.append(try .certificatePolicies(policy)) }
        if let revocation {
            extensions.append(.crlDistributionPoint(revocation.url, issuer: revocation.isIndirect ? root : nil))
        }
        if let list = holder.tnAuthList { extensions.append(.tnAuthList(list)) }
        if let constraints = holder.constraints { extensions.append(.claimConstraints(constraints)) }
        return extensions
    }
}

extension CertificateProfile {
    /// RFC 9060 §4 along the whole path, by the same code that judges it when a call is verified.
    private func checkScope(of holder: Holder, under issuer: Issuer) throws(IssuingFault) -> [String] {
        switch kind {
        case .root, .intermediate:
            guard holder.tnAuthList == nil else { throw .unwantedScope(kind) }
            return []
        case .endEntity, .delegateAuthority, .delegate:
            guard holder.tnAuthList != nil else { throw .missingScope(kind) }
        }
        guard kind != .delegate || issuer.lists[0] != nil else { throw .notADelegator(issuer.certificate.subjectText) }
        do throws(CertificateFault) {
            return try Scope(of: [holder.tnAuthList] + issuer.lists).obligations.map { obligation in
                let numbers = obligation.numbers.blocks.map(\.description).joined(separator: ", ")
                let codes = obligation.serviceProviderCodes.joined(separator: ", ")
                return
                    "\(numbers) not in the issuer's certificate: verifiers will ask the ledger whether \(codes) holds them"
            }
        } catch {
            guard case .outsideIssuersScope = error, let child = holder.tnAuthList, let parent = issuer.lists[0] else {
                throw .certificate(error)
            }
            throw .widerThanIssuer(child.beyond(parent))
        }
    }
}

extension TNAuthList {
    /// What of this list the other lacks, for people.
    fileprivate func beyond(_ other: TNAuthList) -> String {
        let codes = serviceProviderCodes.filter { !other.serviceProviderCodes.contains($0) }
        let missing = other.serviceProviderCodes.isEmpty ? other.numbers.missing(from: numbers).blocks : []
        let parts = codes + missing.map(\.description)
        return parts.isEmpty ? "its issuer's own issuer" : parts.joined(separator: ", ")
    }
}

extension Holder {
    /// RFC 9118 §8: a renewal must not shed the constraints of what it renews.
    package func requireSameConstraints(as old: Certificate) throws(IssuingFault) {
        let after = constraints.map { [Certificate.Extension.claimConstraints($0)] } ?? []
        guard old.constrainingExtensions == Set(after) else { throw .renewalChangesConstraints }
    }

    /// What a request gets of this, which is the most it may have: all, or the part that it asks for.
    package func granting(_ request: CertificationRequest) throws(IssuingFault) -> Holder {
        guard request.constraints == nil || request.constraints == constraints else { throw .asksForOtherConstraints }
        guard let asked = request.tnAuthList else { return self }
        let codes = asked.serviceProviderCodes.filter { tnAuthList?.serviceProviderCodes.contains($0) != true }
        let numbers = (tnAuthList?.numbers ?? NumberBlocks([])).missing(from: asked.numbers).blocks
        let excess = codes + numbers.map(\.description)
        guard excess.isEmpty else { throw .asksForMore(excess.joined(separator: ", ")) }
        var holder = self
        holder.tnAuthList = asked
        return holder
    }
}
