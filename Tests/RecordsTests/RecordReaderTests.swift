import Foundation
import Records
import Testing

@Suite struct RecordReaderTests {
    let folder = TestFolder()

    /// First in a journal without index, then in an index alone, then in an index and the journal behind it.
    @Test func `records are found by what they hold, the newest last`() async throws {
        let writer = try folder.writer()
        var refused = Record(.signRefused, atMilliseconds: noon + 5)
        (refused.orig, refused.call, refused.reason, refused.verdict) = ("1", "c@1", "no grant", "refused")
        refused.trunk = "t"
        try await writer.append([signed("1"), refused, signed("2", to: ["7", "8"])])
        try await writer.append([signed("1", at: noon + oneDay), signed("3", to: ["8"], at: noon + oneDay)])
        for turn in 0..<3 {
            let later = turn < 2 ? [] : ["20261124-000000003"]
            #expect(
                try found { $0.orig = "1" } == [
                    "20261123-000000001", "20261123-000000002", "20261124-000000001",
                ] + later)
            #expect(try found { $0.dest = "8" } == ["20261123-000000003", "20261124-000000002"] + later)
            #expect(try found { $0.dest = "7" } == ["20261123-000000003"])
            #expect(try found { $0.call = "c@1" } == ["20261123-000000002"])
            #expect(try found { ($0.orig, $0.dest) = ("2", "7") } == ["20261123-000000003"])
            #expect(try found { ($0.orig, $0.dest) = ("1", "7") } == [])
            #expect(try found { ($0.orig, $0.trunk) = ("1", "t") } == ["20261123-000000002"])
            #expect(try found { ($0.orig, $0.kind) = ("1", .signRefused) } == ["20261123-000000002"])
            #expect(try found { ($0.reason, $0.verdict) = ("no grant", "refused") } == ["20261123-000000002"])
            #expect(try found { ($0.fromMilliseconds, $0.untilMilliseconds) = (noon + 1, noon + oneDay) }.count == 1)
            #expect(try found { ($0.orig, $0.fromMilliseconds) = ("1", noon + 6) }.first == "20261124-000000001")
            #expect(try found { ($0.orig, $0.untilMilliseconds) = ("1", noon + 5) } == ["20261123-000000001"])
            #expect(try found { ($0.fromMilliseconds, $0.untilMilliseconds) = (noon, noon) } == [])
            #expect(try found { $0.limit = 1 } == [later.last ?? "20261124-000000002"])
            #expect(try found { ($0.orig, $0.limit) = ("1", 1) } == [later.last ?? "20261124-000000001"])
            #expect(try found { $0.orig = "9" } == [])
            if turn == 0 { await writer.finishIndexing() }
            if turn == 1 { try await writer.append([signed("1", to: ["8"], at: noon + oneDay + 1)]) }
        }
    }

    private func found(_ change: (inout RecordFilter) -> Void) throws -> [String] {
        var filter = RecordFilter()
        change(&filter)
        return try folder.reader.list(filter).map(\.id.description)
    }

    @Test(arguments: [false, true]) func `a record is found by its id, with its hash`(isIndexed: Bool) async throws {
        let writer = try folder.writer()
        var ids: [RecordID] = [], heads: [String?] = []
        for turn in 0..<4 {
            ids += try await writer.append((0...turn).map { signed("\(turn).\($0)") })
            heads.append(writer.head?.hash)
        }
        if isIndexed { await writer.finishIndexing() }
        let reader = try folder.reader
        for id in ids { #expect(try reader.record(id)?.id == id) }
        #expect(try reader.record(ids[4])?.orig == "2.1")
        #expect(try [0, 2, 5, 9].map { try reader.hash(of: ids[$0]) } == heads)
        let next = try #require(RecordID("20261123-000000011"))
        #expect(try reader.record(next) == nil && reader.hash(of: next) == nil)
    }

    @Test func `what is not there is nil, and a folder that is not there an error`() async throws {
        try await folder.writer().append([signed()])
        #expect(try folder.reader.record(#require(RecordID("20261123-000000002"))) == nil)
        #expect(try folder.reader.record(#require(RecordID("20251123-000000001"))) == nil)
        #expect(try folder.reader.hash(of: #require(RecordID("20251123-000000001"))) == nil)
        #expect(throws: RecordsError.noFolder(path: "/nowhere")) { try RecordReader(folder: "/nowhere") }
    }

    /// An index is not believed: what it does not have right is found in the journal.
    @Test(arguments: [
        "DELETE FROM state", "DROP TABLE entry; DROP TABLE state", "UPDATE state SET until = 100000",
        "UPDATE state SET last = zeroblob(32)", "UPDATE state SET day = 20261122", "UPDATE state SET version = 9",
    ])
    func `an index that is not that of its journal is not used, and is made anew`(sql: String) async throws {
        let writer = try folder.writer()
        try await writer.append([signed("1"), signed("2")])
        await writer.finishIndexing()
        try folder.tamper("2026-11-23", sql)
        #expect(try found { $0.orig = "2" } == ["20261123-000000002"])
        await writer.finishIndexing()
        #expect(try folder.text("SELECT count(*) FROM state JOIN entry WHERE until > 0 AND version = 3") == "4")
        #expect(try folder.audit() == [])
    }

    @Test func `a file in the place of an index is no index`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed("1")])
        try Data("no database at all, but longer than the header of one would have to be to be looked at".utf8)
            .write(to: URL(fileURLWithPath: folder.index()))
        #expect(try found { $0.orig = "1" } == ["20261123-000000001"])
        await writer.finishIndexing()
        #expect(try folder.audit() == [])
    }

    @Test func `an entry that leads nowhere is an error, not a crash`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed("1")])
        await writer.finishIndexing()
        for sql in ["start = start + 1", "start = -1", "bytes = 9223372036854775807", "seq = 0"] {
            try folder.tamper("2026-11-23", "UPDATE entry SET \(sql)")
            #expect(throws: RecordsError.self) { try found { $0.orig = "1" } }
            try FileManager.default.removeItem(atPath: folder.index())
            await writer.finishIndexing()
        }
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

    @Test func `what was committed is found while the index is being made`() async throws {
        let writer = try folder.writer()
        for turn in 0..<40 {
            try await writer.append([signed("\(turn)")])
            async let indexed: Void = writer.finishIndexing()
            #expect(try found { $0.orig = "\(turn)" }.count == 1)
            #expect(try found { $0.orig = "0" }.count == 1)
            await indexed
        }
        #expect(try folder.audit() == [])
    }
}
