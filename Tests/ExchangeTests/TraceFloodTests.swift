import Certificates
import Exchange
import GRDB
import LibCrypto
import MiniPKI
import Records
import Statements
import Testing

/// What one peer asks or says without measure, and what it costs the others: nothing.
@Suite struct TraceFloodTests {
    private static func question(_ number: Int) -> TraceQuestion {
        TraceQuestion(
            trace: "00000000-0000-4000-8000-" + String("00000000000\(number)".suffix(12)), to: "1002", circuit: "c-0",
            called: TracedRow.called, cli: nil, at: TracedRow.now * 1_000, window: 5_000, token: nil, isUrgent: false,
            hops: 0, why: "complaint 8", key: Carriers.point)
    }

    /// 1001 asks 1002, a second ago.
    ///
    /// - Returns: why each question had no effect.
    private func ask(
        _ row: TracedRow, _ count: Int, change: (inout TraceQuestion) -> Void = { _ in }
    ) async throws -> [String?] {
        let from = row.carriers[0], to = row.carriers[1], store = try to.store
        let trust = TrustSnapshot(anchors: row.pki.anchors, epoch: 1)
        var refusals: [String?] = []
        for number in 1...count {
            var question = Self.question(number)
            change(&question)
            let signed = try await from.signer.sign(question.statement(by: "1001", at: TracedRow.now))
            let verified = try VerifiedStatement(signed, as: .traceQuestion, trust: trust, at: TracedRow.now)
            refusals.append(
                try store.takeTrace(verified, sequence: number, from: "1001", at: TracedRow.now - 1).refused)
        }
        return refusals
    }

    private func database(_ carrier: TracedRow.Carrier) throws -> DatabaseQueue {
        try DatabaseQueue(path: "\(carrier.folder.path)/\(ExchangeStore.fileName)")
    }

