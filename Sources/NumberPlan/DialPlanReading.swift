extension DialPlan {
    /// A number, and how it was written.
    package struct Reading: Hashable, Sendable {
        package enum Form: Sendable {
            /// With its country code, behind `+`, an international prefix or nothing.
            case international
            /// As within the country: a code of its own, a local number, or one that the plan has put the country code
            /// in front of.
            case national
        }

        package let number: TelephoneNumber
        package let form: Form
    }

    /// Longer texts are not looked at.
    static var longestText: Int { 512 }

    /// Reads what a switch delivers: digits with or without `+`, prefixes and visual separators, or a `tel:`, `sip:` or
    /// `sips:` URI (RFC 3966 §3 to §5, RFC 8224 §8.1 to §8.3).
    package func number(from raw: String) throws(NumberFault) -> TelephoneNumber {
        try number(dialled: try dialled(raw))
    }

    /// The same, and how it was written.
    package func reading(of raw: String) throws(NumberFault) -> Reading {
        let dialled = try dialled(raw)
        let number = try number(dialled: dialled)
        let isWhole = number.country == nil && dialled.digits.hasSuffix(number.digits)
        return Reading(number: number, form: isWhole ? .international : .national)
    }

    private func dialled(_ raw: String) throws(NumberFault) -> Dialled {
        guard raw.utf8.count <= Self.longestText else { throw .tooLong }
        if let plain = try Dialled(ifPlain: raw.utf8.span) { return plain }
        return try dialled(inURI: raw)
    }

    private func number(dialled: Dialled) throws(NumberFault) -> TelephoneNumber {
        let digits = dialled.digits
        guard digits.count > 0 else { throw .empty }
        if dialled.isInternational { return try global(digits) }
        guard digits.isDecimal else { return country.map { .national($0, digits) } ?? .global(digits) }
        if let prefix = internationalPrefixes.first(where: digits.hasPrefix) {
            return try global(digits.dropping(prefix.count))
        }
        return try number(withoutPrefix: digits)
    }

    private func number(withoutPrefix digits: Digits) throws(NumberFault) -> TelephoneNumber {
        guard let country else { return try global(digits) }
        switch form(of: digits) {
        case .service: return .national(country, digits)
        case .subscriber: return try subscriber(digits, of: country)
        case .malformed: throw .unknownNationalForm
        case nil: break
        }
        if let trunkPrefix, digits.hasPrefix(trunkPrefix), digits.count > trunkPrefix.count {
            let rest = digits.dropping(trunkPrefix.count)
            if form(of: rest) == .subscriber { return try subscriber(rest, of: country) }
        }
        if digits.count <= longestLocal { return .national(country, digits) }
        guard digits.nibble(at: 0) != 0 else { throw .unknownNationalForm }
        return try global(digits)
    }

    private func subscriber(_ digits: Digits, of country: CountryCode) throws(NumberFault) -> TelephoneNumber {
        guard let whole = country.digits.followed(by: digits) else { throw .tooLong }
        return try global(whole)
    }

    /// What is read as global here must be read as global from the wire too, where its `+` is gone.
    private func global(_ digits: Digits) throws(NumberFault) -> TelephoneNumber {
        guard digits.count > 0 else { throw .empty }
        guard digits.isDecimal else { throw .forbiddenCharacter }
        guard digits.nibble(at: 0) != 0 else { throw .noCountryCode }
        guard digits.count <= 15 else { throw .tooLong }
        guard let country else { return .global(digits) }
        if let trunkPrefix, digits.hasPrefix(country.digits), trunkPrefix != country.digits {
            guard !digits.dropping(country.digits.count).hasPrefix(trunkPrefix) else {
                throw .trunkPrefixAfterCountryCode
            }
        }
        guard !isOwnCode(digits) else { throw .internationalServiceCode }
        return .global(digits)
    }
}

/// Digits as dialled, and whether a `+` stood in front of them.
struct Dialled {
    var digits = Digits.none
    var isInternational = false

    /// Nil for what may be a URI or has parameters; a fault for what cannot be a number at all.
    init?(ifPlain bytes: Span<UInt8>) throws(NumberFault) {
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "%"), UInt8(ascii: "@"):
                return nil
            default: break
            }
        }
        for index in bytes.indices { try append(bytes[index]) }
    }

    /// Behind a `+`.
    init(global digits: Digits) {
        (self.digits, isInternational) = (digits, true)
    }

    /// For the part of a URI that must be a number.
    init(_ text: some Sequence<UInt8>) throws(NumberFault) {
        for character in text { try append(character) }
    }

    private mutating func append(_ character: UInt8) throws(NumberFault) {
        switch character {
        case UInt8(ascii: "+"):
            guard digits.count == 0, !isInternational else { throw .forbiddenCharacter }
            isInternational = true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "#"):
            guard digits.append(character) else { throw .tooLong }
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): throw .forbiddenCharacter
        // What separates digits for the eye, whichever it is (RFC 8224 §8.3).
        case 0x20...0x7E: return
        default: throw .forbiddenCharacter
        }
    }
}
