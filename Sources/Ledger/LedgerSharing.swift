internal import GRDB
package import NumberPlan

extension LedgerStore {
    /// What of the ledger can be told to peers: what is listed and has not ended, begun or not, and the numbers of trunks that
    /// were shut. No entry says whose trunk or customer it was.
    ///
    /// It goes through all grants where numbers of a shut trunk are among these lists, which takes a second for a million.
    package func entriesToShare(_ lists: Set<SharedList>, at now: Int) throws -> [SharedEntry] {
        guard !lists.isEmpty else { return [] }
        return try database.read { db in
            let reading = LedgerReading(db, .current)
            let listed = try reading.listings().compactMap { listing -> SharedEntry? in
                guard let list = listing.list.shared, listing.to.map({ now < $0 }) ?? true else { return nil }
                return SharedEntry(list: list, range: listing.range, from: listing.from, to: listing.to)
            }
            let shut = lists.contains(.shutTrunk) ? try reading.numbersOfShutTrunks(at: now) : []
            return listed.filter { lists.contains($0.list) } + shut
        }
    }

    /// As much as tells who holds these numbers, and what is protected.
    package func snapshotOfHolders(of numbers: some Sequence<TelephoneNumber>) throws -> LedgerSnapshot {
        try database.read { db in
            let reading = LedgerReading(db, .current)
            var loading = try reading.loading(version: Self.version(db))
            try reading.eachHolding { loading.add(holding: $0.range, of: $0.carrier) }
            for number in numbers {
                if let carrier = try reading.ported(number) { loading.add(ported: number, to: carrier) }
            }
            return LedgerSnapshot(loading)
        }
    }
}

extension Listing.List {
    /// What is protected is not shared: it would tell whom to pass for.
    fileprivate var shared: SharedList? {
        switch self {
        case .doNotOriginate: .doNotOriginate
        case .badNumber: .badNumber
        case .protected: nil
        }
    }
}

extension LedgerReading {
    private static let grantsWithTrunks = """
        SELECT grant_.first, grant_.last, valid_to, trunk.since FROM grant_ JOIN trunk ON trunk.name = grant_.trunk
        WHERE grant_.until IS NULL AND trunk.until IS NULL AND trunk.state = ?
        AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)
        """

    /// What is granted on them now, without what an active trunk is granted too. Each begins when its trunk became as it is.
    fileprivate func numbersOfShutTrunks(at now: Int) throws -> [SharedEntry] {
        var shut: [SharedEntry] = []
        try eachGrant(onTrunksThatAre: .shut, at: now) { range, row in
            shut.append(
                SharedEntry(list: .shutTrunk, range: range, from: try self.time(ofVersion: row[3]), to: row[2]))
        }
        guard !shut.isEmpty else { return [] }
        let numbers = NumberUnion(shut.map(\.range))
        var granted: [NumberRange] = []
        try eachGrant(onTrunksThatAre: .active, at: now) { range, _ in
            if numbers.overlaps(range) { granted.append(range) }
        }
        let others = NumberUnion(granted)
        return shut.flatMap { entry in
            others.rest(of: entry.range).map {
                SharedEntry(list: .shutTrunk, range: $0, from: entry.from, to: entry.to)
            }
        }
    }

    private func eachGrant(
        onTrunksThatAre state: TrunkState, at now: Int, _ body: (NumberRange, Row) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(db, sql: Self.grantsWithTrunks, arguments: [state.rawValue, now, now])
        while let row = try rows.next() { try body(try Self.range(row[0], row[1]), row) }
    }

    private func time(ofVersion version: Int) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT at FROM change WHERE version = ?", arguments: [version]) ?? 0
    }
}
