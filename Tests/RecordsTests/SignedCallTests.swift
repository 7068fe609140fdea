import Foundation
import Records
import Testing

@Suite struct SignedCallTests {
    let folder = TestFolder()
    private let origid = "7e6af518-afe3-4e10-9ac3-acb48c3be0e8"

    private func call(_ kind: Record.Kind = .signed, origid: String? = nil, at now: Int = noon) -> Record {
        var record = Record(kind, atMilliseconds: now)
        record.origid = origid ?? self.origid
        return record
    }

    /// The day of `noon` is over, the next is not.
    private func write(_ first: [Record], _ second: [Record] = []) async throws {
        let writer = try folder.writer()
        try await writer.append(first)
        try await writer.append(second + [signed(at: noon + oneDay)])
        await writer.finishIndexing()
        #expect(FileManager.default.fileExists(atPath: folder.index()))
    }

    private func found(aroundMilliseconds time: Int? = nil) throws -> [String] {
        try folder.reader.signed(origid: origid, aroundMilliseconds: time).map(\.record.description)
    }

    @Test(arguments: [0, 1]) func `all that the record says of the call is there`(days: Int) async throws {
        let time = noon + days * oneDay
        var record = signed(to: ["+8613800138000", "+8613800138001"], at: time)
        (record.call, record.trunk, record.attest) = ("a84b4c76e66710@pc33", "ent-17", "A")
        (record.ledgerVersion, record.credential, record.origid) = (7, "5ad1", origid)
        record.inputs = [
            Record.Input("source", "127.0.0.1"), Record.Input("customer", "acme"), Record.Input("grant", "12"),
        ]
        try await write(days == 0 ? [record] : [], days == 1 ? [record] : [])
        let call = try #require(try folder.reader.signed(origid: origid).first)
        #expect(call.record.day == UTCDay(atMilliseconds: time) && call.record.sequence == 1)
        #expect((call.atMilliseconds, call.origid, call.call) == (time, origid, "a84b4c76e66710@pc33"))
        #expect((call.trunk, call.attest, call.orig) == ("ent-17", "A", "8657188880000"))
        #expect(call.dest == ["+8613800138000", "+8613800138001"])
        #expect((call.ledgerVersion, call.customer, call.grant, call.certificate) == (7, "acme", 12, "5ad1"))
    }

    @Test func `a call that names little is found too`() async throws {
        try await write([call()])
        let call = try #require(try folder.reader.signed(origid: origid).first)
        #expect((call.trunk, call.orig, call.customer, call.grant) == (nil, nil, nil, nil))
        #expect(call.dest == [])
    }

    @Test func `another carrier's token, which may carry one of our origids, is no call of ours`() async throws {
        let others = [call(.verified), call(.signRefused), call(.expired), call(origid: UUID().uuidString)]
        try await write(others + [call(), call(.verified)], others + [call()])
        #expect(try found() == ["20261124-000000005", "20261123-000000005"])
    }

    @Test func `with a day, that one and those beside it are looked at`() async throws {
        try await write([call()])
        for days in [-2, -1, 0, 1, 2] {
            #expect(try found(aroundMilliseconds: noon + days * oneDay).isEmpty == (abs(days) > 1), "\(days)")
        }
        for time in [Int.min, Int.max] { #expect(try found(aroundMilliseconds: time) == []) }
    }

    /// What others send as theirs is written with escapes where JSON has to.
    @Test(arguments: ["a\"b", "a\\b", "a\tb", "ä", "plain"]) func `any origid is found on a day that is on`(
        text: String
    ) async throws {
        let writer = try folder.writer()
        for origid in ["other", text, "other"] { try await writer.append([call(.verified, origid: origid)]) }
        var filter = RecordFilter()
        filter.origid = text
        #expect(try folder.reader.list(filter).map(\.id.sequence) == [2])
    }

    @Test func `a record that cannot be read is told of`() async throws {
        let writer = try folder.writer()
        try await writer.append([call()])
        try folder.edit { text in
            text = Array(
                String(decoding: text, as: UTF8.self)
                    .replacing(#""kind":"signed""#, with: #""kind":"signed","kind":"signed""#).utf8)
        }
        #expect(throws: RecordsError.self) { try folder.reader.signed(origid: origid) }
    }
}
