import Foundation
import Records
import Testing

@Suite struct RecordTests {
    private struct Body: Decodable, Equatable {
        let at: Int, inputs: [[String]], tokens, notes, dest: [String], orig, call, step: String
    }

    @Test(arguments: [
        (0, "1970-01-01"), (951_782_400_000, "2000-02-29"), (951_868_800_000, "2000-03-01"),
        (4_107_542_399_999, "2100-02-28"), (4_107_542_400_000, "2100-03-01"), (1_798_761_599_999, "2026-12-31"),
        (-1, "1970-01-01"), (Int.max, "9999-12-31"), (Int.min, "1970-01-01"),
    ])
    func `a time falls on its day`(time: Int, day: String) {
        #expect(UTCDay(atMilliseconds: time).description == day)
        #expect(UTCDay(day) == UTCDay(atMilliseconds: time))
    }

    @Test func `an id is what it prints`() throws {
        let id = try #require(RecordID(day: UTCDay(atMilliseconds: noon), sequence: 42))
        #expect(id.description == "20261123-000000042")
        #expect(RecordID("20261123-000000042") == id)
    }

    @Test(arguments: [
        "", "20261123", "20261123-42", "20261123-000000000", "20261323-000000001", "2026112x-000000001",
        "20261123-00000004２", "20261123-000000042-", "+2026112-000000042",
    ])
    func `what is not an id is none`(text: String) { #expect(RecordID(text) == nil) }

    @Test(arguments: [
        "", "plain", "\"quoted\" \\ slashed", "line\r\nbreak\ttab", "\u{0}\u{1}\u{8}\u{c}\u{1f}\u{7f}",
        "北京 🏴‍☠️ é", "\u{2028}", String(decoding: [0x61, 0xff, 0xc3, 0x28] as [UInt8], as: UTF8.self),
        String(repeating: "长\"", count: 5_000),
    ])
    func `any text comes back as it went in`(text: String) async throws {
        let folder = TestFolder()
        let writer = try folder.writer()
        var record = signed(text, to: [text, "second"])
        record.call = text
        record.inputs = [.init(text, "a"), .init("b", text)]
        record.tokens = [text]
        (record.notes, record.step) = ([text], text)
        let id = try await writer.append([record])[0]

        let stored = try #require(try folder.reader.record(id))
        let body = try JSONDecoder().decode(Body.self, from: Data(stored.body.utf8))
        #expect(
            body
                == Body(
                    at: noon, inputs: [[text, "a"], ["b", text]], tokens: [text], notes: [text],
                    dest: [text, "second"],
                    orig: text, call: text, step: text))
        #expect(try folder.reader.audit().findings == [])
    }

    @Test func `the text is canonical and leaves out what is not there`() async throws {
        let folder = TestFolder()
        let writer = try folder.writer()
        var record = signed()
        record.sipCode = 200
        record.ledgerVersion = 7
        let id = try await writer.append([
            record, .expired(#require(RecordID("20261122-000000007")), atMilliseconds: noon),
        ])
        #expect(
            try folder.reader.record(id[0])?.body == """
                {"at":1795435200000,"dest":["8613800138000"],"kind":"signed","ledger":7,"orig":"8657188880000","sip":200,"verdict":"signed"}
                """)
        #expect(
            try folder.reader.record(id[1])?.body == #"{"at":1795435200000,"kind":"expired","of":"20261122-000000007"}"#
        )
        #expect(
            try folder.reader.record(id[1])?.json(hash: "5ad1").hasPrefix(
                #"{"id":"20261123-000000002","hash":"5ad1","at":17"#) == true)
        #expect(try folder.reader.record(id[1])?.json.hasPrefix(#"{"id":"20261123-000000002","at":17"#) == true)
    }

    @Test func `every field is written under its name`() async throws {
        let folder = TestFolder()
        let writer = try folder.writer()
        var record = signed()
        (record.rawOrig, record.trunk, record.peer, record.planVersion) = ("+86", "ent-17", "1002", "cn-2026")
        (record.reason, record.attest, record.credential, record.origid) = ("granted", "A", "ab", "123e")
        record.egress = "ic-west"
        let stored = try #require(try await folder.reader.record(writer.append([record])[0]))
        #expect((stored.kind, stored.trunk, stored.reason, stored.attest) == ("signed", "ent-17", "granted", "A"))
        for part in [
            #""rawOrig":"+86""#, #""peer":"1002""#, #""plan":"cn-2026""#, #""credential":"ab""#, #""origid":"123e""#,
            #""dest":["8613800138000"],"egress":"ic-west","kind""#,
        ] {
            #expect(stored.body.contains(part))
        }
    }
}
