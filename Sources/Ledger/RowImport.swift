internal import GRDB
internal import NumberPlan

/// Rows on their way into one table: each is checked here by itself, so that a fault can name its place. What the rows of
/// several tables must have in common is checked when all are in (`LedgerRules`); the schema's own checks stand behind.
struct RowImport {
    private(set) var faults: [RowFault] = []
    private(set) var count = 0

    let table: LedgerTable
    private let fields: [LedgerColumn]
    private let places: Places
    private let known: KnownNames
    /// The current row of a key.
    private let current: Statement
    /// For tables that give their rows ids: that of the current row of an identity, and whose an id was ever.
    private var identified, identity: Statement?
    private var seen: [String: RowFault.Place] = [:]
    private var nextIdentifier = 1

    init(_ table: LedgerTable, _ db: Database) throws {
        self.table = table
        fields = table.fields
        places = Places(table)
        known = try KnownNames(for: table, db)
        let columns = Self.list(table.columns)
        current = try db.makeStatement(
            sql: "SELECT \(columns) FROM \(table.tableName) WHERE \(table.isCurrent)")
        guard !table.identity.isEmpty else { return }
        nextIdentifier = try Self.nextIdentifier(table, db)
        let condition = table.identity.map { "\"\($0)\" = ? AND " }.joined()
        identified = try db.makeStatement(
            sql: "SELECT id FROM \(table.tableName) WHERE \(condition)until IS NULL")
        identity = try db.makeStatement(
            sql: "SELECT \(Self.list(table.identity)) FROM \(table.tableName) WHERE id = ? LIMIT 1")
    }

