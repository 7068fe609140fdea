import Foundation
import Records
import Testing

@Suite struct ChainCheckTests {
    let folder = TestFolder()

    private func threeDays() async throws {
        let writer = try folder.writer()
        for day in 0..<3 { try await writer.append((0..<5).map { signed("\($0)", at: noon + day * oneDay) }) }
        await writer.finish()
    }

    @Test func `an untouched chain holds`() async throws {
        try await threeDays()
        let report = try folder.reader.verifyChain()
        #expect((report.records, report.last?.description, report.broken) == (15, "20261125-000000005", nil))
        #expect(report.lastHash == (try folder.reader.list().last?.hash))
    }

    @Test(arguments: [
        ("2026-11-23", "UPDATE record SET body = replace(body, 'signed', 'Signed') WHERE seq = 3"),
        ("2026-11-23", "UPDATE record SET body = body || ' ' WHERE seq = 3"),
        ("2026-11-23", "UPDATE record SET at = at + 1 WHERE seq = 3"),
        ("2026-11-23", "UPDATE record SET hash = zeroblob(32) WHERE seq = 3"),
        ("2026-11-23", "UPDATE record SET seq = 99 WHERE seq = 5"),
        ("2026-11-23", "DELETE FROM record WHERE seq = 1"),
        ("2026-11-23", "DELETE FROM record WHERE seq = 3"),
        ("2026-11-23", "DELETE FROM record WHERE seq = 5"),
        ("2026-11-23", "DELETE FROM record"),
        ("2026-11-23", "INSERT INTO record SELECT 6, at, body, hash FROM record WHERE seq = 5"),
        ("2026-11-23", "UPDATE segment SET previous = CAST(x'01' || zeroblob(31) AS BLOB)"),
        ("2026-11-24", "UPDATE segment SET previous = zeroblob(32)"),
        ("2026-11-24", "UPDATE segment SET last = zeroblob(32)"),
        ("2026-11-24", "UPDATE segment SET records = 4"),
        ("2026-11-24", "UPDATE segment SET day = 20261122"),
        ("2026-11-25", "DELETE FROM record WHERE seq = 4"),
    ])
    func `a change made by hand is found`(day: String, sql: String) async throws {
        try await threeDays()
        try folder.tamper(day, sql)
        #expect(try folder.reader.verifyChain().broken != nil)
    }

    @Test func `any changed byte of a text is found, at its record`() async throws {
        let writer = try folder.writer()
        let ids = try await writer.append([signed(), signed(), signed()])
        let length = try #require(try folder.reader.record(ids[1])?.body.utf8.count)
        for position in 1...length {
            try folder.tamper(
                "2026-11-23",
                """
                UPDATE record SET body = substr(body, 1, \(position) - 1)
                    || char(unicode(substr(body, \(position), 1)) + 1) || substr(body, \(position) + 1) WHERE seq = 2
                """)
            #expect(try folder.reader.verifyChain().broken == .record(ids[1]))
            try folder.tamper(
                "2026-11-23",
                """
                UPDATE record SET body = substr(body, 1, \(position) - 1)
                    || char(unicode(substr(body, \(position), 1)) - 1) || substr(body, \(position) + 1) WHERE seq = 2
                """)
        }
        #expect(try folder.reader.verifyChain().broken == nil)
    }

    @Test func `a day taken out or put in another's place is found`() async throws {
        try await threeDays()
        try FileManager.default.moveItem(atPath: folder.file("2026-11-24"), toPath: folder.file("2026-11-26"))
        #expect(try folder.reader.verifyChain().broken == .start(of: #require(UTCDay("2026-11-25"))))
        try FileManager.default.removeItem(atPath: folder.file("2026-11-25"))
        #expect(try folder.reader.verifyChain().broken == .name(#require(UTCDay("2026-11-26"))))
    }

    @Test func `expired days are deleted and what is left still holds`() async throws {
        try await threeDays()
        let now = noon + 3 * oneDay
        #expect(try folder.reader.expire(keepingDays: 2, atMilliseconds: now).map(\.description) == ["2026-11-23"])
        let report = try folder.reader.verifyChain()
        #expect((report.records, report.broken) == (10, nil))
        #expect(try folder.reader.expire(keepingDays: 0, atMilliseconds: now + 9 * oneDay).count == 1)
        #expect(try folder.reader.expire(keepingDays: Int.max, atMilliseconds: now) == [])
        #expect(try folder.reader.days().map(\.description) == ["2026-11-25"])
    }
}

@Suite struct RecordReaderTests {
    let folder = TestFolder()

    @Test func `records are found by what they hold, the newest last`() async throws {
        let writer = try folder.writer()
        var refused = Record(.signRefused, atMilliseconds: noon + 5)
        (refused.orig, refused.call, refused.reason, refused.verdict) = ("1", "c@1", "no grant", "refused")
        try await writer.append([signed("1"), refused, signed("2", to: ["7", "8"])])
        try await writer.append([signed("1", at: noon + oneDay), signed("3", to: ["8"], at: noon + oneDay)])
        for _ in 0..<2 {
            #expect(try found { $0.orig = "1" } == ["20261123-000000001", "20261123-000000002", "20261124-000000001"])
            #expect(try found { $0.dest = "8" } == ["20261123-000000003", "20261124-000000002"])
            #expect(try found { $0.dest = "7" } == ["20261123-000000003"])
            #expect(try found { $0.call = "c@1" } == ["20261123-000000002"])
            #expect(try found { ($0.reason, $0.verdict) = ("no grant", "refused") } == ["20261123-000000002"])
            #expect(try found { ($0.fromMilliseconds, $0.untilMilliseconds) = (noon + 1, noon + oneDay) }.count == 1)
            #expect(try found { $0.limit = 3 }.first == "20261123-000000003")
            #expect(try found { $0.orig = "9" } == [])
            await writer.finish()  // and again in a sealed segment
        }
    }

    private func found(_ change: (inout RecordFilter) -> Void) throws -> [String] {
        var filter = RecordFilter()
        change(&filter)
        return try folder.reader.list(filter).map(\.id.description)
    }

    @Test func `what is not there is nil, and a folder that is not there an error`() async throws {
        try await folder.writer().append([signed()])
        #expect(try folder.reader.record(#require(RecordID("20261123-000000002"))) == nil)
        #expect(try folder.reader.record(#require(RecordID("20251123-000000001"))) == nil)
        #expect(throws: RecordsError.noFolder(path: "/nowhere")) { try RecordReader(folder: "/nowhere") }
    }

    @Test(arguments: ["DELETE FROM segment", "UPDATE record SET body = 'x'", "UPDATE record SET body = '{\"kind\":5}'"])
    func `a spoilt text is an error, not a crash`(sql: String) async throws {
        try await folder.writer().append([signed()])
        try folder.tamper("2026-11-23", sql)
        #expect(throws: RecordsError.self) { try folder.reader.list() }
    }
}
