import Foundation
import Records
import Testing

@Suite struct AuditTests {
    let folder = TestFolder()

    private func id(_ text: String) throws -> RecordID { try #require(RecordID(text)) }

    private func day(_ text: String) throws -> UTCDay { try #require(UTCDay(text)) }

    private func threeDays() async throws {
        let writer = try folder.writer()
        for day in 0..<3 {
            for turn in 0..<3 {
                try await writer.append((0..<3).map { signed("\(turn)\($0)", at: noon + day * oneDay + turn) })
            }
        }
        await writer.finishIndexing()
    }

    @Test func `an untouched chain holds`() async throws {
        try await threeDays()
        let report = try folder.reader.audit()
        #expect((report.records, report.last?.description, report.findings) == (27, "20261125-000000009", []))
        #expect(try report.lastHash == folder.reader.hash(of: id("20261125-000000009")))
        #expect(report.deletedDays == [])
        let nothing = TestFolder()
        _ = try nothing.writer()
        #expect(try nothing.reader.audit().records == 0 && nothing.audit() == [])
    }

    /// Each byte of header, records, marks and last lines. A finding is good when it names a record that the byte belongs to, or
    /// the day when it is the day's first line.
    @Test func `any altered byte of a journal is found, and what it belongs to is named`() async throws {
        for batch in [["11", "12", "13"], ["21"], ["31", "32"]] {
            try await folder.writer().append(batch.map { signed($0) })
        }
        let text = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal())))
        let owners = try Owners(of: text)
        for place in text.indices {
            for bit: UInt8 in [1, 2, 64] {
                try folder.edit { $0 = text.changed(at: place, by: bit) }
                let findings = try folder.audit()
                #expect(
                    findings.contains { owners.isNamed(place, in: $0) },
                    "\(place) ^ \(bit), \(owners[place]): \(findings)")
            }
        }
        try folder.edit { $0 = text }
        #expect(try folder.audit() == [])
    }

    /// With all bits of a byte, in the last, a middle and the first of three days.
    @Test func `any altered byte of a record is found, and the record named and no other`() async throws {
        try await threeDays()
        for (name, sequence) in [("2026-11-23", 1), ("2026-11-24", 5), ("2026-11-25", 9)] {
            let text = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal(name))))
            let owners = try Owners(of: text), sought = try #require(RecordID(day: day(name), sequence: sequence))
            for place in text.indices where owners[place] == .record(sequence) && text[place] != 0x0A {
                var changed = text[place] ^ UInt8(1 << (place % 8))
                if changed == 0x0A { changed = 0 }
                try folder.edit(name) { $0[place] = changed }
                let found = try folder.audit()
                #expect(found == [.altered(sought)], "\(name), \(place)")
                try folder.edit(name) { $0 = text }
            }
        }
        #expect(try folder.audit() == [])
    }

    @Test func `a record taken out, put in or moved is named`() async throws {
        try await threeDays()
        let name = "2026-11-24", text = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal(name))))
        let lines = text.lines
        // A header, and of three batches each three records, marks and a last line.
        try expect([.missing(id("20261124-000000005"), id("20261124-000000005"))], name, lines.without(7))
        try expect([.added(id("20261124-000000004"), id("20261124-000000006"))], name, lines.doubled(7))
        try expect(
            [
                .moved(id("20261124-000000004"), id("20261124-000000004")),
                .moved(id("20261124-000000006"), id("20261124-000000006")),
            ],
            name, lines.swapped(6, 8))
        try expect(
            [.altered(id("20261124-000000001")), .altered(id("20261124-000000009"))], name, lines.swapped(1, 13))
        try expect([.seal(id("20261124-000000004"), id("20261124-000000006"))], name, lines.without(9))
        try expect([.seal(id("20261124-000000004"), id("20261124-000000006"))], name, lines.without(10))
        try expect(
            [.missing(id("20261124-000000004"), id("20261124-000000006"))], name, Array(lines[..<6] + lines[11...]))
        let exchanged = Array(lines[..<1] + lines[6..<11] + lines[1..<6] + lines[11...])
        try folder.edit(name) { $0 = Array(exchanged.joined()) }
        let found = try folder.audit()
        #expect(try found.contains(.moved(id("20261124-000000001"), id("20261124-000000003"))), "\(found)")
        try expect(
            [.seal(id("20261124-000000007"), id("20261124-000000009"))], name, Array(lines.dropLast()), isAll: false)
    }

    private func expect(
        _ findings: [AuditFinding], _ day: String, _ lines: [[UInt8]], isAll: Bool = true,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.journal(day)))
        try folder.edit(day) { $0 = Array(lines.joined()) }
        let found = try folder.audit()
        #expect(isAll ? found == findings : Set(findings).isSubset(of: found), "\(found)", sourceLocation: location)
        try folder.edit(day) { $0 = Array(before) }
    }

    /// Whoever can write can also compute: then only who has noted the hash elsewhere sees it.
    @Test func `a batch written anew is found by the next, and a whole chain by its heads`() async throws {
        let other = TestFolder()
        for (folder, first) in [(folder, "1"), (other, "9")] {
            let writer = try folder.writer()
            try await writer.append([signed(first)])
            try await writer.append([signed("2")])
        }
        let head = try #require(try folder.writer().head)
        let ours = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal()))).lines
        let theirs = Array(try Data(contentsOf: URL(fileURLWithPath: other.journal()))).lines
        let second = try id("20261123-000000002")
        try folder.edit { $0 = Array((theirs[..<4] + ours[4...]).joined()) }
        #expect(try folder.audit() == [.broken(second, second)])
        try folder.edit { $0 = Array(theirs.joined()) }
        #expect(try folder.audit() == [])
        let report = try folder.reader.audit(others: [SignedHeads(named: "west", lines: ["1"])]) { _ in head }
        #expect(report.findings == [.otherThanSigned(second, second, atMilliseconds: noon)])
    }

    @Test func `wherever a journal is cut, it is seen by its heads, its index or its lines`() async throws {
        var heads: [ChainHead] = [], ends: [Int] = []
        for turn in 0..<3 {
            // Nobody is writing when it is looked at.
            let writer = try folder.writer()
            try await writer.append([signed("\(turn)1", at: noon + turn), signed("\(turn)2", at: noon + turn)])
            heads.append(try #require(writer.head))
            ends.append(try Data(contentsOf: URL(fileURLWithPath: folder.journal())).count)
        }
        let text = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal())))
        let signed = SignedHeads(named: "west", lines: ["0", "1", "2"]), last = heads[2].record
        func audit() throws -> [AuditFinding] {
            try folder.reader.audit(others: [signed]) { line in Int(line).map { heads[$0] } }.findings
        }
        #expect(try audit() == [])
        for length in text.indices {
            try folder.edit { $0 = Array(text[..<length]) }
            // Of the two that stand there still, how many batches are whole.
            let whole = ends.prefix { $0 <= length }.count
            let kept = whole == 0 ? nil : heads[whole - 1].record
            let cut = AuditFinding.cutOff(
                after: kept, until: last, .head(atMilliseconds: heads[min(whole, 2)].atMilliseconds))
            let found = try audit()
            let isAtEnd = length == ends[max(whole - 1, 0)]
            #expect(found.contains(cut) || !isAtEnd && !found.isEmpty, "\(length): \(found)")
            if isAtEnd { #expect(found == [cut]) }
        }
        try folder.edit { $0 = text }
        await (try folder.writer()).finishIndexing()
        try folder.edit { $0 = Array(text[..<ends[0]]) }
        #expect(try folder.audit() == [.cutOff(after: heads[0].record, until: last, .index)])
    }

    @Test func `heads that are not signed, and what they say of a day that is not there, are told of`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed()])
        let head = try #require(writer.head), log = HeadLog(folder: folder.path)
        try log.append("good", of: head.record.day)
        try log.append("forged", of: head.record.day)
        let file = "\(folder.path)/2026-11-23.heads"
        func audit() throws -> AuditReport { try folder.reader.audit { $0 == "good" ? head : nil } }
        #expect(try audit().findings == [.unsigned(lines: file, line: 2)])
        #expect(try audit().heads == 1)
        #expect(try folder.audit() == [])
        try FileManager.default.removeItem(atPath: folder.journal())
        #expect(try audit().findings == [.unsigned(lines: file, line: 2), .dayMissing(head.record.day)])
    }

    @Test(arguments: ["hash", "records"]) func `a head that says otherwise is told of`(part: String) async throws {
        let writer = try folder.writer()
        try await writer.append([signed()])
        let head = try #require(writer.head)
        let other = ChainHead(
            record: head.record, hash: part == "hash" ? String(repeating: "0", count: 64) : head.hash,
            records: part == "records" ? 2 : 1, atMilliseconds: noon + 9)
        let found = try folder.reader.audit(others: [SignedHeads(named: "", lines: [""])]) { _ in other }.findings
        #expect(found == [.otherThanSigned(head.record, head.record, atMilliseconds: noon + 9)])
    }

    @Test func `a head of a record at which no batch ends is told of`() async throws {
        let writer = try folder.writer()
        let ids = try await writer.append([signed(), signed()])
        let hash = try #require(try folder.reader.hash(of: ids[0]))
        let head = ChainHead(record: ids[0], hash: hash, records: 1, atMilliseconds: noon)
        let found = try folder.reader.audit(others: [SignedHeads(named: "", lines: [""])]) { _ in head }.findings
        #expect(found == [.otherThanSigned(ids[0], ids[0], atMilliseconds: noon)])
    }

    @Test func `a day taken out or put in another's place is found`() async throws {
        try await threeDays()
        try FileManager.default.moveItem(atPath: folder.journal("2026-11-24"), toPath: folder.journal("2026-11-26"))
        let found = Set(try folder.audit())
        #expect(
            try found.isSuperset(of: [
                .gap(before: day("2026-11-25")), .otherDay(day("2026-11-26")), .gap(before: day("2026-11-26")),
            ]), "\(found)")
        try FileManager.default.removeItem(atPath: folder.journal("2026-11-26"))
        #expect(try folder.audit() == [.gap(before: day("2026-11-25"))])
        try FileManager.default.removeItem(atPath: folder.journal("2026-11-23"))
        #expect(try folder.audit() == [.gap(before: day("2026-11-25"))])
    }

    @Test(arguments: [
        "DELETE FROM entry WHERE rowid_is_none", "UPDATE entry SET at = at + 1", "UPDATE entry SET seq = seq + 100",
        "UPDATE entry SET start = start + 1", "UPDATE entry SET bytes = bytes + 1", "UPDATE entry SET key = key + 1",
        "DELETE FROM batch", "UPDATE batch SET start = start + 1", "UPDATE batch SET count = count + 1",
        "UPDATE state SET until = until - 1", "DELETE FROM state", "UPDATE state SET seq = 8",
    ])
    func `an index that is not what its journal makes it is told of`(sql: String) async throws {
        try await threeDays()
        let sql = sql.replacing("WHERE rowid_is_none", with: "WHERE seq = 5 AND at > 0")
        try folder.tamper("2026-11-24", sql)
        let found = try folder.audit()
        guard case .index(let day, _) = try #require(found.first), found.count == 1 else {
            Issue.record("\(found)")
            return
        }
        #expect(day.description == "2026-11-24")
    }

    @Test func `a batch under way is no finding`() async throws {
        let writer = try folder.writer()
        for _ in 0..<20 {
            async let ids = writer.append((0..<20).map { signed("\($0)") })
            let found = try folder.audit()
            #expect(found == [])
            _ = try await ids
        }
    }

    @Test func `what stays at the end of a journal that is written, and is no batch, is a finding`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed()])
        try folder.edit { $0.removeLast(2) }
        let first = try id("20261123-000000001")
        #expect(try folder.audit() == [.seal(first, first)])
        withExtendedLifetime(writer) {}
    }

    @Test func `what a journal of a later release says is not judged`() async throws {
        try await folder.writer().append([signed()])
        try folder.edit { text in
            text = Array(String(decoding: text, as: UTF8.self).replacing(#""version":3"#, with: #""version":9"#).utf8)
        }
        guard case .unreadable(let day, let reason) = try #require(try folder.audit().first) else {
            Issue.record("it was judged")
            return
        }
        #expect(day.description == "2026-11-23" && reason.contains("schema version 9"))
    }
}
