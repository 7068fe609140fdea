/// A country's calling code: 1 to 3 digits, the first not 0 (ITU-T E.164).
package struct CountryCode: Hashable, Sendable {
    /// One nibble a digit.
    let packed: UInt16

    package init?(_ text: String) {
        guard let digits = Digits(text) else { return nil }
        self.init(digits)
    }

    init?(_ digits: Digits) {
        guard digits.count <= 3, digits.isDecimal, digits.nibble(at: 0) != 0 else { return nil }
        packed = UInt16(truncatingIfNeeded: digits.tail)
    }

    package var digits: Digits {
        let count: UInt32 = packed > 0xFF ? 3 : packed > 0xF ? 2 : 1
        return Digits(head: count << 16, tail: UInt64(packed))
    }
}

extension CountryCode: CustomStringConvertible {
    package var description: String { digits.description }
}

/// A number in canonical form. A country's own short codes have no E.164 form and never equal a global number, even
/// where the digits are the same: 95588 is a bank in China and the beginning of a number in Myanmar.
package enum TelephoneNumber: Hashable, Sendable {
    case global(Digits)
    case national(CountryCode, Digits)

    package var digits: Digits {
        switch self {
        case .global(let digits), .national(_, let digits): digits
        }
    }

    /// The country whose own code this is; nil for a global number.
    package var country: CountryCode? {
        switch self {
        case .global: nil
        case .national(let country, _): country
        }
    }
}

extension TelephoneNumber {
    /// Other digits of the same kind and country.
    func with(_ tail: UInt64, head: UInt32) -> TelephoneNumber {
        let digits = Digits(head: head, tail: tail)
        return switch self {
        case .global: .global(digits)
        case .national(let country, _): .national(country, digits)
        }
    }
}

/// The form in ledgers and logs, which tells the two kinds apart: `+8657188880000`, `86:95588`.
extension TelephoneNumber: CustomStringConvertible {
    package var description: String {
        var text = InlineArray<24, UInt8>(repeating: UInt8(ascii: "+"))
        var start = 1
        if case .national(let country, _) = self {
            country.digits.write(to: &text, at: 0)
            start = country.digits.count + 1
            text[start - 1] = UInt8(ascii: ":")
        }
        digits.write(to: &text, at: start)
        return String(ascii: text.span.extracting(first: start + digits.count))
    }

    /// Reads what `description` writes, and nothing else.
    package init?(described text: String) {
        if text.utf8.first == UInt8(ascii: "+") {
            guard let digits = Digits(String(decoding: text.utf8.dropFirst(), as: UTF8.self)), digits.isE164 else {
                return nil
            }
            self = .global(digits)
        } else {
            let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard parts.count == 2,
                let country = CountryCode(String(decoding: parts[0], as: UTF8.self)),
                let digits = Digits(String(decoding: parts[1], as: UTF8.self))
            else { return nil }
            self = .national(country, digits)
        }
    }
}

extension Digits {
    /// At most 15 digits, the first not 0.
    package var isE164: Bool { count <= 15 && isDecimal && nibble(at: 0) != 0 }
}
