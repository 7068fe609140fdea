internal import Jansson
package import NumberPlan

/// What an originating carrier asserts about one call (RFC 8225 §5, with the SHAKEN claims of RFC 8588).
package struct Passport: Hashable, Sendable {
    package var attestation: Attestation
    package var origin: Digits
    /// In ascending order, each once; never empty when signing.
    package var destinations: [Digits]
    /// Canonical URIs called beside the numbers (RFC 8225 §5.2.1.2); we verify them and sign none.
    package var destinationURIs: [String]
    /// Unix time.
    package var issuedAt: Int
    /// A UUID when we sign (RFC 8588 §5). What others send is carried as it is.
    package var originID: String

    package init(attestation: Attestation, origin: Digits, destinations: [Digits], issuedAt: Int, originID: String) {
        self.attestation = attestation
        self.origin = origin
        self.destinations = destinations.count > 1 ? Array(Set(destinations)).sorted() : destinations
        self.destinationURIs = []
        self.issuedAt = issuedAt
        self.originID = originID
    }
}

/// How much of the call its signer vouches for (RFC 8588 §4).
package enum Attestation: String, Hashable, Sendable, CaseIterable, Comparable {
    /// The customer is known and may show this number.
    case full = "A"
    /// The customer is known, the number is not proven.
    case partial = "B"
    /// The call came in through a gateway.
    case gateway = "C"

    /// The stronger one is the greater.
    package static func < (one: Attestation, other: Attestation) -> Bool { one.rawValue > other.rawValue }
}

extension Passport {
    static let longestMembers = 64
    /// Digits of a calling number (E.164).
    package static let longestOrigin = 15

    /// - Parameter toleratesTextualTime: whether `iat` may be a text of digits, against RFC 8225 §5.1.1.
    init(claims: borrowing JSON, toleratesTextualTime: Bool) throws(PassportFault) {
        guard claims.kind == .object else { throw .notJSON(.claims) }
        guard claims.count <= Self.longestMembers else { throw .tooManyMembers(.claims) }
        for name: StaticString in ["attest", "dest", "iat", "orig", "origid"] where !claims.contains(name) {
            throw .claimMissing("\(name)")
        }
        issuedAt = try Self.issuedAt(claims, toleratesText: toleratesTextualTime)
        origin = try Self.origin(claims)
        (destinations, destinationURIs) = try Self.destinations(claims)
        guard let originID = try? claims.string("origid"), Self.fitsField(originID) else {
            throw .claimMalformed("origid")
        }
        self.originID = originID
        guard let attest = try? claims.string("attest"), let attestation = Attestation(rawValue: attest) else {
            throw .attestationInvalid
        }
        self.attestation = attestation
    }

    /// A JSON integer: not a string, although examples in several RFCs have one (RFC 8225 §5.1.1, erratum 6656).
    private static func issuedAt(_ claims: borrowing JSON, toleratesText: Bool) throws(PassportFault) -> Int {
        if let issuedAt = try? claims.integer("iat") { return issuedAt }
        guard toleratesText, let text = try? claims.string("iat"), let digits = Digits(text), digits.isDecimal,
            let issuedAt = Int(text)
        else { throw .claimMalformed("iat") }
        return issuedAt
    }

    /// Exactly one identity, and in SHAKEN that is a number (RFC 8225 §5.2.1, RFC 8588 §3).
    private static func origin(_ claims: borrowing JSON) throws(PassportFault) -> Digits {
        guard let orig = try? claims.object("orig"), orig.count == 1, let text = try? orig.string("tn"),
            let origin = Digits(text), origin.isDecimal, origin.count <= longestOrigin
        else { throw .claimMalformed("orig") }
        return origin
    }

    /// `tn`, `uri` or both, each a list of at least one.
    private static func destinations(_ claims: borrowing JSON) throws(PassportFault) -> ([Digits], [String]) {
        guard let dest = try? claims.object("dest"), dest.contains("tn") || dest.contains("uri") else {
            throw .claimMalformed("dest")
        }
        var numbers: [Digits] = [], uris: [String] = []
        if dest.contains("tn") {
            guard let texts = try? dest.strings("tn"), !texts.isEmpty else { throw .claimMalformed("dest") }
            for text in texts {
                guard let number = Digits(text) else { throw .claimMalformed("dest") }
                numbers.append(number)
            }
        }
        if dest.contains("uri") {
            guard let texts = try? dest.strings("uri"), !texts.isEmpty, texts.allSatisfy(fitsField) else {
                throw .claimMalformed("dest")
            }
            uris = texts
        }
        return (numbers, uris)
    }

    /// Whoever puts it into a header field puts no second one there with it: no control characters but a tab.
    private static func fitsField(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}

extension Passport {
    /// Appends the form that is signed (RFC 8225 §9): members in code-point order, no white space.
    ///
    /// Written straight from the values, because nothing in them needs escaping: digits, a number, a letter, and an
    /// identifier that ``isPlain(originID:)``. It is byte for byte what the JSON printer makes of them.
    func appendClaims(to text: inout JSONText) {
        text.raw(#"{"attest":"#)
        text.string(attestation.rawValue)
        text.raw(#","dest":{"tn":["#)
        for index in destinations.indices {
            if index > 0 { text.raw(",") }
            text.string(destinations[index].description)
        }
        text.raw(#"]},"iat":"#)
        text.number(issuedAt)
        text.raw(#","orig":{"tn":"#)
        text.string(origin.description)
        text.raw(#"},"origid":"#)
        text.string(originID)
        text.raw("}")
    }

    /// Whether the identifier may stand between quotes as it is.
    static func isPlain(originID: String) -> Bool {
        originID.utf8.span.firstIndex(flagged: isSpecialInJSON) == nil
    }

    /// `8-4-4-4-12` hexadecimal digits (RFC 9562 §4).
    package static func isUUID(_ text: String) -> Bool {
        var index = 0
        for byte in text.utf8 {
            let isHyphen = index == 8 || index == 13 || index == 18 || index == 23
            switch byte {
            case UInt8(ascii: "-"): guard isHyphen else { return false }
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                guard !isHyphen else { return false }
            default: return false
            }
            index += 1
        }
        return index == 36
    }
}
