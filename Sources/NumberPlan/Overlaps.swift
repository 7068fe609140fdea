/// All entries that cover a key or overlap an interval, where that can be more than one.
struct Overlaps<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    let firsts: SortedKeys<Key>
    let lasts: [Key]
    /// The smallest entry of each segment.
    let tops: [UInt32]
    private let reach: Reach<Key>

    /// `intervals` in their own order.
    init(_ intervals: [Interval<Key>], tops: [UInt32]) {
        firsts = SortedKeys(intervals.map(\.first))
        lasts = intervals.map(\.last)
        reach = Reach(lasts)
        self.tops = tops
    }

    func smallest(covering key: Key, where accepts: (Int) -> Bool) -> Int? {
        var best: (entry: Int, size: Key)?
        reach.visit(before: entries(startingUpTo: key), reaching: key) { entry in
            let size = lasts[entry] - firsts[entry]
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
            needed = lasts[entry] + 1
            return isCovered ? nil : needed
        }
        return isCovered
    }

    private func entries(startingUpTo key: Key) -> Int {
        firsts.place(after: key)
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
