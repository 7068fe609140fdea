internal import Certificates
internal import NIOCore

/// A block of IP addresses, such as `10.1.0.0/16`.
struct AddressBlock: Hashable, Sendable {
    private let address: [UInt8]
    /// In bits.
    let length: Int

    /// Nil if it is none. An address alone is a block of one.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let bytes = Self.bytes(String(first)) else { return nil }
        let length = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
        guard let length, (0...bytes.count * 8).contains(length) else { return nil }
        (address, self.length) = (bytes, length)
    }

    func contains(_ other: [UInt8]) -> Bool {
        guard other.count == address.count else { return false }
        return (0..<length).allSatisfy { bit in (address[bit / 8] ^ other[bit / 8]) & (0x80 >> (bit % 8)) == 0 }
    }

    static func bytes(_ text: String) -> [UInt8]? {
        InternetAddress(text)?.unmapped.bytes
    }
}

/// The switches that may connect, or the servers that may be asked.
struct AddressBlocks: Hashable, Sendable {
    private let blocks: [AddressBlock]

    /// Nil if one of them is none, or there is none.
    init?(_ texts: [String]) {
        blocks = texts.compactMap { AddressBlock($0) }
        guard !blocks.isEmpty, blocks.count == texts.count else { return nil }
    }

    func contains(_ address: SocketAddress) -> Bool {
        guard let bytes = address.ipAddress.flatMap(AddressBlock.bytes) else { return false }
        return blocks.contains { $0.contains(bytes) }
    }

    func contains(_ address: InternetAddress) -> Bool {
        blocks.contains { $0.contains(address.unmapped.bytes) }
    }
}

/// Which trunk a switch's requests belong to when they name none: that of the narrowest block it is in.
struct AddressTrunks: Sendable {
    private let trunks: [(block: AddressBlock, trunk: String)]

    /// Nil if one of the keys is no block.
    init?(_ texts: [(key: String, value: String)]) {
        let trunks = texts.compactMap { text in AddressBlock(text.key).map { (block: $0, trunk: text.value) } }
        guard trunks.count == texts.count else { return nil }
        self.trunks = trunks.sorted { $0.block.length > $1.block.length }
    }

    var names: [String] { trunks.map(\.trunk) }

    func trunk(of address: String) -> String? {
        guard !trunks.isEmpty, let bytes = AddressBlock.bytes(address) else { return nil }
        return trunks.first { $0.block.contains(bytes) }?.trunk
    }
}
