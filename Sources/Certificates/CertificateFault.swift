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

    /// For records, logs and answers: lower case, one for each case, never changed.
    package var code: String {
        switch self {
        case .unreachable: "certificate-unreachable"
        case .timedOut: "certificate-fetch-timeout"
        case .overloaded: "certificate-fetch-overload"
        case .redirected: "certificate-redirect"
        case .status: "certificate-http-status"
        case .bodyTooLarge: "certificate-body-too-large"
        case .noCertificate: "certificate-absent"
        case .wrongPEM: "certificate-wrong-pem"
        case .malformedCertificate: "certificate-malformed"
        case .tooManyCertificates: "chain-too-long"
        case .duplicateCertificate: "chain-duplicate"
        case .unordered: "chain-unordered"
        case .notVersion3: "certificate-version"
        case .unsoundSerialNumber: "certificate-serial"
        case .malformedExtension: "certificate-extension-malformed"
        case .duplicateExtension: "certificate-extension-duplicate"
        case .unknownCriticalExtension: "certificate-extension-critical"
        case .unacceptableSignatureAlgorithm: "certificate-signature-algorithm"
        case .notYetValid: "certificate-not-yet-valid"
        case .expired: "certificate-expired"
        case .keyUsage: "certificate-key-usage"
        case .extendedKeyUsage: "certificate-extended-key-usage"
        case .signerIsAuthority: "signer-is-authority"
        case .signerIsAnchor: "signer-is-anchor"
        case .unsupportedKey: "certificate-key"
        case .untrusted: "chain-untrusted"
        case .badSignature: "chain-signature"
        case .notAnAuthority: "chain-issuer-not-authority"
        case .pathTooLong: "chain-path-length"
        case .nameConstraint: "chain-name-constraint"
        case .policy: "chain-policy"
        case .weakAlgorithm: "chain-weak-algorithm"
        case .path: "chain-invalid"
        case .noTNAuthList: "tnauthlist-absent"
        case .malformedTNAuthList: "tnauthlist-malformed"
        case .malformedClaimConstraints: "claim-constraints-malformed"
        case .bothClaimConstraints: "claim-constraints-both"
        case .delegationGap: "delegation-gap"
        case .outsideIssuersScope: "delegation-outside-scope"
        case .revoked: "certificate-revoked"
        case .revocationUnknown: "revocation-unknown"
        case .revocationListStale: "revocation-stale"
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
