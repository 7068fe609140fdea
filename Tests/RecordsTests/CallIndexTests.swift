import Foundation
import Records
import Testing

@Suite struct CallIndexTests {
    let folder = TestFolder()

    private func call(
        to dest: [String], after milliseconds: Int, _ kind: Record.Kind = .verified, trunk: String? = nil
    ) -> Record {
        var record = Record(kind, atMilliseconds: noon + milliseconds)
        (record.dest, record.trunk, record.peer, record.egress) = (dest, trunk, "1002", "ic-west")
        (record.rawOrig, record.orig) = ("+86", "8657188880000")
        return record
    }

    /// With one index that stays, through all that becomes of a day: written, indexed, over, deleted.
    @Test func `calls to a number within a time are found, the newest first`() async throws {
        let writer = try folder.writer(), calls = try CallIndex(folder: folder.path)
        func found(_ window: ClosedRange<Int>, _ dest: String = "7") throws -> [String] {
            let window = noon + window.lowerBound...noon + window.upperBound
            return try calls.calls(to: dest, in: window).map(\.id.description)
        }
        #expect(try found(0...9) == [])
        try await writer.append([call(to: ["7"], after: 0), call(to: ["8"], after: 1), call(to: ["8", "7"], after: 2)])
        for turn in 0..<3 {
            #expect(try found(0...1) == ["20261123-000000001"])
            #expect(try found(0...2) == ["20261123-000000003", "20261123-000000001"])
            #expect(try found(2...2) == ["20261123-000000003"])
            #expect(try found(3...oneDay - 1) == [] && found(-9 ... -1) == [])
            #expect(try found(0...9, "8") == ["20261123-000000003", "20261123-000000002"])
            #expect(try found(0...9, "9") == [])
            switch turn {
            case 0: await writer.finishIndexing()
            default:
                try await writer.append([call(to: ["7"], after: oneDay + turn)])
                await writer.finishIndexing()
            }
        }
        #expect(try found(2...oneDay + 1) == ["20261124-000000001", "20261123-000000003"])
        _ = try await writer.expire(keepingDays: 0, atMilliseconds: noon + 2 * oneDay)
        #expect(try found(0...oneDay + 2) == ["20261124-000000002", "20261124-000000001"])
    }

    @Test(arguments: [1, 24, 25, 26, 50], [0, 2, 3, 7, 8, 34])
    func `a call is found by each of its numbers, however many there are of both`(
        records: Int, shared: Int
    ) async throws {
        let writer = try folder.writer(), calls = try CallIndex(folder: folder.path), window = noon...noon + records
        let numbers = (0..<shared).map { "7\($0)" }
        try await writer.append((0..<records).map { call(to: numbers + ["8\($0)"], after: $0) })
        await writer.finishIndexing()
        #expect(try folder.audit() == [])
        for number in numbers {
            #expect(try calls.calls(to: number, in: window).map(\.id.sequence) == (1...records).reversed())
        }
        for index in 0..<records {
            #expect(try calls.calls(to: "8\(index)", in: window).map(\.id.sequence) == [index + 1])
        }
    }

    @Test func `kind and trunk are asked for too, and what was found says what a trace needs`() async throws {
        let writer = try folder.writer(), calls = try CallIndex(folder: folder.path), window = noon...noon + 9
        try await writer.append([
            call(to: ["7"], after: 0, trunk: "a"), call(to: ["7"], after: 0, .signed, trunk: "a"),
            call(to: ["7"], after: 0, trunk: "b"),
        ])
        for _ in 0..<2 {
            #expect(try calls.calls(to: "7", in: window).count == 3)
            #expect(try calls.calls(to: "7", in: window, kind: .verified).map(\.id.sequence) == [3, 1])
            #expect(try calls.calls(to: "7", in: window, kind: .verified, trunk: "a").map(\.id.sequence) == [1])
            #expect(try calls.calls(to: "7", in: window, trunk: "c") == [])
            let call = try #require(try calls.calls(to: "7", in: window, kind: .signed).first)
            #expect((call.peer, call.egress, call.rawOrig, call.trunk) == ("1002", "ic-west", "+86", "a"))
            #expect((call.dest, call.orig, call.atMilliseconds) == ("7", "8657188880000", noon))
            await writer.finishIndexing()
        }
    }

    /// A clock that steps back over midnight writes an earlier time to a later day.
    @Test func `a call of a later day's file is found by its time`() async throws {
        let writer = try folder.writer(at: noon + oneDay), calls = try CallIndex(folder: folder.path)
        try await writer.append([call(to: ["7"], after: 5)])
        for _ in 0..<2 {
            #expect(try calls.calls(to: "7", in: noon...noon + 9).map(\.id.description) == ["20261124-000000001"])
            try await writer.append([call(to: ["7"], after: 2 * oneDay)])
            await writer.finishIndexing()
        }
    }

    @Test func `a folder that is not there is an error`() {
        #expect(throws: RecordsError.noFolder(path: "/nowhere")) { try CallIndex(folder: "/nowhere") }
    }
}
