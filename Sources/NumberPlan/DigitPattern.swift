/// Which digit strings a rule of a plan means, in the notation of switches' dial plans: a digit for itself, `X` for
/// any, `[2-8]` or `[135]` for one of these, and a final `.` for any number of digits more, none included.
package struct DigitPattern: Hashable, Sendable {
    /// For each place, the set of digits allowed there as bits.
    private var places: [UInt16] = []
    private var isOpen = false

    /// Nil if `text` is not of the notation.
    package init?(_ text: String) {
        var rest = text.utf8[...]
        while let character = rest.popFirst() {
            guard !isOpen, places.count < Digits.longest else { return nil }
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): places.append(1 << (character - UInt8(ascii: "0")))
            case UInt8(ascii: "X"): places.append(0x3FF)
            case UInt8(ascii: "."): isOpen = true
            case UInt8(ascii: "["):
                guard let set = Self.set(&rest) else { return nil }
                places.append(set)
            default: return nil
            }
        }
        guard !places.isEmpty else { return nil }
    }

    func canBegin(with digit: Int) -> Bool { places[0] & 1 << UInt16(digit) != 0 }

    package func matches(_ digits: Digits) -> Bool {
        guard isOpen ? digits.count >= places.count : digits.count == places.count, digits.isDecimal else {
            return false
        }
        return places.indices.allSatisfy { places[$0] & 1 << UInt16(digits.nibble(at: $0)) != 0 }
    }

    /// What stands between the brackets, up to and with the closing one.
    private static func set(_ rest: inout Substring.UTF8View) -> UInt16? {
        var set: UInt16 = 0
        while let character = rest.popFirst() {
            if character == UInt8(ascii: "]") { return set == 0 ? nil : set }
            guard let low = digit(character) else { return nil }
            var high = low
            if rest.first == UInt8(ascii: "-") {
                rest.removeFirst()
                guard let end = rest.popFirst().flatMap(digit), end >= low else { return nil }
                high = end
            }
            for digit in low...high { set |= 1 << UInt16(digit) }
        }
        return nil
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        let zero = UInt8(ascii: "0")
        return character >= zero && character <= zero + 9 ? character - zero : nil
    }
}