    private static func list(_ columns: [String]) -> String { columns.map { "\"\($0)\"" }.joined(separator: ", ") }

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
        completeRange(&values)
        if !places.identity.isEmpty, try !identify(&values, place) { return }
        guard let key = key(of: values, place) else { return }
        let there = try row(of: key)
        complete(&values, there, place)
        if faults.count == before, let (column, reason) = faultAcross(values) { refuse(place, column, reason) }
        if faults.count == before, let there, !places.identity.isEmpty, !isSame(there, values) {
            refuse(place, "id", .otherGrant)
        }
        guard faults.count == before else { return }
        let row = values.map { $0 ?? .null }
        let name = table.keyText(of: key)
        guard isFirst(name, row, there, place), faults.isEmpty else { return }
        count += 1
        guard there != row else { return }
        if there != nil { try change.end(key, in: table) }
        try change.add(row, to: table)
        change.touch(table, name, place)
    }

    /// Ends the rows that were not among those taken.
    mutating func endOthers(in change: inout OpenChange) throws {
        guard faults.isEmpty else { return }
        let rows = try Row.fetchCursor(
            change.db, sql: "SELECT \(Self.list(table.key)) FROM \(table.tableName) WHERE until IS NULL")
        var left: [[DatabaseValue]] = []
        while let row = try rows.next() {
            let key = Array(row.databaseValues)
            if seen[table.keyText(of: key)] == nil { left.append(key) }
        }
        for key in left {
            try change.end(key, in: table)
            change.touch(table, table.keyText(of: key), .document)
        }
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

    /// Finds the id of a row that comes without one, or gives it one; whether that could be done.
    private mutating func identify(_ values: inout [DatabaseValue?], _ place: RowFault.Place) throws -> Bool {
        let given = values[0].flatMap { Int.fromDatabaseValue($0) }
        let parts = places.identity.compactMap { values[$0] }
        if parts.count == places.identity.count, !parts.contains(.null) {
            let found = try identified.flatMap { try Int.fetchOne($0, arguments: StatementArguments(parts)) }
            if let given {
                guard found ?? given == given, try !isOther(given, than: parts) else {
                    refuse(place, "id", .otherGrant)
                    return false
                }
            } else if let found {
                values[0] = found.databaseValue
                return true
            }
        }
        guard (given ?? nextIdentifier) < Int.max else {
            refuse(place, "id", .notAnIdentifier)
            return false
        }
        values[0] = (given ?? nextIdentifier).databaseValue
        nextIdentifier = max(nextIdentifier, (given ?? nextIdentifier) + 1)
        return true
    }

    /// Whether the id was given to another row, be it that the row has ended.
    private func isOther(_ id: Int, than parts: [DatabaseValue]) throws -> Bool {
        let row = try identity.flatMap { try Row.fetchOne($0, arguments: [id]) }
        return row.map { Array($0.databaseValues) != parts } ?? false
    }

    private mutating func key(of values: [DatabaseValue?], _ place: RowFault.Place) -> [DatabaseValue]? {
        var key: [DatabaseValue] = []
        for part in places.key {
            guard let value = values[part], !value.isNull else {
                refuse(place, fields[part].name, .empty)
                continue
            }
            key.append(value)
        }
        return key.count == places.key.count ? key : nil
    }

    private func row(of key: [DatabaseValue]) throws -> [DatabaseValue]? {
        try Row.fetchOne(current, arguments: StatementArguments(key)).map { Array($0.databaseValues) }
    }

    /// What the row says nothing of is as it was, or as new rows have it.
    private mutating func complete(
        _ values: inout [DatabaseValue?], _ there: [DatabaseValue]?, _ place: RowFault.Place
    ) {
        for index in fields.indices where values[index] ?? .null == .null {
            if values[index] == nil { values[index] = there?[index] }
            if let fallback = places.fallbacks[index] { values[index] = there?[index] ?? fallback }
            if fields[index].isRequired, values[index] ?? .null == .null { refuse(place, fields[index].name, .empty) }
        }
    }

    private func completeRange(_ values: inout [DatabaseValue?]) {
        guard let first = places.first, let last = places.last, let start = values[first], !start.isNull,
            values[last] ?? .null == .null
        else { return }
        values[last] = start
    }

    private func faultAcross(_ values: [DatabaseValue?]) -> (column: String, reason: RowFault.Reason)? {
        func text(_ index: Int?) -> String? { Self.text(index, of: values) }
        if let fault = linkFault(values) { return fault }
        if let first = text(places.first), let last = text(places.last), first != last {
            guard let first = TelephoneNumber(described: first), let last = TelephoneNumber(described: last),
                NumberRange(first: first, last: last) != nil
            else { return ("last", .notARange) }
        }
        if let delegator = text(places.delegator), delegator == text(places.delegate) {
            return ("delegate", .sameParty)
        }
        if let parent = places.parent.flatMap({ values[$0] }), !parent.isNull, parent == values[0] {
            return ("parent", .delegatedTooOften)
        }
        if text(places.list) == Listing.List.badNumber.rawValue, places.to.flatMap({ values[$0] }) ?? .null == .null {
            return ("valid_to", .endMissing)
        }
        guard let from = places.from.flatMap({ values[$0] }), let to = places.to.flatMap({ values[$0] }) else {
            return nil
        }
        let isBackwards =
            switch (from.storage, to.storage) {
            case (.int64(let from), .int64(let to)): to <= from
            case (.string(let from), .string(let to)): to < from
            default: false
            }
        return isBackwards ? ("valid_to", .endsBeforeItBegins) : nil
    }

    private static func text(_ index: Int?, of values: [DatabaseValue?]) -> String? {
        index.flatMap { values[$0] }.flatMap { String.fromDatabaseValue($0) }
    }

    /// Of what joins a trunk to its peer's.
    private func linkFault(_ values: [DatabaseValue?]) -> (column: String, reason: RowFault.Reason)? {
        guard let handover = places.handover else { return nil }
        guard Self.text(places.circuit, of: values) != nil else {
            return values[handover] == 1.databaseValue ? ("handover", .handoverWithoutCircuit) : nil
        }
        let trunkClass = Self.text(places.trunkClass, of: values).flatMap(TrunkClass.init)
        guard Self.text(places.peer, of: values) != nil, trunkClass?.isOfOtherCarrier == true else {
            return ("circuit", .circuitWithoutPeer)
        }
        return nil
    }

    /// Whether all but the end is as it was.
    private func isSame(_ there: [DatabaseValue], _ values: [DatabaseValue?]) -> Bool {
        fields.indices.allSatisfy { $0 == places.to || there[$0] == values[$0] ?? .null }
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

/// Where a table's columns stand among its values; for a million rows they are not looked for a million times.
private struct Places {
    let key, identity: [Int]
    let first, last, from, to, delegator, delegate, parent: Int?
    let trunkClass, peer, circuit, handover, list: Int?
    /// What new rows have where nothing is given.
    let fallbacks: [DatabaseValue?]

    init(_ table: LedgerTable) {
        let columns = table.columns
        func place(_ column: String) -> Int? { columns.firstIndex(of: column) }
        key = table.key.compactMap(place)
        identity = table.identity.compactMap(place)
        first = place("first")
        last = place("last")
        from = place("valid_from")
        to = place("valid_to")
        delegator = place("delegator")
        delegate = place("delegate")
        parent = place("parent")
        trunkClass = place("class")
        peer = place("peer")
        circuit = place("circuit")
        handover = place("handover")
        list = place("list")
        fallbacks = table.fields.map(\.fallback)
    }
}
