import GRDB
import Ledger

/// The ledger's file in, a snapshot out, beside the time in which SQLite itself looks at every value of the same rows.
enum LedgerLoadRow {
    private static let grants = 1_000_000
    private static let reading = """
        SELECT sum(id + length(trunk) + length(first) + length(last) + valid_from + ifnull(valid_to, 0)
            + ifnull(length(use), 0) + outbound + ifnull(length(hours), 0) + ifnull(delegation, 0))
        FROM (SELECT * FROM grant_ WHERE until IS NULL ORDER BY id)
        """

    static func measure(_ name: String, rounds: Int) throws -> Row {
        let site = try Site(holdings: 1, grants: grants, ported: 0)
        defer { site.remove() }
        let store = try site.store, database = try DatabaseQueue(path: site.ledger)
        var sum = 0, version = 0
        let measured = try Stopwatch.rounds(min(rounds, 5)) { times in
            for _ in 0..<times { sum &+= try database.read { try Int.fetchOne($0, sql: reading) ?? 0 } }
        } ours: { times in
            for _ in 0..<times { version &+= try store.snapshot().version }
        }
        guard sum > 0, version > 0 else { throw BenchError.setup("nothing was read") }
        return Row(name, rounds: measured, unit: "s", perSecond: 1)
    }
}
