import Forgery
import Ledger
import NumberPlan

/// A ledger's rows in few words, and changes of them at random: everything names everything, there or not.
struct ChangingLedger {
    private(set) var version = 0
    private var carriers: [String: Carrier] = [:]
    private var holdings: Set<LedgerChanges.Holding> = []
    private var ported: [TelephoneNumber: String] = [:]
    private var peers: [Peer] = []
    private var customers: [String: Customer] = [:]
    private var licences: [Licence] = []
    private var trunks: [String: Trunk] = [:]
    private var grants: [Int: Grant] = [:]
    private var delegations: [Delegation] = []
    private var listings: [Listing] = []
    private var nextGrant = 1
    private var random: SeededGenerator

    static let carrierNames = ["1001", "1002", "1003"], trunkNames = ["a", "b", "c"], customerNames = ["k", "m"]
    static let numbers = (100...139).map { number("+\($0)") } + ["86:1*", "86:12"].map(number)

    init(seed: Int) { random = SeededGenerator(seed: UInt64(seed)) }

    /// Built anew of all rows.
    var snapshot: LedgerSnapshot {
        LedgerSnapshot(
            version: version, carriers: Array(carriers.values),
            holdings: holdings.map { ($0.carrier, $0.range) }, ported: ported.map { ($0, $1) },
            customers: Array(customers.values), licences: licences, peers: peers,
            trunks: Array(trunks.values),
            grants: grants.values.sorted { $0.id < $1.id }, delegations: delegations, listings: listings)
    }

    /// Some changes, of which the last of each row counts.
    mutating func change() -> LedgerChanges {
        version += 1
        var changes = LedgerChanges(version: version)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            switch Int.random(in: 0..<9, using: &random) {
            case 0: changeCarrier(&changes)
            case 1, 2: changeHolding(&changes)
            case 3, 4: changePorted(&changes)
            case 5: changeTrunk(&changes)
            case 6, 7: changeGrant(&changes)
            default: changeSmallTables(&changes)
            }
        }
        return changes
    }

    private mutating func changeCarrier(_ changes: inout LedgerChanges) {
        let spc = some(Self.carrierNames)
        carriers[spc] = oneIn(3) ? nil : Carrier(spc: spc, name: "\(version)", country: CountryCode("86")!)
        changes.carriers = Array(carriers.values)
    }

    private mutating func changeHolding(_ changes: inout LedgerChanges) {
        let known = holdings.sorted { "\($0)" < "\($1)" }.randomElement(using: &random)
        let holding = oneIn(2) ? known ?? someHolding() : someHolding()
        if oneIn(2) {
            holdings.remove(holding)
            changes.holdings[holding] = .removed
        } else {
            holdings.insert(holding)
            changes.holdings[holding] = .set(holding)
        }
    }

    private mutating func someHolding() -> LedgerChanges.Holding {
        LedgerChanges.Holding(carrier: some(Self.carrierNames), range: someRange())
    }

    private mutating func changePorted(_ changes: inout LedgerChanges) {
        let number = some(Self.numbers)
        ported[number] = oneIn(3) ? nil : some(Self.carrierNames)
        changes.ported[number] = ported[number].map { .set($0) } ?? .removed
    }

    private mutating func changeTrunk(_ changes: inout LedgerChanges) {
        let name = some(Self.trunkNames)
        trunks[name] =
            oneIn(3)
            ? nil
            : Trunk(
                name: name, trunkClass: .enterprise, state: oneIn(4) ? .shut : .active,
                customer: some(Self.customerNames),
                service: "call-centre", use: some([nil, .service, .marketing]))
        changes.trunks[name] = trunks[name].map { .set($0) } ?? .removed
    }

    /// An old one is removed or changed, its range too, as often as a new one comes.
    private mutating func changeGrant(_ changes: inout LedgerChanges) {
        let id = oneIn(2) ? grants.keys.sorted().randomElement(using: &random) ?? nextGrant : nextGrant
        if id < nextGrant, oneIn(2) {
            grants[id] = nil
        } else {
            grants[id] = someGrant(id)
            nextGrant = max(nextGrant, id + 1)
        }
        changes.grants[id] = grants[id].map { .set($0) } ?? .removed
    }

    private mutating func someGrant(_ id: Int) -> Grant {
        Grant(
            id: id, trunk: some(Self.trunkNames), range: someRange(), use: some([nil, nil, .service]),
            isOutbound: !oneIn(6), hours: oneIn(4) ? DailyHours("09:00-12:00") : nil, from: some([0, 1_000, 100_000]),
            to: some([nil, 50_000]), delegation: oneIn(4) ? some([1, 2, 3]) : nil)
    }

    private mutating func changeSmallTables(_ changes: inout LedgerChanges) {
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            let id = some(Self.customerNames)
            customers[id] = oneIn(3) ? nil : Customer(id: id, name: "\(version)")
            changes.customers = Array(customers.values)
        case 1:
            let licence = Licence(
                id: "\(version)", customer: some(Self.customerNames), scope: ["call-centre"],
                from: LedgerDay(containing: 0), to: oneIn(2) ? LedgerDay(containing: 0) : nil)
            licences = oneIn(2) ? [] : [licence]
            changes.licences = licences
        case 2:
            peers = Self.carrierNames.filter { _ in !oneIn(3) }.map { Peer(carrier: $0, isTransit: oneIn(2)) }
            changes.peers = peers
        case 3:
            delegations = (1...3).filter { _ in !oneIn(3) }.map { someDelegation($0) }
            changes.delegations = delegations
        default:
            listings = (0..<3).map { _ in
                Listing(list: some(Listing.List.allCases), range: someRange(), source: "operator", from: 0)
            }
            changes.listings = listings
        }
    }

    private mutating func someDelegation(_ id: Int) -> Delegation {
        Delegation(
            id: id, delegator: .carrier(some(Self.carrierNames)),
            delegate: oneIn(2) ? .carrier(some(Self.carrierNames)) : .customer(some(Self.customerNames)),
            range: someRange(), purpose: "calls", from: 0)
    }

    private mutating func someRange() -> NumberRange {
        if oneIn(8) { return NumberRange(only: some(Self.numbers.suffix(2))) }
        let first = Int.random(in: 100...139, using: &random)
        let last = some([first, first, min(first + 2, 139), 139])
        return NumberRange(first: number("+\(first)"), last: number("+\(last)"))!
    }

    private mutating func some<Choices: Collection>(_ choices: Choices) -> Choices.Element {
        choices.randomElement(using: &random)!
    }

    private mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
}
