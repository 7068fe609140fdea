internal import NumberPlan

/// Rows on their way into a snapshot, which takes them over: a million are not there twice.
struct Loading: ~Copyable {
    let version: Int
    let peers: [Peer]
    let customers: [String: Customer]
    let licences: [String: [Licence]]
    let delegations: [Delegation]
    let listings: [Listing]
    private(set) var carriers: Register<Carrier>
    private(set) var trunks: Register<Trunk>
    private(set) var ported = NumberTable.Builder()
    private(set) var holdings = RangeTable.Builder()
    private(set) var grants = GrantTable.Builder()

    init(
        version: Int, carriers: [Carrier], customers: [Customer] = [], licences: [Licence] = [],
        peers: [Peer] = [], trunks: [Trunk], delegations: [Delegation] = [], listings: [Listing] = []
    ) {
        self.version = version
        self.peers = peers
        self.customers = customers.byID
        self.licences = licences.byCustomer
        self.delegations = delegations
        self.listings = listings
        self.carriers = Register(carriers, name: \.spc)
        self.trunks = Register(trunks, name: \.name)
    }

    mutating func add(holding range: NumberRange, of carrier: String) {
        holdings.add(range, carriers.place(of: carrier))
    }

    /// At best in the order of the numbers.
    mutating func add(ported number: TelephoneNumber, to carrier: String) {
        ported.add(number, carriers.place(of: carrier))
    }

    /// In the order of their ids.
    mutating func add(_ grant: Grant) {
        grants.add(grant, trunk: trunks.place(of: grant.trunk))
    }
}

extension [Customer] {
    var byID: [String: Customer] { Dictionary(map { ($0.id, $0) }) { $1 } }
}

extension [Licence] {
    var byCustomer: [String: [Licence]] { Dictionary(grouping: self, by: \.customer) }
}

extension [Peer] {
    var byCarrier: [String: Peer] { Dictionary(map { ($0.carrier, $0) }) { $1 } }
}
