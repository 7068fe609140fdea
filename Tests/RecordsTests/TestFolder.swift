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

    /// Of a day that is over.
    func segment(_ day: String = "2026-11-23") -> String { "\(path)/\(day).sqlite" }

    /// Of a day that is not.
    func journal(_ day: String = "2026-11-23") -> String { "\(path)/\(day).journal" }

    /// What a hand at a segment does.
    func tamper(_ day: String, _ sql: String) throws {
        let other = try DatabaseQueue(path: segment(day))
        try other.writeWithoutTransaction { db in try db.execute(sql: sql) }
    }

    /// What a hand at a journal does.
    func edit(_ day: String = "2026-11-23", _ change: (inout [UInt8]) -> Void) throws {
        let file = URL(fileURLWithPath: journal(day))
        var text = Array(try Data(contentsOf: file))
        change(&text)
        try Data(text).write(to: file)
    }

    func text(_ sql: String, day: String = "2026-11-23") throws -> String? {
        try DatabaseQueue(path: segment(day)).read { db in try String.fetchOne(db, sql: sql) }
    }

    func plan(_ sql: String) throws -> String {
        try DatabaseQueue(path: segment()).read { db in
            try Row.fetchAll(db, sql: sql).map { row in try row.decode(String.self, forColumn: "detail") }.joined()
        }
    }

    var count: Int {
        get throws {
            var all = RecordFilter()
            all.limit = .max
            return try reader.list(all).count
        }
    }
}
