/// Numbers of one kind and one length, both ends included.
package struct NumberRange: Hashable, Sendable {
    package let first, last: TelephoneNumber

    /// Nil unless both are global, or national of one country; equally long; digits only; and in order.
    package init?(first: TelephoneNumber, last: TelephoneNumber) {
        guard first.country == last.country,
            first.digits.count == last.digits.count,
            first.digits.isDecimal, last.digits.isDecimal,
            first.digits <= last.digits
        else { return nil }
        self.first = first
        self.last = last
    }

    /// Exactly this number, `*` and `#` allowed.
    package init(only number: TelephoneNumber) {
        first = number
        last = number
    }

    /// For ends that come out of a range already made.
    init(uncheckedFirst first: TelephoneNumber, last: TelephoneNumber) {
        self.first = first
        self.last = last
    }

    package func contains(_ number: TelephoneNumber) -> Bool {
        number.country == first.country && first.digits <= number.digits && number.digits <= last.digits
            && (number.digits.isDecimal || number == first)
    }

    package func contains(_ other: NumberRange) -> Bool {
        contains(other.first) && contains(other.last)
    }

    /// With how many digits all of its numbers begin alike.
    package var digitsInCommon: Int {
        let count = first.digits.count
        return (0..<count).first { first.digits.nibble(at: $0) != last.digits.nibble(at: $0) } ?? count
    }

    /// Of two that cover one number, whether this one is the more specific, as a ``RangeTable`` has it: the smaller one, or the
    /// one that starts last. Nil if they are the same.
    package func isMoreSpecific(than other: NumberRange) -> Bool? {
        let (size, otherSize) = (last.wideKey - first.wideKey, other.last.wideKey - other.first.wideKey)
        if size != otherSize { return size < otherSize }
        return first == other.first ? nil : first.digits > other.first.digits
    }
}

extension NumberRange: CustomStringConvertible {
    package var description: String { first == last ? "\(first)" : "\(first)-\(last)" }
}
