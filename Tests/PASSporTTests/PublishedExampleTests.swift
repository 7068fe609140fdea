import Forgery
import Foundation
import Jansson
import LibCrypto
import PASSporT
import Testing

/// The examples that RFCs print, with what is wrong in them: most of those that look like a token cannot be used as
/// one.
@Suite struct `A published example` {
    /// RFC 7515 A.3: the signature is ES256's, and the token is no PASSporT.
    @Test func `of a JWS is verified but is no PASSporT`() throws {
        let file = try VectorFile.json("jws_es256_and_rfc6979")
        let example = try file.object("rfc7515_a3")
        let parts = try example.string("token").split(separator: ".").map(String.init)
        let jwk = try example.object("jwk")
        var point: [UInt8] = [4]
        for coordinate in [try jwk.string("x"), try jwk.string("y")] {
            point += try #require(Forgery.bytes(ofBase64URL: coordinate))
        }
        let key = try VerifyingKey(pem: VectorFile.pem(ofPoint: point))
        let input = Array((parts[0] + "." + parts[1]).utf8)
        let bytes = try #require(Forgery.bytes(ofBase64URL: parts[2]))
        let made = ES256Signature(bytes.span)
        let signature = try #require(made)
        let accepted = key.accepts(signature, for: input.span)
        #expect(accepted)
        let identity = try example.string("token") + ";info=<https://a.b/c>"
        #expect(throws: PassportFault.headerMemberMissing("ppt")) { try Value.read(identity) }
    }

