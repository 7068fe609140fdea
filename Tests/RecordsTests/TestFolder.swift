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

    func index(_ day: String = "2026-11-23") -> String { "\(path)/\(day).index" }

    func journal(_ day: String = "2026-11-23") -> String { "\(path)/\(day).journal" }

    /// What a hand at an index does.
    func tamper(_ day: String, _ sql: String) throws {
        let other = try DatabaseQueue(path: index(day))
        try other.writeWithoutTransaction { db in try db.execute(sql: sql) }
    }

    /// What a hand at a journal does.
    func edit(_ day: String = "2026-11-23", _ change: (inout [UInt8]) -> Void) throws {
        let file = URL(fileURLWithPath: journal(day))
        // Whoever edits a day that is over can also make it writable.
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        var text = Array(try Data(contentsOf: file))
        change(&text)
        try Data(text).write(to: file)
    }

    func text(_ sql: String, day: String = "2026-11-23") throws -> String? {
        try DatabaseQueue(path: index(day)).read { db in try String.fetchOne(db, sql: sql) }
    }

    func mode(of file: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber)?.intValue
    }

    /// What is found without signed heads.
    func audit() throws -> [AuditFinding] { try reader.audit().findings }

    var count: Int {
        get throws {
            var all = RecordFilter()
            all.limit = .max
            return try reader.list(all).count
        }
    }
}
