import Foundation
import Records
import Testing

@Suite struct ExpiryTests {
    let folder = TestFolder()

    /// Of five days, with a writer that stands at the last.
    private func fiveDays() async throws -> RecordWriter {
        let writer = try folder.writer()
        for day in 0..<5 { try await writer.append([signed("\(day)", at: noon + day * oneDay), signed()]) }
        await writer.finishIndexing()
        return writer
    }

    @Test func `days that expire are told of in the chain, and what is left still holds`() async throws {
        let writer = try await fiveDays(), now = noon + 5 * oneDay
        try HeadLog(folder: folder.path).append("line", of: #require(UTCDay("2026-11-23")))
        let expired = try await writer.expire(keepingDays: 3, atMilliseconds: now)
        #expect(expired.map(\.description) == ["2026-11-23", "2026-11-24"])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.allSatisfy { !expired.map(\.description).contains(String($0.prefix(10))) }, "\(names)")
        let report = try folder.reader.audit()
        #expect((report.records, report.findings, report.deletedRecords) == (8, [], 4))
        #expect(report.deletedDays == expired)
        #expect(try folder.reader.list().suffix(2).map(\.kind) == ["dayDeleted", "dayDeleted"])
        #expect(try await writer.expire(keepingDays: 3, atMilliseconds: now) == [])
        #expect(try await writer.expire(keepingDays: .max, atMilliseconds: now) == [])
    }

    @Test func `what was told of a deletion may expire in its turn`() async throws {
        let writer = try await fiveDays()
        for day in 5..<10 {
            let now = noon + day * oneDay
            try await writer.append([signed("\(day)", at: now)])
            #expect(try await writer.expire(keepingDays: 3, atMilliseconds: now).count == (day == 5 ? 2 : 1))
            let found = try folder.audit()
            #expect(found == [], "\(day)")
        }
        #expect(try await writer.expire(keepingDays: 0, atMilliseconds: noon + 20 * oneDay).count == 3)
        #expect(try folder.reader.days().count == 2)
        let found = try folder.audit()
        #expect(found == [])
    }

    @Test func `a day that is gone without a word is found, whatever was told of others`() async throws {
        let writer = try await fiveDays()
        _ = try await writer.expire(keepingDays: 3, atMilliseconds: noon + 5 * oneDay)
        try FileManager.default.removeItem(atPath: folder.journal("2026-11-25"))
        #expect(try folder.audit() == [.gap(before: #require(UTCDay("2026-11-26")))])
    }

    @Test func `a day that was told of and could not be deleted is deleted the next time`() async throws {
        let writer = try await fiveDays(), now = noon + 5 * oneDay
        let copy = try Data(contentsOf: URL(fileURLWithPath: folder.journal()))
        _ = try await writer.expire(keepingDays: 4, atMilliseconds: now)
        // What a crash leaves between the two.
        try copy.write(to: URL(fileURLWithPath: folder.journal()))
        #expect(try folder.audit() == [])
        #expect(try await writer.expire(keepingDays: 4, atMilliseconds: now).count == 1)
        #expect(try folder.reader.days().count == 5)
        #expect(try folder.audit() == [])
    }

    @Test func `nothing is deleted that cannot be told of`() async throws {
        let writer = try await fiveDays()
        try FileManager.default.createDirectory(
            atPath: folder.journal("2026-11-28"), withIntermediateDirectories: false)
        await #expect(throws: RecordsError.self) {
            try await writer.expire(keepingDays: 0, atMilliseconds: noon + 5 * oneDay)
        }
        #expect(FileManager.default.fileExists(atPath: folder.journal()))
        #expect(FileManager.default.fileExists(atPath: folder.index()))
    }

    /// Each day that ends has its index made at once, which is under way when the days are deleted.
    @Test func `of a day that was deleted nothing comes back`() async throws {
        let writer = try folder.writer()
        for day in 0...40 { try await writer.append([signed(at: noon + day * oneDay)]) }
        let expired = try await writer.expire(keepingDays: 0, atMilliseconds: noon + 41 * oneDay)
        #expect(expired.count == 40)
        await writer.finishIndexing()
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(kept.map { $0.prefix { $0 != "." } }) == ["2027-01-02", "2027-01-03"])
    }

    @Test func `heads of a day that was deleted are held against what was told of it`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed()])
        try await writer.append([signed()])
        let head = try #require(writer.head)
        try await writer.append([signed(at: noon + oneDay)])
        _ = try await writer.expire(keepingDays: 0, atMilliseconds: noon + 2 * oneDay)
        func found(_ records: Int, _ hash: String) throws -> [AuditFinding] {
            let other = ChainHead(record: head.record, hash: hash, records: records, atMilliseconds: noon)
            return try folder.reader.audit(others: [SignedHeads(named: "", lines: [""])]) { _ in other }.findings
        }
        let other = AuditFinding.otherThanSigned(head.record, head.record, atMilliseconds: noon)
        #expect(try found(2, head.hash) == [])
        #expect(try found(1, String(repeating: "1", count: 64)) == [])
        #expect(try found(2, String(repeating: "1", count: 64)) == [other])
        #expect(try found(3, head.hash) == [other])
    }
}
