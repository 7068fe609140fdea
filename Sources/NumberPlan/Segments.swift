/// Where, along the keys, the smallest covering entry changes, and to which: overlaps laid flat by one sweep.
///
/// At most two segments an entry.
struct Segments<Key: FixedWidthInteger & UnsignedInteger & Sendable> {
    /// With the entry of each for a place.
    private(set) var blocks: Blocks<Key>

    /// The last one, not yet ended.
    private var open: (start: Key, top: UInt32)?
    private let intervals: [Interval<Key>]
    private var active = Heap<Key>()

    /// `intervals` in their own order.
    init(_ intervals: [Interval<Key>]) {
        self.intervals = intervals
        blocks = Blocks(capacity: intervals.count)
        var next = 0
        while next < intervals.count {
            let start = intervals[next].first
            expire(before: start)
            while next < intervals.count, intervals[next].first == start {
                let size = intervals[next].last - start
                active.insert(Heap.Element(size: size, entry: UInt32(next)))
                next += 1
            }
            begin(at: start)
        }
        expire(before: nil)
        end(before: nil)
        blocks.close()
    }

    private mutating func begin(at start: Key) {
        guard let top = active.top?.entry, top != open?.top else { return }
        end(before: start)
        open = (start, top)
    }

    /// The last segment ends with its entry, unless one begins before that.
    private mutating func end(before limit: Key?) {
        guard let (start, top) = open else { return }
        let last = intervals[Int(top)].last
        blocks.append(first: start, last: limit.map { min($0 - 1, last) } ?? last, place: top)
    }

    /// Takes out what ends before `limit`, and lets what lay underneath come to the surface.
    private mutating func expire(before limit: Key?) {
        while let top = active.top {
            let end = intervals[Int(top.entry)].last
            if let limit, end >= limit { return }
            while let next = active.top, intervals[Int(next.entry)].last <= end { active.removeTop() }
            let resumed = end + 1
            if let limit, resumed >= limit { continue }
            begin(at: resumed)
        }
    }
}

/// The smallest entry on top; of equally small ones the last.
private struct Heap<Key: FixedWidthInteger & UnsignedInteger> {
    struct Element: Comparable {
        let size: Key
        let entry: UInt32

        static func < (one: Element, other: Element) -> Bool {
            (one.size, other.entry) < (other.size, one.entry)
        }
    }

    private var elements: [Element] = []

    var top: Element? { elements.first }

    mutating func insert(_ element: Element) {
        var place = elements.count
        elements.append(element)
        while place > 0, elements[place] < elements[(place - 1) / 2] {
            elements.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func removeTop() {
        guard let last = elements.popLast(), !elements.isEmpty else { return }
        elements[0] = last
        var place = 0
        while true {
            let (left, right) = (2 * place + 1, 2 * place + 2)
            var least = place
            if left < elements.count, elements[left] < elements[least] { least = left }
            if right < elements.count, elements[right] < elements[least] { least = right }
            guard least != place else { return }
            elements.swapAt(place, least)
            place = least
        }
    }
}
