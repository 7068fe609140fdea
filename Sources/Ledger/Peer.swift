/// A carrier with which we have a trunk link.
package struct Peer: Hashable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        case active
        /// No link is made to it, nor taken from it.
        case suspended
    }

    /// Its SPC.
    package let carrier: String
    /// Where we dial it; nil where it dials us.
    package let address: PeerAddress?
    package let state: State
    /// Whether it may hand over calls that others signed.
    package let isTransit: Bool
    /// Whom one writes to there, to appeal for instance.
    package let contact: String?
    /// The lists of its that we go by, and those of ours that it is told.
    package let takes, gives: Set<SharedList>

    package init(
        carrier: String, address: PeerAddress? = nil, state: State = .active, isTransit: Bool = false,
        contact: String? = nil, takes: Set<SharedList> = [], gives: Set<SharedList> = []
    ) {
        (self.takes, self.gives) = (takes, gives)
        self.carrier = carrier
        self.address = address
        self.state = state
        self.isTransit = isTransit
        self.contact = contact
    }
}

/// Written `trunk.east.example:7443`, or `[2001:db8::1]:7443` for IPv6.
package struct PeerAddress: Hashable, Sendable {
    /// Without the brackets.
    package let host: String
    /// From 1 to 65,535.
    package let port: Int

    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let host = text[..<colon], port = text[text.index(after: colon)...]
        guard let number = Int(port), String(number) == port, (1...65_535).contains(number) else { return nil }
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), Self.isIPv6(host.dropFirst().dropLast()) else { return nil }
            self.host = String(host.dropFirst().dropLast())
        } else {
            guard Self.isName(host) else { return nil }
            self.host = String(host)
        }
        self.port = number
    }

    /// Whether it is of the characters of one: whoever dials it finds out the rest.
    private static func isIPv6(_ text: Substring) -> Bool {
        text.utf8.count <= 45 && text.utf8.count { $0 == UInt8(ascii: ":") } >= 2
            && text.utf8.allSatisfy { byte in
                Character(Unicode.Scalar(byte)).isHexDigit || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
            }
    }

    /// RFC 1123 §2.1; the digits and dots of IPv4 are such a name too.
    private static func isName(_ text: Substring) -> Bool {
        text.utf8.count <= 253
            && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { byte in
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    }
            }
    }
}

extension PeerAddress: CustomStringConvertible {
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
