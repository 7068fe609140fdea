/// Keys of one count of digits in order, each with a place.
///
/// What the first 48 bits of a key are is said once for all that share them, a page; of each key the last 16 remain. A
/// search is one for the page, as for a block among blocks, and one in it.
final class NumberPages: Sendable {
    typealias Change = (key: UInt64, place: UInt32?)

    private let directory: KeyDirectory
    /// The pages that are not empty, with the index of each one's first key for a place.
    private let blocks: Blocks<UInt64>
    private let lows: [UInt16]
    private let places: Places

    init(_ builder: Builder) {
        var blocks = builder.blocks
        blocks.close()
        self.blocks = blocks
        directory = KeyDirectory(blocks)
        lows = builder.lows
        places = builder.places
    }

    /// Those of `others` with the changes, which are in order of their keys.
    convenience init(_ others: NumberPages, changes: [Change]) {
        var builder = Builder(), next = 0
        func add(_ change: Change) {
            if let place = change.place { builder.append(change.key, place) }
            next += 1
        }
        others.forEach { key, place in
            while next < changes.count, changes[next].key < key { add(changes[next]) }
            if next < changes.count, changes[next].key == key {
                add(changes[next])
            } else {
                builder.append(key, place)
            }
        }
        while next < changes.count { add(changes[next]) }
        self.init(builder)
    }

    func place(of key: UInt64) -> UInt32? {
        guard let near = directory.places(of: key),
            let (page, start) = blocks.block(before: blocks.end(startingUpTo: key, in: near), reaching: key)
        else { return nil }
        let index = lows.last(noGreaterThan: UInt16(truncatingIfNeeded: key), in: Int(start)..<end(of: page))
        return lows[index] == UInt16(truncatingIfNeeded: key) ? places[index] : nil
    }

    private func end(of page: Int) -> Int { page + 1 < blocks.count ? Int(blocks[page + 1].place) : lows.count }

    private func forEach(_ body: (UInt64, UInt32) -> Void) {
        for page in 0..<blocks.count {
            for index in Int(blocks[page].place)..<end(of: page) {
                body(blocks[page].first | UInt64(lows[index]), places[index])
            }
        }
    }
}

extension NumberPages {
    struct Builder {
        fileprivate var blocks = Blocks<UInt64>(capacity: 0)
        fileprivate var lows: [UInt16] = []
        fileprivate var places = Places()
        private var last: UInt64?

        private static var inPage: UInt64 { 0xFFFF }

        /// Whether all keys so far are smaller, as ``append(_:_:)`` wants it.
        func isBefore(_ key: UInt64) -> Bool { last.map { $0 < key } ?? true }

        mutating func append(_ key: UInt64, _ place: UInt32) {
            let page = key & ~Self.inPage
            if last.map({ $0 < page }) ?? true {
                blocks.append(first: page, last: page | Self.inPage, place: UInt32(lows.count))
            }
            lows.append(UInt16(truncatingIfNeeded: key))
            places.append(place)
            last = key
        }
    }

    /// Two bytes for each as long as that is enough for all, else four.
    fileprivate struct Places {
        private var narrow: [UInt16] = []
        private var wide: [UInt32] = []

        mutating func append(_ place: UInt32) {
            if wide.isEmpty, let narrowed = UInt16(exactly: place) { return narrow.append(narrowed) }
            if !narrow.isEmpty {
                wide = narrow.map(UInt32.init)
                narrow = []
            }
            wide.append(place)
        }

        subscript(index: Int) -> UInt32 { wide.isEmpty ? UInt32(narrow[index]) : wide[index] }
    }
}

extension [UInt16] {
    /// Of those in order in `range`, which is not empty; its first, if all are greater.
    @inline(__always) fileprivate func last(noGreaterThan wanted: UInt16, in range: Range<Int>) -> Int {
        let lows = self.span
        var index = range.lowerBound, left = range.count
        // Without a branch, which would be foretold wrongly half the time.
        while left > 1 {
            let half = left / 2
            index &+= lows[index &+ half] <= wanted ? half : 0
            left &-= half
        }
        return index
    }
}
