import Foundation
import GRDB
import Records
import Testing

@Suite struct InquiriesTests {
    let folder = TestFolder()
    private let origid = "7e6af518-afe3-4e10-9ac3-acb48c3be0e8"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    }

    private var file: String { "\(folder.path)/\(Inquiries.fileName)" }

    private func inquiry(_ by: String = "li", found: [RecordID] = []) throws -> Inquiry {
        var inquiry = try Inquiry(at: noon / 1_000, by: by, why: "case 17", origid: origid, day: UTCDay("2026-11-23"))
        inquiry.found = found
        return inquiry
    }

    private func asked(_ limit: Int = 100) throws -> [Inquiry] { try Inquiries.list(limit, inFolder: folder.path) }

    @Test func `what was asked is on the disk when it is said so, in a file for its owner alone`() throws {
        let inquiries = try Inquiries(folder: folder.path)
        let ids = try ["20261123-000000001", "20261123-000000042"].map { try #require(RecordID($0)) }
        let three = [try inquiry(), try inquiry("wang", found: ids), try inquiry("zhao", found: [ids[1]])]
        for (place, inquiry) in three.enumerated() {
            try inquiries.add(inquiry)
            #expect(try asked() == Array(three[...place]))
        }
        #expect(try asked(2) == Array(three[1...]))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // Whoever comes after goes on with the same file.
        try Inquiries(folder: folder.path).add(inquiry("sun"))
        #expect(try asked().map(\.by) == ["li", "wang", "zhao", "sun"])
    }

    @Test func `where nobody has asked, looking makes no file`() throws {
        #expect(try asked() == [])
        #expect(!FileManager.default.fileExists(atPath: file))
        try Data().write(to: URL(fileURLWithPath: file))
        #expect(try asked() == [])
    }

    @Test(arguments: [
        "UPDATE inquiry SET why = 'another'", "DELETE FROM inquiry",
        "REPLACE INTO inquiry SELECT seq, at, 'nobody', why, origid, day, found FROM inquiry",
        "UPDATE OR REPLACE inquiry SET seq = 1",
    ])
    func `what was asked is neither changed nor taken out`(sql: String) throws {
        let inquiries = try Inquiries(folder: folder.path)
        let both = [try inquiry(), try inquiry("wang")]
        for inquiry in both { try inquiries.add(inquiry) }
        let other = try DatabaseQueue(path: file)
        let error = #expect(throws: DatabaseError.self) { try other.write { try $0.execute(sql: sql) } }
        #expect(error?.message == "inquiries are only added to")
        #expect(try asked() == both)
    }

    @Test(arguments: [
        "VALUES (253402300800, 'li', 'why', '\(UUID())', NULL, '')", "VALUES (-1, 'li', 'why', '\(UUID())', NULL, '')",
        "VALUES (1, ' ', 'why', '\(UUID())', NULL, '')", "VALUES (1, 'li', ' ', '\(UUID())', NULL, '')",
        "VALUES (1, printf('%065d', 1), 'why', '\(UUID())', NULL, '')",
        "VALUES (1, 'li', printf('%01001d', 1), '\(UUID())', NULL, '')", "VALUES (1, 'li', 'why', '1', NULL, '')",
        "VALUES (1, 'li', 'why', '\(UUID())', 19691231, '')", "VALUES (1, 'li', 'why', '\(UUID())', 99991232, '')",
        "VALUES (1, 'li', 'why', '\(UUID())', NULL, 'nothing')",
    ])
    func `the file refuses what is no inquiry`(values: String) throws {
        _ = try Inquiries(folder: folder.path)
        let other = try DatabaseQueue(path: file)
        let insert = #"INSERT INTO inquiry (at, "by", why, origid, day, found) "#
        let error = #expect(throws: DatabaseError.self) { try other.write { try $0.execute(sql: insert + values) } }
        #expect(error?.extendedResultCode == .SQLITE_CONSTRAINT_CHECK)
    }

    @Test func `many who ask at once, the first of all too, each leave their line`() async throws {
        let path = folder.path
        try await withThrowingTaskGroup { askers in
            for asker in 0..<16 {
                askers.addTask {
                    let inquiries = try Inquiries(folder: path)
                    for turn in 0..<5 {
                        try inquiries.add(Inquiry(at: turn, by: "\(asker)", why: "case", origid: UUID().uuidString))
                    }
                }
            }
            try await askers.waitForAll()
        }
        let all = try asked()
        #expect(Set(all.map(\.origid)).count == 80)
        for asker in 0..<16 { #expect(all.filter { $0.by == "\(asker)" }.map(\.at) == Array(0..<5)) }
    }

    @Test(arguments: [
        ("", "case 17", InquiryFault.nobody), (" \t", "case 17", .nobody),
        (String(repeating: "x", count: 65), "case 17", .nobody), ("li", "", .noReason), ("li", "\n ", .noReason),
        ("li", String(repeating: "x", count: 1_001), .noReason),
    ])
    func `whoever asks says who and why`(by: String, why: String, fault: InquiryFault) {
        #expect(throws: fault) { try Inquiry(at: 0, by: by, why: why, origid: origid) }
    }

    @Test func `as long a name and reason as may be are kept`() throws {
        let (by, why) = (String(repeating: "李", count: 64), String(repeating: "案", count: 1_000))
        let longest = try Inquiry(at: 0, by: by, why: why, origid: origid)
        try Inquiries(folder: folder.path).add(longest)
        #expect(try asked() == [longest])
    }

    @Test(arguments: ["", "7e6af518", "7e6af518-afe3-4e10-9ac3-acb48c3be0eg", "7e6af518-afe3-4e10-9ac3-acb48c3be0e8 "])
    func `what no token of ours carries is no origid`(text: String) {
        #expect(throws: InquiryFault.noOrigid) { try Inquiry(at: 0, by: "li", why: "case", origid: text) }
    }

    @Test func `an origid is looked for as it is signed, in lower case`() throws {
        #expect(try Inquiry(at: 0, by: "li", why: "case", origid: origid.uppercased()).origid == origid)
    }

    @Test func `a file of a later release is left as it is`() throws {
        _ = try Inquiries(folder: folder.path)
        try DatabaseQueue(path: file).write { try $0.execute(sql: "PRAGMA user_version = 2") }
        #expect(throws: InquiryFault.newer(path: file)) { try Inquiries(folder: folder.path) }
        #expect(throws: InquiryFault.newer(path: file)) { try asked() }
    }

    @Test func `without a place for it there is no inquiry`() throws {
        let nowhere = folder.path + "/nowhere"
        let missing = #expect(throws: InquiryFault.self) { try Inquiries(folder: nowhere) }
        #expect(missing?.description.contains("\(nowhere)/inquiries.sqlite") == true)
        try Data("no database".utf8).write(to: URL(fileURLWithPath: file))
        for error in [
            #expect(throws: InquiryFault.self) { try Inquiries(folder: folder.path) },
            #expect(throws: InquiryFault.self) { try asked() },
        ] { #expect(error == .failed(path: file, reason: "file is not a database")) }
    }

    @Test(arguments: [
        "(1, char(9), 'why', '\(UUID())', '')", "(1, 'li', 'why', printf('%036d', 1), '')",
        "(1, 'li', 'why', '\(UUID())', '20261123-000000001 1')",
    ])
    func `what nobody can have asked is told of`(values: String) throws {
        _ = try Inquiries(folder: folder.path)
        try DatabaseQueue(path: file).write {
            try $0.execute(sql: #"INSERT INTO inquiry (at, "by", why, origid, found) VALUES "# + values)
        }
        #expect(throws: InquiryFault.failed(path: file, reason: "it holds what nobody has asked")) { try asked() }
    }
}
