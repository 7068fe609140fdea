/// Values for ranges of numbers, built once and read by every call.
///
/// Ranges may nest, cross and repeat. Of those that cover a number the smallest counts as the most specific; of equally
/// small ones, the one that starts last, then the last given. A lookup takes time logarithmic in their number, whatever the overlaps.
package struct RangeTable<Value: Sendable>: Sendable {
    let index: RangeIndex
    /// In the order of the index's entries.
    let values: [Value]

    package init(_ entries: [(range: NumberRange, value: Value)]) {
        let (index, order) = RangeIndex.build(entries.count) { entries[$0].range }
        self.index = index
        self.values = order.map { entries[Int($0)].value }
    }

    package func mostSpecific(covering number: TelephoneNumber) -> Value? {
        guard let entry = index.entry(covering: number) else { return nil }
        return values[entry]
    }

    /// From the most specific covering entry to the widest, the first that satisfies the predicate.
    ///
    /// If it is not the most specific one, all that cover the number are looked at.
    package func first(covering number: TelephoneNumber, where accepts: (Value) -> Bool) -> Value? {
        firstEntry(covering: number, where: accepts)?.value
    }

    /// As ``first(covering:where:)``, with the range that the value was given for.
    package func firstEntry(
        covering number: TelephoneNumber, where accepts: (Value) -> Bool
    ) -> (range: NumberRange, value: Value)? {
        guard var entry = index.entry(covering: number) else { return nil }
        if !accepts(values[entry]) {
            guard let next = index.smallest(covering: number, where: { accepts(values[$0]) }) else { return nil }
            entry = next
        }
        return (index.range(of: entry, covering: number), values[entry])
    }

    /// Whether the entries that satisfy the predicate together cover the whole range.
    package func covers(_ range: NumberRange, where accepts: (Value) -> Bool) -> Bool {
        index.covers(range) { accepts(values[$0]) }
    }
}

/// The entries' order and shape without their values.
///
/// E.164 numbers, which is nearly all there are, have keys of one word; all others share a second, smaller index.
struct RangeIndex: Sendable {
    private let global: IntervalIndex<UInt64>
    private let other: IntervalIndex<UInt128>

    /// Entries are numbered anew, those of `global` first; `order` gives back their places among the ranges given.
    static func build(_ count: Int, range: (Int) -> NumberRange) -> (index: RangeIndex, order: [UInt32]) {
        var global: [Interval<UInt64>] = []
        var other: [Interval<UInt128>] = []
        global.reserveCapacity(count)
        for place in 0..<count {
            let range = range(place)
            if let first = Self.key(range.first), let last = Self.key(range.last) {
                global.append(Interval(first: first, last: last, place: UInt32(place)))
            } else {
                let first = Self.wideKey(range.first), last = Self.wideKey(range.last)
                other.append(Interval(first: first, last: last, place: UInt32(place)))
            }
        }
        global.sort()
        other.sort()
        let index = RangeIndex(global: IntervalIndex(sorted: global), other: IntervalIndex(sorted: other))
        return (index, global.map(\.place) + other.map(\.place))
    }

    func entry(covering number: TelephoneNumber) -> Int? {
        if let key = Self.key(number) { return global.entry(covering: key) }
        guard let entry = other.entry(covering: Self.wideKey(number)) else { return nil }
        return entry + global.count
    }

    func smallest(covering number: TelephoneNumber, where accepts: (Int) -> Bool) -> Int? {
        if let key = Self.key(number) { return global.smallest(covering: key, where: accepts) }
        let start = global.count
        return other.smallest(covering: Self.wideKey(number)) { accepts($0 + start) }.map { $0 + start }
    }

    /// The range of an entry that covers `number`, whose kind, country and length it shares.
    func range(of entry: Int, covering number: TelephoneNumber) -> NumberRange {
        guard Self.key(number) != nil else {
            let (first, last) = other.ends(of: entry - global.count)
            return NumberRange(
                uncheckedFirst: number.with(
                    UInt64(truncatingIfNeeded: first), head: UInt32(truncatingIfNeeded: first >> 64)),
                last: number.with(UInt64(truncatingIfNeeded: last), head: UInt32(truncatingIfNeeded: last >> 64)))
        }
        let (first, last) = global.ends(of: entry)
        let head = number.digits.head
        return NumberRange(
            uncheckedFirst: number.with(first & Self.digitsOfKey, head: head),
            last: number.with(last & Self.digitsOfKey, head: head))
    }

    private static var digitsOfKey: UInt64 { 0x0FFF_FFFF_FFFF_FFFF }

    func covers(_ range: NumberRange, where accepts: (Int) -> Bool) -> Bool {
        if let first = Self.key(range.first), let last = Self.key(range.last) {
            return global.covers(first, last, where: accepts)
        }
        let start = global.count
        return other.covers(Self.wideKey(range.first), Self.wideKey(range.last)) { accepts($0 + start) }
    }

    /// The count in the top nibble, the digits as nibbles below: in the order of `Digits`. Nil if that is not enough.
    private static func key(_ number: TelephoneNumber) -> UInt64? {
        guard case .global(let digits) = number, digits.count <= 15, digits.isDecimal else { return nil }
        return UInt64(digits.count) << 60 | digits.tail
    }

    /// Country (none is 0), count, 20 nibbles; apart from all others if they are not decimal, for such a number is
    /// within no range, though its key would be.
    private static func wideKey(_ number: TelephoneNumber) -> UInt128 {
        let country = UInt128(number.country?.packed ?? 0)
        let mark: UInt128 = number.digits.isDecimal ? 0 : 1 << 127
        return mark | country << 96 | UInt128(number.digits.head) << 64 | UInt128(number.digits.tail)
    }
}
