package import LibCrypto
internal import NumberPlan

/// A PASSporT that we have signed.
package struct SignedPassport: Sendable {
    package let passport: Passport
    /// The value of the Identity header field: token and parameters, on one line, without blanks.
    package let identity: String

    /// Signs `passport` as one that `header`'s certificate vouches for.
    ///
    /// - Parameter publicKey: when given, that of the published certificate, which has to accept the signature.
    package init(
        _ passport: Passport, _ header: PassportHeader, by signer: Signer, acceptedBy publicKey: VerifyingKey? = nil
    ) throws(SigningFault) {
        var text = try UnsignedPassport.signingInput(of: passport, header)
        let signature: ES256Signature
        do throws(OpenSSLError) {
            signature = try signer.signature(for: text.span)
        } catch {
            throw .key(error)
        }
        identity = try Self.identity(&text, header, signature, acceptedBy: publicKey)
        self.passport = passport
    }

    /// Joins what was signed elsewhere with its signature.
    package init(
        _ unsigned: UnsignedPassport, _ signature: ES256Signature, acceptedBy publicKey: VerifyingKey? = nil
    ) throws(SigningFault) {
        var text = unsigned.signingInput
        identity = try Self.identity(&text, unsigned.header, signature, acceptedBy: publicKey)
        passport = unsigned.passport
    }

    /// Written where the signing input is, which has room for it.
    private static func identity(
        _ text: inout [UInt8], _ header: PassportHeader, _ signature: ES256Signature,
        acceptedBy publicKey: VerifyingKey?
    ) throws(SigningFault) -> String {
        if let publicKey, !publicKey.accepts(signature, for: text.span) { throw .notAccepted }
        text.append(UInt8(ascii: "."))
        Base64URL.append(signature.octets.span, to: &text)
        text.append(contentsOf: header.parameters)
        return String(decoding: text, as: UTF8.self)
    }
}

/// Why nothing was signed: the caller's mistake, or the key's.
package enum SigningFault: Error, Hashable, Sendable {
    case noDestination
    case originNotANumber
    case originIDNotUUID
    case issuedAtNotPositive
    case key(OpenSSLError)
    case token(TokenFault)
    /// Not by the public key of the certificate that verifiers will fetch.
    case notAccepted
}
