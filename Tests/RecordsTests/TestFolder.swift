import Foundation
import GRDB
import Records

/// A temporary records folder, and what the tests do to it.
final class TestFolder: Sendable {
    let path = NSTemporaryDirectory() + "records-\(UUID().uuidString)"

    deinit {
        try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        try? FileManager.default.removeItem(atPath: path)
    }

    func writer(at now: Int = noon) throws -> RecordWriter { try RecordWriter(folder: path, atMilliseconds: now) }

    var reader: RecordReader { get throws { try RecordReader(folder: path) } }

    func file(_ day: String = "2026-11-23") -> String { "\(path)/\(day).sqlite" }

    /// What a hand at the file, beside the writer, does.
    func tamper(_ day: String, _ sql: String) throws {
        let other = try DatabaseQueue(path: file(day))
        try other.writeWithoutTransaction { db in try db.execute(sql: sql) }
    }

    func whileLocked(_ body: () async throws -> Void) async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: file(), configuration: configuration)
        try await other.writeWithoutTransaction { db in try db.beginTransaction(.immediate) }
        try await body()
        try await other.writeWithoutTransaction { db in try db.rollback() }
    }

    func text(_ sql: String, day: String = "2026-11-23") throws -> String? {
        try DatabaseQueue(path: file(day)).read { db in try String.fetchOne(db, sql: sql) }
    }

    func plan(_ sql: String) throws -> String {
        try DatabaseQueue(path: file()).read { db in
            try Row.fetchAll(db, sql: sql).map { row in try row.decode(String.self, forColumn: "detail") }.joined()
        }
    }

    func count(_ day: String = "2026-11-23") throws -> Int {
        try DatabaseQueue(path: file(day)).read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM record") ?? 0 }
    }
}
