import Foundation
import LibCrypto
import Records
import Synchronization
import Testing

@Suite struct RecordWriterTests {
    let folder = TestFolder()

    @Test func `the records are on disk when it is said so`() async throws {
        let writer = try folder.writer()
        let stored = try await withCheckedThrowingContinuation { done in
            writer.append(RecordLines([signed(), signed()])) { [folder] outcome in
                // By another file handle, while the writer still waits for this to return.
                done.resume(with: Result { try (Array(outcome.get()), folder.count) })
            }
        }
        #expect(stored.1 == 2)
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
        #expect(try folder.count == 32 * 40)
        let report = try folder.reader.audit()
        #expect(report.findings == [])
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
        #expect(try copy.reader.audit().records == 4)
        #expect(try copy.reader.audit().findings == [])
    }

    @Test func `midnight opens a new journal that continues the old one's chain`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed(at: noon)])
        let ids = try await writer.append([signed(at: noon + oneDay), signed(at: noon + oneDay)])
        #expect(ids.map(\.description) == ["20261124-000000001", "20261124-000000002"])
        let report = try folder.reader.audit()
        #expect((report.records, report.findings, report.last) == (3, [], ids[1]))
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
        #expect(try folder.reader.audit().records == 30)
        #expect(try folder.audit() == [])
    }

    @Test func `a clock that steps back over midnight stays in the newer day`() async throws {
        #expect(
            try await folder.writer(at: noon + oneDay).append([signed(at: noon)])[0].description == "20261124-000000001"
        )
        #expect(try await folder.writer(at: noon).append([signed(at: noon)])[0].description == "20261124-000000002")
        #expect(try folder.reader.days().map(\.description) == ["2026-11-24"])
        #expect(try folder.audit() == [])
    }

    @Test func `a day that is over stays as it was written, read-only, with a complete index`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed(), signed()])
        let evidence = try Data(contentsOf: URL(fileURLWithPath: folder.journal()))
        try await writer.append([signed(at: noon + oneDay)])
        await writer.finishIndexing()
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.journal())) == evidence)
        #expect(try folder.mode(of: folder.journal()) == 0o400)
        #expect(try folder.mode(of: folder.index()) == 0o600)
        #expect(try folder.text("SELECT records FROM state WHERE complete") == "2")
        let last = try #require(try folder.text("SELECT lower(hex(last)) FROM state"))
        let next = try String(contentsOfFile: folder.journal("2026-11-24"), encoding: .utf8)
        #expect(next.hasPrefix(#"{"journal":{"version":3,"day":20261124,"previous":"\#(last)"}}"#))
        #expect(try folder.text("SELECT complete FROM state", day: "2026-11-24") == "0")
        #expect(try folder.audit() == [])
    }

    @Test func `a day left open is ended by the next writer`() async throws {
        try await folder.writer().append([signed()])
        let writer = try folder.writer(at: noon + 3 * oneDay)
        try await writer.append([signed(at: noon + 3 * oneDay)])
        await writer.finishIndexing()
        #expect(try folder.text("SELECT records FROM state WHERE complete") == "1")
        #expect(try folder.mode(of: folder.journal()) == 0o400)
        #expect(try folder.audit() == [])
    }

    @Test func `the head is the newest record that is durable, and counts the day's`() async throws {
        let writer = try folder.writer()
        #expect(writer.head == nil)
        try await writer.append([signed(), signed(at: noon + 7)])
        let ids = try await writer.append([signed(at: noon + 3)])
        let head = try #require(writer.head)
        #expect((head.record, head.records, head.atMilliseconds) == (ids[0], 3, noon + 3))
        #expect(try folder.reader.hash(of: ids[0]) == head.hash)
        let next = try await writer.append([signed(at: noon + oneDay)])
        #expect((writer.head?.record, writer.head?.records) == (next[0], 1))
    }

    @Test func `a writer that goes on has the head that was`() async throws {
        try await folder.writer().append([signed(), signed(at: noon + 7)])
        let head = try #require(try folder.writer().head)
        #expect((head.records, head.atMilliseconds) == (2, noon + 7))
    }
}

@Suite struct DiskFailureTests {
    let folder = TestFolder()

