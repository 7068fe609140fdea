internal import Foundation
internal import JWTKit
package import LibCrypto

/// The steps of RFC 9448 §6 at which a token can fail.
package enum TokenStep: Int, Hashable, Sendable, CaseIterable {
    case atc = 1, x5u, x5c, signature, tokenType, tokenValue, claims, fingerprint, authorityBit

    package var detail: String { "step \(rawValue): \(self)" }
}

struct TokenFlaw: Error {
    let step: TokenStep

    init(_ step: TokenStep) { self.step = step }
}

/// Whose tokens are taken, and in what form.
package struct TokenPolicy: Sendable {
    /// Where the certificates of token authorities must end. Those of the CA's own holders do not.
    package var anchors: [LibCrypto.Certificate]
    /// What is at each x5u.
    package var published: [String: [LibCrypto.Certificate]]
    package var tokenTypes: Set<String> = ["TNAuthList"]
    package var takesPublicKeyFingerprints = false
    /// Whether a challenge may be answered with `atc` too.
    package var takesOldResponse = false

    package init(anchors: [LibCrypto.Certificate], published: [String: [LibCrypto.Certificate]]) {
        self.anchors = anchors
        self.published = published
    }
}

extension TokenPolicy {
    /// What the token says, if it passes all but the last step, which needs the request for a certificate.
    func check(
        _ token: String, for value: String, of key: ClientKey, at now: Int
    ) async throws(TokenFlaw) -> (id: String, expiry: Int, isForAuthority: Bool) {
        let (header, claims) = try read(token)
        guard let word = claims.atc, let type = word.tktype, let said = word.tkvalue,
            let fingerprint = word.fingerprint
        else { throw TokenFlaw(.atc) }
        try await check(token, signedBy: signer(header))
        guard tokenTypes.contains(type) else { throw TokenFlaw(.tokenType) }
        guard Data(base64URL: said) != nil, Data(base64URL: said) == Data(base64URL: value) else {
            throw TokenFlaw(.tokenValue)
        }
        guard let id = claims.jti, let expiry = claims.exp, expiry > now else { throw TokenFlaw(.claims) }
        guard
            fingerprint == key.thumbprint
                || (takesPublicKeyFingerprints && fingerprint == (try? key.publicKeyFingerprint))
        else { throw TokenFlaw(.fingerprint) }
        return (id, expiry, word.ca ?? false)
    }

    private func read(_ token: String) throws(TokenFlaw) -> (JWTHeader, TokenClaims) {
        do {
            let parts = try DefaultJWTParser().parse(Data(token.utf8), as: TokenClaims.self)
            return (parts.header, parts.payload)
        } catch { throw TokenFlaw(.atc) }
    }

    private func signer(_ header: JWTHeader) throws(TokenFlaw) -> LibCrypto.Certificate {
        if let place = header.fields["x5u"]?.asString {
            guard place.hasPrefix("https://"), let chain = published[place], let signer = trusted(chain) else {
                throw TokenFlaw(.x5u)
            }
            return signer
        }
        let chain = header.x5c?.compactMap { text -> LibCrypto.Certificate? in
            guard let data = Data(base64Encoded: text) else { return nil }
            return try? LibCrypto.Certificate(der: Array(data).span)
        }
        guard let signer = chain.flatMap(trusted) else { throw TokenFlaw(.x5c) }
        return signer
    }

    private func trusted(_ chain: [LibCrypto.Certificate]) -> LibCrypto.Certificate? {
        guard let signer = chain.first,
            (try? signer.path(through: Array(chain.dropFirst()), to: anchors)) != nil
        else { return nil }
        return signer
    }

    private func check(_ token: String, signedBy certificate: LibCrypto.Certificate) async throws(TokenFlaw) {
        do {
            let key = try ES256PublicKey(certificate: certificate.pem)
            let _: TokenClaims = try await JWTKeyCollection().add(ecdsa: key).verify(token)
        } catch { throw TokenFlaw(.signature) }
    }
}
