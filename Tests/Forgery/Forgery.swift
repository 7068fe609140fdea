internal import Foundation
package import LibCrypto

/// An Identity header field value as anybody could write it: any header, any claims, any parameters, in any spelling.
///
/// What is left alone is what SHAKEN wants, in canonical form, so that a test alters the one thing it is about.
/// Nothing
/// of the modules under test is used in writing it, but the signature.
package struct Forgery: Sendable {
    package var header: Members
    package var claims: Members
    /// In the place of what ``header`` and ``claims`` say.
    package var headerText: [UInt8]?
    package var claimsText: [UInt8]?
    /// All that follows the token.
    package var parameters: String
    package var key: SigningKey
    /// Has the last word on the three parts, once they are signed.
    package var alter: @Sendable (inout [String]) -> Void = { _ in }

    package init(
        key: SigningKey, url: String = "https://cr.example.com/1234/cert.pem", orig: String = "12155551212",
        dest: [String] = ["12355551213"], iat: Int, attest: String = "A",
        origid: String = "de305d54-75b4-431b-adb2-eb6b9e546014"
    ) {
        self.key = key
        header = ["alg": #""ES256""#, "ppt": #""shaken""#, "typ": #""passport""#, "x5u": "\"\(url)\""]
        let numbers = dest.map { "\"\($0)\"" }.joined(separator: ",")
        claims = [
            "attest": "\"\(attest)\"", "dest": "{\"tn\":[\(numbers)]}", "iat": "\(iat)",
            "orig": "{\"tn\":\"\(orig)\"}", "origid": "\"\(origid)\"",
        ]
        parameters = ";info=<\(url)>;alg=ES256;ppt=shaken"
    }
}

extension Forgery {
    /// Both in the token and beside it.
    package mutating func set(url: String) {
        header["x5u"] = "\"\(url)\""
        parameters = ";info=<\(url)>;alg=ES256;ppt=shaken"
    }

    /// Header, claims and signature in base64url.
    package var parts: [String] {
        let signed = [headerText ?? Array(header.text.utf8), claimsText ?? Array(claims.text.utf8)].map(Self.base64URL)
        let input = Array(signed.joined(separator: ".").utf8)
        let signature = try! Signer(key).signature(for: input.span)
        var parts = signed + [Self.base64URL(signature.bytes)]
        alter(&parts)
        return parts
    }

    package var token: String { parts.joined(separator: ".") }
    package var identity: String { token + parameters }
}

extension Forgery {
    /// RFC 4648 §5 without padding.
    package static func base64URL(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString().utf8.compactMap { character -> UInt8? in
            switch character {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: character
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything that ``base64URL(_:)`` would not write.
    package static func bytes(ofBase64URL text: String) -> [UInt8]? {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: padded).map(Array.init), base64URL(bytes) == text else { return nil }
        return bytes
    }

    /// The other signature of the same key over the same text: (r, n - s) for (r, s).
    package static func twin(of signature: [UInt8]) -> [UInt8] {
        var twin = signature, borrow = 0
        for index in (0..<32).reversed() {
            let difference = Int(order[index]) - Int(signature[32 + index]) - borrow
            borrow = difference < 0 ? 1 : 0
            twin[32 + index] = UInt8(difference & 0xFF)
        }
        return twin
    }

    /// Of P-256's base point (SEC 2 §2.4.2).
    package static let order: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ]
}

extension Forgery {
    /// Nobody's whom a test knows.
    package static let strangersKey = try! SigningKey.generate()
}
