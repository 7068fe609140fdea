internal import NumberPlan

extension Passport {
    /// The claims of a token that is written as we write ours, read without a JSON tree; nil for any other, whatever is
    /// wrong or merely different with it.
    ///
    /// How they are read here need not be trusted: what was read is written again, and has to give the same bytes. Those
    /// hold nothing but what ``appendClaims(to:)`` writes, in which there is only one thing to read.
    init?(canonicalClaims claims: [UInt8]) {
        guard claims.count <= Self.longestCanonical else { return nil }
        var reader = ClaimsReader(claims)
        reader.skip(Self.beforeAttest)
        guard let attestation = Attestation(rawValue: reader.text()) else { return nil }
        reader.skip(Self.beforeDest)
        var destinations: [Digits] = []
        repeat {
            guard let number = reader.digits() else { return nil }
            destinations.append(number)
        } while reader.skipsOver(Self.betweenDest)
        reader.skip(Self.beforeIssuedAt)
        guard let issuedAt = reader.integer() else { return nil }
        reader.skip(Self.beforeOrig)
        guard let origin = reader.digits(), origin.isDecimal, origin.count <= Self.longestOrigin else { return nil }
        reader.skip(Self.beforeOriginID)
        let originID = reader.text()
        self.init(attestation: attestation, origin: origin, destinations: [], issuedAt: issuedAt, originID: originID)
        // As they came: their order is the signer's.
        self.destinations = destinations
        guard destinations.count <= Self.mostDestinations, isCanonical(claims) else { return nil }
    }

    /// Whether `claims` is exactly what we would write for these values, so that no parser could read anything else.
    func isCanonical(_ claims: [UInt8]) -> Bool {
        guard destinationURIs.isEmpty, Self.isPlain(originID: originID) else { return false }
        var expected: [UInt8] = []
        expected.reserveCapacity(claims.count)
        appendClaims(to: &expected)
        return expected == claims
    }

    /// Longer ones go the long way round, where each of their parts has its limit.
    private static let longestCanonical = 1_024

    private static let beforeAttest = #"{"attest":""#.utf8.count
    private static let beforeDest = #"","dest":{"tn":[""#.utf8.count
    private static let betweenDest = Array(#"",""#.utf8)
    private static let beforeIssuedAt = #""]},"iat":"#.utf8.count
    private static let beforeOrig = #","orig":{"tn":""#.utf8.count
    private static let beforeOriginID = #""},"origid":""#.utf8.count
}

/// Takes values from where they stand if the claims are canonical; whether they are is found out afterwards.
private struct ClaimsReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func skip(_ count: Int) { index = min(index + count, bytes.count) }

    mutating func skipsOver(_ expected: [UInt8]) -> Bool {
        guard bytes[index...].starts(with: expected) else { return false }
        index += expected.count
        return true
    }

    /// Up to the next quotation mark.
    mutating func text() -> String {
        let (start, end) = (index, endOfText())
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    mutating func digits() -> Digits? {
        let (start, end) = (index, endOfText())
        return Digits(utf8: bytes.span.extracting(start..<end))
    }

    /// Nil for what is too large, or for none at all.
    mutating func integer() -> Int? {
        let start = index
        var number = 0
        while index < bytes.count, index - start < 18 {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            number = number * 10 + Int(digit)
            index += 1
        }
        return index > start ? number : nil
    }

    private mutating func endOfText() -> Int {
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") { index += 1 }
        return index
    }
}
