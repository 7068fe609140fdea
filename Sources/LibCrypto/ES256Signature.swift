/// An ECDSA P-256 signature as JWS carries it: r and s, 32 bytes each, big-endian (RFC 7518 §3.4).
package struct ES256Signature: Sendable {
    package static let byteCount = 64

    package private(set) var octets = InlineArray<64, UInt8>(repeating: 0)

    /// Nil for any other length: a DER signature is refused before any arithmetic is done with it.
    package init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        for index in bytes.indices { octets[index] = bytes[index] }
    }

    package subscript(index: Int) -> UInt8 { octets[index] }

    package var bytes: [UInt8] { octets.indices.map { octets[$0] } }
}

extension ES256Signature: Hashable {
    package static func == (one: ES256Signature, other: ES256Signature) -> Bool {
        one.octets.indices.allSatisfy { one[$0] == other[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in octets.indices { hasher.combine(octets[index]) }
    }
}

/// libcrypto speaks `SEQUENCE { r INTEGER, s INTEGER }` in DER, 8 to 72 bytes long.
struct DERSignature {
    private(set) var bytes = InlineArray<72, UInt8>(repeating: 0)
    private(set) var count = 0

    /// Whether r and s lie between 1 and n - 1 is libcrypto's to check, and it does.
    init(_ signature: ES256Signature) {
        count = 2
        append(signature, from: 0)
        append(signature, from: 32)
        bytes[0] = 0x30
        bytes[1] = UInt8(count - 2)
    }

    /// An INTEGER is written without leading zeros, but with one before a first byte that would read as a minus.
    private mutating func append(_ signature: ES256Signature, from start: Int) {
        var first = start
        while first < start + 31, signature[first] == 0 { first += 1 }
        let pad = signature[first] >= 0x80 ? 1 : 0
        bytes[count] = 0x02
        bytes[count + 1] = UInt8(start + 32 - first + pad)
        count += 2 + pad
        for index in first..<start + 32 {
            bytes[count] = signature[index]
            count += 1
        }
    }
}

extension ES256Signature {
    /// Nil when it is not what DER allows, but for superfluous zeros in front.
    package init?(der: Span<UInt8>) {
        guard der.count >= 8, der[0] == 0x30, Int(der[1]) == der.count - 2 else { return nil }
        guard let r = Self.integer(in: der, at: 2), let s = Self.integer(in: der, at: r.upperBound),
            s.upperBound == der.count
        else { return nil }
        for index in r { octets[32 - r.upperBound + index] = der[index] }
        for index in s { octets[64 - s.upperBound + index] = der[index] }
    }

    /// Where the INTEGER that begins at `start` has its significant bytes, 32 at the most.
    private static func integer(in der: Span<UInt8>, at start: Int) -> Range<Int>? {
        guard start + 2 < der.count, der[start] == 0x02 else { return nil }
        let end = start + 2 + Int(der[start + 1])
        var first = start + 2
        guard end <= der.count, first < end, der[first] < 0x80 else { return nil }
        while first < end - 1, der[first] == 0 { first += 1 }
        guard end - first <= 32 else { return nil }
        return first..<end
    }
}
