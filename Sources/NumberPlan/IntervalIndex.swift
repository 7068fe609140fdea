/// Intervals of keys with a place each, and which of them cover a key.
///
/// Where no two overlap, as mostly, they are all there is to know. Otherwise the keys are cut into segments wherever
/// the smallest covering entry changes, so that one search answers still.
struct IntervalIndex<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    /// The entries themselves with their places; if some overlap, the segments with the entry of each for a place.
    let blocks: Blocks<Key>
    /// Nil if each entry is a segment.
    private let overlaps: Overlaps<Key>?

    init(sorted intervals: [Interval<Key>]) {
        var entries = Blocks<Key>(capacity: intervals.count)
        for interval in intervals {
            entries.append(first: interval.first, last: interval.last, place: interval.place)
        }
        entries.close()
        if zip(intervals, intervals.dropFirst()).allSatisfy({ $0.last < $1.first }) {
            blocks = entries
            overlaps = nil
        } else {
            blocks = Segments(intervals).blocks
            overlaps = Overlaps(entries)
        }
    }

    func entry(covering key: Key) -> Entry<Key>? { entry(covering: key, before: blocks.end(startingUpTo: key)) }

    /// `end` is the number of blocks that start no later than the key.
    func entry(covering key: Key, before end: Int) -> Entry<Key>? {
        guard let (index, place) = blocks.block(before: end, reaching: key) else { return nil }
        guard let overlaps else {
            return Entry(first: blocks[index].first, last: blocks.last(of: index), place: place)
        }
        return overlaps.entry(Int(place))
    }

    /// As ``entry(covering:before:)``, but its place only: where nothing overlaps, that is in the record just read.
    @inline(__always) func place(covering key: Key, before end: Int) -> UInt32? {
        guard let (_, place) = blocks.block(before: end, reaching: key) else { return nil }
        guard let overlaps else { return place }
        return overlaps.entries[Int(place)].place
    }

    func smallest(covering key: Key, where accepts: (UInt32) -> Bool) -> Entry<Key>? {
        guard let overlaps else {
            return entry(covering: key).flatMap { accepts($0.place) ? $0 : nil }
        }
        return overlaps.smallest(covering: key, where: accepts)
    }

    func covers(_ first: Key, _ last: Key, where accepts: (UInt32) -> Bool) -> Bool {
        guard let overlaps else { return coversInTurn(first, last, where: accepts) }
        return overlaps.covers(first, last, where: accepts)
    }

    /// In their order.
    func forEach(_ body: (Entry<Key>) -> Void) {
        for index in 0..<(overlaps?.entries.count ?? blocks.count) {
            let entry = overlaps?.entry(index)
            body(entry ?? Entry(first: blocks[index].first, last: blocks.last(of: index), place: blocks[index].place))
        }
    }

    /// As ``covers(_:_:where:)`` where nothing overlaps: entry after entry, each of which begins where the one before ends.
    private func coversInTurn(_ first: Key, _ last: Key, where accepts: (UInt32) -> Bool) -> Bool {
        let end = blocks.end(startingUpTo: first)
        guard var (index, place) = blocks.block(before: end, reaching: first) else { return false }
        while accepts(place) {
            let reached = blocks.last(of: index)
            if reached >= last { return true }
            index += 1
            guard index < blocks.count, blocks[index].first == reached + 1 else { return false }
            place = blocks[index].place
        }
        return false
    }
}

/// Both ends included.
struct Entry<Key: FixedWidthInteger & UnsignedInteger>: Hashable {
    let first, last: Key
    let place: UInt32
}

/// An entry as it was given.
struct Interval<Key: FixedWidthInteger & UnsignedInteger>: Comparable {
    let first, last: Key
    let place: UInt32
    /// How many were given before, or count as if they had been.
    var turn: UInt32

    /// By start; of those that start together the widest first; of identical ones in the order given.
    static func < (one: Interval, other: Interval) -> Bool {
        (one.first, other.last, one.turn) < (other.first, one.last, other.turn)
    }
}
