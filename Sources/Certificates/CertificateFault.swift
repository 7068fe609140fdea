internal import LibCrypto

/// Why a certificate, its chain or what was fetched for it does not let us believe a signature.
package enum CertificateFault: Error, Hashable, Sendable {
    /// Which certificate of the path: 0 is the signer's, 1 its issuer's.
    package typealias Place = Int

    // Nothing was there to be judged.
    case unreachable(String)
    case timedOut
    case overloaded
    case redirected
    case status(Int)
    case bodyTooLarge
    case noCertificate

    // What was there is not a chain.
    case wrongPEM(String)
    case malformedCertificate(String)
    case tooManyCertificates
    case duplicateCertificate
    case unordered(Place)

    // A certificate of the chain.
    case notVersion3(Place)
    case unsoundSerialNumber(Place)
    case malformedExtension(Place)
    case duplicateExtension(Place, oid: String)
    case unknownCriticalExtension(Place, oid: String)
    case unacceptableSignatureAlgorithm(Place)
    case notYetValid(Place)
    case expired(Place)
    case keyUsage(Place)
    case extendedKeyUsage(Place)
    case signerIsAuthority
    case signerIsAnchor
    case unsupportedKey

    // The path.
    case untrusted
    case badSignature
    case notAnAuthority
    case pathTooLong
    case nameConstraint
    case policy
    case weakAlgorithm
    case path(String)

    // What the certificate may speak for.
    case noTNAuthList
    case malformedTNAuthList(String)
    case malformedClaimConstraints(String)
    case bothClaimConstraints
    case delegationGap(Place)
    /// What the certificate at this place claims, its issuer was never given.
    case outsideIssuersScope(Place)

    // Revocation.
    case revoked(Place)
    case revocationUnknown(Place)
    case revocationListStale(Place)
}

extension CertificateFault {
    /// Whether there was nothing to judge (436 Bad Identity Info) rather than something unacceptable (437 Unsupported Credential).
    package var isUnavailable: Bool {
        switch self {
        case .unreachable, .timedOut, .overloaded, .redirected, .status, .bodyTooLarge, .noCertificate: true
        case .wrongPEM, .malformedCertificate, .tooManyCertificates, .duplicateCertificate, .unordered, .notVersion3,
            .unsoundSerialNumber, .malformedExtension, .duplicateExtension, .unknownCriticalExtension,
            .unacceptableSignatureAlgorithm, .notYetValid, .expired, .keyUsage, .extendedKeyUsage,
            .signerIsAuthority, .signerIsAnchor, .unsupportedKey, .untrusted, .badSignature, .notAnAuthority,
            .pathTooLong, .nameConstraint, .policy, .weakAlgorithm, .path, .noTNAuthList, .malformedTNAuthList,
            .malformedClaimConstraints, .bothClaimConstraints, .delegationGap, .outsideIssuersScope, .revoked,
            .revocationUnknown, .revocationListStale:
            false
        }
    }

    /// The repository says that there is nothing, and not only nothing now.
    package var isWithdrawal: Bool { self == .status(404) || self == .status(410) }

    /// Whether another trust, or another time than a clock shows that is wrong, may let the same bytes hold.
    package var mayPass: Bool {
        switch self {
        case .notYetValid, .signerIsAnchor, .untrusted, .badSignature, .notAnAuthority, .pathTooLong, .nameConstraint,
            .policy, .weakAlgorithm, .path, .delegationGap, .outsideIssuersScope, .revocationUnknown,
            .revocationListStale:
            true
        case .unreachable, .timedOut, .overloaded, .redirected, .status, .bodyTooLarge, .noCertificate, .wrongPEM,
            .malformedCertificate, .tooManyCertificates, .duplicateCertificate, .unordered, .notVersion3,
            .unsoundSerialNumber, .malformedExtension, .duplicateExtension, .unknownCriticalExtension,
            .unacceptableSignatureAlgorithm, .expired, .keyUsage, .extendedKeyUsage, .signerIsAuthority,
            .unsupportedKey, .noTNAuthList, .malformedTNAuthList, .malformedClaimConstraints, .bothClaimConstraints,
            .revoked:
            false
        }
    }

