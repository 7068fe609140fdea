internal import Jansson

/// The header of a SHAKEN PASSporT: `{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":…}` (RFC 8225 §4, RFC 8588 §6).
///
/// Made once per credential: everything of an Identity header field value that does not change from call to call.
package struct PassportHeader: Hashable, Sendable {
    package let certificateURL: String
    /// base64url of the header, with the dot after it.
    let encoded: [UInt8]
    /// `;info=<…>;alg=ES256;ppt=shaken`: lower case, no blanks, no quotes, the form that every deployed verifier reads.
    let parameters: [UInt8]

    /// Nil unless the URL can stand in a header field and in JSON as it is.
    package init?(certificateURL: String) {
        guard !certificateURL.isEmpty,
            Self.isPlain(certificateURL), !certificateURL.utf8.contains(where: { "<>".utf8.contains($0) })
        else { return nil }
        self.certificateURL = certificateURL
        var encoded: [UInt8] = []
        Base64URL.append(Self.canonicalText(certificateURL: certificateURL).span, to: &encoded)
        self.encoded = encoded + [UInt8(ascii: ".")]
        parameters = Array(";info=<\(certificateURL)>;alg=ES256;ppt=shaken".utf8)
    }

    /// Names in code-point order, no white space (RFC 8225 §9). The URL needs no escaping: `init` and
    /// ``isCanonical(_:certificateURL:)`` let none through that would.
    private static func canonicalText(certificateURL: String) -> [UInt8] {
        var text = opening
        text.append(contentsOf: certificateURL.utf8)
        text.append(contentsOf: closing)
        return text
    }

    private static let opening = Array(#"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":""#.utf8)
    private static let closing = Array(#""}"#.utf8)

    /// Whether `header` is exactly what stands in front of our own tokens, but with this URL.
    static func isCanonical(_ header: [UInt8], certificateURL: String) -> Bool {
        header.count == opening.count + certificateURL.utf8.count + closing.count
            && header.starts(with: opening) && header.dropFirst(opening.count).starts(with: certificateURL.utf8)
            && header.suffix(closing.count).elementsEqual(closing) && isPlain(certificateURL)
    }

    private static func isPlain(_ url: String) -> Bool {
        url.utf8.span.firstIndex { isSpecialInJSON($0) | ($0 == 0x20 ? 1 : 0) } == nil
    }
}

/// A kind of PASSporT that this service judges, named by `ppt` (RFC 8225 §8).
package enum PassportExtension: String, Hashable, Sendable, CaseIterable {
    case shaken

    package var name: String { rawValue }
}

extension PassportHeader {
    /// Checks a decoded header in the order of RFC 8224 §6.2 and gives its `ppt` and `x5u`.
    static func check(_ header: borrowing JSON) throws(PassportFault) -> (extension: String, certificateURL: String) {
        guard header.kind == .object else { throw .notJSON(.header) }
        guard header.count <= Passport.longestMembers else { throw .tooManyMembers(.header) }
        for name: StaticString in ["ppt", "typ", "alg", "x5u"] where !header.contains(name) {
            throw .headerMemberMissing("\(name)")
        }
        guard (try? header.string("typ")) == "passport" else { throw .typeNotPassport }
        guard (try? header.string("alg")) == "ES256" else { throw .algorithmNotES256 }
        if header.contains("crit") { try checkCritical(header) }
        guard let name = try? header.string("ppt") else { throw .extensionParameterDiffers("") }
        guard let url = try? header.string("x5u") else { throw .certificateURLNotText }
        return (name, url)
    }

    /// A list of names, each once, each present and understood; of those that RFC 7515 §4.1.11 lets stand there, we
    /// understand `ppt` alone.
    private static func checkCritical(_ header: borrowing JSON) throws(PassportFault) {
        guard let names = try? header.strings("crit"), names == ["ppt"] else { throw .criticalHeader }
    }
}
