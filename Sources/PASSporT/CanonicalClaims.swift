internal import Jansson
internal import NumberPlan

extension Passport {
    /// The claims of a token that is written as we write ours, read without a JSON tree; nil for any other, whatever is
    /// wrong or merely different with it.
    ///
    /// Every byte is accounted for: what stands between the values is exactly what ``appendClaims(to:)`` puts there, and each
    /// value is written in the one way in which that writes it.
    init?(canonicalClaims claims: Span<UInt8>) {
        guard claims.count <= Self.longestCanonical else { return nil }
        var reader = ClaimsReader()
        guard reader.takes(Self.beforeAttest, claims), let attestation = Attestation(rawValue: reader.text(claims)),
            reader.takes(Self.beforeDest, claims)
        else { return nil }
        var destinations: [Digits] = []
        repeat {
            guard let number = reader.digits(claims) else { return nil }
            destinations.append(number)
        } while reader.takes(Self.betweenDest, claims)
        guard reader.takes(Self.beforeIssuedAt, claims),
            let issuedAt = reader.integer(claims), reader.takes(Self.beforeOrig, claims),
            let origin = reader.digits(claims), origin.isDecimal, origin.count <= Self.longestOrigin,
            reader.takes(Self.beforeOriginID, claims)
        else { return nil }
        let originID = reader.text(claims)
        guard Self.isPlain(originID: originID), reader.takes(Self.afterOriginID, claims), reader.isAtEnd(claims) else {
            return nil
        }
        self.init(attestation: attestation, origin: origin, destinations: [], issuedAt: issuedAt, originID: originID)
        // As they came: their order is the signer's.
        self.destinations = destinations
    }

    /// Whether `claims` is exactly what we would write for these values, so that no parser could read anything else.
    func isCanonical(_ claims: [UInt8]) -> Bool {
        guard destinationURIs.isEmpty, Self.isPlain(originID: originID) else { return false }
        var expected = JSONText(capacity: claims.count)
        appendClaims(to: &expected)
        return expected.bytes == claims
    }

    /// Longer ones go the long way round, where each of their parts has its limit.
    private static let longestCanonical = 1_024

    private static let beforeAttest = Array(#"{"attest":""#.utf8)
    private static let beforeDest = Array(#"","dest":{"tn":[""#.utf8)
    private static let betweenDest = Array(#"",""#.utf8)
    private static let beforeIssuedAt = Array(#""]},"iat":"#.utf8)
    private static let beforeOrig = Array(#","orig":{"tn":""#.utf8)
    private static let beforeOriginID = Array(#""},"origid":""#.utf8)
    private static let afterOriginID = Array(#""}"#.utf8)
}

/// Reads the values that stand in canonical claims, and what stands between them.
private struct ClaimsReader {
    private var index = 0

    func isAtEnd(_ claims: Span<UInt8>) -> Bool { index == claims.count }

    mutating func takes(_ expected: [UInt8], _ claims: Span<UInt8>) -> Bool {
        guard expected.count <= claims.count - index else { return false }
        for place in expected.indices where claims[index + place] != expected[place] { return false }
        index += expected.count
        return true
    }

    /// Up to the next quotation mark; with a replacement character, which is nowhere plain, where it is no UTF-8.
    mutating func text(_ claims: Span<UInt8>) -> String {
        let text = claims.extracting(index..<endOfText(claims))
        index += text.count
        guard let characters = try? UTF8Span(validating: text) else { return "\u{FFFD}" }
        return String(copying: characters)
    }

    mutating func digits(_ claims: Span<UInt8>) -> Digits? {
        let text = claims.extracting(index..<endOfText(claims))
        index += text.count
        return Digits(utf8: text)
    }

    /// Nil for what is too large, for none at all, and for leading zeros, which JSON does not have.
    mutating func integer(_ claims: Span<UInt8>) -> Int? {
        let start = index
        var number = 0
        while index < claims.count, index - start < 18 {
            let digit = claims[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            number = number * 10 + Int(digit)
            index += 1
        }
        guard index > start, claims[start] != UInt8(ascii: "0") || index == start + 1 else { return nil }
        return number
    }

    private func endOfText(_ claims: Span<UInt8>) -> Int {
        var end = index
        while end < claims.count, claims[end] != UInt8(ascii: "\"") { end += 1 }
        return end
    }
}
