internal import GRDB
internal import NumberPlan

extension LedgerStore {
    /// The whole ledger as it is now.
    package func snapshot() throws -> LedgerSnapshot {
        try database.read { db in
            var loading = Loading(
                version: try Self.version(db), carriers: try Self.carriers(db), trunks: try Self.trunks(db))
            // Cursors over reused rows: a million holdings leave no garbage behind but the entries themselves.
            let holdings = try Row.fetchCursor(db, sql: "SELECT carrier, first, last FROM holding ORDER BY id")
            while let row = try holdings.next() {
                loading.add(holding: try Self.range(row[1], row[2]), of: row[0])
            }
            let grants = try Row.fetchCursor(
                db, sql: "SELECT id, trunk, first, last, valid_from, valid_to FROM grant_ ORDER BY id")
            while let row = try grants.next() {
                loading.add(
                    Grant(
                        id: row[0], trunk: row[1], range: try Self.range(row[2], row[3]), from: row[4], to: row[5]))
            }
            return LedgerSnapshot(loading)
        }
    }

    private static func carriers(_ db: Database) throws -> [Carrier] {
        try Row.fetchAll(db, sql: "SELECT spc, name, country FROM carrier").map { row in
            guard let country = CountryCode(row[2]) else { throw LedgerDamage.unreadable(row[2]) }
            return Carrier(spc: row[0], name: row[1], country: country)
        }
    }

    private static func trunks(_ db: Database) throws -> [Trunk] {
        let rows = try Row.fetchAll(db, sql: "SELECT name, class, customer, peer, line, enrolled_from FROM trunk")
        return try rows.map { row in
            guard let trunkClass = TrunkClass(rawValue: row[1]) else { throw LedgerDamage.unreadable(row[1]) }
            let line: String? = row[4]
            return Trunk(
                name: row[0], trunkClass: trunkClass, customer: row[2], peer: row[3],
                line: try line.map(number), enrolledFrom: row[5])
        }
    }

    private static func range(_ first: String, _ last: String) throws -> NumberRange {
        let start = try number(first)
        if first == last { return NumberRange(only: start) }
        guard let range = NumberRange(first: start, last: try number(last)) else {
            throw LedgerDamage.unreadable("\(first)-\(last)")
        }
        return range
    }

    private static func number(_ text: String) throws -> TelephoneNumber {
        guard let number = TelephoneNumber(described: text) else { throw LedgerDamage.unreadable(text) }
        return number
    }
}

/// The file holds what its own checks refuse: it was changed by other means.
enum LedgerDamage: Error, Equatable {
    case unreadable(String)
}
