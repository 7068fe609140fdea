internal import Jansson
package import LibCrypto
internal import NumberPlan

/// A PASSporT that we have signed.
package struct SignedPassport: Sendable {
    package let passport: Passport
    /// The value of the Identity header field: token and parameters, on one line, without blanks.
    package let identity: String

    /// Signs `passport` as one that `header`'s certificate vouches for.
    ///
    /// Nothing of what a caller sent goes into the token but what ``Passport`` holds.
    ///
    /// - Parameter publicKey: when given, that of the published certificate, which has to accept the signature.
    package init(
        _ passport: Passport, _ header: PassportHeader, by signer: Signer, acceptedBy publicKey: VerifyingKey? = nil
    ) throws(SigningFault) {
        guard !passport.destinations.isEmpty, passport.destinationURIs.isEmpty else { throw .noDestination }
        guard passport.origin.isDecimal, passport.origin.count <= Passport.longestOrigin else {
            throw .originNotANumber
        }
        guard Passport.isUUID(passport.originID) else { throw .originIDNotUUID }
        guard passport.issuedAt > 0 else { throw .issuedAtNotPositive }
        var claims = JSONText(capacity: 256)
        passport.appendClaims(to: &claims)

        var text: [UInt8] = []
        text.reserveCapacity(header.encoded.count + header.parameters.count + claims.count * 4 / 3 + 96)
        text.append(contentsOf: header.encoded)
        claims.withSpan { Base64URL.append($0, to: &text) }
        let signature: ES256Signature
        do throws(OpenSSLError) {
            signature = try signer.signature(for: text.span)
        } catch {
            throw .key(error)
        }
        if let publicKey, !publicKey.accepts(signature, for: text.span) { throw .notAccepted }
        text.append(UInt8(ascii: "."))
        Base64URL.append(signature.octets.span, to: &text)
        text.append(contentsOf: header.parameters)
        self.passport = passport
        identity = String(decoding: text, as: UTF8.self)
    }
}

/// Why nothing was signed: the caller's mistake, or the key's.
package enum SigningFault: Error, Hashable, Sendable {
    case noDestination
    case originNotANumber
    case originIDNotUUID
    case issuedAtNotPositive
    case key(OpenSSLError)
    /// Not by the public key of the certificate that verifiers will fetch.
    case notAccepted
}