    /// What a crash in the midst of a write leaves behind: some of a batch.
    @Test func `a batch that was cut short does not count, and is put aside`() async throws {
        try await folder.writer().append([signed()])
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal())))
        try await folder.writer().append([signed(), signed()])
        let both = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal())))
        for length in whole.count..<both.count {
            try folder.edit { $0 = Array(both[..<length]) }
            #expect(try folder.count == 1)
            let ids = try await folder.writer().append([signed()])
            #expect(ids.map(\.sequence) == [2])
            #expect(try folder.reader.audit().records == 2)
            #expect(try folder.audit() == [])
        }
        try folder.edit { $0 += [1, 2, 3] }
        let told = Mutex<[RecordsError]>([])
        _ = try RecordWriter(folder: folder.path, atMilliseconds: noon) { _, error in told.withLock { $0.append(error) }
        }
        #expect(told.withLock { $0 } == [.cutShort(path: folder.journal(), bytes: 3)])
        let cut = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/2026-11-23.cut")).dropLast(3)
        #expect(cut.count == (whole.count..<both.count).reduce(0) { $0 + $1 - whole.count })
    }

    /// What a power failure may leave: the last line is there, but not all that stands before it.
    @Test func `a batch whose hash does not hold is not gone on from`() async throws {
        try await folder.writer().append([signed()])
        try await folder.writer().append([signed("22")])
        try folder.edit { text in
            text = Array(String(decoding: text, as: UTF8.self).replacing(#""22""#, with: "\u{0}\u{0}\u{0}\u{0}").utf8)
        }
        #expect(try await folder.writer().append([signed("3")]).map(\.sequence) == [2])
        #expect(try folder.reader.audit().records == 2)
        #expect(try folder.audit() == [])
    }

    @Test func `a first line that was cut short is written anew`() async throws {
        try await folder.writer().append([signed()])
        try folder.edit { $0 = Array($0[..<20]) }
        #expect(try await folder.writer().append([signed()]).map(\.sequence) == [1])
        #expect(try folder.audit() == [])
    }

    @Test func `a day that has not come is told of, and gone on with`() async throws {
        try await folder.writer(at: noon + 9 * oneDay).append([signed(at: noon + 9 * oneDay)])
        let told = Mutex<[RecordsError]>([])
        let writer = try RecordWriter(folder: folder.path, atMilliseconds: noon) { _, error in
            told.withLock { $0.append(error) }
        }
        #expect(told.withLock { $0 } == [.clockAhead(path: folder.journal("2026-12-02"))])
        #expect(try await writer.append([signed()])[0].description == "20261202-000000002")
    }

    @Test func `a spoilt journal is told of by who makes its index`() async throws {
        try await folder.writer().append([signed()])
        try await folder.writer().append([signed()])
        try folder.edit { text in
            let place = text.firstRange(of: Array("8657".utf8))?.lowerBound ?? 0
            text[place] ^= 1
        }
        let reported = Mutex<[RecordsError]>([])
        let writer = try RecordWriter(folder: folder.path, atMilliseconds: noon + oneDay) { _, error in
            reported.withLock { $0.append(error) }
        }
        await writer.finishIndexing()
        let reason = "the records from 1 on do not match their hash"
        #expect(reported.withLock { $0 } == [.damaged(path: folder.journal(), reason: reason)])
        #expect(try folder.audit() == [.altered(#require(RecordID("20261123-000000001")))])
    }

    @Test func `a day that is over is not opened again when nothing is later`() async throws {
        try await folder.writer().append([signed()])
        await (try folder.writer(at: noon + oneDay)).finishIndexing()
        try FileManager.default.removeItem(atPath: folder.journal("2026-11-24"))
        #expect(throws: RecordsError.clockBehind(path: folder.journal())) { try folder.writer() }
    }

    @Test func `a day holds so many records and no more`() async throws {
        try await folder.writer().append([signed()])
        let largest = RecordID.largestSequence
        try folder.edit { text in
            var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
            let id = UInt64(20_261_123 * 1_000_000_000 + largest - 1)
            let number = (0..<8).map { UInt8(truncatingIfNeeded: id >> UInt64(56 - 8 * $0)) }
            let line = lines[1]
            let digest: [UInt8] = SHA256.digest(line.span)
            let linked = Array(repeating: 0, count: 32) + number + digest
            let hash: [UInt8] = SHA256.digest(linked.span)
            let hexadecimal = hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            lines[3] = Array(
                #"{"batch":{"first":\#(largest - 1),"count":1,"bytes":\#(lines[1].count + 1),"earliest":\#(noon),"latest":\#(noon),"records":1,"hash":"\#(hexadecimal)"}}"#
                    .utf8)
            text = Array(lines.joined(separator: [0x0A]))
        }
        let writer = try folder.writer()
        #expect(try await writer.append([signed()]).map(\.sequence) == [largest])
        let day = try #require(UTCDay("2026-11-23"))
        await #expect(throws: RecordsError.sequenceExhausted(day)) { try await writer.append([signed()]) }
        #expect(try await writer.append([signed(at: noon + oneDay)]).map(\.sequence) == [1])
        #expect(try folder.audit() == [])
    }

    @Test func `a day that cannot be opened fails its records, and is tried again`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed()])
        let inTheWay = folder.journal("2026-11-24")
        try FileManager.default.createDirectory(atPath: inTheWay, withIntermediateDirectories: false)
        await #expect(throws: RecordsError.self) { try await writer.append([signed(at: noon + oneDay)]) }
        try FileManager.default.removeItem(atPath: inTheWay)
        let ids = try await writer.append([signed(at: noon + oneDay)])
        #expect(ids.map(\.description) == ["20261124-000000002"])
        #expect(try folder.reader.audit().records == 2)
        #expect(try folder.audit() == [])
    }

    @Test func `a folder has one writer at a time`() async throws {
        let one = try folder.writer()
        #expect(throws: RecordsError.anotherWriter(path: folder.journal())) { try folder.writer() }
        try await one.append([signed()])
        #expect(try folder.reader.audit().records == 1)
    }

    @Test func `a folder that cannot be made is an error`() throws {
        try Data().write(to: URL(fileURLWithPath: folder.path))
        #expect(throws: RecordsError.self) { try folder.writer() }
    }

    @Test func `a file of a later version is not touched`() async throws {
        try await folder.writer().append([signed()])
        try folder.edit { text in
            text = Array(String(decoding: text, as: UTF8.self).replacing(#""version":3"#, with: #""version":9"#).utf8)
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.journal()))
        #expect(throws: RecordsError.unknownSchema(path: folder.journal(), version: 9)) { try folder.writer() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.journal())) == before)
    }
}
