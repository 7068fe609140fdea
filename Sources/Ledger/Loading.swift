internal import NumberPlan

/// A grant without what the table of ranges tells: a million of these must not weigh much.
struct GrantEntry: Sendable {
    let id: Int
    let trunk: UInt32
    let use: TrunkUse?
    let isOutbound: Bool
    let hours: DailyHours?
    let delegation: Int?
    let from: Int
    /// The greatest integer where there is no end.
    let to: Int
}

/// Rows on their way into a snapshot, which takes them over: a million are not there twice.
struct Loading: ~Copyable {
    let version: Int
    let carriers: [Carrier]
    let customers: [String: Customer]
    let licences: [String: [Licence]]
    let trunks: [Trunk]
    let delegations: [Delegation]
    let listings: [Listing]
    let carrierPlaces: [String: Int]
    let trunkPlaces: [String: Int]
    private(set) var ported: [TelephoneNumber: UInt32] = [:]
    private(set) var holdings = RangeTable.Builder()
    private(set) var grants: [GrantEntry] = []
    private(set) var granted = RangeTable.Builder()

    init(
        version: Int, carriers: [Carrier], customers: [Customer] = [], licences: [Licence] = [], trunks: [Trunk],
        delegations: [Delegation] = [], listings: [Listing] = []
    ) {
        self.version = version
        self.carriers = carriers
        self.customers = Dictionary(customers.map { ($0.id, $0) }) { $1 }
        self.licences = Dictionary(grouping: licences, by: \.customer)
        self.trunks = trunks
        self.delegations = delegations
        self.listings = listings
        carrierPlaces = Dictionary(carriers.enumerated().map { ($1.spc, $0) }) { $1 }
        trunkPlaces = Dictionary(trunks.enumerated().map { ($1.name, $0) }) { $1 }
    }

    mutating func add(holding range: NumberRange, of carrier: String) {
        guard let place = carrierPlaces[carrier] else { return }
        holdings.add(range, UInt32(place))
    }

    mutating func add(ported number: TelephoneNumber, to carrier: String) {
        guard let place = carrierPlaces[carrier] else { return }
        ported[number] = UInt32(place)
    }

    mutating func add(_ grant: Grant) {
        guard let place = trunkPlaces[grant.trunk] else { return }
        granted.add(grant.range, UInt32(grants.count))
        grants.append(
            GrantEntry(
                id: grant.id, trunk: UInt32(place), use: grant.use, isOutbound: grant.isOutbound, hours: grant.hours,
                delegation: grant.delegation, from: grant.from, to: grant.to ?? .max))
    }
}
