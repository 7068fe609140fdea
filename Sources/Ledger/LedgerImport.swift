internal import Foundation
internal import GRDB
internal import NumberPlan

package enum ImportMode: Sendable {
    /// Rows of the same key are changed, all others stay.
    case merge
    /// The file is the table: what it leaves out goes.
    case replace
}

extension LedgerStore {
    static let mostFaults = 100

    /// All or nothing: returns how many rows were imported, or throws `LedgerError.rows`.
    ///
    /// `more` gives the next piece of the file, and an empty one at its end.
    package func importCSV(
        _ table: LedgerTable, mode: ImportMode = .merge, from more: @escaping () throws -> [UInt8]
    ) throws -> Int {
        try change { db in
            var rows = try RowImport(table, mode, db)
            var reader = CSVReader(more)
            do {
                guard let header = try reader.row() else {
                    throw LedgerError.rows([RowFault(place: .line(1), column: nil, reason: .empty)])
                }
                let places = try CSVColumns(table, header)
                while let row = try reader.row() {
                    if let values = places.values(of: row, faults: &rows.faults) {
                        try rows.insert(values, .line(row.line))
                    }
                    if rows.faults.count >= Self.mostFaults { break }
                }
            } catch let fault as CSVReader.Fault {
                rows.faults.append(RowFault(place: .line(fault.line), column: nil, reason: fault.reason))
            }
            return try rows.finish(db)
        }
    }

    /// The document that `exportJSON` writes; tables may be missing from it. All or nothing, as ``importCSV``.
    ///
    /// Foundation decodes it: the ledger is the operator's own file, no part of it is signed, and each value is checked
    /// as text before it goes in. It is held in memory whole; a million rows are better imported as CSV.
    package func importJSON(_ document: [UInt8], mode: ImportMode = .merge) throws -> Int {
        let tables = try LedgerDocument(document).tables
        return try change { db in
            // Backwards, since a row is named by those of later tables.
            if mode == .replace {
                for (table, _) in tables.reversed() { try db.execute(sql: "DELETE FROM \(table.tableName)") }
            }
            var count = 0
            for (table, rows) in tables {
                var importing = try RowImport(table, .merge, db)
                for (place, row) in rows.enumerated() where importing.faults.count < Self.mostFaults {
                    let place = RowFault.Place.row(table, place + 1)
                    let unknown = Set(row.keys).subtracting(table.columns).sorted()
                    importing.faults += unknown.map { RowFault(place: place, column: $0, reason: .unknownColumn) }
                    try importing.insert(table.columns.map { row[$0]?.text ?? "" }, place)
                }
                count += try importing.finish(db)
            }
            return count
        }
    }
}

/// Where a table's columns stand in a file.
private struct CSVColumns {
    private let places: [Int?]
    private let count: Int

    init(_ table: LedgerTable, _ header: CSVReader.Row) throws {
        func fault(_ column: String, _ reason: RowFault.Reason) -> RowFault {
            RowFault(place: .line(header.line), column: column, reason: reason)
        }
        var faults: [RowFault] = []
        for (place, column) in header.fields.enumerated() {
            if !table.columns.contains(column) { faults.append(fault(column, .unknownColumn)) }
            if header.fields[..<place].contains(column) { faults.append(fault(column, .repeatedColumn)) }
        }
        places = table.columns.map { header.fields.firstIndex(of: $0) }
        for (column, place) in zip(table.columns, places) where place == nil && !table.optionalColumns.contains(column)
        {
            faults.append(fault(column, .missingColumn))
        }
        guard faults.isEmpty else { throw LedgerError.rows(faults) }
        count = header.fields.count
    }

    func values(of row: CSVReader.Row, faults: inout [RowFault]) -> [String]? {
        guard row.fields.count == count else {
            let reason = RowFault.Reason.fieldCount(expected: count, found: row.fields.count)
            faults.append(RowFault(place: .line(row.line), column: nil, reason: reason))
            return nil
        }
        return places.map { $0.map { row.fields[$0] } ?? "" }
    }
}

/// A JSON document's tables, in the order in which they can be imported.
private struct LedgerDocument {
    enum Value: Decodable {
        case text(String)
        case integer(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do {
                self = .integer(try container.decode(Int.self))
            } catch DecodingError.typeMismatch {
                self = .text(try container.decode(String.self))
            }
        }

        var text: String {
            switch self {
            case .text(let text): text
            case .integer(let integer): String(integer)
            }
        }
    }

    let tables: [(table: LedgerTable, rows: [[String: Value]])]

    init(_ document: [UInt8]) throws {
        func fault(_ column: String?, _ reason: RowFault.Reason) -> LedgerError {
            .rows([RowFault(place: .document, column: column, reason: reason)])
        }
        do {
            let decoded = try JSONDecoder().decode([String: [[String: Value?]]].self, from: Data(document))
            for name in decoded.keys.sorted() where LedgerTable(rawValue: name) == nil {
                throw fault(name, .notJSON("not a table; these are: \(LedgerTable.allCases.map(\.rawValue))"))
            }
            tables = LedgerTable.allCases.compactMap { table in
                decoded[table.rawValue].map { rows in (table, rows.map { $0.compactMapValues { $0 } }) }
            }
        } catch let error as DecodingError {
            throw fault(nil, .notJSON(Self.reason(error)))
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            let path = context.codingPath.map { $0.intValue.map { "row \($0 + 1)" } ?? $0.stringValue }
            return (path + [context.debugDescription]).joined(separator: ", ")
        @unknown default: return "not a ledger document"
        }
    }
}
