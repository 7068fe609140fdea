internal import GRDB
internal import NumberPlan

/// The tables as they are or were, row by row.
struct LedgerReading {
    enum Epoch {
        case current
        case past(Int)

        /// Of the rows that were there.
        var condition: String {
            switch self {
            case .current: "until IS NULL"
            case .past(let version): "since <= \(version) AND (until IS NULL OR until > \(version))"
            }
        }
    }

    let db: Database
    let epoch: Epoch

    init(_ db: Database, _ epoch: Epoch) {
        self.db = db
        self.epoch = epoch
    }

    func snapshot(version: Int) throws -> LedgerSnapshot {
        var loading = try loading(version: version)
        try eachHolding { loading.add(holding: $0.range, of: $0.carrier) }
        try eachPorted { loading.add(ported: $0, to: $1) }
        try eachGrant { loading.add($0) }
        return LedgerSnapshot(loading)
    }

    func loading(version: Int) throws -> Loading {
        Loading(
            version: version, carriers: try carriers(), customers: try customers(), licences: try licences(),
            peers: try peers(), trunks: try trunks(), delegations: try delegations(), listings: try listings())
    }

    func carriers() throws -> [Carrier] {
        try all("spc, name, country, gateway, enrolled_from", "carrier") { row in
            Carrier(
                spc: row[0], name: row[1], country: try Self.read(row[2], CountryCode.init), isGateway: row[3],
                enrolledFrom: row[4])
        }
    }

    func peers() throws -> [Peer] {
        try all("carrier, address, state, transit, contact, takes, gives", "peer") { row in
            Peer(
                carrier: row[0], address: try Self.readIfThere(row[1], PeerAddress.init),
                state: try Self.read(row[2], Peer.State.init), isTransit: row[3], contact: row[4],
                takes: try Self.readIfThere(row[5], Set<SharedList>.init(described:)) ?? [],
                gives: try Self.readIfThere(row[6], Set<SharedList>.init(described:)) ?? [])
        }
    }

    func customers() throws -> [Customer] {
        try all("id, name, kind, entity, industry", "customer") { row in
            Customer(
                id: row[0], name: row[1], kind: try Self.read(row[2], Customer.Kind.init), entity: row[3],
                industry: try Self.readIfThere(row[4], Industry.init))
        }
    }

    func licences() throws -> [Licence] {
        try all("id, customer, scope, valid_from, valid_to", "licence") { row in
            let scope: String = row[2]
            return Licence(
                id: row[0], customer: row[1], scope: Set(scope.split(separator: " ").map(String.init)),
                from: try Self.read(row[3], LedgerDay.init), to: try Self.readIfThere(row[4], LedgerDay.init))
        }
    }

    private static let trunkColumns =
        "name, class, state, customer, peer, line, service, use, contract, enrolled_from, circuit, handover"

    func trunks() throws -> [Trunk] { try all(Self.trunkColumns, "trunk") { try Self.trunk($0) } }

    func trunk(_ name: String) throws -> Trunk? {
        try all(Self.trunkColumns, "trunk", "name = ?", [name]) { try Self.trunk($0) }.first
    }

    /// From the last one on, as far as the epoch goes.
    func versions(ofTrunk name: String) throws -> [(since: Int, state: String)] {
        let last = if case .past(let version) = epoch { version } else { Int.max }
        return try Row.fetchAll(
            db, sql: "SELECT since, state FROM trunk WHERE name = ? AND since <= ? ORDER BY since DESC",
            arguments: [name, last]
        ).map { ($0[0], $0[1]) }
    }

    /// Of the last change that brought one, or another end of one, as far as the epoch goes.
    func lastVersion(ofGrantsOn trunk: String) throws -> Int {
        let last = if case .past(let version) = epoch { version } else { Int.max }
        return try Int.fetchOne(
            db, sql: "SELECT max(since) FROM grant_ WHERE trunk = ? AND since <= ?", arguments: [trunk, last]) ?? 0
    }

