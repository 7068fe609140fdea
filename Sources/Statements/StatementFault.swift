package import Certificates
package import Jansson
package import LibCrypto

/// Why a statement was not signed, or is not believed.
package enum StatementFault: Error, Hashable, Sendable {
    case tooLarge
    case otherCarrier(String, signer: String)
    case key(OpenSSLError)
    case token(TokenFault)

    case notAStatement
    case otherKind(String)
    case notJSON(JSONError)
    case certificate(CertificateFault)
    /// The certificate does not speak for the carrier that is said to have said it.
    case notOfCarrier(String)
    case signature
    /// Its time is not one at which the certificate was valid, or lies ahead of our clock.
    case time(Int)
}

extension StatementFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge: "the statement is longer than \(Statement.largestPayload) bytes"
        case .otherCarrier(let carrier, let signer): "a statement of \(carrier) cannot be signed by \(signer)"
        case .key(let error): "the key does not sign: \(error)"
        case .token(let fault): "the key does not sign: \(fault)"
        case .notAStatement: "it is not a JWS of three parts in base64url with ES256 and x5c"
        case .otherKind(let type): "it is a statement of another kind: typ is \(type)"
        case .notJSON(let error): "its payload is not what it should be: \(error)"
        case .certificate(let fault): "its signer's certificate is not believed: \(fault)"
        case .notOfCarrier(let carrier): "its signer's certificate does not speak for \(carrier)"
        case .signature: "its signature is wrong"
        case .time(let time): "its iat, \(time), is not within its signer's certificate, or ahead of this clock"
        }
    }
}
