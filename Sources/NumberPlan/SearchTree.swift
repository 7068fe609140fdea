/// What stands at the greatest start that is no greater than a key.
///
/// An implicit tree of nodes of sixteen keys. A million starts make five steps, of which only the last leaves the
/// cache, where a binary search takes twenty.
struct SearchTree<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    /// One entry from here on, as far as to its end or to the next start.
    struct Leaf: Sendable {
        let end: Key
        let entry: UInt32
    }

    private static var width: Int { 16 }

    /// Node `k` is the sixteen keys from `16k`; its children are `17k + 1` to `17k + 17`. What the last nodes lack is
    /// filled with the greatest key, which no number has.
    private var keys: [Key]
    private var leaves: [Leaf]

    init(sorted starts: [Key], leaf: (Int) -> Leaf) {
        let slots = (starts.count + Self.width - 1) / Self.width * Self.width
        keys = Array(repeating: .max, count: slots)
        leaves = Array(repeating: Leaf(end: 0, entry: 0), count: slots)
        var next = 0
        fill(node: 0, starts, leaf, &next)
    }

    /// In order, hence by recursion: no deeper than the tree is high.
    private mutating func fill(node: Int, _ starts: [Key], _ leaf: (Int) -> Leaf, _ next: inout Int) {
        guard node * Self.width < keys.count else { return }
        for slot in 0..<Self.width {
            fill(node: node * (Self.width + 1) + slot + 1, starts, leaf, &next)
            guard next < starts.count else { continue }
            keys[node * Self.width + slot] = starts[next]
            leaves[node * Self.width + slot] = leaf(next)
            next += 1
        }
        fill(node: node * (Self.width + 1) + Self.width + 1, starts, leaf, &next)
    }

    func leaf(at key: Key) -> Leaf? {
        let keys = keys.span
        var start = 0
        var best = -1
        while start < keys.count {
            let slot = Self.count(upTo: key, keys, start)
            best = slot > 0 ? start &+ slot &- 1 : best
            start = (start &+ slot &+ 1) &* Self.width &+ start
        }
        return best >= 0 ? leaves[best] : nil
    }

    /// Written out, so that it compiles without branches: none of them could be foretold.
    @inline(__always)
    private static func count(upTo key: Key, _ keys: Span<Key>, _ start: Int) -> Int {
        var count = keys[start] <= key ? 1 : 0
        count &+= keys[start &+ 1] <= key ? 1 : 0
        count &+= keys[start &+ 2] <= key ? 1 : 0
        count &+= keys[start &+ 3] <= key ? 1 : 0
        count &+= keys[start &+ 4] <= key ? 1 : 0
        count &+= keys[start &+ 5] <= key ? 1 : 0
        count &+= keys[start &+ 6] <= key ? 1 : 0
        count &+= keys[start &+ 7] <= key ? 1 : 0
        count &+= keys[start &+ 8] <= key ? 1 : 0
        count &+= keys[start &+ 9] <= key ? 1 : 0
        count &+= keys[start &+ 10] <= key ? 1 : 0
        count &+= keys[start &+ 11] <= key ? 1 : 0
        count &+= keys[start &+ 12] <= key ? 1 : 0
        count &+= keys[start &+ 13] <= key ? 1 : 0
        count &+= keys[start &+ 14] <= key ? 1 : 0
        count &+= keys[start &+ 15] <= key ? 1 : 0
        return count
    }
}
