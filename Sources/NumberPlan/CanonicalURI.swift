/// A caller or callee that is no number, in the form in which it is signed: `scheme:user@host`, without password, port,
/// parameters and headers, in lower case (RFC 8224 §8.5).
package struct CanonicalURI: Hashable, Sendable {
    package let text: String

    package init(_ raw: String) throws(NumberFault) {
        guard raw.utf8.count <= DialPlan.longestText else { throw .tooLong }
        guard raw.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .forbiddenCharacter }
        guard let colon = raw.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .malformedURI }
        let scheme = String(raw[..<colon]).lowercased()
        let rest = raw.utf8[raw.utf8.index(after: colon)...]
        guard Self.isScheme(scheme), !rest.isEmpty else { throw .malformedURI }
        switch scheme {
        case "sip", "sips": text = try "\(scheme):\(Self.address(rest))"
        // A URN has neither user nor host; RFC 8141 §3.1 makes its namespace insensitive to case, and RFC 5031 §4.2
        // the rest of urn:service too.
        case "urn": text = "urn:" + Self.loweredService(String(decoding: rest, as: UTF8.self))
        default: text = "\(scheme):" + String(decoding: rest, as: UTF8.self)
        }
    }

    private static func address(_ rest: Substring.UTF8View) throws(NumberFault) -> String {
        let whole = rest.prefix { $0 != UInt8(ascii: "?") }
        let parts = whole.split(separator: UInt8(ascii: "@"), maxSplits: 2, omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return try host(parts[0])
        case 2:
            // Parameters of the user part, as in a number's, belong to the user (RFC 3261 §25.1).
            let user = parts[0].prefix { $0 != UInt8(ascii: ":") }
            guard !user.isEmpty else { throw .malformedURI }
            return try "\(unreservedDecoded(user))@\(host(parts[1]))"
        default: throw .malformedURI
        }
    }

    private static func host(_ hostAndRest: Substring.UTF8View) throws(NumberFault) -> String {
        let hostAndPort = hostAndRest.prefix { $0 != UInt8(ascii: ";") }
        var host = hostAndPort.prefix { $0 != UInt8(ascii: ":") }
        if hostAndPort.first == UInt8(ascii: "[") {
            guard let end = hostAndPort.firstIndex(of: UInt8(ascii: "]")) else { throw .malformedURI }
            host = hostAndPort[...end]
        }
        let allowed = host.allSatisfy { character in
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        guard allowed, !host.isEmpty else { throw .malformedURI }
        return String(decoding: host, as: UTF8.self).lowercased()
    }

    /// Octets that need no encoding are decoded; what stays encoded gets upper-case digits, so that there is one
    /// spelling (RFC 3986 §6.2.2.1): the rest is lowered, since RFC 8224 §8.5 wants the user part in lower case.
    private static func unreservedDecoded(_ text: Substring.UTF8View) throws(NumberFault) -> String {
        var result: [UInt8] = []
        var iterator = text.makeIterator()
        while let character = iterator.next() {
            guard character == UInt8(ascii: "%") else {
                result.append(lowered(character))
                continue
            }
            guard let high = iterator.next(), let low = iterator.next(),
                let highValue = hexValue(high), let lowValue = hexValue(low)
            else { throw .badPercentEncoding }
            let octet = highValue << 4 | lowValue
            if isUnreserved(octet) {
                result.append(lowered(octet))
            } else {
                result += [character, raised(high), raised(low)]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func loweredService(_ rest: String) -> String {
        let lowercased = rest.lowercased()
        return lowercased.utf8.starts(with: "service:".utf8) ? lowercased : rest
    }

    private static func isScheme(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy {
            isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
    }

    private static func isUnreserved(_ octet: UInt8) -> Bool {
        isLetter(octet) || isDigit(octet) || octet == UInt8(ascii: "-") || octet == UInt8(ascii: ".")
            || octet == UInt8(ascii: "_") || octet == UInt8(ascii: "~")
    }

    private static func isLetter(_ octet: UInt8) -> Bool {
        lowered(octet) >= UInt8(ascii: "a") && lowered(octet) <= UInt8(ascii: "z")
    }

    private static func isDigit(_ octet: UInt8) -> Bool { octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9") }

    private static func lowered(_ octet: UInt8) -> UInt8 {
        octet >= UInt8(ascii: "A") && octet <= UInt8(ascii: "Z") ? octet + 32 : octet
    }

    private static func raised(_ octet: UInt8) -> UInt8 {
        octet >= UInt8(ascii: "a") && octet <= UInt8(ascii: "z") ? octet - 32 : octet
    }
}

extension CanonicalURI: CustomStringConvertible {
    package var description: String { text }
}
