internal import GRDB

/// What goes into an index next, in a table of its own: to append in the order of the index is several times as fast.
///
/// A record takes one row for so many keys, and a statement takes many rows: what a statement costs, and each value that is
/// bound, is most of what an index costs.
struct StagedRecords {
    private static let keysInRow = 4, rowsAtOnce = 25
    /// The keys of a row that has fewer are filled up with its first.
    private static let row = ["at", "seq", "start", "bytes"] + (1...keysInRow).map { "key\($0)" }

    private let database: Database
    private let many: Statement
    private var waiting: [Int] = []

    init(in database: Database) throws {
        self.database = database
        try database.execute(sql: "CREATE TEMP TABLE staged (\(Self.row.joined(separator: ", ")))")
        many = try database.makeStatement(sql: Self.insertion(rows: Self.rowsAtOnce))
    }

    private static func insertion(rows: Int) -> String {
        let values = "(" + row.map { _ in "?" }.joined(separator: ", ") + ")"
        return "INSERT INTO staged VALUES " + (0..<rows).map { _ in values }.joined(separator: ", ")
    }

    mutating func add(_ record: IndexedRecord) throws {
        for first in stride(from: 0, to: record.keys.count, by: Self.keysInRow) {
            waiting += [record.atMilliseconds, record.sequence, record.start, record.bytes]
            for place in first..<first + Self.keysInRow {
                waiting.append(record.keys[place < record.keys.count ? place : first])
            }
            guard waiting.count == Self.row.count * Self.rowsAtOnce else { continue }
            try many.setArguments(StatementArguments(waiting))
            try many.execute()
            waiting.removeAll(keepingCapacity: true)
        }
    }

    /// Puts all into the table of entries.
    mutating func enter() throws {
        let rows = waiting.count / Self.row.count
        if rows > 0 {
            try database.execute(sql: Self.insertion(rows: rows), arguments: StatementArguments(waiting))
            waiting.removeAll()
        }
        let entries = (1...Self.keysInRow).map { number in
            "SELECT key\(number) AS key, at, seq, start, bytes FROM staged"
                + (number > 1 ? " WHERE key\(number) <> key1" : "")
        }
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO entry \(entries.joined(separator: " UNION ALL ")) ORDER BY key, at, seq;
                DROP TABLE staged
                """)
    }
}
