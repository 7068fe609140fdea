/// The value at the greatest start that is no greater than a key.
///
/// An implicit tree of nodes of eight keys, a cache line each: six steps for a million keys where a binary search takes
/// twenty, most of which miss the cache.
struct SearchTree<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    private static var width: Int { 8 }

    /// Node `k`'s children are `9k + 1` to `9k + 9`. What the last nodes lack is filled with the greatest key, which
    /// no number has.
    private var nodes: [InlineArray<8, Key>]
    private var values: [UInt32]

    init(sorted starts: [Key], values tops: [UInt32]) {
        let count = (starts.count + Self.width - 1) / Self.width
        nodes = Array(repeating: InlineArray(repeating: .max), count: count)
        values = Array(repeating: 0, count: count * Self.width)
        var next = 0
        fill(node: 0, starts, tops, &next)
    }

    /// In order, hence by recursion: no deeper than the tree is high.
    private mutating func fill(node: Int, _ starts: [Key], _ tops: [UInt32], _ next: inout Int) {
        guard node < nodes.count else { return }
        for slot in 0..<Self.width {
            fill(node: node * (Self.width + 1) + slot + 1, starts, tops, &next)
            guard next < starts.count else { continue }
            nodes[node][slot] = starts[next]
            values[node * Self.width + slot] = tops[next]
            next += 1
        }
        fill(node: node * (Self.width + 1) + Self.width + 1, starts, tops, &next)
    }

    func value(at key: Key) -> UInt32? {
        var node = 0
        var best = -1
        while node < nodes.count {
            let slot = Self.countUpTo(key, nodes[node])
            best = slot > 0 ? node * Self.width + slot - 1 : best
            node = node * (Self.width + 1) + slot + 1
        }
        return best >= 0 ? values[best] : nil
    }

    /// Without branches, since none of them could be foretold.
    @inline(__always)
    private static func countUpTo(_ key: Key, _ node: InlineArray<8, Key>) -> Int {
        var count = 0
        for slot in 0..<Self.width { count &+= node[slot] <= key ? 1 : 0 }
        return count
    }
}
