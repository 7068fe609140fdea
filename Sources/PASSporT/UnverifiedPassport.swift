internal import Jansson
package import LibCrypto

/// A PASSporT in full form as it was received. Anyone can write one; ``verified(by:)`` alone turns it into a
/// ``VerifiedPassport``.
package final class UnverifiedPassport: Sendable {
    /// What the token says, well formed but not yet believed.
    package let claimed: Passport
    /// Where the signer says its certificate is; the same in the token and beside it.
    package let certificateURL: String
    /// The token and its parameters were written in the one form of RFC 8225 §9, without a claim beyond SHAKEN's.
    package let isCanonical: Bool
    /// Its `iat` is a text, as in the examples of several RFCs and in no rule of theirs; only where that is tolerated.
    package let hasTextualTime: Bool

    private let claims: [UInt8]
    private let header: [UInt8]
    /// Nil where it has another length than ES256's: its signer's key may be of a kind that says more about what is wrong.
    private let signature: ES256Signature?
    private let digest: InlineArray<32, UInt8>

    /// Reads a header field value up to everything that can be known without a certificate, and stops at the first
    /// fault, in the order of RFC 8224 §6.2.
    package init(_ identity: IdentityHeader, toleratesTextualTime: Bool = false) throws(PassportFault) {
        let token = identity.token
        // A `ppt` beside the token decides before the token is looked at (RFC 8224 §6.2 step 1).
        if let name = identity.extensionName, PassportExtension(rawValue: name) == nil {
            throw .unsupportedExtension(name)
        }
        let parts = Self.parts(of: token)
        if parts.count == 3, parts[0].isEmpty, parts[1].isEmpty { throw .compactForm }
        guard let info = identity.info else { throw .infoMissing }
        guard !identity.isInfoMalformed else { throw .infoNotURI }
        guard parts.count == 3 else { throw .notThreeParts }
        guard let header = Base64URL.decode(parts[0]) else { throw .notBase64URL(.header) }
        guard let claims = Base64URL.decode(parts[1]) else { throw .notBase64URL(.claims) }

        // Byte for byte what we would write for this URL ourselves: nothing is left to be parsed.
        let isHeaderCanonical = PassportHeader.isCanonical(header, certificateURL: info)
        try Self.checkAlgorithm(identity)
        if !isHeaderCanonical { try Self.check(header, info, identity) }
        let canonical = Passport(canonicalClaims: claims.span)
        let passport: Passport
        if let canonical {
            (passport, hasTextualTime) = (canonical, false)
        } else {
            let json = try Self.json(claims, .claims)
            passport = try Passport(claims: json, toleratesTextualTime: toleratesTextualTime)
            hasTextualTime = json.kind(of: "iat") == .string
        }
        guard let signatureBytes = Base64URL.decode(parts[2]) else { throw .notBase64URL(.signature) }

        isCanonical = isHeaderCanonical && (canonical != nil || passport.isCanonical(claims))
        let signed = token[token.startIndex..<parts[1].endIndex]
        digest = SHA256.digest(signed.span)
        claimed = passport
        certificateURL = info
        self.claims = claims
        self.header = header
        signature = ES256Signature(signatureBytes.span)
    }
}

extension UnverifiedPassport {
    /// Believes the claims once their signature holds over the very bytes that came in (RFC 7515 §5.2).
    package func verified(by key: VerifyingKey) throws(PassportFault) -> VerifiedPassport {
        guard let signature else { throw .signatureMalformed }
        guard key.accepts(signature, forDigest: digest) else { throw .signatureInvalid }
        return VerifiedPassport(self, assertion: assertion)
    }

    /// Every claim by name, for the constraints of its signer's certificate, each as its canonical JSON text: a string stands with its quotes (RFC 8225 §9).
    ///
    /// Pairs and not a dictionary: to Swift, two names may be equal although their bytes are not.
    package var claimTexts: [(name: String, text: String)] {
        let text = self.claims
        guard let claims = try? JSON(parsing: text.span, limits: .token) else { return [] }
        return claims.names.compactMap { name in
            guard let claim = claims.member(name) else { return nil }
            return (name, String(decoding: claim.canonicalText(), as: UTF8.self))
        }
    }

    /// Whether a claim, as in ``claimTexts``, has this permitted value (RFC 9118 §3): a string is compared as it is, anything
    /// else by its canonical form.
    package static func isClaim(_ text: String, permittedBy value: String) -> Bool {
        let holder = JSON.object()
        holder.set("", value)
        if text.utf8.first == UInt8(ascii: "\"") {
            guard let asString = holder.member("") else { return false }
            return asString.canonicalText().elementsEqual(text.utf8)
        }
        guard let wrapped = try? JSON(parsing: Array("[\(value)]".utf8).span, limits: .token), wrapped.count == 1 else {
            return false
        }
        return wrapped.canonicalText().elementsEqual("[\(text)]".utf8)
    }

    /// Names what is asserted, whatever its spelling and signature: anyone can turn (r, s) into (r, n - s), and a signer
    /// can write the same claims in another order.
    private var assertion: InlineArray<32, UInt8> {
        if isCanonical { return digest }
        var text: [UInt8] = []
        for part in [header, claims] {
            let canonical = (try? JSON(parsing: part.span, limits: .token).canonicalText()) ?? part
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            Base64URL.append(canonical.span, to: &text)
        }
        return SHA256.digest(text.span)
    }
}

extension UnverifiedPassport {
    /// What stands between the dots: three parts, or any other number of them that is none.
    private static func parts(of token: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        let start = token.startIndex
        guard let first = dot(in: token.span, from: 0), let second = dot(in: token.span, from: first + 1),
            dot(in: token.span, from: second + 1) == nil
        else { return [] }
        return [
            token[..<(start + first)], token[(start + first + 1)..<(start + second)], token[(start + second + 1)...],
        ]
    }

    private static func dot(in token: Span<UInt8>, from start: Int) -> Int? {
        token.firstIndex(of: UInt8(ascii: "."), from: start)
    }

    private static func checkAlgorithm(_ identity: IdentityHeader) throws(PassportFault) {
        if let algorithm = identity.algorithm, algorithm != "ES256" { throw .algorithmParameterDiffers(algorithm) }
    }

    /// Whether the header is one that we accept and agrees with the parameters beside the token.
    private static func check(
        _ header: [UInt8], _ info: String, _ identity: IdentityHeader
    ) throws(PassportFault) {
        let found = try PassportHeader.check(try json(header, .header))
        let named = identity.extensionName ?? found.extension
        guard named == found.extension else { throw .extensionParameterDiffers(found.extension) }
        guard PassportExtension(rawValue: found.extension) != nil else { throw .unsupportedExtension(found.extension) }
        guard found.certificateURL.utf8.elementsEqual(info.utf8) else { throw .certificateURLDiffers }
    }

    private static func json(_ text: [UInt8], _ part: PassportFault.Part) throws(PassportFault) -> JSON {
        do throws(JSONError) { return try JSON(parsing: text.span, limits: .token) } catch { throw .notJSON(part) }
    }
}
