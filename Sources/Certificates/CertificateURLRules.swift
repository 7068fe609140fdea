/// Where certificates may be fetched from.
package struct CertificateURLRules: Sendable {
    /// Nil allows any.
    package var ports: Set<Int>? = [443, 8443]
    package var allowsCleartext = false
    /// Whether addresses and names that mean something only inside a network may be asked.
    package var allowsPrivateHosts = false
    /// In bytes.
    package var longest = 2048

    package init() {}

    /// ATIS-1000074 §5.3.1, and no way into our own network.
    package static let shaken = CertificateURLRules()

    /// For a laboratory: http, any port, loopback and private addresses.
    package static var laboratory: CertificateURLRules {
        var rules = CertificateURLRules()
        rules.ports = nil
        rules.allowsCleartext = true
        rules.allowsPrivateHosts = true
        return rules
    }

    /// Names are judged again once they are resolved: see ``InternetAddress/isPublic``.
    func check(host: String, isBracketed: Bool) throws(CertificateURLFault) {
        if let address = isBracketed ? InternetAddress(ipv6: host) : InternetAddress(ipv4: host) {
            guard address.isPublic || allowsPrivateHosts else { throw .privateAddress }
            return
        }
        guard !isBracketed else { throw .host }
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        guard host.utf8.count <= 253, labels.allSatisfy(Self.isLabel), let last = labels.last else { throw .host }
        // "0x7f.1", "2130706433", "127.1": a number to inet_aton, and to the resolvers built on it.
        guard !Self.isNumber(last) else { throw .host }
        guard !allowsPrivateHosts else { return }
        let name = String(decoding: last.map(\.lowercased), as: UTF8.self)
        let isHomeNetwork = host.lowercased().hasSuffix(".home.arpa")
        guard labels.count > 1, !Self.privateSuffixes.contains(name), !isHomeNetwork else { throw .privateName }
    }

    /// Letters, digits and hyphens. An empty label, and so a trailing dot, is none.
    private static func isLabel(_ label: [UInt8]) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
            && label.allSatisfy { $0.isLetter || $0.isDecimalDigit || $0 == hyphen }
    }

    private static func isNumber(_ label: [UInt8]) -> Bool {
        if label.allSatisfy(\.isDecimalDigit) { return true }
        return label.count >= 2 && label[0] == UInt8(ascii: "0") && label[1].lowercased == UInt8(ascii: "x")
            && label.dropFirst(2).allSatisfy(\.isHexDigit)
    }

    /// RFC 6761, RFC 6762, RFC 8375, and the domain ICANN keeps for private use.
    private static let privateSuffixes: Set = [
        "localhost", "local", "internal", "localdomain", "onion", "lan", "intranet", "corp", "home", "test", "invalid",
    ]
}
