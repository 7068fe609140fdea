internal import GRDB
internal import NumberPlan

/// Rows on their way into one table: each is checked here by itself, so that a fault can name its place. What the rows of
/// several tables must have in common is checked when all are in (`LedgerRules`); the schema's own checks stand behind.
struct RowImport {
    private(set) var faults: [RowFault] = []
    private(set) var count = 0

    let table: LedgerTable
    private let fields: [LedgerColumn]
    private let known: KnownNames
    private let current: Statement
    private var seen: [String: RowFault.Place] = [:]
    private var nextIdentifier = 1

    init(_ table: LedgerTable, _ db: Database) throws {
        self.table = table
        fields = table.fields
        known = try KnownNames(for: table, db)
        let columns = table.columns.map { "\"\($0)\"" }.joined(separator: ", ")
        current = try db.makeStatement(
            sql: "SELECT \(columns) FROM \(table.tableName) WHERE \(table.isCurrent)")
        if !table.identity.isEmpty { nextIdentifier = try Self.nextIdentifier(table, db) }
    }

    /// No id is given twice, not even one whose row has ended.
    private static func nextIdentifier(_ table: LedgerTable, _ db: Database) throws -> Int {
        let last = try Int.fetchOne(
            db,
            sql: """
                SELECT max(ifnull((SELECT max(id) FROM \(table.tableName)), 0),
                    ifnull((SELECT id FROM given WHERE tab = ?), 0))
                """, arguments: [table.rawValue])
        let (next, isTooGreat) = (last ?? 0).addingReportingOverflow(1)
        return isTooGreat ? Int.max : next
    }

    mutating func refuse(_ place: RowFault.Place, _ column: String?, _ reason: RowFault.Reason) {
        faults.append(RowFault(place: place, column: column, reason: reason))
    }

    /// - Parameter texts: in the order of the table's columns; nil for what the row says nothing of, which stays as it is.
    mutating func take(_ texts: [String?], _ place: RowFault.Place, into change: inout OpenChange) throws {
        let before = faults.count
        var values = given(texts, place)
        guard faults.count == before else { return }
        if !table.identity.isEmpty, try !identify(&values, place, change.db) { return }
        guard let key = key(of: values, place) else { return }
        let there = try row(of: key)
        complete(&values, there, place)
        if faults.count == before, let (column, reason) = faultAcross(values) { refuse(place, column, reason) }
        if faults.count == before, let there, !table.identity.isEmpty, !isSame(there, values) {
            refuse(place, "id", .otherGrant)
        }
        guard faults.count == before else { return }
        let row = values.map { $0 ?? .null }
        guard isFirst(table.keyText(ofKey: key), row, there, place), faults.isEmpty else { return }
        count += 1
        if there == nil {
            try change.insert(row, into: table, place)
        } else if there != row {
            try change.replace(with: row, in: table, place)
        }
    }

    /// Ends the rows that were not among those taken.
    mutating func endOthers(in change: inout OpenChange) throws {
        guard faults.isEmpty else { return }
        let key = table.key.map { "\"\($0)\"" }.joined(separator: ", ")
        let rows = try Row.fetchCursor(change.db, sql: "SELECT \(key) FROM \(table.tableName) WHERE until IS NULL")
        var left: [[DatabaseValue]] = []
        while let row = try rows.next() {
            let key = Array(row.databaseValues)
            if seen[table.keyText(ofKey: key)] == nil { left.append(key) }
        }
        for key in left { try change.end(key, in: table, .document) }
    }
}

extension RowImport {
    private mutating func given(_ texts: [String?], _ place: RowFault.Place) -> [DatabaseValue?] {
        zip(fields, texts).map { field, text in
            guard let text else { return nil }
            guard !text.isEmpty else { return .null }
            do throws(RowFault.Reason) { return try field.value(of: text, known) } catch {
                refuse(place, field.name, error)
                return nil
            }
        }
    }

    private func index(_ column: String) -> Int? { fields.firstIndex { $0.name == column } }

    /// Finds the id of a row that comes without one, or gives it one; whether that could be done.
    private mutating func identify(
        _ values: inout [DatabaseValue?], _ place: RowFault.Place, _ db: Database
    ) throws -> Bool {
        completeRange(&values)
        let identity = table.identity.compactMap { index($0).flatMap { values[$0] } }
        let isWhole = identity.count == table.identity.count && !identity.contains(.null)
        let given = index("id").flatMap { values[$0] }.flatMap(Int.fromDatabaseValue)
        let found = isWhole ? try identifier(of: identity, db) : nil
        if let given {
            guard found == nil || found == given, try !isOther(given, than: isWhole ? identity : nil, db) else {
                refuse(place, "id", .otherGrant)
                return false
            }
            nextIdentifier = max(nextIdentifier, given == Int.max ? given : given + 1)
            return true
        }
        guard found != nil || nextIdentifier < Int.max else {
            refuse(place, "id", .notAnIdentifier)
            return false
        }
        values[0] = (found ?? nextIdentifier).databaseValue
        if found == nil { nextIdentifier += 1 }
        return true
    }

