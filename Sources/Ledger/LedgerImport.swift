internal import Foundation
internal import GRDB
package import NumberPlan

package enum ImportMode: Sendable {
    /// Rows of the same key are changed, all others stay.
    case merge
    /// The file is the table: what it leaves out goes.
    case replace
}

/// A table's file in CSV. `more` gives its next piece, and an empty one at its end.
package struct LedgerFile {
    let table: LedgerTable
    let more: () throws -> [UInt8]

    package init(_ table: LedgerTable, _ more: @escaping () throws -> [UInt8]) {
        self.table = table
        self.more = more
    }
}

extension LedgerStore {
    static let mostFaults = 100

    /// All files are one change: all or nothing. Returns how many rows there were, or throws `LedgerError.rows`.
    ///
    /// Tables that name each other's rows both ways are imported together: a trunk is not active without approvals.
    package func importCSV(
        _ files: [LedgerFile], mode: ImportMode = .merge, by act: LedgerAct, under plan: DialPlan
    ) throws -> Int {
        let order = LedgerTable.allCases
        let files = files.sorted { (order.firstIndex(of: $0.table) ?? 0) < (order.firstIndex(of: $1.table) ?? 0) }
        return try change(act, under: plan) { change in
            try files.reduce(0) { count, file in
                var rows = try RowImport(file.table, change.db)
                try rows.read(file, into: &change)
                return try count + rows.finish(mode, in: &change)
            }
        }
    }

    /// The document that `exportJSON` writes; tables may be missing from it. All or nothing, as ``importCSV``.
    ///
    /// Foundation decodes it: the ledger is the operator's own file, no part of it is signed, and each value is checked
    /// as text before it goes in. It is held in memory whole; a million rows are better imported as CSV.
    package func importJSON(
        _ document: [UInt8], mode: ImportMode = .merge, by act: LedgerAct, under plan: DialPlan
    ) throws -> Int {
        let tables = try LedgerDocument(document).tables
        return try change(act, under: plan) { change in
            try tables.reduce(0) { count, content in
                var rows = try RowImport(content.table, change.db)
                for (place, row) in content.rows.enumerated() where rows.faults.count < Self.mostFaults {
                    try rows.take(row, .row(content.table, place + 1), into: &change)
                }
                return try count + rows.finish(mode, in: &change)
            }
        }
    }
}

extension RowImport {
    /// What is wrong with the file is among the faults afterwards.
    fileprivate mutating func read(_ file: LedgerFile, into change: inout OpenChange) throws {
        var reader = CSVReader(file.more)
        do {
            guard let header = try reader.row() else { return refuse(.line(file.table, 1), nil, .empty) }
            guard let places = CSVColumns(header, of: file.table, &self) else { return }
            while let row = try reader.row(), faults.count < LedgerStore.mostFaults {
                let place = RowFault.Place.line(file.table, row.line)
                guard row.fields.count == header.fields.count else {
                    refuse(place, nil, .fieldCount(expected: header.fields.count, found: row.fields.count))
                    continue
                }
                try take(places.texts(of: row), place, into: &change)
            }
        } catch let fault as CSVReader.Fault {
            refuse(.line(file.table, fault.line), nil, fault.reason)
        }
    }

    fileprivate mutating func take(
        _ row: [String: String], _ place: RowFault.Place, into change: inout OpenChange
    ) throws {
        let columns = table.columns
        for column in row.keys.sorted() where !columns.contains(column) { refuse(place, column, .unknownColumn) }
        try take(columns.map { row[$0] }, place, into: &change)
    }

    /// The number of rows, if there was nothing wrong with any.
    fileprivate mutating func finish(_ mode: ImportMode, in change: inout OpenChange) throws -> Int {
        guard faults.isEmpty else { throw LedgerError.rows(Array(faults.prefix(LedgerStore.mostFaults))) }
        if mode == .replace { try endOthers(in: &change) }
        return count
    }
}

/// Where a table's columns stand in a file.
private struct CSVColumns {
    private let places: [Int?]

    /// Nil if the header is not one of this table.
    init?(_ header: CSVReader.Row, of table: LedgerTable, _ rows: inout RowImport) {
        let columns = table.columns, place = RowFault.Place.line(table, header.line)
        for (index, column) in header.fields.enumerated() {
            if !columns.contains(column) { rows.refuse(place, column, .unknownColumn) }
            if header.fields[..<index].contains(column) { rows.refuse(place, column, .repeatedColumn) }
        }
        places = columns.map { header.fields.firstIndex(of: $0) }
        for (field, index) in zip(table.fields, places) where index == nil && field.isRequired {
            rows.refuse(place, field.name, .missingColumn)
        }
        guard rows.faults.isEmpty else { return nil }
    }

    /// Nil for the columns that the file does not have.
    func texts(of row: CSVReader.Row) -> [String?] { places.map { $0.map { row.fields[$0] } } }
}

/// A JSON document's tables, in the order in which they can be imported.
private struct LedgerDocument {
    /// As text, whatever its kind; what is null is empty.
    struct Value: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                text = ""
            } else if let integer = try? container.decode(Int.self) {
                text = String(integer)
            } else if let boolean = try? container.decode(Bool.self) {
                text = String(boolean)
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    let tables: [(table: LedgerTable, rows: [[String: String]])]

    init(_ document: [UInt8]) throws {
        func fault(_ column: String?, _ reason: RowFault.Reason) -> LedgerError {
            .rows([RowFault(place: .document, column: column, reason: reason)])
        }
        do {
            let decoded = try JSONDecoder().decode([String: [[String: Value]]].self, from: Data(document))
            for name in decoded.keys.sorted() where LedgerTable(rawValue: name) == nil {
                throw fault(name, .notJSON("not a table; these are: \(LedgerTable.allCases.map(\.rawValue))"))
            }
            tables = LedgerTable.allCases.compactMap { table in
                decoded[table.rawValue].map { rows in (table, rows.map { $0.mapValues(\.text) }) }
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
