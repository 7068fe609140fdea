internal import Foundation
internal import LibCrypto

/// SHA-256 of a record's text.
struct RecordDigest: Sendable {
    let bytes: InlineArray<32, UInt8>

    init(ofLine index: Int, of lines: RecordLines) {
        bytes = SHA256.digest(lines.bytes.span.extracting(lines.range(ofLine: index)))
    }

    init(of text: Span<UInt8>) { bytes = SHA256.digest(text) }

    /// Its first six bytes, which a journal keeps of each record (``BatchMarks``).
    var mark: UInt64 { (0..<6).reduce(0) { $0 << 8 | UInt64(bytes[$1]) } }
}

/// SHA-256 of previous hash ‖ id ‖ digest of the text, the id as eight bytes, big-endian.
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

    /// By the record `id`.
    mutating func extend(by digest: RecordDigest, id: Int) {
        let id = UInt64(bitPattern: Int64(id))
        var head = InlineArray<40, UInt8>(repeating: 0)
        for index in 0..<32 { head[index] = bytes[index] }
        for index in 0..<8 {
            head[32 + index] = UInt8(truncatingIfNeeded: id >> UInt64(56 - 8 * index))
        }
        bytes = SHA256.digest(head.span, digest.bytes.span)
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

    var hexadecimal: String {
        String(decoding: (0..<64).map { Self.digits[Int(bytes[$0 / 2] >> ($0 % 2 == 0 ? 4 : 0) & 15)] }, as: UTF8.self)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    var data: Data { Data((0..<32).map { bytes[$0] }) }
}

extension ChainHash: Equatable {
    static func == (one: ChainHash, other: ChainHash) -> Bool {
        one.bytes.indices.allSatisfy { one.bytes[$0] == other.bytes[$0] }
    }
}
