/// Values for ranges of numbers, built once and read by every call.
///
/// Ranges may nest, cross and repeat. Of those that cover a number the smallest counts as the most specific; of equally
/// small ones, the one that starts last, then the last given. A lookup takes time logarithmic in their number, whatever the overlaps.
package struct RangeTable<Value: Sendable>: Sendable {
    private let index: RangeIndex
    /// In the order of the index's entries.
    private var values: [Value]

    package init(_ builder: consuming Builder) {
        values = builder.values
        builder.values = []
        var order: [UInt32]
        (index, order) = RangeIndex.build(builder.intervals)
        values.permute(by: &order)
    }

    package init(_ entries: [(range: NumberRange, value: Value)]) {
        var builder = Builder()
        for entry in entries { builder.add(entry.range, entry.value) }
        self.init(builder)
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

extension RangeTable {
    /// Takes entries one by one and keeps of each only what the table needs: a third of what the list of them takes.
    package struct Builder {
        fileprivate var intervals = RangeIndex.Intervals()
        fileprivate var values: [Value] = []

        package init() {}

        package mutating func add(_ range: NumberRange, _ value: Value) {
            intervals.add(range)
            values.append(value)
        }
    }
}

extension Array {
    /// In place, for the array may be large; `order` tells for each place which element belongs there, and is used up.
    fileprivate mutating func permute(by order: inout [UInt32]) {
        for start in order.indices where Int(order[start]) != start {
            let displaced = self[start]
            var place = start
            while Int(order[place]) != start {
                let source = Int(order[place])
                self[place] = self[source]
                order[place] = UInt32(place)
                place = source
            }
            self[place] = displaced
            order[place] = UInt32(place)
        }
    }
}
