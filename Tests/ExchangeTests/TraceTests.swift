import Certificates
import Exchange
import Foundation
import GRDB
import Ledger
import LibCrypto
import MiniPKI
import Records
import Statements
import Testing

@Suite struct TraceTests {
    @Test(arguments: [2, 3, 5, 9])
    func `a call is traced to the customer who made it, through any number of carriers`(_ count: Int) async throws {
        let row = try TracedRow(count)
        try await row.call()
        let id = try row.begin()
        try await row.settle()
        let trace = try #require(try row.last.store.traces(id: id).first)
        #expect((trace.state, trace.finding) == (.ended, "it began at a customer of 1001's"))
        let report = try row.last.report(id)
        #expect(report.hops.map(\.carrier) == (1..<count).reversed().map { "100\($0)" })
        #expect(report.contradictions.isEmpty)
        let origin = try #require(report.hops.last)
        #expect(origin.answer.outcome == .originated && origin.answer.attest == "A")
        #expect(try #require(origin.disclosure).text.contains("Shady & Co"))
        // And who asked is kept where the customer is.
        let asked = try Inquiries.list(10, inFolder: row.carriers[0].folder.path)
        #expect(asked.map(\.by) == ["carrier 100\(count)"])
    }

    @Test func `a call is traced by the trunks that there were then`() async throws {
        let row = try TracedRow(3)
        try await row.call()
        // Since then the circuits were given up.
        for place in [0, 1] { row.carriers[place].ledgerNow = LedgerSnapshot(version: 2, customers: [], trunks: []) }
        let id = try row.begin()
        try await row.settle()
        #expect(try row.last.report(id).finding == "it began at a customer of 1001's")
    }

    @Test func `a ledger that was put back does for calls of before`() async throws {
        let row = try TracedRow(3)
        try await row.call()
        for carrier in row.carriers {
            carrier.ledgerNow = carrier.ledger
            carrier.hasNoHistory = true
            try await carrier.record(
                .verified, over: "to-1001", egress: "elsewhere", at: TracedRow.now * 1_000
            ) { $0.ledgerVersion = 7 }
        }
        let id = try row.begin(cli: TracedRow.cli, record: RecordID("20261122-000000001"))
        try await row.settle()
        #expect(try row.last.report(id).finding == "it began at a customer of 1001's")
    }

    @Test func `a trunk that is another carrier's by now answers for no call of then`() async throws {
        let row = try TracedRow(2), origin = row.carriers[0]
        // Today 1002 has the trunk by which the call went to somebody else.
        origin.ledgerNow = LedgerSnapshot(
            version: 2, customers: [],
            trunks: [
                Trunk(name: "other", trunkClass: .interconnect, peer: "1002", circuit: "c-0", hasHandover: true)
            ])
        try await row.call { if $0 == 0 { $1.egress = "other" } }
        let id = try row.begin()
        try await row.settle()
        #expect(try row.last.report(id).finding == "1001 has no such call")
    }

    @Test func `a carrier that was asked late has its whole time`() async throws {
        let row = try TracedRow(2)
        try await row.call()
        row.carriers[0].isSilent = true
        let id = try row.begin(patience: 60)
        // No daemon ran until then.
        for time in [100, 159] {
            try await row.settle(at: TracedRow.now + time)
            #expect(try row.last.store.traces(id: id).first?.state == .asked)
        }
        try await row.settle(at: TracedRow.now + 160)
        #expect(try row.last.store.traces(id: id).first?.finding == "non-cooperative: 1001 has not answered")
    }

    @Test func `a circuit that never was is refused`() async throws {
        let row = try TracedRow(2)
        row.carriers[0].ledgerNow = LedgerSnapshot(version: 2, customers: [], trunks: [])
        try await row.call { if $0 == 0 { $1.egress = "elsewhere" } }
        let id = try row.begin()
        try await row.settle()
        #expect(try row.last.report(id).finding == "1001 refuses: there is no such circuit between us")
    }

    @Test func `each tells how the number was written and what it decided, and the requester what else is known`()
        async throws
    {
        let row = try TracedRow(3)
        try await row.call { place, record in
            if place == 1 { (record.rawOrig, record.reason) = ("008657188880000", "number_withheld") }
        }
        let incident = Incident(kind: .fraud, caseNumber: "7", calls: 120, evidence: "says to be the police")
        let id = try row.begin(incident: incident)
        try await row.settle()
        let report = try row.last.report(id)
        #expect(report.question.incident == incident)
        #expect(report.hops.map(\.answer.rawCLI) == ["008657188880000", nil])
        #expect(report.hops.map(\.answer.decision) == ["number_withheld", "signed"])
    }

    @Test(arguments: [
        Incident(caseNumber: String(repeating: "7", count: 65)), Incident(calls: 0),
        Incident(evidence: String(repeating: "e", count: 501)),
    ])
    func `an incident beyond its bounds makes a question none`(_ incident: Incident) async throws {
        let row = try TracedRow(2)
        let question = TraceQuestion(
            trace: "7e6af518-afe3-4e10-9ac3-acb48c3be0e8", to: "1001", circuit: "c-0", called: TracedRow.called,
            cli: nil, at: 1, window: 1, token: nil, isUrgent: false, hops: 0, why: "complaint 7", incident: incident)
        let signed = try await row.last.signer.sign(question.statement(by: "1002", at: TracedRow.now))
        let trust = TrustSnapshot(anchors: row.pki.anchors, epoch: 1)
        let verified = try VerifiedStatement(signed, as: .traceQuestion, trust: trust, at: nil)
        #expect(TraceQuestion(verified) == nil)
    }

