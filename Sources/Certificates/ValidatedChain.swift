package import LibCrypto
package import NumberPlan

/// The verdict on a chain that holds: what a call verified with it needs, and nothing of X.509 left to do.
///
/// Only ``TrustSnapshot/validate(_:at:)`` makes one.
package final class ValidatedChain: Sendable {
    package let key: VerifyingKey
    /// The signer's first, then that of each issuer that has one.
    package let path: [TNAuthList]
    /// What is delegated on the word of a service provider code alone: a call passes only if the ledger agrees.
    package let obligations: [DelegationObligation]
    package let constraints: ClaimConstraints?
    /// First and last second of the signer's own certificate.
    package let notBefore, notAfter: Int
    /// First and last second at which this verdict holds, over the whole path and the revocation lists used.
    package let validFrom, expires: Int
    /// SHA-256 of the signer's certificate in hexadecimal.
    package let certificateID: String
    package let serial: String
    /// The signer's certificate's, when it names exactly one.
    package let serviceProviderCode: String?
    package let trustEpoch: Int
    /// What an operator should know although the chain holds, such as "crl missing".
    package let notes: [String]
    /// The signer's first, the anchor last.
    package let certificates: [Certificate]

    init(
        certificates: [Certificate], key: VerifyingKey, scope: Scope, constraints: ClaimConstraints?,
        listsValidUntil: Int, trustEpoch: Int, notes: [String]
    ) {
        let signer = certificates[0]
        self.certificates = certificates
        self.key = key
        path = scope.lists
        obligations = scope.obligations
        self.constraints = constraints
        notBefore = signer.notBefore
        notAfter = signer.notAfter
        validFrom = certificates.map(\.notBefore).max() ?? Int.max
        expires = min(listsValidUntil, certificates.map(\.notAfter).min() ?? Int.min)
        certificateID = signer.fingerprint
        serial = signer.serialNumber
        let codes = scope.lists.first?.serviceProviderCodes ?? []
        serviceProviderCode = codes.count == 1 ? codes[0] : nil
        self.trustEpoch = trustEpoch
        self.notes = notes
    }

    /// Whether the signer's certificate was valid then: a token's `iat` must be such a time (RFC 8224 §6.2 step 4).
    package func isValid(issuedAt time: Int) -> Bool { notBefore <= time && time <= notAfter }

    /// Whether this verdict still holds.
    package func holds(at now: Int) -> Bool { validFrom <= now && now <= expires }

    /// What the ledger must agree to before this chain speaks for `number`.
    package func obligations(for number: Digits) -> [DelegationObligation] {
        obligations.filter { $0.numbers.covers(number) }
    }

    /// Whether the signer's issuer is itself held to a TNAuthList (RFC 9060).
    package var isDelegate: Bool { path.count > 1 }
}

/// Numbers that an issuer delegated without having them in its own certificate, as it may if one of its
/// service provider codes stands for them (RFC 9060 §4).
package struct DelegationObligation: Hashable, Sendable {
    package let serviceProviderCodes: [String]
    package let numbers: NumberBlocks
}
