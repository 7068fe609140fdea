internal import Foundation
internal import LibCrypto

/// SHA-256 of previous hash ‖ id ‖ time ‖ text, numbers as eight bytes, big-endian.
///
/// The id is in it so that a record cannot be moved to another day or place, the time because it is a column.
struct ChainHash {
    private(set) var bytes: InlineArray<32, UInt8>

    /// Nil unless 32 bytes.
    init?(_ stored: Data) {
        guard stored.count == 32 else { return nil }
        bytes = InlineArray<32, UInt8> { stored[stored.startIndex + $0] }
    }

    mutating func extend(by text: Span<UInt8>, id: Int, atMilliseconds time: Int) {
        let (id, time) = (UInt64(bitPattern: Int64(id)), UInt64(bitPattern: Int64(time)))
        var head = InlineArray<48, UInt8>(repeating: 0)
        for index in 0..<32 { head[index] = bytes[index] }
        for index in 0..<8 {
            head[32 + index] = UInt8(truncatingIfNeeded: id >> UInt64(56 - 8 * index))
            head[40 + index] = UInt8(truncatingIfNeeded: time >> UInt64(56 - 8 * index))
        }
        bytes = SHA256.digest(head.span, text)
    }

    func append(to row: inout [UInt8]) {
        for index in bytes.indices { row.append(bytes[index]) }
    }

    var data: Data { Data((0..<32).map { bytes[$0] }) }
}
