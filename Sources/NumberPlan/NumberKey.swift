/// Numbers as integers, in the order of `Digits`: of equally long numbers of one kind the next one has the next key.
///
/// What follows a length's last number is a key that no number has.
extension TelephoneNumber {
    /// The bits of `key` for the digits' value; their count stands above.
    static var keyValueBits: Int { 52 }

    /// Of a global number of up to fifteen digits, which is nearly every number there is; nil for all others.
    @inline(__always) var key: UInt64? {
        guard case .global(let digits) = self, digits.count <= 15, digits.isDecimal else { return nil }
        return UInt64(digits.count) << Self.keyValueBits | Self.value(ofNibbles: digits.tail)
    }

    /// Of any number: country (none is 0), count, value. One with `*` or `#` has its nibbles for a value and stays
    /// apart from all others, for it lies in no range but its own.
    var wideKey: UInt128 {
        let country = UInt128(country?.packed ?? 0) << 96
        guard digits.isDecimal else {
            return 1 << 127 | country | UInt128(digits.head) << 64 | UInt128(digits.tail)
        }
        let upper = Self.value(ofNibbles: UInt64(digits.head & 0xFFFF)), lower = Self.value(ofNibbles: digits.tail)
        return country | UInt128(digits.count) << 80 | UInt128(upper) * UInt128(Self.tailValues) + UInt128(lower)
    }

    /// The number of the same kind, country and length with that `key`.
    func with(key: UInt64) -> TelephoneNumber {
        with(Self.nibbles(of: key & (1 << Self.keyValueBits - 1)), head: digits.head)
    }

    /// The number of the same kind, country and length with that `wideKey`; itself, if it is not decimal.
    func with(wideKey: UInt128) -> TelephoneNumber {
        guard digits.isDecimal else { return self }
        let (upper, lower) = (wideKey & (1 << 80 - 1)).quotientAndRemainder(dividingBy: UInt128(Self.tailValues))
        let head = UInt32(truncatingIfNeeded: Self.nibbles(of: UInt64(truncatingIfNeeded: upper)))
        return with(Self.nibbles(of: UInt64(truncatingIfNeeded: lower)), head: digits.head & 0xFFFF_0000 | head)
    }

    /// How many values sixteen digits have.
    private static var tailValues: UInt64 { 10_000_000_000_000_000 }

    /// Neighbours joined to pairs, these to fours, and so on: each step takes from all upper halves at once what they
    /// count too much.
    private static func value(ofNibbles nibbles: UInt64) -> UInt64 {
        var value = nibbles
        value &-= (value >> 4 & 0x0F0F_0F0F_0F0F_0F0F) &* (0x10 - 10)
        value &-= (value >> 8 & 0x00FF_00FF_00FF_00FF) &* (0x100 - 100)
        value &-= (value >> 16 & 0x0000_FFFF_0000_FFFF) &* (0x1_0000 - 10_000)
        value &-= (value >> 32) &* (0x1_0000_0000 - 100_000_000)
        return value
    }

    /// The same steps back: each adds to neighbours what their number lacks to stand side by side, as many times as the upper one says.
    private static func nibbles(of value: UInt64) -> UInt64 {
        var nibbles = value
        nibbles &+= (nibbles / 100_000_000) &* (0x1_0000_0000 - 100_000_000)
        let fours = ((nibbles >> 32) / 10_000) << 32 | (nibbles & 0xFFFF_FFFF) / 10_000
        nibbles &+= fours &* (0x1_0000 - 10_000)
        let pairs = hundredths(of: nibbles & 0x0000_FFFF_0000_FFFF)
        nibbles &+= (hundredths(of: nibbles >> 16 & 0x0000_FFFF_0000_FFFF) << 16 | pairs) &* (0x100 - 100)
        let digits = tenths(of: nibbles & 0x00FF_00FF_00FF_00FF)
        return nibbles &+ (tenths(of: nibbles >> 8 & 0x00FF_00FF_00FF_00FF) << 8 | digits) &* (0x10 - 10)
    }

    /// Of two values below 10,000 at once.
    private static func hundredths(of values: UInt64) -> UInt64 { ((values &* 5_243) >> 19) & 0x0000_007F_0000_007F }

    /// Of four values below 100 at once.
    private static func tenths(of values: UInt64) -> UInt64 { ((values &* 103) >> 10) & 0x000F_000F_000F_000F }
}
