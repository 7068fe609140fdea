internal import Foundation
internal import GRDB

extension LedgerStore {
    /// A header and a row a line (RFC 4180), in an order of its own: one ledger has one export.
    package func exportCSV(_ table: LedgerTable, to write: (String) throws -> Void) throws {
        var output = Pieces()
        try output.add(table.columns.joined(separator: ",") + "\r\n", write)
        try eachRow(of: table) { values in
            try output.add(values.map { ($0 ?? "").asCSVField }.joined(separator: ",") + "\r\n", write)
        }
        try output.finish(write)
    }

    /// The whole ledger: an object with a member a table, each an array with a row a line.
    package func exportJSON(to write: (String) throws -> Void) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        var output = Pieces()
        for table in LedgerTable.allCases {
            let fields = table.fields
            try output.add(table == LedgerTable.allCases.first ? "{" : ",\n", write)
            try output.add("\"\(table.rawValue)\":[", write)
            var isFirst = true
            try eachRow(of: table) { values in
                try output.add(isFirst ? "\n{" : ",\n{", write)
                isFirst = false
                let members = try zip(fields, values).map { field, value in
                    let isPlain = value == nil || field.isPlain
                    let text = isPlain ? value ?? "null" : String(decoding: try encoder.encode(value), as: UTF8.self)
                    return "\"\(field.name)\":\(text)"
                }
                try output.add(members.joined(separator: ",") + "}", write)
            }
            try output.add("]", write)
        }
        try output.add("}\n", write)
        try output.finish(write)
    }

    /// The values as text in the order of the table's columns; nil for what is not there.
    package func eachRow(of table: LedgerTable, _ body: ([String?]) throws -> Void) throws {
        let columns = table.fields
        let exported = columns.map(\.exported).joined(separator: ", ")
        try database.read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: "SELECT \(exported) FROM \(table.tableName) WHERE until IS NULL ORDER BY \(table.order)")
            while let row = try rows.next() {
                try body(columns.indices.map { row[$0] })
            }
        }
    }
}

/// Text gathered into writes of a size worth making.
private struct Pieces {
    private var text = ""

    mutating func add(_ piece: String, _ write: (String) throws -> Void) throws {
        text += piece
        guard text.utf8.count >= 65536 else { return }
        try finish(write)
    }

    mutating func finish(_ write: (String) throws -> Void) throws {
        try write(text)
        text = ""
    }
}
