package import NumberPlan

package struct Carrier: Hashable, Sendable {
    package let spc: String
    package let name: String
    package let country: CountryCode

    package init(spc: String, name: String, country: CountryCode) {
        self.spc = spc
        self.name = name
        self.country = country
    }
}

package enum TrunkClass: String, CaseIterable, Sendable {
    case enterprise, access, interconnect, international
}

package struct Trunk: Hashable, Sendable {
    /// ASCII, at most 64 characters; never changed.
    package let name: String
    package let trunkClass: TrunkClass
    package let customer: String?
    /// The SPC of the carrier at the other end.
    package let peer: String?
    /// An access line's own number.
    package let line: TelephoneNumber?
    /// From when on the peer must attest its calls.
    package let enrolledFrom: Int?

    package init(
        name: String, trunkClass: TrunkClass, customer: String? = nil, peer: String? = nil,
        line: TelephoneNumber? = nil, enrolledFrom: Int? = nil
    ) {
        self.name = name
        self.trunkClass = trunkClass
        self.customer = customer
        self.peer = peer
        self.line = line
        self.enrolledFrom = enrolledFrom
    }
}

/// A trunk may show these numbers from `from` on, until `to`, which is no longer included.
package struct Grant: Hashable, Sendable {
    package let id: Int
    package let trunk: String
    package let range: NumberRange
    package let from: Int
    package let to: Int?

    package init(id: Int, trunk: String, range: NumberRange, from: Int, to: Int? = nil) {
        self.id = id
        self.trunk = trunk
        self.range = range
        self.from = from
        self.to = to
    }
}

/// The ledger as it was at one version: a call takes one and works on it to its end.
package struct LedgerSnapshot: Sendable {
    /// Behind one reference, since every call takes the whole.
    private final class Contents: Sendable {
        let version: Int
        let carriers: [Carrier]
        let carrierPlaces: [String: Int]
        /// Places in `carriers`.
        let holdings: RangeTable
        let trunks: [Trunk]
        let trunkPlaces: [String: Int]
        let grants: [GrantEntry]
        /// Places in `grants`.
        let granted: RangeTable

        init(_ loading: consuming Loading) {
            version = loading.version
            carriers = loading.carriers
            carrierPlaces = loading.carrierPlaces
            trunks = loading.trunks
            trunkPlaces = loading.trunkPlaces
            grants = loading.grants
            holdings = RangeTable(loading.holdings)
            granted = RangeTable(loading.granted)
        }
    }

    private let contents: Contents

    package var version: Int { contents.version }

    /// What is named but not there (a holding's carrier, a grant's trunk) is left out: nothing can be asked of it.
    package init(
        version: Int, carriers: [Carrier], holdings: [(carrier: String, range: NumberRange)], trunks: [Trunk],
        grants: [Grant]
    ) {
        var loading = Loading(version: version, carriers: carriers, trunks: trunks)
        for holding in holdings { loading.add(holding: holding.range, of: holding.carrier) }
        for grant in grants {
            loading.add(grant: grant.id, of: grant.range, to: grant.trunk, from: grant.from, until: grant.to)
        }
        self.init(loading)
    }

    init(_ loading: consuming Loading) { contents = Contents(loading) }
}

extension LedgerSnapshot {
    package func trunk(_ name: String) -> Trunk? {
        contents.trunkPlaces[name].map { contents.trunks[$0] }
    }

    package func carrier(_ spc: String) -> Carrier? {
        contents.carrierPlaces[spc].map { contents.carriers[$0] }
    }

    /// The most specific grant that lets this trunk show this number now.
    package func grant(of number: TelephoneNumber, on trunk: String, at now: Int) -> Grant? {
        guard let place = contents.trunkPlaces[trunk] else { return nil }
        let found = contents.granted.firstEntry(covering: number) { entry in
            let grant = contents.grants[Int(entry)]
            return grant.trunk == place && grant.from <= now && now < grant.to
        }
        return found.map { range, entry in
            let grant = contents.grants[Int(entry)]
            return Grant(
                id: grant.id, trunk: trunk, range: range, from: grant.from, to: grant.to == .max ? nil : grant.to)
        }
    }

    /// Who holds the most specific range with this number.
    package func holder(of number: TelephoneNumber) -> Carrier? {
        contents.holdings.mostSpecific(covering: number).map { contents.carriers[Int($0)] }
    }

    /// Whether the ranges of these carriers together cover this one.
    package func hold(_ codes: [String], _ range: NumberRange) -> Bool {
        let places = codes.compactMap { contents.carrierPlaces[$0] }
        return !places.isEmpty && contents.holdings.covers(range) { places.contains(Int($0)) }
    }
}

/// A grant without what the table of ranges tells: a million of these must not weigh much.
struct GrantEntry: Sendable {
    let id: Int
    let trunk: UInt32
    let from: Int
    /// The greatest integer where there is no end.
    let to: Int
}

/// Rows on their way into a snapshot, which takes them over: a million are not there twice.
struct Loading: ~Copyable {
    let version: Int
    let carriers: [Carrier]
    let trunks: [Trunk]
    let carrierPlaces: [String: Int]
    let trunkPlaces: [String: Int]
    private(set) var holdings = RangeTable.Builder()
    private(set) var grants: [GrantEntry] = []
    private(set) var granted = RangeTable.Builder()

    init(version: Int, carriers: [Carrier], trunks: [Trunk]) {
        self.version = version
        self.carriers = carriers
        self.trunks = trunks
        carrierPlaces = Dictionary(carriers.enumerated().map { ($1.spc, $0) }) { $1 }
        trunkPlaces = Dictionary(trunks.enumerated().map { ($1.name, $0) }) { $1 }
    }

    mutating func add(holding range: NumberRange, of carrier: String) {
        guard let place = carrierPlaces[carrier] else { return }
        holdings.add(range, UInt32(place))
    }

    mutating func add(grant id: Int, of range: NumberRange, to trunk: String, from: Int, until: Int?) {
        guard let place = trunkPlaces[trunk] else { return }
        granted.add(range, UInt32(grants.count))
        grants.append(GrantEntry(id: id, trunk: UInt32(place), from: from, to: until ?? .max))
    }
}
