internal import Jansson
internal import LibCrypto
internal import PASSporT

/// A request as ACME has it: a JWS in flattened JSON, over the URL it is for and a nonce (RFC 8555 §6.2).
struct SignedRequest {
    enum Signer {
        /// Before there is an account: the key itself is sent along.
        case key
        /// The account's URL.
        case account(String)
    }

    let body: [UInt8]

    /// - Parameter payload: empty to read what is at the URL (POST-as-GET, RFC 8555 §6.3).
    init(
        _ payload: [UInt8], to url: ServiceURL, nonce: String, as signer: Signer, by key: AccountKey
    ) throws(ACMEFault) {
        let header = JSON.object()
        header.set("alg", "ES256")
        header.set("nonce", nonce)
        header.set("url", url.text)
        switch signer {
        case .key: header.set("jwk", key.publicKey.jwk)
        case .account(let account): header.set("kid", account)
        }
        let protected = Base64URL.text(header.canonicalText()), payload = Base64URL.text(payload)
        let request = JSON.object(), message = Array("\(protected).\(payload)".utf8)
        request.set("protected", protected)
        request.set("payload", payload)
        do throws(OpenSSLError) {
            request.set("signature", Base64URL.text(try key.signature(over: message.span).bytes))
        } catch { throw .libcrypto(error) }
        body = request.canonicalText()
    }
}