    @Test func `a peer that takes no answers keeps nobody else waiting for one`() async throws {
        let row = try TracedRow(3)
        try await row.call()
        _ = try await ask(row, 100)
        try await database(row.carriers[1]).write { db in
            try db.execute(sql: "UPDATE stream SET sent = \(ExchangeStore.mostOutgoing) WHERE peer = '1001'")
        }
        var other = Self.question(500)
        other.circuit = "none"
        let signed = try await row.last.signer.sign(other.statement(by: "1003", at: TracedRow.now))
        try row.last.store.send(signed, .traceQuestion, to: "1002", at: TracedRow.now)
        try row.carriers[1].take(
            #require(try row.last.store.outgoing(to: "1002", after: 0, limit: 1).first), from: "1003")
        #expect(try await row.carriers[1].tracing.step(at: TracedRow.now) == ["1003"])
        #expect(try row.carriers[1].store.outgoing(to: "1003", after: 0, limit: 9).count == 1)
        #expect(try await row.carriers[1].tracing.step(at: TracedRow.now) == [])
    }

    @Test func `who takes no answers is told nothing, and it is not kept that he was`() async throws {
        let row = try TracedRow(2), origin = row.carriers[0]
        try await row.call()
        let id = try row.begin()
        _ = try await row.last.tracing.step(at: TracedRow.now)
        try origin.take(#require(try row.last.store.outgoing(to: "1001", after: 0, limit: 1).first), from: "1002")
        try await database(origin).write { db in
            try db.execute(sql: "INSERT OR REPLACE INTO stream (peer, sent, received) VALUES ('1002', 100000, 1)")
        }
        for _ in 0..<3 { #expect(try await origin.tracing.step(at: TracedRow.now) == []) }
        #expect(try Inquiries.list(9, inFolder: origin.folder.path).isEmpty)
        // As soon as there is room, once.
        try await database(origin).write { db in
            try db.execute(sql: "UPDATE stream SET acknowledged = sent WHERE peer = '1002'")
        }
        for _ in 0..<3 { _ = try await origin.tracing.step(at: TracedRow.now) }
        #expect(try Inquiries.list(9, inFolder: origin.folder.path).map(\.why) == ["trace \(id): complaint 7"])
    }

    @Test func `a question whose own word is too long to be passed on is refused at once`() async throws {
        let row = try TracedRow(2)
        #expect(try await ask(row, 1) { $0.token = String(repeating: "t", count: 20_000) } == [nil])
        _ = try await row.carriers[1].tracing.step(at: TracedRow.now)
        let answer = try #require(try row.carriers[1].store.outgoing(to: "1001", after: 0, limit: 9).first)
        let trust = TrustSnapshot(anchors: row.pki.anchors, epoch: 1)
        let verified = try VerifiedStatement(answer.statement, as: .traceAnswer, trust: trust, at: nil)
        #expect(TraceAnswer(verified)?.outcome == .refused)
    }

    @Test func `a trace that has no UUID is not even taken`() async throws {
        let row = try TracedRow(2)
        let refusals = try await ask(row, 1) { $0.trace = String(repeating: "追", count: 12) }
        #expect(refusals == ["it is not what a question is"])
    }

    @Test func `what is asked beyond all measure is not kept`() async throws {
        let row = try TracedRow(2), middle = row.carriers[1]
        _ = try middle.store
        try await database(middle).write { db in
            try db.execute(
                sql: """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                    INSERT INTO trace_question (digest, trace, peer, circuit, statement, received, answered)
                    SELECT 'd' || i, 't', '1001', 'c', '', \(TracedRow.now), 1 FROM n
                    """)
        }
        #expect(try await ask(row, 1) == ["too many questions in an hour"])
        #expect(
            try await database(middle).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM trace_question") }
                == 2_000)
    }

    @Test func `the longest question goes on from carrier to carrier`() async throws {
        let pki = MiniPKI()
        let issuer = pki.authority(.spc("1003"), by: pki.authority(.spc("1003"), by: pki.authority(.spc("1003"))))
        let party = pki.leaf(.spc("1003"), by: issuer)
        let signer = try #require(
            StatementSigner(
                Credential(
                    key: party.key, chain: party.chain, url: CertificateURL("https://c.example/1003.pem"))))
        let trust = TrustSnapshot(anchors: pki.anchors, epoch: 1)
        let own = TraceQuestion(
            trace: Self.question(1).trace, to: "1002", circuit: "c-1", called: TracedRow.called,
            cli: String(repeating: "1", count: 256), at: TracedRow.now * 1_000, window: 5_000, token: nil,
            isUrgent: false, hops: 0, why: String(repeating: "\u{1}", count: TraceQuestion.longestWhy),
            incident: Incident(
                kind: .massDialling, caseNumber: String(repeating: "\u{1}", count: Incident.longestCase),
                calls: .max, evidence: String(repeating: "\u{1}", count: Incident.longestEvidence)),
            key: Carriers.point)
        let signed = try await signer.sign(own.statement(by: "1003", at: TracedRow.now))
        var next = own
        (next.key, next.requester, next.hops, next.incident) = (nil, signed.text, 1, Incident())
        let onward = try await signer.sign(next.statement(by: "1003", at: TracedRow.now))
        let verified = try VerifiedStatement(onward, as: .traceQuestion, trust: trust, at: TracedRow.now)
        #expect(TraceQuestion(verified) == next)
    }

    @Test func `whatever a carrier says, the file of the trace can be read`() async throws {
        let carriers = Carriers()
        var answers: [StoredAnswer] = []
        for number in 1...256 {
            var answer = Carriers.originated(asker: "2002", by: "a-\(number)")
            (answer.reason, answer.customer) = (
                String(repeating: "r", count: 8_000), String(repeating: "c", count: 8_000)
            )
            answers.append(try await carriers.signed(answer, by: "1001"))
        }
        let file = TraceFile(question: try await carriers.signed(Carriers.question, by: "3003"), answers: answers)
        #expect(try TraceFile(reading: file.text) == file)
    }
}