    @Test func `questions of peers are forgotten with the records they were about`() async throws {
        let row = try TracedRow(2), asked = row.carriers[0]
        try await row.call()
        _ = try row.begin()
        try await row.settle()
        func kept() throws -> Int? {
            try DatabaseQueue(path: "\(asked.folder.path)/\(ExchangeStore.fileName)").read { db in
                try Int.fetchOne(db, sql: "SELECT count(*) FROM trace_question")
            }
        }
        try asked.store.forgetQuestions(before: TracedRow.now)
        #expect(try kept() == 1)
        try asked.store.forgetQuestions(before: TracedRow.now + 1)
        #expect(try kept() == 0)
    }

    @Test func `those between learn nothing of the customer`() async throws {
        let row = try TracedRow(3)
        try await row.call()
        let id = try row.begin()
        try await row.settle()
        let answer = try #require(try row.last.report(id).hops.last?.answer)
        // What has gone through the middle is sealed for the last one's key, and no other opens it.
        let sealed = try #require(answer.customer)
        let stranger = try SigningKey.generate()
        #expect(!sealed.contains("Shady") && Disclosure(opening: sealed, with: stranger) == nil)
        for file in try FileManager.default.contentsOfDirectory(atPath: row.carriers[1].folder.path) {
            let bytes = FileManager.default.contents(atPath: "\(row.carriers[1].folder.path)/\(file)") ?? Data()
            #expect(bytes.range(of: Data("Shady".utf8)) == nil, "\(file)")
        }
    }

    @Test(arguments: [[30_000, 0, 0], [0, 30_000, -30_000], [-30_000, 30_000, 0], [0, -30_000, 30_000]])
    func `clocks that differ are corrected for`(_ skews: [Int]) async throws {
        let row = try TracedRow(3, skews: skews)
        try await row.call()
        // Calls of others to the same number, half a minute before and after.
        for time in [-30_000, 30_000] {
            try await row.call(at: TracedRow.now * 1_000 + time) { $1.tokens = ["\(time)"] }
        }
        let id = try row.begin(span: 1_000)
        try await row.settle()
        #expect(try row.last.report(id).finding == "it began at a customer of 1001's")
    }

