import Dispatch
import Foundation
import GRDB
import Records

/// Evidence that becomes durable a batch at a time, beside SQLite's insert of the same texts.
enum AppendRow {
    private static let batch = 256
    private static let start = 1_795_435_200_000

    static func measure(_ name: String, rounds: Int) throws -> Row {
        let lines = SampleRecord.signed(0..<batch, at: { _ in start }), texts = lines.texts
        let measured = try Stopwatch.rounds(rounds) { times in
            let folder = try TemporaryFolder()
            try insert(texts, times, into: "\(folder.path)/rows.sqlite")
        } ours: { times in
            let folder = try TemporaryFolder()
            let writer = try RecordWriter(folder: folder.path, atMilliseconds: start)
            for _ in 0..<times { writer.appendAndWait(lines) }
            guard writer.head?.records == times * batch else { throw BenchError.setup("records were not written") }
        }
        return Row(name, rounds: measured, unit: "us", perSecond: 1e6 / Double(batch))
    }

    /// With a write-ahead log, where SQLite writes least.
    private static func insert(_ texts: [String], _ times: Int, into path: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            try db.execute(sql: "CREATE TABLE record (id INTEGER PRIMARY KEY, line TEXT NOT NULL)")
            let statement = try db.makeStatement(sql: "INSERT INTO record (line) VALUES (?)")
            for _ in 0..<times {
                try db.inTransaction(.immediate) {
                    for text in texts {
                        statement.setUncheckedArguments([text])
                        try statement.execute()
                    }
                    return .commit
                }
            }
        }
    }
}

/// The call to a number at a time, found among all records of a day, beside SQLite's read of one row by its primary key from a table of
/// as many rows as large.
struct TraceRow {
    private static let batch = 1_000
    private static let midnight = 1_795_392_000_000
    private static let oneDay = 86_400_000
    private static let window = 45_000

    let records: Int

    func measure(_ name: String, rounds: Int) async throws -> Row {
        let folder = try TemporaryFolder()
        try await write(folder.path)
        try writeTable("\(folder.path)/rows.sqlite")
        return try measure(name, rounds: rounds, folder.path)
    }

    private func time(_ index: Int) -> Int { Self.midnight + index * (Self.oneDay / records) }

    private func lines(_ range: Range<Int>) -> RecordLines { SampleRecord.verified(range, at: time) }

    private func write(_ folder: String) async throws {
        let writer = try RecordWriter(folder: folder, atMilliseconds: Self.midnight)
        for start in stride(from: 0, to: records, by: Self.batch) {
            let batch = start..<min(start + Self.batch, records)
            writer.appendAndWait(lines(batch))
        }
        // The day is over then.
        writer.appendAndWait(SampleRecord.verified(0..<1, at: { _ in Self.midnight + Self.oneDay }))
        guard writer.head?.record.day == UTCDay(atMilliseconds: Self.midnight + Self.oneDay) else {
            throw BenchError.setup("records were not written")
        }
        await writer.finishIndexing()
    }

    private func writeTable(_ path: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            try db.execute(sql: "CREATE TABLE record (id INTEGER PRIMARY KEY, line TEXT NOT NULL)")
            let statement = try db.makeStatement(sql: "INSERT INTO record VALUES (?, ?)")
            try db.inTransaction {
                for start in stride(from: 0, to: records, by: Self.batch) {
                    let batch = start..<min(start + Self.batch, records)
                    for (index, text) in zip(batch, lines(batch).texts) {
                        try statement.execute(arguments: [index, text])
                    }
                }
                return .commit
            }
        }
    }

    private func measure(_ name: String, rounds: Int, _ folder: String) throws -> Row {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: "\(folder)/rows.sqlite", configuration: configuration)
        let calls = try CallIndex(folder: folder)
        let places = (0..<65_536).map { _ in Int.random(in: 0..<records) }
        var read = 0, found = 0, asked = 0
        let measured = try Stopwatch.rounds(rounds) { times in
            for time in 0..<times {
                let text = try database.unsafeRead { db in
                    try String.fetchOne(
                        db.cachedStatement(sql: "SELECT line FROM record WHERE id = ?"),
                        arguments: [places[time & 0xFFFF]])
                }
                read &+= text?.utf8.count ?? 0
            }
        } ours: { times in
            for time in 0..<times {
                let place = places[time & 0xFFFF], moment = self.time(place)
                let window = moment - Self.window...moment + Self.window
                let matches = try calls.calls(to: SampleRecord.callee(place), in: window)
                found &+= matches.contains { $0.atMilliseconds == moment } ? 1 : 0
                asked &+= 1
            }
        }
        guard read > 0, asked > 0, found == asked else { throw BenchError.setup("a call was not found") }
        return Row(name, rounds: measured, unit: "us", perSecond: 1e6)
    }
}

extension RecordLines {
    fileprivate var texts: [String] { text.split(separator: "\n").map(String.init) }
}

extension RecordWriter {
    fileprivate func appendAndWait(_ lines: RecordLines) {
        let done = DispatchSemaphore(value: 0)
        append(lines) { _ in done.signal() }
        done.wait()
    }
}

/// Removed with whatever is in it when it is let go of.
private final class TemporaryFolder {
    let path = FileManager.default.temporaryDirectory.appending(path: "countersign-bench-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
