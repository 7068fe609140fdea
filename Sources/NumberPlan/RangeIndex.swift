/// The entries' order and shape without their values.
///
/// E.164 numbers, which is nearly all there are, have keys of one word, and a directory; all others share a second,
/// smaller index.
struct RangeIndex: Sendable {
    private let directory: KeyDirectory
    private let global: IntervalIndex<UInt64>
    private let other: IntervalIndex<UInt128>

    /// In the order given, sorted into the two kinds.
    struct Intervals {
        private(set) var global: [Interval<UInt64>] = []
        private(set) var other: [Interval<UInt128>] = []

        mutating func add(_ range: NumberRange) {
            let place = UInt32(global.count + other.count)
            if let first = range.first.key, let last = range.last.key {
                global.append(Interval(first: first, last: last, place: place))
            } else {
                other.append(Interval(first: range.first.wideKey, last: range.last.wideKey, place: place))
            }
        }

        mutating func sort() {
            global.sort()
            other.sort()
        }
    }

    /// Entries are numbered anew, those of `global` first; `order` gives back their places among the ranges given.
    static func build(_ intervals: consuming Intervals) -> (index: RangeIndex, order: [UInt32]) {
        intervals.sort()
        let order = intervals.global.map(\.place) + intervals.other.map(\.place)
        let global = IntervalIndex(sorted: intervals.global), other = IntervalIndex(sorted: intervals.other)
        return (RangeIndex(directory: KeyDirectory(sorted: global.edges), global: global, other: other), order)
    }

    func entry(covering number: TelephoneNumber) -> Int? {
        if let key = number.key {
            guard let places = directory.places(of: key) else { return nil }
            return global.entry(covering: key, at: global.edges.place(after: key, in: places))
        }
        guard let entry = other.entry(covering: number.wideKey) else { return nil }
        return entry + global.count
    }

    func smallest(covering number: TelephoneNumber, where accepts: (Int) -> Bool) -> Int? {
        if let key = number.key { return global.smallest(covering: key, where: accepts) }
        let start = global.count
        return other.smallest(covering: number.wideKey) { accepts($0 + start) }.map { $0 + start }
    }

    /// The range of an entry that covers `number`, whose kind, country and length it shares.
    func range(of entry: Int, covering number: TelephoneNumber) -> NumberRange {
        if number.key != nil {
            let (first, last) = global.ends(of: entry)
            return NumberRange(uncheckedFirst: number.with(key: first), last: number.with(key: last))
        }
        let (first, last) = other.ends(of: entry - global.count)
        return NumberRange(uncheckedFirst: number.with(wideKey: first), last: number.with(wideKey: last))
    }

    func covers(_ range: NumberRange, where accepts: (Int) -> Bool) -> Bool {
        if let first = range.first.key, let last = range.last.key {
            return global.covers(first, last, where: accepts)
        }
        let start = global.count
        return other.covers(range.first.wideKey, range.last.wideKey) { accepts($0 + start) }
    }
}
