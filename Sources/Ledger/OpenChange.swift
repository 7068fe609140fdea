internal import GRDB

/// A change of the ledger while it is made. Nothing is written until a row is touched.
struct OpenChange {
    /// Of one table: a change of more rows does not keep which they were, and is taken up by loading the ledger anew.
    static let mostNoted = 10_000

    let db: Database
    let act: LedgerAct
    /// That the change leads to.
    let version: Int
    /// The touched rows' keys and where they come from, in order.
    private(set) var touched: [LedgerTable: [(key: String, place: RowFault.Place)]] = [:]

    init(_ db: Database, _ act: LedgerAct, version: Int) {
        self.db = db
        self.act = act
        self.version = version
    }

    mutating func insert(
        _ values: [DatabaseValue], into table: LedgerTable, _ place: RowFault.Place
    ) throws {
        try touch(table, table.keyText(of: values), place)
        try add(values, to: table)
    }

    /// Ends the current row of a key.
    mutating func end(_ key: [DatabaseValue], in table: LedgerTable, _ place: RowFault.Place) throws {
        try touch(table, table.keyText(ofKey: key), place)
        let statement = try db.cachedStatement(
            sql: "UPDATE \(table.tableName) SET until = ? WHERE \(table.isCurrent)")
        try statement.execute(arguments: StatementArguments([version.databaseValue] + key))
    }

    /// Another row in the place of the current one of its key.
    mutating func replace(with values: [DatabaseValue], in table: LedgerTable, _ place: RowFault.Place) throws {
        try end(table.keyValues(of: values), in: table, place)
        try add(values, to: table)
    }

    private func add(_ values: [DatabaseValue], to table: LedgerTable) throws {
        let columns = (table.columns + ["since"]).map { "\"\($0)\"" }.joined(separator: ", ")
        let marks = databaseQuestionMarks(count: values.count + 1)
        let statement = try db.cachedStatement(sql: "INSERT INTO \(table.tableName) (\(columns)) VALUES (\(marks))")
        try statement.execute(arguments: StatementArguments(values + [version.databaseValue]))
    }

    private mutating func touch(_ table: LedgerTable, _ key: String, _ place: RowFault.Place) throws {
        if touched.isEmpty {
            try db.execute(sql: "INSERT INTO opened (id, version) VALUES (1, ?)", arguments: [version])
        }
        touched[table, default: []].append((key, place))
    }

    /// A clock that was set back does not make this change an earlier one.
    func close() throws {
        guard !touched.isEmpty else { return }
        try db.execute(
            sql: """
                INSERT INTO change (version, at, "by", why)
                VALUES (?, max(?, ifnull((SELECT at FROM change ORDER BY version DESC LIMIT 1), 0)), ?, ?)
                """, arguments: [version, act.at, act.by, act.why])
        for (table, rows) in touched {
            let isBulk = rows.count > Self.mostNoted
            try db.execute(
                sql: "INSERT INTO changed (version, tab, rows, bulk) VALUES (?, ?, ?, ?)",
                arguments: [version, table.rawValue, rows.count, isBulk])
            if table.isLarge, !isBulk { try note(rows.map(\.key), of: table) }
        }
        try db.execute(sql: "DELETE FROM opened")
    }

    private func note(_ keys: [String], of table: LedgerTable) throws {
        let statement = try db.cachedStatement(sql: "INSERT INTO touched (version, tab, key) VALUES (?, ?, ?)")
        for key in keys { try statement.execute(arguments: [version, table.rawValue, key]) }
    }
}

extension LedgerTable {
    /// Of the current row, with the key as arguments.
    var isCurrent: String { key.map { "\"\($0)\" = ? AND " }.joined() + "until IS NULL" }

    /// - Parameter values: in the order of the columns.
    func keyValues(of values: [DatabaseValue]) -> [DatabaseValue] {
        key.compactMap { name in columns.firstIndex(of: name).map { values[$0] } }
    }

    func keyText(of values: [DatabaseValue]) -> String { keyText(ofKey: keyValues(of: values)) }

    /// Apart by blanks, which no part has but one in the middle of three.
    func keyText(ofKey key: [DatabaseValue]) -> String {
        key.map { value in
            switch value.storage {
            case .int64(let integer): String(integer)
            case .string(let text): text
            case .null, .double, .blob: ""
            }
        }.joined(separator: " ")
    }
}
