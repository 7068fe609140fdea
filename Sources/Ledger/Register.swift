/// Rows that large tables name by their places. A name keeps its place whatever becomes of its row, so that the tables need not
/// change when it does.
struct Register<Row: Sendable>: Sendable {
    private var places: [String: UInt32] = [:]
    /// Nil at the places of names that are not in the ledger.
    private var rows: [Row?] = []

    init(_ rows: [Row], name: (Row) -> String) {
        for row in rows { self[name(row)] = row }
    }

    subscript(name: String) -> Row? {
        get { places[name].flatMap { rows[Int($0)] } }
        set { rows[Int(place(of: name))] = newValue }
    }

    subscript(place: UInt32) -> Row? { rows[Int(place)] }

    /// All that are in the ledger.
    var all: [Row] { rows.compactMap { $0 } }

    /// Of a name that is in the ledger.
    func place(ofKnown name: String) -> UInt32? {
        places[name].flatMap { rows[Int($0)] == nil ? nil : $0 }
    }

    /// Of any name: a table may name what is not there, and means it if it comes.
    mutating func place(of name: String) -> UInt32 {
        if let place = places[name] { return place }
        let place = UInt32(rows.count)
        places[name] = place
        rows.append(nil)
        return place
    }

    /// By place, how many names come before that of the place. It says the same of two names in every register, in whatever
    /// order they came to it.
    var ranks: [UInt32] {
        var ranks = Array(repeating: UInt32(0), count: rows.count)
        for (rank, name) in places.keys.sorted().enumerated() {
            if let place = places[name] { ranks[Int(place)] = UInt32(rank) }
        }
        return ranks
    }

    /// Those not among `rows` are gone.
    mutating func replace(with rows: [Row], name: (Row) -> String) {
        for place in self.rows.indices { self.rows[place] = nil }
        for row in rows { self[name(row)] = row }
    }
}
