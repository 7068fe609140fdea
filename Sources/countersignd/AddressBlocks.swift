internal import Certificates
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
            guard parts.count <= 2, let first = parts.first, let bytes = Self.bytes(String(first)) else { return nil }
            let length = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
            guard let length, (0...bytes.count * 8).contains(length) else { return nil }
            blocks.append(Block(address: bytes, length: length))
        }
        guard !blocks.isEmpty else { return nil }
        self.blocks = blocks
    }

    func contains(_ address: SocketAddress) -> Bool {
        guard let bytes = address.ipAddress.flatMap(Self.bytes) else { return false }
        return blocks.contains { $0.contains(bytes) }
    }

    /// 4 or 16; an IPv4 address within an IPv6 one counts as what it is.
    private static func bytes(_ text: String) -> [UInt8]? {
        guard let address = InternetAddress(ipv4: text) ?? InternetAddress(ipv6: text) else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return address.bytes.starts(with: mapped) ? Array(address.bytes.dropFirst(12)) : address.bytes
    }
}
