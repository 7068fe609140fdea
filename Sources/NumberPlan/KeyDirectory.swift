/// Where among sorted blocks a key's place can be: a few neighbours instead of all of them.
///
/// The first keys of each count of digits are cut into equally wide buckets, of which each knows its first block's
/// place. That is one step for whatever is spread evenly, as blocks of numbers mostly are; where keys crowd in few
/// buckets, the search that remains takes a step for each doubling, and never more than it would without a directory.
struct KeyDirectory: Sendable {
    private struct Stretch: Sendable {
        /// The first key of its count; no key is as great where there is none.
        var base: UInt64 = .max
        /// A bucket's width is a power of two: a division would cost more than all the rest.
        var shift: UInt64 = 0
        var buckets = 0..<0
    }

    /// By count of digits.
    private var stretches = Array(repeating: Stretch(), count: 16)
    /// The place of each bucket's first block, and behind the last the number of blocks.
    private var starts: [UInt32] = []

    /// Blocks to a bucket, if they are spread evenly, between this and twice as many: the bucket then lies in one cache
    /// line or two, and the directory is at most an eighth as large as the blocks.
    private static var fill: Int { 2 }

    init(_ blocks: Blocks<UInt64>) {
        starts.reserveCapacity(blocks.count / Self.fill + stretches.count + 1)
        var places = 0..<0
        while places.upperBound < blocks.count {
            let count = blocks[places.upperBound].first >> TelephoneNumber.keyValueBits
            let end = blocks.end(
                startingUpTo: (count + 1) << TelephoneNumber.keyValueBits - 1, in: places.upperBound...blocks.count)
            places = places.upperBound..<end
            stretches[Int(count)] = cut(blocks, places)
        }
        starts.append(UInt32(blocks.count))
    }

    private mutating func cut(_ blocks: Blocks<UInt64>, _ places: Range<Int>) -> Stretch {
        let base = blocks[places.lowerBound].first, span = blocks[places.upperBound - 1].first - base
        var shift: UInt64 = 0
        while span >> shift > places.count / Self.fill { shift += 1 }
        let first = starts.count
        var next = places.lowerBound
        for bucket in 0...span >> shift {
            while (blocks[next].first - base) >> shift < bucket { next += 1 }
            starts.append(UInt32(next))
        }
        return Stretch(base: base, shift: shift, buckets: first..<starts.count)
    }

    /// All keys before these places are no greater than `key`, and all behind them are greater. Nil if all of its count
    /// are greater.
    @inline(__always) func places(of key: UInt64) -> ClosedRange<Int>? {
        let stretch = stretches[Int(key >> TelephoneNumber.keyValueBits)]
        guard key >= stretch.base else { return nil }
        let bucket = Int((key &- stretch.base) >> stretch.shift) &+ stretch.buckets.lowerBound
        let known = min(bucket, stretch.buckets.upperBound &- 1)
        return Int(starts[known])...Int(starts[known &+ 1])
    }
}
