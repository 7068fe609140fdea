/// An IPv4 or IPv6 address, to tell those on the Internet from those within somebody's network.
package struct InternetAddress: Hashable, Sendable {
    /// 4 or 16, in network order.
    package let bytes: [UInt8]

    /// Nil for any other count.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Four decimal numbers without leading zeros: what other readers take for octal or hexadecimal is none.
    package init?(ipv4 text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard part.allSatisfy(\.isDecimalDigit), part.count == 1 || part.first != UInt8(ascii: "0"),
                let byte = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    /// RFC 4291 §2.2, without a zone.
    package init?(ipv6 text: String) {
        guard let gap = text.firstRange(of: "::") else {
            guard let bytes = Self.groups(text[...]), bytes.count == 16 else { return nil }
            self.bytes = bytes
            return
        }
        guard let head = Self.groups(text[..<gap.lowerBound]), !text[..<gap.lowerBound].contains("."),
            let tail = Self.groups(text[gap.upperBound...]), head.count + tail.count <= 14
        else { return nil }
        bytes = head + Array(repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// As either of the two reads it.
    package init?(_ text: String) {
        guard let address = InternetAddress(ipv4: text) ?? InternetAddress(ipv6: text) else { return nil }
        self = address
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        for (place, group) in groups.enumerated() {
            if place == groups.count - 1, group.utf8.contains(UInt8(ascii: ".")) {
                guard let embedded = InternetAddress(ipv4: String(group)) else { return nil }
                bytes += embedded.bytes
            } else {
                guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy(\.isHexDigit),
                    let value = UInt16(group, radix: 16)
                else { return nil }
                bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
            }
        }
        return bytes
    }
}

extension InternetAddress: CustomStringConvertible {
    /// As ``init(ipv4:)`` or ``init(ipv6:)`` reads it; no group of zeros is left out.
    package var description: String {
        guard bytes.count == 16 else { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
}

extension InternetAddress {
    /// An IPv4 address within an IPv6 one (RFC 4291 §2.5.5.2) as what it is.
    package var unmapped: InternetAddress {
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return bytes.starts(with: mapped) ? InternetAddress(bytes: Array(bytes.dropFirst(12))) ?? self : self
    }

    /// What limits for each address count by: of IPv6 the first address of its /64, since all of that, and more, is one
    /// customer's (RFC 6177 §2).
    package var site: InternetAddress {
        let address = unmapped
        guard address.bytes.count == 16 else { return address }
        return InternetAddress(bytes: address.bytes.prefix(8) + Array(repeating: 0, count: 8)) ?? address
    }

    /// Whether it is a global unicast address by the IANA special-purpose registries (RFC 6890). Those that carry an
    /// IPv4 address within (mapped, 6to4, NAT64, Teredo) are not: they would lead around the check of that address.
    package var isPublic: Bool {
        bytes.count == 4
            ? !Self.special4.contains { $0.covers(bytes) }
            : Self.unicast6.covers(bytes) && !Self.special6.contains { $0.covers(bytes) }
    }

    private struct Prefix {
        let bytes: [UInt8]
        let bits: Int

        init(_ bytes: [UInt8], _ bits: Int) {
            self.bytes = bytes
            self.bits = bits
        }

        func covers(_ address: [UInt8]) -> Bool {
            (0..<bits).allSatisfy { bit in
                let expected = bit / 8 < bytes.count ? bytes[bit / 8] : 0
                return (expected ^ address[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
            }
        }
    }

    private static let special4 = [
        Prefix([0], 8), Prefix([10], 8), Prefix([100, 64], 10), Prefix([127], 8), Prefix([169, 254], 16),
        Prefix([172, 16], 12), Prefix([192, 0, 0], 24), Prefix([192, 0, 2], 24), Prefix([192, 88, 99], 24),
        Prefix([192, 168], 16), Prefix([198, 18], 15), Prefix([198, 51, 100], 24), Prefix([203, 0, 113], 24),
        Prefix([224], 3),
    ]
    private static let unicast6 = Prefix([0x20], 3)
    private static let special6 = [
        Prefix([0x20, 0x01, 0x00], 23), Prefix([0x20, 0x01, 0x0D, 0xB8], 32), Prefix([0x20, 0x02], 16),
        Prefix([0x3F, 0xFF], 20),
    ]
}