    @Test func `a number that was changed on the way shows between whom`() async throws {
        let row = try TracedRow(4)
        // 1003 rewrites what it passes on: 1004 sees another number than 1003 got.
        try await row.call { place, record in
            if place == 3 { (record.rawOrig, record.orig) = ("+8657188889999", "+8657188889999") }
        }
        let id = try row.begin()
        try await row.settle()
        let report = try row.last.report(id)
        #expect(report.finding == "it began at a customer of 1001's")
        #expect(report.contradictions.count == 1)
        let found = try #require(report.contradictions.first)
        #expect(found.matter == .callingNumber)
        #expect(
            found.upstream == .init("1003", "+8657188880000") && found.downstream == .init("1004", "+8657188889999"))
    }

    @Test func `a carrier that does not answer ends the trace when its time is over`() async throws {
        let row = try TracedRow(4)
        try await row.call()
        row.carriers[1].isSilent = true
        let id = try row.begin(patience: 60)
        try await row.settle(at: TracedRow.now + 50)
        // 1003 has answered and has named it: from then on it has as long as 1003 had.
        for time in [50, 60, 109] {
            try await row.settle(at: TracedRow.now + time)
            #expect(try row.last.report(id).end == .silent("1002"))
            #expect(try row.last.store.traces(id: id).first?.state == .asked)
        }
        try await row.settle(at: TracedRow.now + 110)
        #expect(try row.last.store.traces(id: id).first?.finding == "non-cooperative: 1002 has not answered")
    }

    @Test func `a carrier that lies is convicted by its signature and its neighbour's`() async throws {
        let row = try TracedRow(3)
        // 1002 made the call itself, and writes down that 1001 handed it over.
        for place in [1, 2] {
            try await row.carriers[place].record(
                .verified, over: "to-100\(place)", egress: place == 1 ? "to-1003" : nil, at: TracedRow.now * 1_000)
        }
        let id = try row.begin()
        try await row.settle()
        let report = try row.last.report(id)
        #expect(report.finding == "1001 has no such call")
        #expect(report.contradictions.map(\.matter) == [.handover])
        #expect(report.contradictions.first?.downstream.carrier == "1002")
    }

    @Test func `of several calls none is guessed`() async throws {
        let row = try TracedRow(2)
        for second in [0, 10] {
            try await row.call(at: TracedRow.now * 1_000 + second * 1_000) { $1.tokens = ["\(second)"] }
        }
        let id = try row.begin()
        try await row.settle()
        let finding = try #require(try row.last.store.traces(id: id).first?.finding)
        #expect(finding.hasPrefix("2 calls could be meant; begin again with --record: "))
        #expect(finding.contains("20261122-000000001") && finding.contains("20261122-000000002"))
        // The carrier before has them both within what the clocks allow, and the token tells them apart.
        let again = try row.begin(record: RecordID("20261122-000000001"))
        try await row.settle()
        #expect(try row.last.report(again).finding == "it began at a customer of 1001's")
    }

    @Test func `a carrier that cannot tell between two says how many there are`() async throws {
        let row = try TracedRow(2)
        try await row.call { $1.tokens = [] }
        try await row.carriers[0].record(
            .signed, over: "ent-1", egress: "to-1002", at: TracedRow.now * 1_000 + 1_000, token: nil)
        let id = try row.begin()
        try await row.settle()
        #expect(try row.last.report(id).finding == "1001 has 2 such calls and cannot tell which")
    }

    @Test func `a call that nobody had is not found`() async throws {
        let row = try TracedRow(2)
        let none = try row.begin()
        try await row.settle()
        #expect(
            try row.last.store.traces(id: none).first?.finding
                == "no call to that number in that time is in the records")
    }

    @Test func `the number shown alone finds nothing, and misleads nobody`() async throws {
        let row = try TracedRow(3)
        // An honest customer of 1001 calls somebody else at the same time.
        try await row.carriers[0].record(.signed, over: "ent-1", egress: "to-1002", at: TracedRow.now * 1_000) {
            $0.dest = ["+8613900139000"]
        }
        // 1002's own customer shows that number.
        try await row.carriers[1].record(.signRefused, over: "ent-1", egress: "to-1003", at: TracedRow.now * 1_000)
        try await row.carriers[2].record(.verified, over: "to-1002", egress: nil, at: TracedRow.now * 1_000)
        let id = try row.begin()
        try await row.settle()
        #expect(try row.last.report(id).finding == "it began at a customer of 1002's")
    }

    @Test func `a call of our own customer's needs no question`() async throws {
        let row = try TracedRow(2)
        try await row.last.record(.signed, over: "ent-1", egress: nil, at: TracedRow.now * 1_000)
        let id = try row.begin()
        try await row.settle()
        let finding = try #require(try row.last.store.traces(id: id).first?.finding)
        #expect(finding.contains("it came by ent-1, of customer c1: ours"))
    }

    @Test func `an answer that was changed on disk is told of, and shown as nobody's`() async throws {
        let row = try TracedRow(2)
        try await row.call()
        let id = try row.begin()
        try await row.settle()
        try await DatabaseQueue(path: "\(row.last.folder.path)/\(ExchangeStore.fileName)").write { db in
            try db.execute(sql: "UPDATE trace_answer SET statement = replace(statement, '.eyJ', '.eyK')")
        }
        #expect(throws: TraceFault.self) { try row.last.report(id) }
    }

    @Test func `who answers without end fills no disk`() throws {
        let store = try Folder().store, id = "7e6af518-afe3-4e10-9ac3-acb48c3be0e8"
        try store.begin(
            Trace(
                id: id, started: 1, by: "li", why: "complaint 7", called: TracedRow.called, at: 1, span: 1,
                isUrgent: false, patience: 1))
        let question = TraceQuestion(
            trace: id, to: "1001", circuit: "c-0", called: TracedRow.called, cli: nil, at: 1, window: 1, token: nil,
            isUrgent: false, hops: 0, why: "complaint 7")
        for sequence in 1...300 {
            var answer = TraceAnswer(question, asker: "1002", .notFound)
            answer.circuit = "c-\(sequence)"
            let receipt = try store.take(
                answer, by: "1001", SignedStatement(unverified: "\(sequence)"), sequence: sequence, from: "1001", at: 1)
            #expect(receipt == .taken)
        }
        #expect(try store.answers(to: id).count == 256)
    }

    @Test func `a customer that is shown must be the one that was signed`() async throws {
        let row = try TracedRow(2)
        try await row.call()
        let id = try row.begin()
        try await row.settle()
        try await DatabaseQueue(path: "\(row.last.folder.path)/\(ExchangeStore.fileName)").write { db in
            try db.execute(sql: "UPDATE trace_answer SET disclosure = replace(disclosure, 'Shady', 'Honest')")
        }
        #expect(throws: TraceFault.disclosure("1001")) { try row.last.report(id) }
    }

    @Test func `what was sealed is opened by its key, whole and unchanged, and by no other`() throws {
        let key = try SigningKey.generate(), disclosure = Disclosure(text: #"{"salt":"x","customer":"c1"}"#)
        let sealed = try disclosure.sealed(for: key.verifyingKey.point)
        #expect(Disclosure(opening: sealed, with: key) == disclosure)
        var bytes = Array(sealed.utf8)
        for place in bytes.indices where bytes[place] != UInt8(ascii: ".") {
            let was = bytes[place]
            bytes[place] = was == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(Disclosure(opening: String(decoding: bytes, as: UTF8.self), with: key) == nil, "byte \(place)")
            bytes[place] = was
        }
    }
}