    private func identifier(of identity: [DatabaseValue], _ db: Database) throws -> Int? {
        let condition = table.identity.map { "\"\($0)\" = ?" }.joined(separator: " AND ")
        let statement = try db.cachedStatement(
            sql: "SELECT id FROM \(table.tableName) WHERE \(condition) AND until IS NULL")
        return try Int.fetchOne(statement, arguments: StatementArguments(identity))
    }

    /// Whether the id was given to another row, be it that the row has ended.
    private func isOther(_ id: Int, than identity: [DatabaseValue]?, _ db: Database) throws -> Bool {
        guard let identity else { return false }
        let columns = table.identity.map { "\"\($0)\"" }.joined(separator: ", ")
        let statement = try db.cachedStatement(
            sql: "SELECT \(columns) FROM \(table.tableName) WHERE id = ? LIMIT 1")
        guard let row = try Row.fetchOne(statement, arguments: [id]) else { return false }
        return Array(row.databaseValues) != identity
    }

    private mutating func key(of values: [DatabaseValue?], _ place: RowFault.Place) -> [DatabaseValue]? {
        var values = values
        completeRange(&values)
        var key: [DatabaseValue] = []
        for column in table.key {
            guard let value = index(column).flatMap({ values[$0] }), !value.isNull else {
                refuse(place, column, .empty)
                continue
            }
            key.append(value)
        }
        return key.count == table.key.count ? key : nil
    }

    private func row(of key: [DatabaseValue]) throws -> [DatabaseValue]? {
        try Row.fetchOne(current, arguments: StatementArguments(key)).map { Array($0.databaseValues) }
    }

    /// What the row says nothing of is as it was, or as new rows have it.
    private mutating func complete(
        _ values: inout [DatabaseValue?], _ there: [DatabaseValue]?, _ place: RowFault.Place
    ) {
        completeRange(&values)
        for (place, field) in fields.enumerated() {
            if values[place] == nil { values[place] = there?[place] }
            guard values[place] == nil || values[place] == .null, case .optional(let fallback?) = field.presence
            else { continue }
            values[place] = there?[place] ?? (try? field.value(of: fallback, known))
        }
        for (index, field) in fields.enumerated() where field.isRequired && values[index] ?? .null == .null {
            refuse(place, field.name, .empty)
        }
    }

    private func completeRange(_ values: inout [DatabaseValue?]) {
        guard let first = index("first"), let last = index("last"), let start = values[first], !start.isNull,
            values[last] ?? .null == .null
        else { return }
        values[last] = start
    }

    private func faultAcross(_ values: [DatabaseValue?]) -> (column: String, reason: RowFault.Reason)? {
        func text(_ column: String) -> String? {
            index(column).flatMap { values[$0] }.flatMap(String.fromDatabaseValue)
        }
        if let first = text("first"), let last = text("last"), first != last {
            guard let first = TelephoneNumber(described: first), let last = TelephoneNumber(described: last),
                NumberRange(first: first, last: last) != nil
            else { return ("last", .notARange) }
        }
        if let delegator = text("delegator"), delegator == text("delegate") { return ("delegate", .sameParty) }
        if let parent = index("parent").flatMap({ values[$0] }), !parent.isNull, parent == values[0] {
            return ("parent", .delegatedTooOften)
        }
        guard let from = index("valid_from").flatMap({ values[$0] }), let to = index("valid_to").flatMap({ values[$0] })
        else { return nil }
        let isBackwards =
            switch (from.storage, to.storage) {
            case (.int64(let from), .int64(let to)): to <= from
            case (.string(let from), .string(let to)): to < from
            default: false
            }
        return isBackwards ? ("valid_to", .endsBeforeItBegins) : nil
    }

    /// Whether all but the end is as it was.
    private func isSame(_ there: [DatabaseValue], _ values: [DatabaseValue?]) -> Bool {
        fields.indices.allSatisfy { fields[$0].name == "valid_to" || there[$0] == values[$0] ?? .null }
    }

    /// A file has one row of a key; the same one again does no harm.
    private mutating func isFirst(
        _ key: String, _ row: [DatabaseValue], _ there: [DatabaseValue]?, _ place: RowFault.Place
    ) -> Bool {
        guard let earlier = seen.updateValue(place, forKey: key) else { return true }
        seen[key] = earlier
        if there != row { refuse(place, nil, .otherRow(earlier)) }
        return false
    }
}
