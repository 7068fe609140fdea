/// All numbers of some ranges, which may overlap.
package struct NumberUnion: Sendable {
    /// Apart from each other, and in order.
    private var intervals: [(first: UInt128, last: UInt128)] = []

    package init(_ ranges: some Sequence<NumberRange>) {
        for next in ranges.map({ (first: $0.first.wideKey, last: $0.last.wideKey) }).sorted(by: { $0.first < $1.first })
        {
            if let last = intervals.last?.last, next.first <= last {
                intervals[intervals.count - 1].last = max(last, next.last)
            } else {
                intervals.append(next)
            }
        }
    }

    package func overlaps(_ range: NumberRange) -> Bool {
        let place = place(endingFrom: range.first.wideKey)
        return place < intervals.count && intervals[place].first <= range.last.wideKey
    }

    /// What of a range is not among these numbers, in order.
    package func rest(of range: NumberRange) -> [NumberRange] {
        let last = range.last.wideKey
        var rest: [NumberRange] = [], next = range.first.wideKey
        for interval in intervals[place(endingFrom: next)...] {
            guard interval.first <= last else { break }
            if next < interval.first { rest.append(range.part(next, interval.first - 1)) }
            next = interval.last + 1
        }
        if next <= last { rest.append(range.part(next, last)) }
        return rest
    }

    /// Of the first interval that does not end before `key`.
    private func place(endingFrom key: UInt128) -> Int {
        var low = 0, high = intervals.count
        while low < high {
            let middle = (low + high) / 2
            if intervals[middle].last < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension NumberRange {
    fileprivate func part(_ first: UInt128, _ last: UInt128) -> NumberRange {
        NumberRange(uncheckedFirst: self.first.with(wideKey: first), last: self.first.with(wideKey: last))
    }
}
