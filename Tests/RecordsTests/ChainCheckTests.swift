import Foundation
import Records
import Testing

@Suite struct ChainCheckTests {
    let folder = TestFolder()

    private func threeDays() async throws {
        let writer = try folder.writer()
        for day in 0..<3 { try await writer.append((0..<5).map { signed("\($0)", at: noon + day * oneDay) }) }
        await writer.finishSealing()
    }

    @Test func `an untouched chain holds`() async throws {
        try await threeDays()
        let report = try folder.reader.verifyChain()
        #expect((report.records, report.last?.description, report.broken) == (15, "20261125-000000005", nil))
        #expect(report.lastHash == (try folder.reader.list().last?.hash))
    }

    @Test(arguments: [
        ("2026-11-23", "UPDATE batch SET lines = replace(lines, 'signed', 'Signed')"),
        ("2026-11-23", "UPDATE batch SET lines = lines || ' '"),
        ("2026-11-23", "UPDATE batch SET lines = lines || char(10) || '{}'"),
        ("2026-11-23", "UPDATE batch SET lines = substr(lines, instr(lines, char(10)) + 1)"),
        ("2026-11-23", "UPDATE batch SET hashes = zeroblob(160)"),
        ("2026-11-23", "UPDATE batch SET first = 99"),
        ("2026-11-23", "UPDATE batch SET latest = latest + 1"),
        ("2026-11-23", "DELETE FROM batch"),
        ("2026-11-23", "INSERT INTO batch SELECT 6, count, latest, hashes, lines FROM batch"),
        ("2026-11-23", "UPDATE segment SET previous = CAST(x'01' || zeroblob(31) AS BLOB)"),
        ("2026-11-24", "UPDATE segment SET previous = zeroblob(32)"),
        ("2026-11-24", "UPDATE segment SET last = zeroblob(32)"),
        ("2026-11-24", "UPDATE segment SET records = 4"),
        ("2026-11-24", "UPDATE segment SET day = 20261122"),
    ])
    func `a change made by hand in a segment is found`(day: String, sql: String) async throws {
        try await threeDays()
        try folder.tamper(day, sql)
        #expect(try folder.reader.verifyChain().broken != nil)
    }

    @Test func `any changed byte of a segment's text is found, at its record`() async throws {
        let writer = try folder.writer()
        let ids = try await writer.append([signed(), signed(), signed()])
        let length = try #require(try folder.reader.record(ids[1])?.body.utf8.count)
        try await writer.append([signed(at: noon + oneDay)])
        await writer.finishSealing()
        for position in length + 2...2 * length + 1 {
            func add(_ number: String) throws {
                try folder.tamper(
                    "2026-11-23",
                    """
                    UPDATE batch SET lines = substr(lines, 1, \(position) - 1)
                        || char(unicode(substr(lines, \(position), 1)) \(number)) || substr(lines, \(position) + 1)
                    """)
            }
            try add("+ 1")
            #expect(try folder.reader.verifyChain().broken == .record(ids[1]))
            try add("- 1")
        }
        #expect(try folder.reader.verifyChain().broken == nil)
    }

    @Test func `any changed byte of a journal is found`() async throws {
        let writer = try folder.writer()
        let first = try await writer.append([signed(), signed()])
        let second = try await writer.append([signed(), signed("5")])
        let text = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal())))
        let header = try #require(text.firstIndex(of: 0x0A)) + 1
        let firstEnds = try #require(text.firstRange(of: Array(#"{"batch""#.utf8))).lowerBound
        for place in text.indices {
            try folder.edit { $0[place] ^= 1 }
            let found = Result { try folder.reader.verifyChain().broken }
            switch place {
            case ..<header: #expect((try? found.get()) != .some(nil))
            case ..<(firstEnds - 1): #expect(try found.get() == .records(first[0], first[1]))
            default:
                // A batch's last line that is spoilt is none: nothing stands there that counts, or what comes after it is
                // no longer where it should be.
                if case .success(nil) = found { #expect(try folder.count < 4) }
            }
            try folder.edit { $0[place] ^= 1 }
        }
        #expect(try folder.reader.verifyChain().broken == nil)
        #expect(try folder.reader.verifyChain().last == second[1])
    }

    @Test func `a record taken out of a journal or put into it is found`() async throws {
        try await threeDays()
        let untouched = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal("2026-11-25"))))
        let lines = untouched.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        for index in 1..<lines.count - 1 {
            let without: [[UInt8]] = Array(lines[..<index] + lines[(index + 1)...])
            let twice: [[UInt8]] = Array(lines[...index] + lines[index...])
            for changed in [without, twice] {
                try folder.edit("2026-11-25") { $0 = Array(changed.joined(separator: [0x0A])) }
                let report = try? folder.reader.verifyChain()
                #expect(report == nil || report?.broken != nil || (report?.records ?? 0) < 15)
            }
        }
    }

    @Test func `a day taken out or put in another's place is found`() async throws {
        try await threeDays()
        try FileManager.default.moveItem(atPath: folder.segment("2026-11-24"), toPath: folder.segment("2026-11-26"))
        #expect(try folder.reader.verifyChain().broken == .start(of: #require(UTCDay("2026-11-25"))))
        try FileManager.default.removeItem(atPath: folder.journal("2026-11-25"))
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
            await writer.finishSealing()  // and again in a sealed segment
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

    @Test(arguments: ["DELETE FROM segment", "UPDATE batch SET lines = 'x'", "UPDATE batch SET lines = '{\"kind\":5}'"])
    func `a spoilt segment is an error, not a crash`(sql: String) async throws {
        let writer = try folder.writer()
        try await writer.append([signed()])
        try await writer.append([signed(at: noon + oneDay)])
        await writer.finishSealing()
        try folder.tamper("2026-11-23", sql)
        #expect(throws: RecordsError.self) { try folder.reader.list() }
    }

    @Test func `a spoilt journal is an error, not a crash`() async throws {
        try await folder.writer().append([signed()])
        try folder.edit { text in
            text = Array(String(decoding: text, as: UTF8.self).replacing(#""signed""#, with: #""signed"#).utf8)
        }
        #expect(throws: RecordsError.self) { try folder.reader.list() }
        try folder.edit { $0.removeFirst() }
        #expect(throws: RecordsError.self) { try folder.writer() }
        #expect(throws: RecordsError.self) { try folder.reader.list() }
    }
}
