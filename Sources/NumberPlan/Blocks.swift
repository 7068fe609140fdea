/// Consecutive keys and what they stand for, in one record: whoever has found it has no further look into memory.
struct Block<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    let first: Key
    /// How far behind `first` the last key is, or the greatest value if it is as far or farther.
    let extent: UInt32
    let place: UInt32
}

/// Blocks in order of their first keys, to be searched.
struct Blocks<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    /// Behind the blocks as many of the greatest key, which no number has, as the last steps of a search may look beyond.
    private var blocks: [Block<Key>] = []
    private(set) var count = 0
    /// The last keys, by index, of those too long for their record.
    private var farEnds: [Int: Key] = [:]

    private static var beyond: Int { 3 }

    init(capacity: Int) {
        blocks.reserveCapacity(capacity + Self.beyond)
    }

    mutating func append(first: Key, last: Key, place: UInt32) {
        let extent = UInt32(clamping: last - first)
        if extent == .max { farEnds[blocks.count] = last }
        blocks.append(Block(first: first, extent: extent, place: place))
    }

    /// To be called once, behind the last ``append(first:last:place:)`` and before the first search.
    mutating func close() {
        count = blocks.count
        for _ in 0..<Self.beyond { blocks.append(Block(first: .max, extent: 0, place: 0)) }
    }

    subscript(index: Int) -> Block<Key> { blocks[index] }

    func last(of index: Int) -> Key { farEnds[index] ?? blocks[index].first + Key(blocks[index].extent) }

    /// Of the blocks before `end`, the last one if it reaches the key.
    @inline(__always) func block(before end: Int, reaching key: Key) -> (index: Int, place: UInt32)? {
        guard end > 0 else { return nil }
        let block = blocks.span[end &- 1]
        if key &- block.first > Key(truncatingIfNeeded: block.extent) {
            guard block.extent == .max, key <= last(of: end - 1) else { return nil }
        }
        return (end &- 1, block.place)
    }

    /// How many blocks start no later than `key`; known to be within `places`.
    ///
    /// The last three blocks, mostly the only ones, take the same two steps however few of them are within `places`, for
    /// those behind start later in any case: a branch here would be foretold wrongly half the time.
    @inline(__always) func end(startingUpTo key: Key, in places: ClosedRange<Int>) -> Int {
        let blocks = blocks.span
        var low = places.lowerBound
        var left = places.upperBound &- low
        while left > Self.beyond {
            let half = left / 2
            low &+= blocks[low &+ half &- 1].first <= key ? half : 0
            left &-= half
        }
        low = blocks[low &+ 1].first <= key ? low &+ 2 : low
        return blocks[low].first <= key ? low &+ 1 : low
    }

    func end(startingUpTo key: Key) -> Int { end(startingUpTo: key, in: 0...count) }
}
