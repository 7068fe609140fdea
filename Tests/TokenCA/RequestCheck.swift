internal import Crypto
internal import Foundation
internal import JWTKit

/// Why a request is refused: a problem document (RFC 8555 §6.7).
struct Refusal: Error {
    let status: Int
    let type: String
    let detail: String

    init(_ type: String, _ detail: String, status: Int = 403) {
        self.status = status
        self.type = type
        self.detail = detail
    }
}

/// A client's public key, from its JWK.
struct ClientKey: Hashable, Sendable {
    let x, y: String

    init?(_ jwk: [String: JWTHeaderField]) {
        guard jwk["kty"]?.asString == "EC", jwk["crv"]?.asString == "P-256", let x = jwk["x"]?.asString,
            let y = jwk["y"]?.asString
        else { return nil }
        self.x = x
        self.y = y
    }

    /// RFC 7638 §3.2 for an elliptic curve.
    var thumbprint: String {
        Self.fingerprint(of: Data(#"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#.utf8))
    }

    var publicKeyFingerprint: String {
        get throws {
            let x = Data(base64URL: x) ?? Data(), y = Data(base64URL: y) ?? Data()
            return Self.fingerprint(
                of: try P256.Signing.PublicKey(x963Representation: [4] + x + y).derRepresentation)
        }
    }

    private static func fingerprint(of data: Data) -> String {
        "SHA256 " + Crypto.SHA256.hash(data: data).map { String(format: "%02X", $0) }.joined(separator: ":")
    }

    func payload(of token: String) async throws -> RequestPayload {
        let key = try ES256PublicKey(parameters: (x: x, y: y))
        return try await JWTKeyCollection().add(ecdsa: key, parser: RequestParser()).verify(token)
    }
}

/// A request as it came, with its header read and nothing checked.
struct UncheckedRequest {
    private struct Body: Decodable {
        let protected, payload, signature: String
    }

    let token: String
    let header: JWTHeader

    init(_ body: [UInt8]) throws {
        let parts = try JSONDecoder().decode(Body.self, from: Data(body))
        token = "\(parts.protected).\(parts.payload).\(parts.signature)"
        header = try RequestParser().parse(Data(token.utf8), as: RequestPayload.self).header
    }
}

/// A request that only reads has an empty payload (RFC 8555 §6.3), which the library's own reader takes for a fault.
private struct RequestParser: JWTParser {
    var jsonDecoder: any JWTJSONDecoder = .defaultForJWT

    func parse<Payload: JWTPayload>(
        _ token: some DataProtocol, as: Payload.Type
    ) throws -> (header: JWTHeader, payload: Payload, signature: Data) {
        let parts = try getTokenParts(token), payload = parts.payload.isEmpty ? Array("e30".utf8)[...] : parts.payload
        let whole = [parts.header, payload, parts.signature].joined(separator: [UInt8(ascii: ".")])
        return try DefaultJWTParser(jsonDecoder: jsonDecoder).parse(Data(whole), as: Payload.self)
    }
}

extension Data {
    /// Nil for padding and for any character that base64url has not.
    init?(base64URL text: String) {
        guard text.utf8.allSatisfy({ !"+/=".utf8.contains($0) }) else { return nil }
        let usual = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        self.init(base64Encoded: usual + String(repeating: "=", count: (4 - usual.count % 4) % 4))
    }
}