    /// RFC 8225 Appendix A: no signature of either printed key, and no `ppt`; good for its serialisation only.
    @Test func `of RFC 8225 Appendix A is serialised as we would, and signed by nobody`() throws {
        let file = try VectorFile.json("rfc8225_appendix_a")
        let header = try file.string("header_canonical"), payload = try file.string("payload_canonical")
        #expect(Forgery.base64URL(Array(header.utf8)) == (try file.string("header_b64")))
        #expect(Forgery.base64URL(Array(payload.utf8)) == (try file.string("payload_b64")))
        for text in [header, payload] { #expect(try Self.canonical(text) == text) }
        let key = try VerifyingKey(pem: try file.string("public_key_pem_A2"))
        let accepted = try Self.accepts(key, try file.string("token"))
        #expect(!accepted)
        let identity = try file.string("token") + ";info=<https://cert.example.org/passport.cer>"
        #expect(throws: PassportFault.headerMemberMissing("ppt")) { try Value.read(identity) }
    }

    /// RFC 8225 §7.1: signed, but with a string for `iat`; and RFC 8224 §4.1.1 shows it beside another URL than its
    /// own.
    @Test func `of RFC 8224 is signed, and refused for what it says`() throws {
        let file = try VectorFile.json("rfc8225_s7_1_and_rfc8224_s4_1_1")
        let key = try VerifyingKey(pem: try VectorFile.json("rfc8225_appendix_a").string("public_key_pem_A2"))
        let accepted = try Self.accepts(key, try file.string("token"))
        #expect(accepted)
        #expect(throws: PassportFault.headerMemberMissing("ppt")) {
            try Value.read(try file.string("identity_header_full_rfc8224_4_1_1"))
        }
        #expect(throws: PassportFault.compactForm) {
            try Value.read(try file.string("identity_header_compact_rfc8224_5_1"))
        }
        let payload = Array(try file.string("payload_text").utf8)
        let iat = try JSON(parsing: payload.span).part("iat").canonicalText()
        let claimed = String(decoding: iat, as: UTF8.self)
        #expect(Value.fault { $0.claims["iat"] = claimed } == .claimMalformed("iat"))
        // Erratum 5985 corrects it to a text that ends with a line feed, and so is not canonical either.
        let erratum = try #require(Forgery.bytes(ofBase64URL: try file.string("erratum5985_payload_b64")))
        #expect(erratum.last == 0x0A)
        #expect(
            try Self.canonical(String(decoding: erratum, as: UTF8.self)) == (try file.string("canonical_payload_text")))
    }

    /// RFC 8588 §6, with the commas and the integer that its print lacks (erratum 6656).
    @Test func `of SHAKEN is what we write for that call`() throws {
        let file = try VectorFile.json("rfc8588_section6")
        let url = "https://cert.example.org/passport.cer"
        var forgery = Forgery(
            key: Value.key, url: url, orig: "12155550121", dest: ["12155550131"], iat: 1_443_208_345,
            origid: "123e4567-e89b-12d3-a456-426655440000")
        #expect(forgery.parts.prefix(2).joined(separator: ".") == (try file.string("signing_input")))
        let claimed = try Value.read(forgery.identity)
        #expect(claimed.isCanonical)
        let header = try #require(PassportHeader(certificateURL: url))
        let signed = try SignedPassport(claimed.claimed, header, by: try Signer(Value.key))
        #expect(signed.identity.hasPrefix(try file.string("signing_input") + "."))
        // As printed, `iat` is a string.
        forgery.claims["iat"] = #""1443208345""#
        #expect(throws: PassportFault.claimMalformed("iat")) { try Value.read(forgery.identity) }
    }

    /// RFC 8946: the only tokens of the STIR RFCs that verify; we read none of them yet. Two have a high s (SIG-05).
    @Test(arguments: [("div", "div", false), ("div_o", "div-o", true), ("opt_inner", "", true)])
    func `of a diversion is signed, and of a ppt we do not know`(name: String, ppt: String, isHigh: Bool) throws {
        let file = try VectorFile.json("rfc8946_examples")
        let example = try file.part(name)
        let token = try example.string("token")
        let key = try VerifyingKey(pem: try file.string("public_key_pem"))
        let accepted = try Self.accepts(key, token)
        #expect(accepted)
        #expect(String(decoding: try example.part("high_s").canonicalText(), as: UTF8.self) == "\(isHigh)")
        let why: PassportFault = ppt.isEmpty ? .headerMemberMissing("ppt") : .unsupportedExtension(ppt)
        #expect(throws: why) { try Value.read(token + ";info=<https://www.example.com/cert.cer>") }
    }

    @Test func `of an Identity header for a diversion quotes its ppt`() throws {
        let identity = try VectorFile.json("rfc8946_examples").string("identity_header_div")
        #expect(try IdentityHeader(parsing: identity).extensionName == "div")
        #expect(throws: PassportFault.unsupportedExtension("div")) { try Value.read(identity) }
    }

    @Test func `of claims has the canonical form that we print`() throws {
        let file = try VectorFile.json("rfc8225_claims_examples")
        let cases = try file.part("cases")
        var count = 0
        try cases.withElements { example in
            let text = try example.part(example.contains("claims") ? "claims" : "header").canonicalText()
            #expect(String(decoding: text, as: UTF8.self) == (try example.string("canonical")))
            count += 1
        }
        #expect(count == 5)
    }

    private static func canonical(_ text: String) throws -> String {
        let text = Array(text.utf8)
        return String(decoding: try JSON(parsing: text.span).canonicalText(), as: UTF8.self)
    }

    private static func accepts(_ key: VerifyingKey, _ token: String) throws -> Bool {
        let parts = token.split(separator: ".").map(String.init)
        let input = Array((parts[0] + "." + parts[1]).utf8)
        let bytes = try #require(Forgery.bytes(ofBase64URL: parts[2]))
        let made = ES256Signature(bytes.span)
        let signature = try #require(made)
        return key.accepts(signature, for: input.span)
    }
}

extension JSON {
    struct MissingMember: Error { let name: String }

    fileprivate func part(_ name: String) throws -> JSON {
        guard let part = member(name) else { throw MissingMember(name: name) }
        return part
    }
}

/// One of the folder Vectors: examples as published, with their source and what is wrong in them.
enum VectorFile {
    static func json(_ name: String) throws -> JSON {
        let url = try #require(Bundle.module.url(forResource: "Vectors", withExtension: nil))
        let text = [UInt8](try Data(contentsOf: url.appending(path: "\(name).json")))
        return try JSON(parsing: text.span)
    }

    /// SubjectPublicKeyInfo of an uncompressed point on P-256 (RFC 5480 §2.1.1), which has but one beginning.
    static func pem(ofPoint point: [UInt8]) -> String {
        let beginning: [UInt8] = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
            0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ]
        let text = Data(beginning + point).base64EncodedString()
        return "-----BEGIN PUBLIC KEY-----\n\(text)\n-----END PUBLIC KEY-----\n"
    }
}
