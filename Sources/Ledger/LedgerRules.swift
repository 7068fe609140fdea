internal import GRDB
internal import NumberPlan

/// What rows must have in common: checked at the end of each change, for what it touched.
struct LedgerRules {
    let db: Database
    let change: OpenChange
    let plan: DialPlan
    /// When the change is made, in seconds since 1970.
    let time: Int
    /// The ledger with the change, and without.
    let now, before: LedgerReading
    private(set) var faults: [RowFault] = []

    init(_ change: OpenChange, _ plan: DialPlan, at time: Int) {
        db = change.db
        self.change = change
        self.plan = plan
        self.time = time
        now = LedgerReading(db, .current)
        before = LedgerReading(db, .past(change.version - 1))
    }

    /// Throws what is wrong with the change, if anything is.
    mutating func check() throws {
        for table in LedgerTable.allCases where try isStillNamed(table) { throw LedgerError.stillNamed(table) }
        try checkTrunks()
        try checkLinks()
        try checkDelegations()
        try checkGrants()
        guard faults.isEmpty else { throw LedgerError.rows(Array(faults.prefix(LedgerStore.mostFaults))) }
    }

    mutating func refuse(_ place: RowFault.Place, _ column: String?, _ reason: RowFault.Reason) {
        faults.append(RowFault(place: place, column: column, reason: reason))
    }

    func touched(_ table: LedgerTable) -> [(key: String, place: RowFault.Place)] { change.touched[table] ?? [] }
}

extension LedgerRules {
    /// Whether other rows name one of this table that the change has ended.
    private func isStillNamed(_ table: LedgerTable) throws -> Bool {
        let names = Self.names(of: table)
        guard !names.isEmpty, try touched(table).contains(where: { try isGone($0.key, from: table) }) else {
            return false
        }
        let keys = "SELECT CAST(\(table.key[0]) AS TEXT) FROM \(table.tableName) WHERE until IS NULL"
        return try names.contains { child, name in
            // Of what is not there SQL says that it is not in an empty table, either.
            let isNamed = "\(name) IS NOT NULL AND \(name) NOT IN (\(keys))"
            let sql = "SELECT EXISTS (SELECT 1 FROM \(child) WHERE until IS NULL AND \(isNamed))"
            return try Bool.fetchOne(db, sql: sql) == true
        }
    }

    private func isGone(_ key: String, from table: LedgerTable) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT 1 FROM \(table.tableName) WHERE CAST(\(table.key[0]) AS TEXT) = ? AND until IS NULL")
        return try Int.fetchOne(statement, arguments: [key]) == nil
    }

    /// Where rows of a table are named: the table and the name in its rows.
    private static func names(of table: LedgerTable) -> [(table: String, name: String)] {
        func parties(_ kind: String) -> [(String, String)] {
            ["delegator", "delegate"].map { column in
                ("delegation", "iif(\(column) GLOB '\(kind):*', substr(\(column), \(kind.count + 2)), NULL)")
            }
        }
        return switch table {
        case .carriers:
            [("peer", "carrier"), ("holding", "carrier"), ("ported", "carrier"), ("trunk", "peer")]
                + parties("carrier")
        case .peers: [("trunk", "iif(handover = 1, peer, NULL)")]
        case .customers: [("trunk", "customer"), ("licence", "customer")] + parties("customer")
        case .trunks: [("grant_", "trunk"), ("approval", "trunk")]
        case .delegations:
            [("grant_", "CAST(delegation AS TEXT)"), ("delegation", "CAST(parent AS TEXT)")]
        case .holdings, .ported, .licences, .approvals, .grants, .listings: []
        }
    }
}
