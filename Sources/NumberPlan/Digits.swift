/// 1 to 20 characters of `0-9 * #`, as a claim carries them (RFC 8225 §5.2.1.1).
///
/// Held as nibbles in two words, so that a number costs no allocation and is never mistaken for an integer: "0012" and
/// "12" differ in length, and whoever is longer is greater.
package struct Digits: Hashable, Sendable {
    package static let longest = 20

    /// The count in bits 16 and up; below, as nibbles, what does not fit into `tail`.
    private(set) var head: UInt32
    /// The last sixteen symbols as nibbles, the very last one lowest.
    private(set) var tail: UInt64

    package var count: Int { Int(head >> 16) }

    /// Whether all are `0-9`.
    package var isDecimal: Bool {
        // A nibble of ten or more has its highest bit set, and one of the two in the middle.
        let overTail = tail & (tail << 1 | tail << 2) & 0x8888_8888_8888_8888
        let overHead = head & (head << 1 | head << 2) & 0x8888
        return overTail == 0 && overHead == 0
    }

    package func hasPrefix(_ prefix: Digits) -> Bool {
        prefix.count <= count && keeping(prefix.count) == prefix
    }

    func hasSuffix(_ suffix: Digits) -> Bool {
        suffix.count <= count && dropping(count - suffix.count) == suffix
    }

    package func append(to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: count) { output in
            for index in 0..<count { output.append(Self.character(of: nibble(at: index))) }
        }
    }
}

extension Digits {
    /// ASCII only; nil for anything that is not 1 to 20 of `0-9 * #`.
    package init?(_ text: String) {
        self.init(utf8: text.utf8.span)
    }

    package init?(utf8 bytes: Span<UInt8>) {
        var digits = Digits.none
        for index in bytes.indices {
            guard digits.append(bytes[index]) else { return nil }
        }
        guard digits.count > 0 else { return nil }
        self = digits
    }
}

extension Digits: Comparable {
    /// The shorter one first, then digit by digit; `*` and `#` come after `9`.
    package static func < (one: Digits, other: Digits) -> Bool {
        (one.head, one.tail) < (other.head, other.tail)
    }
}

extension Digits: CustomStringConvertible {
    package var description: String {
        var text = InlineArray<20, UInt8>(repeating: 0)
        write(to: &text, at: 0)
        return String(ascii: text.span.extracting(first: count))
    }

    /// Callers see to it that there is room.
    func write<let room: Int>(to text: inout InlineArray<room, UInt8>, at place: Int) {
        for index in 0..<count { text[place + index] = Self.character(of: nibble(at: index)) }
    }
}

extension String {
    init(ascii text: Span<UInt8>) {
        guard let characters = try? UTF8Span(validating: text) else { preconditionFailure("ASCII is UTF-8") }
        self.init(copying: characters)
    }
}

/// Putting together and taking apart, within the module only: outside it a `Digits` is never empty.
extension Digits {
    static let none = Digits(head: 0, tail: 0)

    /// False, and nothing changed, if `character` is not a symbol or there is no room for it.
    mutating func append(_ character: UInt8) -> Bool {
        guard count < Self.longest, let nibble = Self.nibble(of: character) else { return false }
        append(nibble: nibble)
        return true
    }

    /// Nil if both together are too long.
    func followed(by other: Digits) -> Digits? {
        guard count + other.count <= Self.longest else { return nil }
        return Digits(symbols: symbols &<< UInt128(4 * other.count) | other.symbols, count: count + other.count)
    }

    /// All but the first `dropped`, which are no more than `count`.
    func dropping(_ dropped: Int) -> Digits { part(dropped, count - dropped) }

    /// The first `kept`, which are no more than `count`.
    func keeping(_ kept: Int) -> Digits { part(0, kept) }

    /// `length` of them from `start`, of which there are as many.
    func part(_ start: Int, _ length: Int) -> Digits {
        let upToEnd = symbols &>> UInt128(4 * (count - start - length))
        return Digits(symbols: upToEnd & (1 &<< UInt128(4 * length) &- 1), count: length)
    }

    /// 0 to 9 for the digits, 10 for `*`, 11 for `#`.
    func nibble(at index: Int) -> UInt8 {
        let place = count - 1 - index
        return place < 16
            ? UInt8(truncatingIfNeeded: tail >> UInt64(place * 4) & 0xF)
            : UInt8(truncatingIfNeeded: head >> UInt32((place - 16) * 4) & 0xF)
    }

    /// All as nibbles, the last one lowest.
    private var symbols: UInt128 { UInt128(head & 0xFFFF) &<< 64 | UInt128(tail) }

    private init(symbols: UInt128, count: Int) {
        self.init(
            head: UInt32(count) &<< 16 | UInt32(truncatingIfNeeded: symbols &>> 64),
            tail: UInt64(truncatingIfNeeded: symbols))
    }

    /// Callers see to it that there is room.
    private mutating func append(nibble: UInt8) {
        let carried = UInt32(truncatingIfNeeded: tail >> 60)
        head = (head & 0xFFFF_0000) &+ 0x1_0000 | (head << 4 | carried) & 0xFFFF
        tail = tail << 4 | UInt64(nibble)
    }

    private static func nibble(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "*"): 10
        case UInt8(ascii: "#"): 11
        default: nil
        }
    }

    private static func character(of nibble: UInt8) -> UInt8 {
        switch nibble {
        case 10: UInt8(ascii: "*")
        case 11: UInt8(ascii: "#")
        default: UInt8(ascii: "0") + nibble
        }
    }
}
