import Exchange
import Foundation
import Records
import Testing

/// Which record of ours a peer's notice is about, among real records on disk.
@Suite struct NoticedCallTests {
    static let noon = 1_795_435_200_000
    let folder = Folder()

    private func record(
        to dest: String = "+8657188880001", after milliseconds: Int = 0, token: String? = nil,
        orig: String = "+8657188880000"
    ) -> Record {
        var record = Record(.signed, atMilliseconds: Self.noon + milliseconds)
        (record.dest, record.rawOrig, record.orig) = ([dest], "057188880000", orig)
        record.tokens = token.map { [$0] } ?? []
        return record
    }

    private func notice(token: String?, orig: String = "+8657188880000", at time: Int = noon) throws -> BlockedCall {
        BlockedCall(
            record: try #require(RecordID("20261123-000000777")), at: time, reason: "r", sipCode: 603, circuit: nil,
            orig: orig, dest: "+8657188880001", tokenDigest: token.map(BlockedCall.digest(ofIdentity:)))
    }

    private func found(_ notice: BlockedCall, among records: [Record]) async throws -> Int? {
        let writer = try RecordWriter(folder: folder.path, atMilliseconds: Self.noon)
        await withCheckedContinuation { done in writer.append(RecordLines(records)) { _ in done.resume() } }
        await writer.finish()
        return try notice.ownRecord(among: CallIndex(folder: folder.path))?.id.sequence
    }

    @Test func `it is the one with the token, however the header's parameters are written`() async throws {
        let records = [record(token: "a.b.c;info=<https://cert.example/a>"), record(after: 1, token: "a.b.d;ppt=x")]
        #expect(try await found(notice(token: "a.b.d;info=<https://cert.example/a>"), among: records) == 2)
    }

    @Test func `a token that is not ours is of no record, whatever the numbers`() async throws {
        let records = [record(token: "a.b.c"), record()]
        #expect(try await found(notice(token: "a.b.x"), among: records) == nil)
    }

    @Test func `without a token it is the nearest in time from that number`() async throws {
        let records = [record(after: -900), record(after: 500), record(after: 0, orig: "+8610")]
        #expect(try await found(notice(token: nil), among: records) == 2)
    }

    @Test func `the calling number may be as the call showed it`() async throws {
        #expect(try await found(notice(token: nil, orig: "057188880000"), among: [record()]) == 1)
    }

    @Test(arguments: [(-60_001, nil), (-60_000, 1), (60_000, 1), (60_001, nil as Int?)])
    func `clocks may be a minute apart`(_ offset: Int, _ expected: Int?) async throws {
        #expect(try await found(notice(token: "t"), among: [record(after: offset, token: "t")]) == expected)
    }

    @Test func `to another number it is another call`() async throws {
        #expect(try await found(notice(token: "t"), among: [record(to: "+8610", token: "t")]) == nil)
    }

    @Test func `no time of a notice is too early or too late to look for`() async throws {
        for time in [0, 253_402_300_799_999] {
            #expect(try await found(notice(token: "t", at: time), among: [record(token: "t")]) == nil)
        }
    }
}
