import Certificates
import Foundation
import MiniPKI
import Records
import Statements
import Testing

@Suite struct AuditCommandTests {
    private static let noon = Carrier.now / 86_400 * 86_400_000 + 43_200_000
    private let pki = MiniPKI(now: Carrier.now)

    /// Two records, each with its signed head.
    private func carrier() async throws -> Carrier {
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors)
        let records = "\(carrier.folder)/data/records", log = HeadLog(folder: records)
        for turn in 0..<2 {
            let writer = try RecordWriter(folder: records, atMilliseconds: Self.noon)
            try await write(turn, with: writer)
            let head = try #require(writer.head)
            try log.append(try await sign(head, by: carrier.party, "709J"), of: head.record.day)
        }
        return carrier
    }

    private func write(_ turn: Int, with writer: RecordWriter) async throws {
        var record = Record(.signed, atMilliseconds: Self.noon + turn)
        record.orig = "\(turn)"
        let lines = RecordLines([record])
        _ = try await withCheckedThrowingContinuation { done in
            writer.append(lines) { done.resume(with: $0.mapError { $0 as any Error }) }
        }
        await writer.finish()
    }

    private func sign(_ head: ChainHead, by party: MiniPKI.Party, _ carrier: String) async throws -> String {
        let url = try CertificateURL(party.x5u)
        let signer = try #require(StatementSigner(try Credential(key: party.key, chain: party.chain, url: url)))
        let statement = Statement(.head, by: carrier, at: Carrier.now) { head.write(to: &$0) }
        return try await signer.sign(statement).text
    }

    private func audit(_ carrier: Carrier, _ more: [String] = []) async throws -> (Int32, String) {
        try await Program.run("countersign", ["records", "audit", "--data", "data"] + more, in: carrier.folder)
    }

    private static let checking = ["--anchors", "anchors/0.pem", "--carrier", "709J"]

    @Test func `what holds is counted, and ends with 0`() async throws {
        let carrier = try await carrier()
        let (status, output) = try await audit(carrier, Self.checking)
        #expect(
            status == 0 && output.hasPrefix("2 records, last ") && output.contains(", 2 signed heads hold\n"),
            "\(output)")
        let (_, without) = try await audit(carrier)
        #expect(without.hasPrefix("2 records, last ") && !without.contains("signed"), "\(without)")
        let (_, json) = try await audit(carrier, ["--json"] + Self.checking)
        #expect(
            json.contains(#""findings":[]"#) && json.contains(#""heads":2"#) && json.contains(#""records":2"#),
            "\(json)")
    }

    @Test func `a cut tail is told of by the heads beside it and by those of others, and ends with 1`() async throws {
        let carrier = try await carrier(), days = try carrier.records.days(), day = try #require(days.first)
        let journal = "data/records/\(day).journal", text = carrier.read(journal)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        try carrier.write(journal, lines[..<4].joined(separator: "\n") + "\n", mode: 0o600)
        let said = "up to \(day.description.filter { $0 != "-" })-000000002 at least: cut off"
        let (status, output) = try await audit(carrier, Self.checking)
        #expect(status == 1 && output.contains(said), "\(output)")
        try FileManager.default.moveItem(
            atPath: "\(carrier.folder)/data/records/\(day).heads", toPath: "\(carrier.folder)/west.heads")
        #expect(try await audit(carrier, Self.checking).0 == 0)
        let (others, told) = try await audit(carrier, Self.checking + ["--heads", "west.heads"])
        #expect(others == 1 && told.contains(said), "\(told)")
    }

    @Test func `an altered record is named`() async throws {
        let carrier = try await carrier(), days = try carrier.records.days(), day = try #require(days.first)
        let journal = "data/records/\(day).journal"
        try carrier.write(journal, carrier.read(journal).replacing(#""orig":"1""#, with: #""orig":"7""#), mode: 0o600)
        let (status, output) = try await audit(carrier, ["--json"])
        #expect(status == 1 && output.contains("-000000002 was altered"), "\(output)")
    }

    /// Another carrier's head is none of ours, whatever it says.
    @Test(arguments: ["another carrier", "nobody known"]) func `a head that others signed is none`(who: String)
        async throws
    {
        let carrier = try await carrier(), days = try carrier.records.days(), day = try #require(days.first)
        let party = who == "another carrier" ? pki.leaf(.spc("505K")) : MiniPKI(now: Carrier.now).leaf(.spc("709J"))
        let id = try #require(RecordID(day: day, sequence: 2)), hash = try #require(try carrier.records.hash(of: id))
        let head = ChainHead(record: id, hash: hash, records: 2, atMilliseconds: Self.noon)
        let line = try await sign(head, by: party, who == "another carrier" ? "505K" : "709J")
        try carrier.write("west.heads", line + "\n")
        let (status, output) = try await audit(carrier, Self.checking + ["--heads", "west.heads"])
        #expect(status == 1 && output.contains("line 1 of west.heads: its signature does not hold\n"), "\(output)")
    }

    @Test(arguments: [["--anchors", "anchors/0.pem"], ["--carrier", "709J"], ["--heads", "c.yaml"]])
    func `heads are not half checked`(arguments: [String]) async throws {
        let carrier = try await carrier()
        let (status, output) = try await audit(carrier, arguments)
        #expect(status == 64 && output.contains("--anchors and --carrier"), "\(output)")
    }
}