    /// Who has approved of a trunk after a version, and who wrote it into the ledger: nil for whoever is about to.
    func approvals(of trunk: String, after version: Int) throws -> [(person: String, writer: String?)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT approval."by", change."by" FROM approval LEFT JOIN change ON change.version = approval.since
                WHERE trunk = ? AND since > ? AND \(epoch.condition) ORDER BY since, approval.at
                """, arguments: [trunk, version]
        ).map { ($0[0], $0[1]) }
    }

    private static func trunk(_ row: Row) throws -> Trunk {
        Trunk(
            name: row[0], trunkClass: try read(row[1], TrunkClass.init), state: try read(row[2], TrunkState.init),
            customer: row[3], peer: row[4], line: try readIfThere(row[5], TelephoneNumber.init(described:)),
            service: row[6], use: try readIfThere(row[7], TrunkUse.init), contract: row[8], enrolledFrom: row[9],
            circuit: row[10], hasHandover: row[11])
    }

    func delegations() throws -> [Delegation] {
        try all(
            "id, delegator, delegate, first, last, purpose, valid_from, valid_to, onward, parent", "delegation"
        ) { row in
            Delegation(
                id: row[0], delegator: try Self.read(row[1], Party.init), delegate: try Self.read(row[2], Party.init),
                range: try Self.range(row[3], row[4]), purpose: row[5], from: row[6], to: row[7], isOnward: row[8],
                parent: row[9])
        }
    }

    func listings() throws -> [Listing] {
        try all("list, first, last, source, valid_from, valid_to", "listing") { row in
            Listing(
                list: try Self.read(row[0], Listing.List.init), range: try Self.range(row[1], row[2]), source: row[3],
                from: row[4], to: row[5])
        }
    }

    /// For tables that stay small.
    private func all<Value>(
        _ columns: String, _ table: String, _ condition: String = "TRUE", _ arguments: StatementArguments = [],
        _ value: (Row) throws -> Value
    ) throws -> [Value] {
        try Row.fetchAll(
            db, sql: "SELECT \(columns) FROM \(table) WHERE \(condition) AND \(epoch.condition)", arguments: arguments
        ).map(value)
    }
}

/// Cursors over reused rows: a million leave no garbage behind but the entries themselves.
extension LedgerReading {
    func eachHolding(_ body: (LedgerChanges.Holding) -> Void) throws {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT carrier, first, last FROM holding WHERE \(epoch.condition)")
        while let row = try rows.next() {
            body(LedgerChanges.Holding(carrier: row[0], range: try Self.range(row[1], row[2])))
        }
    }

    func holdings(of carrier: String) throws -> [NumberRange] {
        try Row.fetchAll(
            db, sql: "SELECT first, last FROM holding WHERE carrier = ? AND \(epoch.condition)", arguments: [carrier]
        ).map { try Self.range($0[0], $0[1]) }
    }

    func has(_ holding: LedgerChanges.Holding) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT 1 FROM holding WHERE carrier = ? AND first = ? AND last = ? AND \(epoch.condition)")
        let (first, last) = (holding.range.first.description, holding.range.last.description)
        return try Bool.fetchOne(statement, arguments: [holding.carrier, first, last]) != nil
    }

    /// In the order of the numbers.
    func eachPorted(_ body: (TelephoneNumber, String) -> Void) throws {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT number, carrier FROM ported WHERE \(epoch.condition) ORDER BY number")
        while let row = try rows.next() { body(try Self.ported(row[0]), row[1]) }
    }

    func eachGrant(_ body: (Grant) -> Void) throws { try eachGrant("TRUE", [], body) }

    /// The comparison as text is that of numbers, since both ends of a range are equally long and of one country.
    func eachGrant(of number: TelephoneNumber, on trunk: String?, _ body: (Grant) -> Void) throws {
        let condition = "first <= ?1 AND last >= ?1 AND length(first) = length(?1)"
        guard let trunk else { return try eachGrant(condition, [number.description], body) }
        try eachGrant("trunk = ?2 AND \(condition)", [number.description, trunk], body)
    }

    func eachGrant(on trunk: String, _ body: (Grant) -> Void) throws { try eachGrant("trunk = ?", [trunk], body) }

    func eachUndelegatedGrant(_ body: (Grant) -> Void) throws { try eachGrant("delegation IS NULL", [], body) }

    func grants(ofCustomer id: String) throws -> [Grant] {
        let trunks = try String.fetchAll(
            db, sql: "SELECT name FROM trunk WHERE customer = ? AND \(epoch.condition)", arguments: [id])
        var grants: [Grant] = []
        for trunk in trunks { try eachGrant(on: trunk) { grants.append($0) } }
        return grants
    }

    func grant(_ id: Int) throws -> Grant? {
        var found: Grant?
        try eachGrant("id = ?", [id]) { found = $0 }
        return found
    }

    private func eachGrant(
        _ condition: String, _ arguments: StatementArguments, _ body: (Grant) -> Void
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                SELECT id, trunk, first, last, valid_from, valid_to, use, outbound, hours, delegation FROM grant_
                WHERE \(condition) AND \(epoch.condition) ORDER BY id
                """)
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try rows.next() {
            body(
                Grant(
                    id: row[0], trunk: row[1], range: try Self.range(row[2], row[3]),
                    use: try Self.readIfThere(row[6], TrunkUse.init), isOutbound: row[7],
                    hours: try Self.readIfThere(row[8], DailyHours.init), from: row[4], to: row[5],
                    delegation: row[9]))
        }
    }

    /// The carrier to which a number was ported.
    func ported(_ number: TelephoneNumber) throws -> String? {
        guard case .global(let digits) = number, let value = Int(digits.description) else { return nil }
        let statement = try db.cachedStatement(
            sql: "SELECT carrier FROM ported WHERE number = ? AND \(epoch.condition)")
        return try String.fetchOne(statement, arguments: [value])
    }
}

extension LedgerReading {
    static func ported(_ value: Int) throws -> TelephoneNumber { try number("+\(value)") }

    static func range(_ first: String, _ last: String) throws -> NumberRange {
        let start = try number(first)
        if first == last { return NumberRange(only: start) }
        guard let range = NumberRange(first: start, last: try number(last)) else {
            throw LedgerDamage.unreadable("\(first)-\(last)")
        }
        return range
    }

    private static func number(_ text: String) throws -> TelephoneNumber {
        try read(text, TelephoneNumber.init(described:))
    }

    private static func read<Value>(_ text: String, _ value: (String) -> Value?) throws -> Value {
        guard let value = value(text) else { throw LedgerDamage.unreadable(text) }
        return value
    }

    private static func readIfThere<Value>(_ text: String?, _ value: (String) -> Value?) throws -> Value? {
        try text.map { try read($0, value) }
    }
}

/// The file holds what its own checks refuse: it was changed by other means.
enum LedgerDamage: Error, Equatable {
    case unreadable(String)
}
