internal import GRDB
internal import NumberPlan

/// Rows on their way into one table: each is checked here, so that a fault can name its place; the schema's own checks
/// stand behind.
struct RowImport {
    var faults: [RowFault] = []

    private let table: LedgerTable
    private let mode: ImportMode
    private let insertion: Statement
    private let changes: Statement
    private let carriers, customers, trunks: Set<String>
    private var count = 0

    init(_ table: LedgerTable, _ mode: ImportMode, _ db: Database) throws {
        self.table = table
        self.mode = mode
        // What other tables name may be missing until the last row is in.
        try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
        if mode == .replace { try db.execute(sql: "DELETE FROM \(table.tableName)") }
        insertion = try db.makeStatement(sql: table.insertion)
        changes = try db.makeStatement(sql: "SELECT changes()")
        carriers = try String.fetchSet(db, sql: "SELECT spc FROM carrier")
        customers = try String.fetchSet(db, sql: "SELECT id FROM customer")
        trunks = try String.fetchSet(db, sql: "SELECT name FROM trunk")
    }

    /// `values` in the order of the table's columns; what is optional may be empty.
    mutating func insert(_ values: [String], _ place: RowFault.Place) throws {
        let before = faults.count
        for (column, value) in zip(table.columns, values) {
            if let reason = fault(column, value) {
                faults.append(RowFault(place: place, column: column, reason: reason))
            }
        }
        if faults.count == before, let (column, reason) = faultAcross(values) {
            faults.append(RowFault(place: place, column: column, reason: reason))
        }
        guard faults.isEmpty else { return }
        try insertion.execute(
            arguments: StatementArguments(values.map { value -> String? in value.isEmpty ? nil : value }))
        if table == .grants, try Int.fetchOne(changes) == 0 {
            faults.append(RowFault(place: place, column: "id", reason: .otherGrant))
        }
        count += 1
    }

    /// The number of rows, if there was nothing wrong with any.
    func finish(_ db: Database) throws -> Int {
        guard faults.isEmpty else { throw LedgerError.rows(Array(faults.prefix(LedgerStore.mostFaults))) }
        guard try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil else { throw LedgerError.stillNamed(table) }
        return count
    }

    private func fault(_ column: String, _ value: String) -> RowFault.Reason? {
        if value.isEmpty { return table.optionalColumns.contains(column) ? nil : .empty }
        return switch (table, column) {
        case (.carriers, "spc"): Self.isProviderCode(value) ? nil : .notAProviderCode
        case (.carriers, "country"): CountryCode(value) == nil ? .notACountryCode : nil
        case (.holdings, "carrier"), (.trunks, "peer"): carriers.contains(value) ? nil : .unknown(.carriers)
        case (.trunks, "customer"): customers.contains(value) ? nil : .unknown(.customers)
        case (.trunks, "name"): Self.isTrunkName(value) ? nil : .notATrunkName
        case (.trunks, "class"): TrunkClass(rawValue: value) == nil ? .notAClass : nil
        case (.grants, "trunk"): trunks.contains(value) ? nil : .unknown(.trunks)
        case (.grants, "id"): Int(value).map { $0 > 0 } == true ? nil : .notAnIdentifier
        case (_, "first"), (_, "last"), (_, "line"): TelephoneNumber(described: value) == nil ? .notANumber : nil
        case (_, "valid_from"), (_, "valid_to"), (_, "enrolled_from"): Self.isTime(value) ? nil : .notATime
        case (_, "name"): value.unicodeScalars.count > 200 ? .tooLong : nil
        default: value.unicodeScalars.count > 64 ? .tooLong : nil
        }
    }

    private func faultAcross(_ values: [String]) -> (column: String, reason: RowFault.Reason)? {
        func value(_ column: String) -> String {
            table.columns.firstIndex(of: column).map { values[$0] } ?? ""
        }
        if let first = TelephoneNumber(described: value("first")), let last = TelephoneNumber(described: value("last"))
        {
            guard first == last || NumberRange(first: first, last: last) != nil else { return ("last", .notARange) }
        }
        if let from = Int(value("valid_from")), let to = Int(value("valid_to")), to <= from {
            return ("valid_to", .endsBeforeItBegins)
        }
        return nil
    }

    private static func isProviderCode(_ text: String) -> Bool {
        text.utf8.count <= 16
            && text.utf8.allSatisfy {
                $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") || $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")
            }
    }

    private static func isTrunkName(_ text: String) -> Bool {
        text.utf8.count <= 64 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// Up to the end of the year 9999; written without sign or leading zeros, so that it comes back as it went in.
    private static func isTime(_ text: String) -> Bool {
        guard let time = Int(text), String(time) == text else { return false }
        return (0...253_402_300_799).contains(time)
    }
}
