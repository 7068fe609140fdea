import Foundation
import Records
import Synchronization
import Testing

@Suite struct RecordWriterTests {
    let folder = TestFolder()

    @Test func `ids are known at once and the records are on disk when it is said so`() async throws {
        let writer = try folder.writer()
        let given = Mutex<[RecordID]>([])
        let stored = try await withCheckedThrowingContinuation { done in
            let ids = writer.append([signed(), signed()]) { [folder] outcome in
                // Another connection, while the writer still waits for this to return.
                done.resume(with: Result { try (outcome.get(), folder.count()) })
            }
            given.withLock { $0 = ids }
        }
        #expect(stored.1 == 2)
        #expect(given.withLock { $0 } == stored.0)
        #expect(stored.0.map(\.description) == ["20261123-000000001", "20261123-000000002"])
    }

    @Test func `many at once get ids of their own, in order, and all are stored`() async throws {
        let writer = try folder.writer()
        let ids = try await withThrowingTaskGroup(of: [RecordID].self) { appenders in
            for appender in 0..<32 {
                appenders.addTask {
                    var mine: [RecordID] = []
                    for turn in 0..<20 { mine += try await writer.append([signed("\(appender)"), signed("\(turn)")]) }
                    return mine
                }
            }
            return try await appenders.reduce(into: [[RecordID]]()) { $0.append($1) }
        }
        #expect(ids.allSatisfy { $0 == $0.sorted() })
        #expect(Set(ids.joined()).count == 32 * 40)
        #expect(try folder.count() == 32 * 40)
        let report = try folder.reader.verifyChain()
        #expect(report.broken == nil)
        #expect(report.records == 32 * 40)
    }

    @Test func `nothing appended is nothing stored`() async throws {
        #expect(try await folder.writer().append([]) == [])
    }

    @Test func `a new writer goes on where the last one stopped`() async throws {
        try await folder.writer().append([signed()])
        let copy = TestFolder()
        try await folder.writer().append([signed()])
        // What kill -9 leaves: the files as they are, with their journal.
        let writer = try folder.writer()
        try await writer.append([signed()])
        try FileManager.default.copyItem(atPath: folder.path, toPath: copy.path)
        let ids = try await copy.writer().append([signed()])
        #expect(ids.map(\.sequence) == [4])
        #expect(try copy.reader.verifyChain().records == 4)
        #expect(try copy.reader.verifyChain().broken == nil)
    }

    @Test func `midnight opens a new segment that continues the old one's chain`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed(at: noon)])
        let ids = try await writer.append([signed(at: noon + oneDay), signed(at: noon + oneDay)])
        #expect(ids.map(\.description) == ["20261124-000000001", "20261124-000000002"])
        let report = try folder.reader.verifyChain()
        #expect((report.records, report.broken, report.last) == (3, nil, ids[1]))
    }

    @Test func `batches of three days that wait together each get to their day`() async throws {
        let writer = try folder.writer()
        let ids = try await withThrowingTaskGroup(of: [RecordID].self) { appenders in
            for day in 0..<3 {
                for _ in 0..<10 { appenders.addTask { try await writer.append([signed(at: noon + day * oneDay)]) } }
            }
            return try await appenders.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 30)
        #expect(try folder.reader.verifyChain().records == 30)
        #expect(try folder.reader.verifyChain().broken == nil)
    }

    @Test func `a clock that steps back over midnight stays in the newer segment`() async throws {
        let writer = try folder.writer(at: noon + oneDay)
        #expect(try await writer.append([signed(at: noon)])[0].description == "20261124-000000001")
        #expect(try await folder.writer(at: noon).append([signed(at: noon)])[0].description == "20261124-000000002")
        #expect(try folder.reader.days().map(\.description) == ["2026-11-24"])
        #expect(try folder.reader.verifyChain().broken == nil)
    }

    @Test func `a day that is over is sealed, counted and indexed`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed(), signed()])
        try await writer.append([signed(at: noon + oneDay)])
        await writer.finish()
        #expect(try folder.text("SELECT records FROM segment WHERE sealed = \(noon + oneDay)") == "2")
        #expect(
            try folder.text("SELECT hex(last) FROM segment")
                == folder.text("SELECT hex(previous) FROM segment", day: "2026-11-24"))
        #expect(try folder.text("PRAGMA journal_mode") == "delete")
        let plan = "EXPLAIN QUERY PLAN SELECT seq FROM record WHERE json_extract(body, '$.orig') = '1'"
        #expect(
            try folder.text(
                "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY 1)")
                == "record_at,record_call,record_dest,record_more_dest,record_orig,record_origid")
        #expect(try folder.plan(plan).contains("record_orig"))
        #expect(try folder.text("SELECT count(*) FROM sqlite_schema WHERE type = 'index'", day: "2026-11-24") == "0")
    }

    @Test func `a day left open is sealed by the next writer`() async throws {
        try await folder.writer().append([signed()])
        let writer = try folder.writer(at: noon + 3 * oneDay)
        try await writer.append([signed(at: noon + 3 * oneDay)])
        await writer.finish()
        #expect(try folder.text("SELECT records FROM segment WHERE sealed IS NOT NULL") == "1")
        #expect(try folder.reader.verifyChain().broken == nil)
    }
}

