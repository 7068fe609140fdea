internal import Foundation
internal import LibCrypto

/// SHA-256 of previous hash ‖ id ‖ text, the id as eight bytes, big-endian.
///
/// The id is in it so that a record cannot be moved to another day or place.
struct ChainHash: Sendable {
    private(set) var bytes: InlineArray<32, UInt8>

    /// What the first record of all continues.
    static let first = ChainHash()

    private init() { bytes = InlineArray(repeating: 0) }

    /// Nil unless 32 bytes.
    init?(_ stored: Data) {
        guard stored.count == 32 else { return nil }
        bytes = InlineArray<32, UInt8> { stored[stored.startIndex + $0] }
    }

    /// By one of these lines, the record `id`.
    mutating func extend(byLine index: Int, of lines: RecordLines, id: Int) {
        extend(by: lines.bytes.span.extracting(lines.range(ofLine: index)), id: id)
    }

    private mutating func extend(by text: Span<UInt8>, id: Int) {
        let id = UInt64(bitPattern: Int64(id))
        var head = InlineArray<40, UInt8>(repeating: 0)
        for index in 0..<32 { head[index] = bytes[index] }
        for index in 0..<8 {
            head[32 + index] = UInt8(truncatingIfNeeded: id >> UInt64(56 - 8 * index))
        }
        bytes = SHA256.digest(head.span, text)
    }

    func append(to row: inout [UInt8]) {
        row.append(addingCapacity: 32) { output in
            for index in bytes.indices { output.append(bytes[index]) }
        }
    }

    /// Nil unless 64 hexadecimal digits, in lower case.
    init?(hexadecimal text: String) {
        let text = Array(text.utf8)
        guard text.count == 64 else { return nil }
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        for (place, digit) in text.enumerated() {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): bytes[place / 2] = bytes[place / 2] << 4 | digit & 15
            case UInt8(ascii: "a")...UInt8(ascii: "f"): bytes[place / 2] = bytes[place / 2] << 4 | (digit - 87)
            default: return nil
            }
        }
        self.bytes = bytes
    }

    var hexadecimal: String { data.hexadecimal }

    var data: Data { Data((0..<32).map { bytes[$0] }) }
}
