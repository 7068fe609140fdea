/// Intervals of keys, and which of them cover a key.
///
/// Where no two overlap, as mostly, their ends are all there is to know. Otherwise the keys are cut into segments
/// wherever the smallest covering entry changes, so that one search answers still.
struct IntervalIndex<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    let count: Int
    /// Two for each segment: its first key, and the first one behind it. Thus a key is in a segment if the edges up to
    /// it are odd in number, and to know where that ends takes no further look into memory.
    let edges: SortedKeys<Key>
    /// Nil if each entry is a segment.
    private let overlaps: Overlaps<Key>?

    init(sorted intervals: [Interval<Key>]) {
        count = intervals.count
        if zip(intervals, intervals.dropFirst()).allSatisfy({ $0.last < $1.first }) {
            var edges: [Key] = []
            edges.reserveCapacity(2 * intervals.count)
            for interval in intervals {
                edges.append(interval.first)
                edges.append(interval.last + 1)
            }
            self.edges = SortedKeys(edges)
            overlaps = nil
        } else {
            let segments = Segments(intervals)
            edges = SortedKeys(segments.edges)
            overlaps = Overlaps(intervals, tops: segments.tops)
        }
    }

    func ends(of entry: Int) -> (first: Key, last: Key) {
        guard let overlaps else { return (edges[2 * entry], edges[2 * entry + 1] - 1) }
        return (overlaps.firsts[entry], overlaps.lasts[entry])
    }

    func entry(covering key: Key) -> Int? { entry(covering: key, at: edges.place(after: key)) }

    /// `place` is the number of edges up to the key.
    func entry(covering key: Key, at place: Int) -> Int? {
        guard place & 1 == 1 else { return nil }
        guard let overlaps else { return place >> 1 }
        return Int(overlaps.tops[place >> 1])
    }

    func smallest(covering key: Key, where accepts: (Int) -> Bool) -> Int? {
        guard let overlaps else {
            return entry(covering: key).flatMap { accepts($0) ? $0 : nil }
        }
        return overlaps.smallest(covering: key, where: accepts)
    }

    func covers(_ first: Key, _ last: Key, where accepts: (Int) -> Bool) -> Bool {
        guard let overlaps else { return coversInTurn(first, last, where: accepts) }
        return overlaps.covers(first, last, where: accepts)
    }

    /// As ``covers(_:_:where:)`` where nothing overlaps: entry after entry, each of which begins where the one before ends.
    private func coversInTurn(_ first: Key, _ last: Key, where accepts: (Int) -> Bool) -> Bool {
        guard var entry = entry(covering: first) else { return false }
        while accepts(entry) {
            let end = edges[2 * entry + 1]
            if end > last { return true }
            entry += 1
            guard entry < count, edges[2 * entry] == end else { return false }
        }
        return false
    }
}

/// Both ends included.
struct Interval<Key: FixedWidthInteger & UnsignedInteger>: Comparable {
    let first, last: Key
    /// Among the ranges given.
    let place: UInt32

    /// By start; of those that start together the widest first; of identical ones in the order given.
    static func < (one: Interval, other: Interval) -> Bool {
        (one.first, other.last, one.place) < (other.first, one.last, other.place)
    }
}
