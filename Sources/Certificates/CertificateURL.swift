/// An `x5u` that may be fetched. The text stays as it came: it is the key of the cache and is compared octet by octet
/// with `info`, so two spellings of one place are two URLs.
package struct CertificateURL: Hashable, Sendable {
    package let text: String
    /// Without the brackets of an IPv6 address.
    package let host: String
    package let port: Int
    package let isTLS: Bool

    package init(_ text: String, rules: CertificateURLRules = .shaken) throws(CertificateURLFault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= rules.longest else { throw .tooLong }
        guard bytes.allSatisfy(Self.isAllowed), Self.escapesAreWhole(bytes) else { throw .character }
        let (isTLS, rest) = try Self.scheme(of: bytes[...], rules)
        // RFC 3986 §3.2: the authority ends at the first of these three.
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        let authority = rest[..<end], path = rest[end...]
        guard !authority.contains(UInt8(ascii: "@")) else { throw .userInformation }
        guard !path.contains(UInt8(ascii: "?")) else { throw .query }
        guard !path.contains(UInt8(ascii: "#")) else { throw .fragment }
        guard path.count > 1 else { throw .emptyPath }
        // They belong around an address, and nowhere else (RFC 3986 §3.2.2).
        guard !path.contains(where: { "[]".utf8.contains($0) }) else { throw .character }

        let (host, port) = try Self.split(authority)
        self.text = text
        self.isTLS = isTLS
        self.host = String(decoding: host, as: UTF8.self)
        self.port = try Self.port(port, isTLS: isTLS, rules)
        try rules.check(host: self.host, isBracketed: authority.first == UInt8(ascii: "["))
    }

    /// The characters of RFC 3986 §2.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
        }
    }

    private static func escapesAreWhole(_ bytes: [UInt8]) -> Bool {
        bytes.indices.allSatisfy { index in
            guard bytes[index] == UInt8(ascii: "%") else { return true }
            return index + 2 < bytes.count && bytes[(index + 1)...(index + 2)].allSatisfy(\.isHexDigit)
        }
    }

    /// A scheme in capitals is the same scheme (RFC 3986 §3.1).
    private static func scheme(
        of bytes: ArraySlice<UInt8>, _ rules: CertificateURLRules
    ) throws(CertificateURLFault) -> (isTLS: Bool, rest: ArraySlice<UInt8>) {
        for (scheme, isTLS) in [("https://", true), ("http://", false)] where isTLS || rules.allowsCleartext {
            let start = bytes.prefix(scheme.utf8.count)
            if start.elementsEqual(scheme.utf8, by: { $0.lowercased == $1 }) {
                return (isTLS, bytes.dropFirst(start.count))
            }
        }
        throw .scheme
    }

    private static func split(
        _ authority: ArraySlice<UInt8>
    ) throws(CertificateURLFault) -> (host: ArraySlice<UInt8>, port: ArraySlice<UInt8>?) {
        let isBracketed = authority.first == UInt8(ascii: "[")
        let hostEnd =
            isBracketed ? authority.firstIndex(of: UInt8(ascii: "]")) : authority.firstIndex(of: UInt8(ascii: ":"))
        guard let hostEnd else {
            guard !isBracketed else { throw .host }
            return (authority, nil)
        }
        let host = isBracketed ? authority[..<hostEnd].dropFirst() : authority[..<hostEnd]
        let rest = isBracketed ? authority[hostEnd...].dropFirst() : authority[hostEnd...]
        guard let colon = rest.first else { return (host, nil) }
        guard colon == UInt8(ascii: ":") else { throw .host }
        return (host, rest.dropFirst())
    }

    private static func port(
        _ text: ArraySlice<UInt8>?, isTLS: Bool, _ rules: CertificateURLRules
    ) throws(CertificateURLFault) -> Int {
        guard let text else { return isTLS ? 443 : 80 }
        guard (1...5).contains(text.count), text.first != UInt8(ascii: "0"), text.allSatisfy(\.isDecimalDigit) else {
            throw .port
        }
        let port = text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard port <= 65_535, rules.ports?.contains(port) ?? true else { throw .port }
        return port
    }
}

/// Why a URL is not even asked; each one is a 436.
package enum CertificateURLFault: Error, Hashable, Sendable, CaseIterable {
    case tooLong, character, scheme, userInformation, query, fragment, emptyPath, port
    /// Not a DNS name, nor an IP address in its usual form.
    case host
    /// A name that only means something inside a network.
    case privateName
    /// An address that is not a public one.
    case privateAddress

    package var code: String {
        switch self {
        case .tooLong: "url_too_long"
        case .character: "url_character"
        case .scheme: "url_scheme"
        case .userInformation: "url_userinfo"
        case .query: "url_query"
        case .fragment: "url_fragment"
        case .emptyPath: "url_path"
        case .port: "url_port"
        case .host: "url_host"
        case .privateName: "url_private_name"
        case .privateAddress: "url_private_address"
        }
    }
}

extension UInt8 {
    var isDecimalDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isHexDigit: Bool { isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(lowercased) }
    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased) }
    /// ASCII only.
    var lowercased: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }
}