    /// For records, logs and answers: lower case, one for each case, never changed.
    package var code: String {
        switch self {
        case .unreachable: "certificate_unreachable"
        case .timedOut: "certificate_fetch_timeout"
        case .overloaded: "certificate_fetch_overload"
        case .redirected: "certificate_redirect"
        case .status: "certificate_http_status"
        case .bodyTooLarge: "certificate_body_too_large"
        case .noCertificate: "certificate_absent"
        case .wrongPEM: "certificate_wrong_pem"
        case .malformedCertificate: "certificate_malformed"
        case .tooManyCertificates: "chain_too_long"
        case .duplicateCertificate: "chain_duplicate"
        case .unordered: "chain_unordered"
        case .notVersion3: "certificate_version"
        case .unsoundSerialNumber: "certificate_serial"
        case .malformedExtension: "certificate_extension_malformed"
        case .duplicateExtension: "certificate_extension_duplicate"
        case .unknownCriticalExtension: "certificate_extension_critical"
        case .unacceptableSignatureAlgorithm: "certificate_signature_algorithm"
        case .notYetValid: "certificate_not_yet_valid"
        case .expired: "certificate_expired"
        case .keyUsage: "certificate_key_usage"
        case .extendedKeyUsage: "certificate_extended_key_usage"
        case .signerIsAuthority: "signer_is_authority"
        case .signerIsAnchor: "signer_is_anchor"
        case .unsupportedKey: "certificate_key"
        case .untrusted: "chain_untrusted"
        case .badSignature: "chain_signature"
        case .notAnAuthority: "chain_issuer_not_authority"
        case .pathTooLong: "chain_path_length"
        case .nameConstraint: "chain_name_constraint"
        case .policy: "chain_policy"
        case .weakAlgorithm: "chain_weak_algorithm"
        case .path: "chain_invalid"
        case .noTNAuthList: "tnauthlist_absent"
        case .malformedTNAuthList: "tnauthlist_malformed"
        case .malformedClaimConstraints: "claim_constraints_malformed"
        case .bothClaimConstraints: "claim_constraints_both"
        case .delegationGap: "delegation_gap"
        case .outsideIssuersScope: "delegation_outside_scope"
        case .revoked: "certificate_revoked"
        case .revocationUnknown: "revocation_unknown"
        case .revocationListStale: "revocation_stale"
        }
    }

    init(_ fault: ChainFault) {
        self =
            switch fault {
            case .untrusted: .untrusted
            case .badSignature: .badSignature
            case .notAnAuthority: .notAnAuthority
            case .pathTooLong: .pathTooLong
            case .nameConstraint: .nameConstraint
            case .policy: .policy
            case .weakAlgorithm: .weakAlgorithm
            case .other(let words): .path(words)
            }
    }
}

extension CertificateFault: CustomStringConvertible {
    /// For people: the code, and what is known beyond it.
    package var description: String {
        switch self {
        case .unreachable(let words), .wrongPEM(let words), .malformedCertificate(let words), .path(let words),
            .malformedTNAuthList(let words), .malformedClaimConstraints(let words):
            "\(code): \(words)"
        case .status(let status): "\(code): \(status)"
        case .duplicateExtension(let place, let oid), .unknownCriticalExtension(let place, let oid):
            "\(code): \(oid), certificate \(place) of the path"
        case .unordered(let place), .notVersion3(let place), .unsoundSerialNumber(let place),
            .malformedExtension(let place), .unacceptableSignatureAlgorithm(let place), .notYetValid(let place),
            .expired(let place), .keyUsage(let place), .extendedKeyUsage(let place), .delegationGap(let place),
            .outsideIssuersScope(let place), .revoked(let place), .revocationUnknown(let place),
            .revocationListStale(let place):
            "\(code): certificate \(place) of the path"
        default: code
        }
    }
}
