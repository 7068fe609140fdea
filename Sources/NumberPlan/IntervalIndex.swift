/// Intervals of keys, and which of them cover a key.
///
/// Two structures over the same entries. `segments` cuts the keys where the smallest covering entry changes, so that
/// one search answers; `lasts` with their `reach` find all entries that cover a key or overlap an interval.
struct IntervalIndex<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    private let segments: SearchTree<Key>
    private let firsts: [Key]
    private let lasts: [Key]
    private let reach: Reach<Key>

    init(sorted intervals: [Interval<Key>]) {
        firsts = intervals.map(\.first)
        lasts = intervals.map(\.last)
        reach = Reach(lasts)
        let segments = Segments(intervals)
        self.segments = SearchTree(sorted: segments.starts) { place in
            let entry = segments.tops[place]
            return SearchTree.Leaf(end: intervals[Int(entry)].last, entry: entry)
        }
    }

    var count: Int { firsts.count }

    func ends(of entry: Int) -> (first: Key, last: Key) { (firsts[entry], lasts[entry]) }

    func entry(covering key: Key) -> Int? {
        guard let leaf = segments.leaf(at: key) else { return nil }
        // Behind its entry's end a segment means nothing: no other entry covers that, or a segment would start there.
        return key <= leaf.end ? Int(leaf.entry) : nil
    }

    func smallest(covering key: Key, where accepts: (Int) -> Bool) -> Int? {
        var best: (entry: Int, size: UInt128)?
        reach.visit(before: entries(startingUpTo: key), reaching: key) { entry in
            let size = Interval(first: firsts[entry], last: lasts[entry], place: 0).size
            if size <= best?.size ?? .max, accepts(entry) { best = (entry, size) }
            return key
        }
        return best?.entry
    }

    func covers(_ first: Key, _ last: Key, where accepts: (Int) -> Bool) -> Bool {
        var isCovered = false
        var needed = first
        reach.visit(before: entries(startingUpTo: last), reaching: first) { entry in
            guard firsts[entry] <= needed else { return nil }
            guard accepts(entry) else { return needed }
            isCovered = lasts[entry] >= last
            needed = lasts[entry].nextInDigits
            return isCovered ? nil : needed
        }
        return isCovered
    }

    private func entries(startingUpTo key: Key) -> Int {
        var low = 0
        var high = firsts.count
        while low < high {
            let middle = (low + high) / 2
            if firsts[middle] <= key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Both ends included; the digits of a number are the lowest nibbles of its key.
struct Interval<Key: FixedWidthInteger & UnsignedInteger>: Comparable {
    let first, last: Key
    /// Among the ranges given.
    let place: UInt32

    /// By start; of those that start together the widest first; of identical ones in the order given.
    static func < (one: Interval, other: Interval) -> Bool {
        (one.first, other.last, one.place) < (other.first, one.last, other.place)
    }

    /// How many numbers lie between the ends. The keys' own difference would not do: between 19 and 20 it is 7.
    var size: UInt128 {
        var (low, high) = (first, last)
        var (lowValue, highValue, weight): (UInt128, UInt128, UInt128) = (0, 0, 1)
        while low != high {
            lowValue += UInt128(low & 0xF) * weight
            highValue += UInt128(high & 0xF) * weight
            weight *= 10
            low >>= 4
            high >>= 4
        }
        return highValue - lowValue
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// The key of the next number of the same length. Behind the last one it is a key of no number.
    var nextInDigits: Self {
        var nines = 0
        while nines + 4 < Self.bitWidth, self >> nines & 0xF == 9 { nines += 4 }
        return (self >> nines &+ 1) << nines
    }
}

/// The greatest end in each block of 16 entries, in each 16 of these blocks, and so on: an entry that reaches a key is
/// found without looking at those that do not.
private struct Reach<Key: FixedWidthInteger & Sendable>: Sendable {
    private static var fanOut: Int { 16 }
    private let levels: [[Key]]

    init(_ lasts: [Key]) {
        var levels = [lasts]
        while let below = levels.last, below.count > Self.fanOut {
            levels.append(
                stride(from: 0, to: below.count, by: Self.fanOut).map { start in
                    below[start..<min(start + Self.fanOut, below.count)].reduce(below[start], max)
                })
        }
        self.levels = levels
    }

    /// In order, the entries before `end` that reach `key`; `body` answers with the key to be reached from now on, or
    /// with nil when it has seen enough.
    func visit(before end: Int, reaching key: Key, _ body: (Int) -> Key?) {
        var key = key
        let top = levels.count - 1
        _ = visit(levels[top].indices, of: top, before: end, reaching: &key, body)
    }

    private func visit(
        _ blocks: Range<Int>, of level: Int, before end: Int, reaching key: inout Key, _ body: (Int) -> Key?
    ) -> Bool {
        for block in blocks {
            guard block << (4 * level) < end else { return true }
            guard levels[level][block] >= key else { continue }
            if level == 0 {
                guard let next = body(block) else { return false }
                key = next
            } else {
                let start = block * Self.fanOut
                let below = start..<min(start + Self.fanOut, levels[level - 1].count)
                guard visit(below, of: level - 1, before: end, reaching: &key, body) else { return false }
            }
        }
        return true
    }
}
