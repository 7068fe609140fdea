internal import GRDB
internal import NumberPlan

extension LedgerStore {
    /// What has changed since a version, found by the keys that the changes noted, however large the ledger is. Nil after a
    /// bulk change, or for a version that this ledger did not have: then it is to be loaded anew.
    package func changes(since version: Int) throws -> LedgerChanges? {
        try database.read { db in
            let current = try Self.version(db)
            let tables = try Self.changedTables(since: version, db)
            guard version <= current, let tables else { return nil }
            let reading = LedgerReading(db, .current)
            var changes = LedgerChanges(version: current)
            for table in tables {
                try changes.take(table, from: reading, keys: try Self.touchedKeys(of: table, since: version, db))
            }
            return changes
        }
    }

    /// Nil if one of the changes was a bulk change of a table that does not come whole.
    private static func changedTables(since version: Int, _ db: Database) throws -> [LedgerTable]? {
        let rows = try Row.fetchAll(
            db, sql: "SELECT tab, max(bulk) FROM changed WHERE version > ? GROUP BY tab", arguments: [version])
        var tables: [LedgerTable] = []
        for row in rows {
            guard let table = LedgerTable(rawValue: row[0]) else { throw LedgerDamage.unreadable(row[0]) }
            let isBulk: Bool = row[1]
            if isBulk, table.isLarge { return nil }
            tables.append(table)
        }
        return tables
    }

    private static func touchedKeys(of table: LedgerTable, since version: Int, _ db: Database) throws -> [String] {
        try String.fetchAll(
            db, sql: "SELECT DISTINCT key FROM touched WHERE version > ? AND tab = ?",
            arguments: [version, table.rawValue])
    }
}

extension LedgerChanges {
    fileprivate mutating func take(_ table: LedgerTable, from reading: LedgerReading, keys: [String]) throws {
        switch table {
        case .carriers: carriers = try reading.carriers()
        case .peers: peers = try reading.peers()
        case .customers: customers = try reading.customers()
        case .licences: licences = try reading.licences()
        case .delegations: delegations = try reading.delegations()
        case .listings: listings = try reading.listings()
        // No snapshot has them.
        case .approvals: break
        case .holdings:
            for key in keys {
                let holding = try Self.holding(key)
                holdings[holding] = try reading.has(holding) ? .set(holding) : .removed
            }
        case .ported:
            for key in keys {
                let number = try LedgerReading.ported(try Self.integer(key))
                ported[number] = try reading.ported(number).map { .set($0) } ?? .removed
            }
        case .trunks:
            for key in keys { trunks[key] = try reading.trunk(key).map { .set($0) } ?? .removed }
        case .grants:
            for key in keys {
                let id = try Self.integer(key)
                grants[id] = try reading.grant(id).map { .set($0) } ?? .removed
            }
        }
    }

    private static func holding(_ key: String) throws -> Holding {
        let parts = key.split(separator: " ").map(String.init)
        guard parts.count == 3 else { throw LedgerDamage.unreadable(key) }
        return Holding(carrier: parts[0], range: try LedgerReading.range(parts[1], parts[2]))
    }

    private static func integer(_ key: String) throws -> Int {
        guard let integer = Int(key) else { throw LedgerDamage.unreadable(key) }
        return integer
    }
}
