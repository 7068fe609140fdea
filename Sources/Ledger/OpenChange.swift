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
    private var isOpen = false
    /// To add a row to a table, and to end one.
    private var insertions: [LedgerTable: Statement] = [:]
    private var endings: [LedgerTable: Statement] = [:]

    init(_ db: Database, _ act: LedgerAct, version: Int) {
        self.db = db
        self.act = act
        self.version = version
    }

    mutating func add(_ values: [DatabaseValue], to table: LedgerTable) throws {
        try open()
        let insertion = try insertions[table] ?? db.makeStatement(sql: table.insertion)
        insertions[table] = insertion
        insertion.setUncheckedArguments(StatementArguments(values + [version.databaseValue]))
        try insertion.execute()
    }

    /// Ends the current row of a key.
    mutating func end(_ key: [DatabaseValue], in table: LedgerTable) throws {
        try open()
        let sql = "UPDATE \(table.tableName) SET until = ? WHERE \(table.isCurrent)"
        let ending = try endings[table] ?? db.makeStatement(sql: sql)
        endings[table] = ending
        try ending.execute(arguments: StatementArguments([version.databaseValue] + key))
    }

    /// That a row was added, ended or replaced, and where that comes from.
    mutating func touch(_ table: LedgerTable, _ key: String, _ place: RowFault.Place) {
        touched[table, default: []].append((key, place))
    }

    private mutating func open() throws {
        guard !isOpen else { return }
        try db.execute(sql: "INSERT INTO opened (id, version) VALUES (1, ?)", arguments: [version])
        isOpen = true
    }

    /// Before anything is read: as-of questions go by the times of changes, and one that was made by a clock far ahead would
    /// have all that follow it be as late.
    func requireClock() throws {
        let now = act.clock(), last = try Self.lastTime(db)
        guard last - now <= Self.mostAhead else { throw LedgerError.clockBehind(last: last, now: now) }
    }

    /// In seconds: what clocks differ by.
    private static let mostAhead = 60

    private static func lastTime(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT at FROM change ORDER BY version DESC LIMIT 1") ?? 0
    }

    /// A clock that was set back a little does not make this change an earlier one.
    func close(at time: Int) throws {
        guard isOpen else { return }
        try db.execute(
            sql: "INSERT INTO change (version, at, \"by\", why) VALUES (?, ?, ?, ?)",
            arguments: [version, max(time, try Self.lastTime(db)), act.by, act.why])
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
    fileprivate var insertion: String {
        let columns = (columns + ["since"]).map { "\"\($0)\"" }.joined(separator: ", ")
        return "INSERT INTO \(tableName) (\(columns)) VALUES (\(databaseQuestionMarks(count: self.columns.count + 1)))"
    }

    /// Of the current row, with the key as arguments.
    var isCurrent: String { key.map { "\"\($0)\" = ? AND " }.joined() + "until IS NULL" }

    /// Apart by blanks, which no part has but one in the middle of three.
    func keyText(of key: [DatabaseValue]) -> String {
        func text(_ value: DatabaseValue) -> String {
            switch value.storage {
            case .int64(let integer): String(integer)
            case .string(let text): text
            case .null, .double, .blob: ""
            }
        }
        return key.count == 1 ? text(key[0]) : key.map(text).joined(separator: " ")
    }
}
