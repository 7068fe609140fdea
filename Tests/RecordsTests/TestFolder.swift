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
    func tamper(_ day: String = "2026-11-23", _ sql: String) throws {
        try DatabaseQueue(path: file(day)).writeWithoutTransaction { db in try db.execute(sql: sql) }
    }

    func count(_ day: String = "2026-11-23") throws -> Int {
        try DatabaseQueue(path: file(day)).read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM record") ?? 0 }
    }
}

/// 2026-11-23 12:00:00 UTC.
let noon = 1_795_435_200_000
let oneDay = 86_400_000

extension RecordWriter {
    /// Returns when the records are on disk.
    @discardableResult
    func append(_ records: [Record]) async throws -> [RecordID] {
        try await withCheckedThrowingContinuation { done in
            append(records) { outcome in done.resume(with: outcome.mapError { $0 as any Error }) }
        }
    }
}

func signed(_ orig: String = "8657188880000", to dest: [String] = ["8613800138000"], at now: Int = noon) -> Record {
    var record = Record(.signed, atMilliseconds: now)
    (record.orig, record.dest, record.verdict) = (orig, dest, "signed")
    return record
}
