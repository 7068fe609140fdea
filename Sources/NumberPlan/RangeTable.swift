/// Places for ranges of numbers, built once and read by every call. What is at a place is the caller's to know.
///
/// Ranges may nest, cross and repeat. Of those that cover a number the smallest counts as the most specific; of equally
/// small ones, the one that starts last, then the last given. A lookup takes time logarithmic in their number, whatever the overlaps.
///
/// Neither generic nor a structure, for a lookup is short: to call it through a table of witnesses, or to copy for it
/// what it looks into, costs as much as the lookup itself.
package final class RangeTable: Sendable {
    /// E.164 numbers, which is nearly all there are, have keys of one word, and a directory; all others share a second,
    /// smaller index.
    private let directory: KeyDirectory
    private let global: IntervalIndex<UInt64>
    private let other: IntervalIndex<UInt128>

    package init(_ builder: consuming Builder) {
        builder.global.sort()
        global = IntervalIndex(sorted: builder.global)
        builder.global = []
        builder.other.sort()
        other = IntervalIndex(sorted: builder.other)
        directory = KeyDirectory(global.blocks)
    }

    package convenience init(_ entries: [(range: NumberRange, place: UInt32)]) {
        var builder = Builder()
        for entry in entries { builder.add(entry.range, entry.place) }
        self.init(builder)
    }

    package func mostSpecific(covering number: TelephoneNumber) -> UInt32? {
        guard let key = number.key else { return other.entry(covering: number.wideKey)?.place }
        guard let places = directory.places(of: key) else { return nil }
        return global.place(covering: key, before: global.blocks.end(startingUpTo: key, in: places))
    }

    /// From the most specific covering entry to the widest, the first that satisfies the predicate.
    ///
    /// If it is not the most specific one, all that cover the number are looked at.
    package func first(covering number: TelephoneNumber, where accepts: (UInt32) -> Bool) -> UInt32? {
        firstEntry(covering: number, where: accepts)?.place
    }

    /// As ``first(covering:where:)``, with the range that the place was given for.
    package func firstEntry(
        covering number: TelephoneNumber, where accepts: (UInt32) -> Bool
    ) -> (range: NumberRange, place: UInt32)? {
        if let key = number.key {
            guard let places = directory.places(of: key),
                let nearest = global.entry(covering: key, before: global.blocks.end(startingUpTo: key, in: places)),
                let entry = accepts(nearest.place) ? nearest : global.smallest(covering: key, where: accepts)
            else { return nil }
            return (
                .init(uncheckedFirst: number.with(key: entry.first), last: number.with(key: entry.last)), entry.place
            )
        }
        let key = number.wideKey
        guard let nearest = other.entry(covering: key),
            let entry = accepts(nearest.place) ? nearest : other.smallest(covering: key, where: accepts)
        else { return nil }
        let (first, last) = (number.with(wideKey: entry.first), number.with(wideKey: entry.last))
        return (.init(uncheckedFirst: first, last: last), entry.place)
    }

    /// Whether the entries that satisfy the predicate together cover the whole range.
    package func covers(_ range: NumberRange, where accepts: (UInt32) -> Bool) -> Bool {
        if let first = range.first.key, let last = range.last.key {
            return global.covers(first, last, where: accepts)
        }
        return other.covers(range.first.wideKey, range.last.wideKey, where: accepts)
    }
}

extension RangeTable {
    /// Takes entries one by one and keeps of each only what the table needs: a third of what the list of them takes. The
    /// table sorts them where they are, for nobody else has them.
    package struct Builder: ~Copyable {
        fileprivate var global: [Interval<UInt64>] = []
        fileprivate var other: [Interval<UInt128>] = []

        package init() {}

        package mutating func add(_ range: NumberRange, _ place: UInt32) {
            if let first = range.first.key, let last = range.last.key {
                global.append(Interval(first: first, last: last, place: place, turn: UInt32(global.count)))
            } else {
                let (first, last) = (range.first.wideKey, range.last.wideKey)
                other.append(Interval(first: first, last: last, place: place, turn: UInt32(other.count)))
            }
        }

        /// All entries of a table, at the places that `placing` says; without those for which it says none.
        package mutating func add(_ table: RangeTable, placing: (UInt32) -> UInt32?) {
            table.global.forEach { if let place = placing($0.place) { global.append($0, at: place) } }
            table.other.forEach { if let place = placing($0.place) { other.append($0, at: place) } }
        }

        /// All entries of a table but these.
        package mutating func add(_ table: RangeTable, except gone: [(range: NumberRange, place: UInt32)]) {
            var goneGlobal: Set<Entry<UInt64>> = [], goneOther: Set<Entry<UInt128>> = []
            for (range, place) in gone {
                if let first = range.first.key, let last = range.last.key {
                    goneGlobal.insert(Entry(first: first, last: last, place: place))
                } else {
                    goneOther.insert(Entry(first: range.first.wideKey, last: range.last.wideKey, place: place))
                }
            }
            table.global.forEach { if !goneGlobal.contains($0) { global.append($0, at: $0.place) } }
            table.other.forEach { if !goneOther.contains($0) { other.append($0, at: $0.place) } }
        }

        /// As if all had been given in the order of these ranks of their places.
        package mutating func order(by rank: (UInt32) -> UInt32) {
            for index in global.indices { global[index].turn = rank(global[index].place) }
            for index in other.indices { other[index].turn = rank(other[index].place) }
        }
    }
}

extension Array {
    fileprivate mutating func append<Key>(_ entry: Entry<Key>, at place: UInt32) where Element == Interval<Key> {
        append(Interval(first: entry.first, last: entry.last, place: place, turn: UInt32(count)))
    }
}
