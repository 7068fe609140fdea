internal import Foundation
internal import GRDB

/// Inserts many rows at a time: what a statement costs beside its rows is then paid once for all of them.
struct RecordInsert {
    /// From many to one: whatever their number, rows go in as few statements.
    private static let statements = [32, 8, 2, 1].map { (rows: $0, sql: statement(rows: $0)) }

    private var body = RecordBody()
    /// The columns of rows not yet inserted but for the hashes, which stand in one blob.
    private var columns: [DatabaseValue] = []
    private var hashes: [UInt8] = []

    private static func statement(rows: Int) -> String {
        let rows = (0..<rows).map { row in
            "(?\(3 * row + 2), ?\(3 * row + 3), ?\(3 * row + 4), substr(?1, \(32 * row + 1), 32))"
        }
        return "INSERT INTO record VALUES \(rows.joined(separator: ", "))"
    }

    mutating func add(_ record: Record, to link: inout Link, of day: UTCDay, in db: Database) throws {
        link.sequence += 1
        body.write(record)
        let id = day.number * 1_000_000_000 + link.sequence
        link.hash.extend(by: body.bytes.span, id: id, atMilliseconds: record.atMilliseconds)
        columns.append(link.sequence.databaseValue)
        columns.append(record.atMilliseconds.databaseValue)
        columns.append(body.text.databaseValue)
        link.hash.append(to: &hashes)
        guard columns.count == 3 * Self.statements[0].rows else { return }
        try insert(columns[...], hashes[...], Self.statements[0].sql, in: db)
        columns.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
    }

    mutating func finish(in db: Database) throws {
        var row = 0
        for (rows, sql) in Self.statements {
            while columns.count / 3 - row >= rows {
                try insert(columns[3 * row..<3 * (row + rows)], hashes[32 * row..<32 * (row + rows)], sql, in: db)
                row += rows
            }
        }
    }

    private func insert(
        _ columns: ArraySlice<DatabaseValue>, _ hashes: ArraySlice<UInt8>, _ sql: String, in db: Database
    ) throws {
        let insert = try db.cachedStatement(sql: sql)
        insert.setUncheckedArguments(StatementArguments([Data(hashes).databaseValue] + columns))
        try insert.execute()
    }
}
