/// Keys in order, to be searched.
struct SortedKeys<Key: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    /// Behind the keys as many of the greatest, which no number has, as the last steps of a search may look beyond.
    private let keys: [Key]
    let count: Int

    private static var beyond: Int { 7 }

    init(_ sorted: consuming [Key]) {
        count = sorted.count
        sorted.reserveCapacity(count + Self.beyond)
        for _ in 0..<Self.beyond { sorted.append(.max) }
        keys = sorted
    }

    subscript(place: Int) -> Key { keys[place] }

    /// How many keys are no greater than `key`; known to be within `places`.
    ///
    /// No branch depends on a comparison, for it would be foretold wrongly half the time. The last seven keys take the
    /// same three steps however few of them are within `places`: those behind are greater in any case.
    @inline(__always) func place(after key: Key, in places: ClosedRange<Int>) -> Int {
        let keys = keys.span
        var low = places.lowerBound
        var left = places.upperBound &- low
        while left > Self.beyond {
            let half = left / 2
            low = keys[low &+ half &- 1] <= key ? low &+ half : low
            left &-= half
        }
        low = keys[low &+ 3] <= key ? low &+ 4 : low
        low = keys[low &+ 1] <= key ? low &+ 2 : low
        return keys[low] <= key ? low &+ 1 : low
    }

    func place(after key: Key) -> Int { place(after: key, in: 0...count) }
}
