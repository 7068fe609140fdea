internal import NIOCore

/// Blocks of IP addresses, such as `10.1.0.0/16`: the switches that may connect.
struct AddressBlocks: Hashable, Sendable {
    private struct Block: Hashable {
        let address: [UInt8]
        let length: Int

        func contains(_ other: [UInt8]) -> Bool {
            guard other.count == address.count else { return false }
            return (0..<length).allSatisfy { bit in (address[bit / 8] ^ other[bit / 8]) & (0x80 >> (bit % 8)) == 0 }
        }
    }

    private let blocks: [Block]

    /// Nil if one of them is none. An address alone is a block of one.
    init?(_ texts: [String]) {
        var blocks: [Block] = []
        for text in texts {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let address = try? SocketAddress(ipAddress: String(parts[0]), port: 0),
                let bytes = Self.bytes(address)
            else { return nil }
            let length = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
            guard let length, (0...bytes.count * 8).contains(length) else { return nil }
            blocks.append(Block(address: bytes, length: length))
        }
        guard !blocks.isEmpty else { return nil }
        self.blocks = blocks
    }

    func contains(_ address: SocketAddress) -> Bool {
        guard let bytes = Self.bytes(address) else { return false }
        return blocks.contains { $0.contains(bytes) }
    }

    /// 4 or 16; an IPv4 address within an IPv6 one counts as what it is.
    private static func bytes(_ address: SocketAddress) -> [UInt8]? {
        let packed: [UInt8]
        switch address {
        case .v4(let address):
            let word = UInt32(bigEndian: address.address.sin_addr.s_addr)
            return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
        case .v6(let address):
            let words = address.address.sin6_addr.__in6_u.__u6_addr32
            packed = [words.0, words.1, words.2, words.3].flatMap { word in
                [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: UInt32(bigEndian: word) >> $0) }
            }
        case .unixDomainSocket: return nil
        }
        let isMapped =
            packed.count == 16 && packed.prefix(10).allSatisfy { $0 == 0 } && packed[10] == 0xFF && packed[11] == 0xFF
        return isMapped ? Array(packed[12...]) : packed
    }
}
