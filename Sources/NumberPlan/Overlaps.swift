/// All entries that cover a key or overlap an interval, where that can be more than one.
struct Overlaps<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    let entries: Blocks<Key>
    private let reach: Reach<Key>

    init(_ entries: Blocks<Key>) {
        self.entries = entries
        reach = Reach((0..<entries.count).map { entries.last(of: $0) })
    }

    func entry(_ index: Int) -> Entry<Key> {
        Entry(first: entries[index].first, last: reach.end(of: index), place: entries[index].place)
    }

    func smallest(covering key: Key, where accepts: (UInt32) -> Bool) -> Entry<Key>? {
        var best: Entry<Key>?
        reach.visit(before: entries.end(startingUpTo: key), reaching: key) { index in
            let entry = entry(index)
            let least = best.map { $0.last - $0.first } ?? .max
            if entry.last - entry.first <= least, accepts(entry.place) { best = entry }
            return key
        }
        return best
    }

    func covers(_ first: Key, _ last: Key, where accepts: (UInt32) -> Bool) -> Bool {
        var isCovered = false
        var needed = first
        reach.visit(before: entries.end(startingUpTo: last), reaching: first) { index in
            let entry = entry(index)
            guard entry.first <= needed else { return nil }
            guard accepts(entry.place) else { return needed }
            isCovered = entry.last >= last
            needed = entry.last + 1
            return isCovered ? nil : needed
        }
        return isCovered
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

    func end(of entry: Int) -> Key { levels[0][entry] }

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
