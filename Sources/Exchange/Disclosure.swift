internal import Jansson
package import LibCrypto
internal import PASSporT
internal import Statements

/// Who made a call, as its carrier tells it to whoever traces it and to nobody between.
///
/// The carrier signs the digest of it, and seals the text for the requester's key: JWE in compact form with ECDH-ES and
/// A256GCM (RFC 7516, RFC 7518 §4.6 and §5.3). Whoever is shown the text can hold it against the digest.
package struct Disclosure: Hashable, Sendable {
    /// JSON, with salt in it so that nobody finds it by trying.
    package let text: String

    package static let longest = 4_096

    package init(text: String) { self.text = text }

    /// base64url of SHA-256.
    package var digest: String {
        let digest: [UInt8] = SHA256.digest(Array(text.utf8).span)
        return Self.base64URL(digest)
    }

    /// - Parameter point: the requester's public key, 65 bytes.
    package func sealed(for point: [UInt8]) throws(OpenSSLError) -> String {
        let theirs = try VerifyingKey(point: point), own = try SigningKey.generate()
        var random = RandomBytes()
        let nonce = random.bytes(SealedBox.nonceBytes), ownPoint = try own.verifyingKey.point
        let header = Self.base64URL(
            Array(
                #"{"alg":"ECDH-ES","enc":"A256GCM","epk":{"crv":"P-256","kty":"EC","x":"\#(Self.base64URL(Array(ownPoint[1..<33])))","y":"\#(Self.base64URL(Array(ownPoint[33...])))"}}"#
                    .utf8))
        let key = KeyAgreement.key(for: "A256GCM", from: try KeyAgreement.sharedSecret(own, theirs))
        let (sealed, tag) = try SealedBox.seal(
            Array(text.utf8), key: key, nonce: nonce, authenticating: Array(header.utf8))
        return "\(header)..\(Self.base64URL(nonce)).\(Self.base64URL(sealed)).\(Self.base64URL(tag))"
    }

    /// Nil for what was not sealed for this key, or was changed since.
    package init?(opening text: String, with key: SigningKey) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) }
        guard parts.count == 5, text.utf8.count <= 4 * Self.longest, parts[1].isEmpty,
            let header = Base64URL.decode(Array(parts[0]).span), let nonce = Base64URL.decode(Array(parts[2]).span),
            let sealed = Base64URL.decode(Array(parts[3]).span), let tag = Base64URL.decode(Array(parts[4]).span),
            nonce.count == SealedBox.nonceBytes, let theirs = Self.key(of: header),
            let secret = try? KeyAgreement.sharedSecret(key, theirs),
            let opened = try? SealedBox.open(
                sealed, key: KeyAgreement.key(for: "A256GCM", from: secret), nonce: nonce, tag: tag,
                authenticating: parts[0])
        else { return nil }
        self.text = String(decoding: opened, as: UTF8.self)
    }

    private static func key(of header: [UInt8]) -> VerifyingKey? {
        guard let header = try? JSON(parsing: header.span, limits: .statement),
            (try? header.string("alg")) == "ECDH-ES",
            (try? header.string("enc")) == "A256GCM", !header.contains("crit"), let key = try? header.object("epk"),
            (try? key.string("crv")) == "P-256",
            let x = (try? key.string("x")).flatMap({ Base64URL.decode(Array($0.utf8).span) }),
            let y = (try? key.string("y")).flatMap({ Base64URL.decode(Array($0.utf8).span) }), x.count == 32,
            y.count == 32
        else { return nil }
        return try? VerifyingKey(point: [4] + x + y)
    }

    static func base64URL(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        Base64URL.append(bytes.span, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
