package import JWTKit

/// All that a client may send as the payload of a request.
struct RequestPayload: JWTPayload {
    struct Identifier: Codable, Hashable, Sendable {
        let type: String
        let value: String
    }

    let termsOfServiceAgreed: Bool?
    let identifiers: [Identifier]?
    let tkauth: String?
    let atc: String?
    let csr: String?

    func verify(using algorithm: some JWTAlgorithm) {}
}

/// The claims of an authority token. Any may be missing: that is what is to be found out.
package struct TokenClaims: JWTPayload {
    /// RFC 9448 §5.4.
    package struct Word: Codable, Hashable, Sendable {
        package var tktype, tkvalue, fingerprint: String?
        package var ca: Bool?
    }

    package var iss: String?
    package var exp: Int?
    package var jti: String?
    package var atc: Word?

    /// The library would ask the machine's clock.
    package func verify(using algorithm: some JWTAlgorithm) {}
}