@Suite struct DiskFailureTests {
    let folder = TestFolder()

    @Test func `a commit that fails in its midst stores nothing, and the next one goes on`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed()])
        try folder.tamper(
            "2026-11-23",
            """
            CREATE TRIGGER refuse BEFORE INSERT ON record WHEN NEW.seq IN (3, 4)
            BEGIN SELECT RAISE(ABORT, 'no disk'); END
            """)
        let expected = RecordsError.failed(path: folder.file(), reason: "no disk")
        await #expect(throws: expected) { try await writer.append([signed(), signed()]) }
        await #expect(throws: expected) { try await writer.append([signed()]) }
        #expect(try folder.count() == 1)
        let ids = try await writer.append([signed(), signed()])
        #expect(ids.map(\.sequence) == [5, 6])
        let report = try folder.reader.verifyChain()
        #expect((report.records, report.broken) == (3, nil))
    }

    @Test func `a file held by another process fails what waits, until it is let go`() async throws {
        let writer = try folder.writer()
        try await folder.whileLocked {
            await #expect(throws: RecordsError.self) { try await writer.append([signed()]) }
        }
        #expect(try await writer.append([signed()]).map(\.sequence) == [2])
        #expect(try folder.reader.verifyChain().broken == nil)
    }

    @Test func `a day that cannot be opened fails its records, and is tried again`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed()])
        let inTheWay = folder.file("2026-11-24")
        try FileManager.default.createDirectory(atPath: inTheWay, withIntermediateDirectories: false)
        await #expect(throws: RecordsError.self) { try await writer.append([signed(at: noon + oneDay)]) }
        try FileManager.default.removeItem(atPath: inTheWay)
        let ids = try await writer.append([signed(at: noon + oneDay)])
        #expect(ids.map(\.description) == ["20261124-000000002"])
        #expect(try folder.reader.verifyChain().records == 2)
        #expect(try folder.reader.verifyChain().broken == nil)
    }

    @Test func `two writers on one folder cannot break the chain`() async throws {
        let one = try folder.writer()
        let other = try folder.writer()
        try await one.append([signed(), signed()])
        await #expect(throws: RecordsError.anotherWriter(path: folder.file())) { try await other.append([signed()]) }
        _ = try? await other.append([signed(), signed()])
        try await one.append([signed(), signed()])
        #expect(try folder.reader.verifyChain().broken == nil)
    }

    @Test func `a folder that cannot be made is an error`() throws {
        try Data().write(to: URL(fileURLWithPath: folder.path))
        #expect(throws: RecordsError.self) { try folder.writer() }
    }

    @Test func `a file of a later version is not touched`() async throws {
        try await folder.writer().append([signed()])
        try folder.tamper("2026-11-23", "UPDATE segment SET version = 2")
        #expect(throws: RecordsError.unknownSchema(path: folder.file(), version: 2)) { try folder.writer() }
    }
}
