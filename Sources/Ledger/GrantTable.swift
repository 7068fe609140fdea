internal import NumberPlan

/// A grant without what the table of ranges tells, and what many have alike: a million of these must not weigh much.
struct GrantEntry: Sendable {
    let id: Int
    /// A place in the register of trunks.
    let trunk: UInt32
    /// A place in the table's terms.
    let terms: UInt32
    let from: Int
    /// The greatest integer where there is no end.
    let to: Int
}

/// What grants say beside who, which numbers and when; few differ in it.
struct GrantTerms: Hashable, Sendable {
    let use: TrunkUse?
    let isOutbound: Bool
    let hours: DailyHours?
    let delegation: Int?
}

/// A grant that was found, by the range it is for.
struct FoundGrant {
    let range: NumberRange
    let entry: GrantEntry
    let terms: GrantTerms

    func grant(on trunk: String) -> Grant {
        Grant(
            id: entry.id, trunk: trunk, range: range, use: terms.use, isOutbound: terms.isOutbound, hours: terms.hours,
            from: entry.from, to: entry.to == .max ? nil : entry.to, delegation: terms.delegation)
    }

    /// Of identical ranges the grant with the greater id counts.
    func isMoreSpecific(than other: FoundGrant) -> Bool {
        range.isMoreSpecific(than: other.range) ?? (entry.id > other.entry.id)
    }
}

/// Grants by the numbers they are for.
final class GrantTable: Sendable {
    private let entries: [GrantEntry]
    private let terms: [GrantTerms]
    /// Places in `entries`.
    private let ranges: RangeTable

    init(_ builder: consuming Builder) {
        entries = builder.entries
        terms = builder.terms
        builder.ranges.order { $0 }
        ranges = RangeTable(builder.ranges)
    }

    /// The most specific that satisfies the predicate.
    func first(
        covering number: TelephoneNumber, where accepts: (GrantEntry, GrantTerms) -> Bool
    ) -> FoundGrant? {
        let found = ranges.firstEntry(covering: number) { place in
            let entry = entries[Int(place)]
            return accepts(entry, terms[Int(entry.terms)])
        }
        return found.map { range, place in
            let entry = entries[Int(place)]
            return FoundGrant(range: range, entry: entry, terms: terms[Int(entry.terms)])
        }
    }
}

extension GrantTable {
    /// Takes grants in the order of their ids.
    struct Builder: ~Copyable {
        fileprivate var entries: [GrantEntry] = []
        fileprivate var terms: [GrantTerms] = []
        fileprivate var ranges = RangeTable.Builder()
        private var termPlaces: [GrantTerms: UInt32] = [:]

        /// - Parameter trunk: the place of the grant's trunk.
        mutating func add(_ grant: Grant, trunk: UInt32) {
            ranges.add(grant.range, UInt32(entries.count))
            let terms = GrantTerms(
                use: grant.use, isOutbound: grant.isOutbound, hours: grant.hours, delegation: grant.delegation)
            entries.append(
                GrantEntry(
                    id: grant.id, trunk: trunk, terms: place(of: terms), from: grant.from, to: grant.to ?? .max))
        }

        /// Those of a table that `isKept` by their ids, and these grants with the places of their trunks, in the order of ids.
        mutating func add(
            _ table: GrantTable, where isKept: (Int) -> Bool, and others: [(grant: Grant, trunk: UInt32)]
        ) {
            entries.reserveCapacity(table.entries.count + others.count)
            var places = Array(repeating: UInt32.max, count: table.entries.count), next = others.startIndex
            for (place, entry) in table.entries.enumerated() where isKept(entry.id) {
                while next < others.endIndex, others[next].grant.id < entry.id {
                    add(others[next].grant, trunk: others[next].trunk)
                    next += 1
                }
                places[place] = UInt32(entries.count)
                entries.append(
                    GrantEntry(
                        id: entry.id, trunk: entry.trunk, terms: self.place(of: table.terms[Int(entry.terms)]),
                        from: entry.from, to: entry.to))
            }
            for (grant, trunk) in others[next...] { add(grant, trunk: trunk) }
            ranges.add(table.ranges) { places[Int($0)] == .max ? nil : places[Int($0)] }
        }

        private mutating func place(of terms: GrantTerms) -> UInt32 {
            if let place = termPlaces[terms] { return place }
            let place = UInt32(self.terms.count)
            termPlaces[terms] = place
            self.terms.append(terms)
            return place
        }
    }
}
