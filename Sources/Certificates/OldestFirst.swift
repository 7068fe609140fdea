/// A dictionary with room for so many; to make room, the entry that was put in first goes.
package struct OldestFirst<Key: Hashable, Value> {
    private let limit: Int
    private var values: [Key: (value: Value, turn: Int)] = [:]
    /// Also holds what has been taken out or put in again since: its turn is no longer the one in `values`.
    private var queue: [(key: Key, turn: Int)] = []
    private var head = 0, nextTurn = 0

    package init(limit: Int) { self.limit = max(1, limit) }

    var count: Int { values.count }

    /// The oldest first.
    var all: [Value] {
        queue[head...].compactMap { entry in
            values[entry.key].flatMap { $0.turn == entry.turn ? $0.value : nil }
        }
    }

    package subscript(key: Key) -> Value? {
        get { values[key]?.value }
        set {
            guard let newValue else { return values[key] = nil }
            values[key] = (newValue, nextTurn)
            queue.append((key, nextTurn))
            nextTurn += 1
            trim()
        }
    }

    private mutating func trim() {
        while values.count > limit, head < queue.count {
            let (key, turn) = queue[head]
            head += 1
            if values[key]?.turn == turn { values[key] = nil }
        }
        guard queue.count > 2 * limit + 16 else { return }
        queue = queue[head...].filter { values[$0.key]?.turn == $0.turn }
        head = 0
    }
}
