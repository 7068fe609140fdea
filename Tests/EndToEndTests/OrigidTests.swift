import Foundation
import Records
import Testing

/// Whose call it was that a token of ours came with: the tool tells, and keeps who asked.
@Suite(.timeLimit(.minutes(10))) struct OrigidTests {
    private struct Origin: Decodable {
        struct Party: Decodable {
            let id: String
            let name: String?
        }
        struct Grant: Decodable {
            let id: Int
            let first, last: String?
        }
        let record, time, origid: String
        let call, attest, orig, trunk, contract, certificate: String?
        let dest: [String]
        let customer: Party?
        let grant: Grant?
        let ledgerVersion: Int?
        let carriers: [Party]?
    }

    private struct Asked: Decodable {
        let by, why, origid: String
        let day: String?
        let found: [String]
    }

    private static let now = Int(Date().timeIntervalSince1970) * 1_000
    private static let oneDay = 86_400_000

    private func resolve(_ origid: String, _ more: [String] = [], at carrier: Carrier) async throws -> Origin {
        let (status, output) = try await Program.run(
            "countersign",
            ["origid", "resolve", "--data", "data", "--by", "li", "--why", "case 17", "--json", origid] + more,
            in: carrier.folder)
        guard status == 0 else { throw Unexpected("resolve: \(output)") }
        return try JSONDecoder().decode(Origin.self, from: Data(output.utf8))
    }

    private func expectNothing(
        _ origid: String, _ says: String, _ more: [String] = ["--by", "li", "--why", "case 17"], at carrier: Carrier,
        in location: SourceLocation = #_sourceLocation
    ) async throws {
        let (status, output) = try await Program.run(
            "countersign", ["origid", "resolve", "--data", "data", origid] + more, in: carrier.folder)
        #expect(status != 0 && output.contains(says), "\(output)", sourceLocation: location)
        for word in ["ent-1", "Customer", "2155551001", "C-1"] {
            #expect(!output.contains(word), "\(output)", sourceLocation: location)
        }
    }

    private func asked(at carrier: Carrier) async throws -> [Asked] {
        try await carrier.tool("origid", "inquiries", "--data", "data", "--json").split(separator: "\n").map {
            try JSONDecoder().decode(Asked.self, from: Data($0.utf8))
        }
    }

    @Test func `an origid leads its own carrier, and no other, to trunk, customer and grant`() async throws {
        try await RotatingCarriers.with { carriers in
            let sender = carriers.sender, receiver = carriers.receiver
            _ = try await carriers.begin()
            let (early, late) = try await sender.running { daemon in
                let early = try await daemon.sign("12155551001", "12155552001", more: #","call":"a84b4c@pc33""#)
                try await carriers.rotate()
                try await carriers.rotate()
                try await sender.importTable("customers", "id,name,entity\nc1,Renamed,E-1\n")
                let late = try await eventually("a call decided on the new ledger") {
                    let answer = try await daemon.sign("12155551001", "12155552001")
                    var filter = RecordFilter()
                    filter.origid = answer.origid
                    return try sender.records.list(filter).first?.body.contains(#""ledger":2,"#) == true ? answer : nil
                }
                return (early, late)
            }
            let ours = try #require(early.origid), ours2 = try #require(late.origid)
            let before = try await resolve(ours, at: sender), after = try await resolve(ours2, at: sender)
            #expect((before.origid, before.call, before.attest) == (ours, "a84b4c@pc33", "A"))
            #expect((before.orig, before.dest) == ("+12155551001", ["+12155552001"]))
            #expect((before.trunk, before.contract) == ("ent-1", "C-1"))
            #expect((before.customer?.id, before.customer?.name) == ("c1", "Customer"))
            #expect((before.grant?.id, before.grant?.first, before.grant?.last) == (1, "+12155551000", "+12155551999"))
            #expect((before.carriers?.map(\.id), before.carriers?.first?.name) == (["709J"], "Own"))
            #expect(before.ledgerVersion == 1)
            // What has been renamed since, and the key that signed after two others.
            #expect((after.customer?.id, after.customer?.name) == ("c1", "Renamed"))
            #expect(after.ledgerVersion == 2 && after.carriers?.map(\.id) == ["709J"])
            #expect(after.certificate != before.certificate)

            try await expectElsewhere(ours, early, at: receiver)
            try await expectNothing(UUID().uuidString, "it is not ours, or older", at: sender)
            let asked = try await asked(at: sender)
            #expect(asked.map(\.found) == [[before.record], [after.record], []])
            #expect(asked.allSatisfy { $0.by == "li" && $0.why == "case 17" && $0.day == nil })

            try await expectAlsoOfADayThatIsOver(ours, before.record, at: sender)
        }
    }

    /// The other carrier verifies the call, so that its records have the same origid.
    private func expectElsewhere(_ origid: String, _ call: Answer, at receiver: Carrier) async throws {
        _ = try await receiver.running { try await $0.verify(call.identity, "12155551001", "12155552001") }
        var filter = RecordFilter()
        filter.origid = origid
        #expect(Set(try receiver.records.list(filter).map(\.kind)) == ["verified"])
        try await expectNothing(origid, "no call was signed with \(origid)", at: receiver)
        let asked = try await asked(at: receiver)
        #expect(asked.map(\.origid) == [origid] && asked.map(\.found) == [[]])
    }

    private func expectAlsoOfADayThatIsOver(_ origid: String, _ record: String, at sender: Carrier) async throws {
        let records = "\(sender.folder)/data/records", days = try sender.records.days()
        let writer = try RecordWriter(folder: records, atMilliseconds: Self.now + 3 * Self.oneDay)
        await writer.finishIndexing()
        let day = try #require(days.first).description
        #expect(FileManager.default.fileExists(atPath: "\(records)/\(day).index"))
        for more in [[], ["--day", day]] {
            let origin = try await resolve(origid, more, at: sender)
            #expect((origin.record, origin.customer?.name) == (record, "Customer"))
        }
        try await expectNothing(
            origid, "it is not ours, or of another day", ["--by", "li", "--why", "case", "--day", "2099-01-01"],
            at: sender)
        let later = Self.now + 10 * Self.oneDay
        #expect(try await writer.expire(keepingDays: 0, atMilliseconds: later) == days)
        try await expectNothing(
            origid, "no records of \(day) are kept any more", ["--by", "li", "--why", "case", "--day", day], at: sender)
        #expect(try await asked(at: sender).last?.day == day)
    }

    @Test func `nothing is told to who does not say why, or whose question cannot be kept`() async throws {
        try await RotatingCarriers.with { carriers in
            let sender = carriers.sender
            _ = try await carriers.begin()
            let first = try await sender.running { try await $0.sign("12155551001", "12155552001") }
            let origid = try #require(first.origid), file = "\(sender.folder)/data/\(Inquiries.fileName)"
            try await expectNothing(origid, "say it with --why", ["--by", "li", "--why", ""], at: sender)
            try await expectNothing(origid, "name who asks with --by", ["--by", " ", "--why", "case"], at: sender)
            try await expectNothing(origid, "--why", ["--by", "li"], at: sender)
            try await expectNothing("c1", "are UUIDs", at: sender)
            #expect(!FileManager.default.fileExists(atPath: file))
            try Data("no database".utf8).write(to: URL(filePath: file))
            try await expectNothing(origid, "file is not a database", at: sender)
            try FileManager.default.removeItem(atPath: file)
            // The record tells what the ledger does not.
            try FileManager.default.moveItem(
                atPath: "\(sender.folder)/data/ledger.sqlite", toPath: "\(sender.folder)/data/elsewhere")
            let output = try await sender.tool(
                "origid", "resolve", "--data", "data", "--by", "li", "--why", "case 17", origid.uppercased())
            #expect(output.contains("the ledger does not tell") && output.contains("customer     c1\n"), "\(output)")
            #expect(output.contains("carrier      709J\n") && output.contains("trunk        ent-1\n"), "\(output)")
            let table = try await sender.tool("origid", "inquiries", "--data", "data")
            #expect(table.contains("\(origid)  all") && table.split(separator: "\n").count == 2, "\(table)")
        }
    }
}
