internal import GRDB

/// A change that was made.
package struct LedgerHistoryEntry: Hashable, Sendable {
    package struct Rows: Hashable, Sendable {
        package let table: LedgerTable
        package let count: Int
    }

    /// That the change led to.
    package let version: Int
    package let by, why: String
    /// In seconds since 1970.
    package let at: Int
    /// How many rows it touched, in the order of the tables.
    package let rows: [Rows]
}

extension LedgerStore {
    /// The last changes, the latest first.
    package func history(limit: Int) throws -> [LedgerHistoryEntry] {
        try entries("version > 0", [], limit: limit)
    }

    /// Those that touched a trunk, its grants or its approvals, the latest first.
    package func history(ofTrunk name: String, limit: Int) throws -> [LedgerHistoryEntry] {
        let versions = ["trunk WHERE name", "grant_ WHERE trunk", "approval WHERE trunk"].flatMap { rows in
            ["since", "until"].map { "SELECT \($0) FROM \(rows) = ?1" }
        }
        return try entries("version IN (\(versions.joined(separator: " UNION ")))", [name], limit: limit)
    }

    private func entries(
        _ condition: String, _ arguments: StatementArguments, limit: Int
    ) throws -> [LedgerHistoryEntry] {
        try database.read { db in
            let sql = """
                SELECT version, "by", why, at FROM change WHERE \(condition) ORDER BY version DESC LIMIT \(max(0, limit))
                """
            return try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
                LedgerHistoryEntry(
                    version: row[0], by: row[1], why: row[2], at: row[3], rows: try Self.rows(touchedBy: row[0], db))
            }
        }
    }

    private static func rows(touchedBy version: Int, _ db: Database) throws -> [LedgerHistoryEntry.Rows] {
        let counts = try Row.fetchAll(
            db, sql: "SELECT tab, rows FROM changed WHERE version = ?", arguments: [version]
        ).reduce(into: [String: Int]()) { $0[$1[0]] = $1[1] }
        return LedgerTable.allCases.compactMap { table in
            counts[table.rawValue].map { LedgerHistoryEntry.Rows(table: table, count: $0) }
        }
    }
}
