package import LibCrypto

/// Why a request for a certificate is none that can be granted.
package enum CertificationRequestFault: Error, Hashable, Sendable {
    case tooLong
    case notARequest(String)
    case notVersion1
    case unsupportedKey(OpenSSLError)
    case compressedKey
    case signatureAlgorithm
    case badSignature
    /// The object identifier of an attribute or of an extension.
    case repeated(String)
    case content(CertificateFault)
}

extension CertificationRequestFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong: "longer than \(CertificationRequest.longest) bytes; ask for fewer numbers, in blocks"
        case .notARequest(let reason): "no certification request (PKCS #10): \(reason)"
        case .notVersion1: "a certification request of a version other than 1"
        case .unsupportedKey(let error): "its key is none that ES256 fits (\(error)); make one on the curve P-256"
        case .compressedKey: "its key is a compressed point; make it with openssl's -conv_form uncompressed"
        case .signatureAlgorithm: "signed otherwise than with ECDSA and SHA-256; make it with openssl req -sha256"
        case .badSignature: "its signature is not by the key in it, so that nobody has shown to have that key"
        case .repeated(let oid): "\(oid) stands in it more than once"
        case .content(let fault): "asks for what no certificate may say: \(fault)"
        }
    }
}
