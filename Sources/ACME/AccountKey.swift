internal import Certificates
internal import Jansson
package import LibCrypto
internal import PASSporT

/// The key of an account at a CA: with it requests are signed, and by it a token authority knows for whom a token is.
///
/// It is another key than those that sign calls.
package struct AccountKey: Sendable {
    private let key: SigningKey
    package let publicKey: VerifyingKey

    package init(_ key: SigningKey) throws(OpenSSLError) {
        self.key = key
        publicKey = try key.verifyingKey
    }

    func signature(over message: Span<UInt8>) throws(OpenSSLError) -> ES256Signature {
        try Signer(key).signature(for: message)
    }
}

/// With whom a CA deals.
package struct ACMEAccount: Sendable {
    package let key: AccountKey
    /// Where the CA may write to, such as `mailto:noc@carrier.example`. Some want one.
    package var contacts: [String] = []
    /// Whether the operator has agreed to the CA's terms, having read them.
    package var agreesToTerms = false

    package init(_ key: AccountKey) { self.key = key }
}

extension VerifyingKey {
    /// With the members that RFC 7638 §3.2 wants, and no others.
    var jwk: JSON {
        let jwk = JSON.object(), point = point
        jwk.set("crv", "P-256")
        jwk.set("kty", "EC")
        jwk.set("x", Base64URL.text(Array(point[1..<33])))
        jwk.set("y", Base64URL.text(Array(point[33..<65])))
        return jwk
    }

    /// `SHA256 56:3E:…` (RFC 9448 §5.4).
    package func fingerprint(_ form: ACMEDialect.Fingerprint) -> String {
        let bytes =
            switch form {
            case .thumbprint: jwk.canonicalText()
            case .publicKey: subjectPublicKeyInfo
            }
        let digest: [UInt8] = SHA256.digest(bytes.span)
        return "SHA256 " + digest.map { Self.hexadecimal($0 >> 4) + Self.hexadecimal($0 & 15) }.joined(separator: ":")
    }

    private static func hexadecimal(_ digit: UInt8) -> String { String(digit, radix: 16, uppercase: true) }
}

extension Base64URL {
    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        append(bytes.span, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
