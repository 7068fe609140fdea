import Certificates
import Exchange
import Foundation
import LibCrypto
import MiniPKI
import Records
import Statements
import Testing

/// What a linked peer can ask for in bad faith: its own answer may be a refusal, but others are answered all the same.
@Suite struct TraceHostilityTests {
    private static let other = "00000000-0000-4000-8000-00000000000"

    /// A point that a key can have, by its x and y alone.
    private static let key = try? SigningKey.generate().verifyingKey.point

    private func question(_ place: Int, change: (inout TraceQuestion) -> Void = { _ in }) throws -> TraceQuestion {
        let point = try #require(Self.key)
        var question = TraceQuestion(
            trace: Self.other + "\(place)", to: "1001", circuit: "c-0", called: TracedRow.called, cli: TracedRow.cli,
            at: TracedRow.now * 1_000, window: 5_000, token: nil, isUrgent: false, hops: 0, why: "complaint 7",
            key: base64URL(point))
        change(&question)
        return question
    }

    /// What 1001 answers 1002, which asks these, to each.
    private func outcomes(_ row: TracedRow, _ questions: [TraceQuestion]) async throws -> [TraceAnswer.Outcome?] {
        let asked = row.carriers[0], asker = row.carriers[1]
        for question in questions {
            let signed = try await asker.signer.sign(question.statement(by: "1002", at: TracedRow.now))
            try asker.store.send(signed, .traceQuestion, to: "1001", at: TracedRow.now)
        }
        for message in try asker.store.outgoing(to: "1001", after: 0, limit: 9) {
            try asked.take(message, from: "1002")
        }
        _ = try await asked.tracing.step(at: TracedRow.now)
        let trust = TrustSnapshot(anchors: row.pki.anchors, epoch: 1)
        let answers = try asked.store.outgoing(to: "1002", after: 0, limit: 100).map { message in
            let verified = try VerifiedStatement(message.statement, as: .traceAnswer, trust: trust, at: nil)
            return try #require(TraceAnswer(verified))
        }
        return questions.map { question in answers.first { $0.trace == question.trace }?.outcome }
    }

    @Test func `a key that is on no curve is refused, and nobody waits behind it`() async throws {
        let row = try TracedRow(2)
        try await row.call()
        let bad = base64URL([4] + [UInt8](repeating: 7, count: 64))
        let found = try await outcomes(row, [question(1) { $0.key = bad }, question(2)])
        #expect(found == [.refused, .originated])
        // Nobody was told of the first.
        #expect(try Inquiries.list(9, inFolder: row.carriers[0].folder.path).count == 1)
    }

    @Test(arguments: ["", " ", "\n\t"])
    func `a question without a reason is refused, and nobody waits behind it`(_ why: String) async throws {
        let row = try TracedRow(2)
        try await row.call()
        #expect(try await outcomes(row, [question(1) { $0.why = why }, question(2)]) == [.refused, .originated])
        #expect(try Inquiries.list(9, inFolder: row.carriers[0].folder.path).count == 1)
    }

    @Test(arguments: [(0, TraceAnswer.Outcome.originated), (1_200_000, .refused)])
    func `what a requester has signed serves for the call that he asks about, and for no other`(
        _ later: Int, _ outcome: TraceAnswer.Outcome
    ) async throws {
        let row = try TracedRow(3)
        for time in [0, 1_200_000] { try await row.call(at: TracedRow.now * 1_000 + time) { $1.tokens = ["\(time)"] } }
        let own = try question(1) { ($0.to, $0.circuit) = ("1002", "c-1") }
        let signed = try await row.last.signer.sign(own.statement(by: "1003", at: TracedRow.now))
        // 1002 was asked by him, and asks 1001 in his name.
        let onward = try question(1) {
            ($0.key, $0.requester, $0.hops) = (nil, signed.text, 1)
            $0.at += later
        }
        #expect(try await outcomes(row, [onward]) == [outcome])
    }

    @Test func `a peer cannot spoil the trace that comes by another's circuit of the same name`() async throws {
        let row = try TracedRow(3), middle = row.carriers[1]
        try await row.call()
        let trace = try row.begin()
        // 1001 knows the trace's name, and that the next one's circuit is c-1, which is not its own.
        let spoiling = try question(1) { ($0.trace, $0.to, $0.circuit) = (trace, "1002", "c-1") }
        let signed = try await row.carriers[0].signer.sign(spoiling.statement(by: "1001", at: TracedRow.now))
        try row.carriers[0].store.send(signed, .traceQuestion, to: "1002", at: TracedRow.now)
        let message = try #require(try row.carriers[0].store.outgoing(to: "1002", after: 0, limit: 1).first)
        try middle.take(message, from: "1001")
        try await row.settle()
        #expect(try row.last.report(trace).hops.map(\.answer.outcome) == [.handedOver, .originated])
    }

    @Test func `an answer of a peer that was not asked goes to nobody`() async throws {
        let row = try TracedRow(3), middle = row.carriers[1]
        let asked = try question(1) { $0.to = "1002" }
        let signed = try await row.last.signer.sign(asked.statement(by: "1003", at: TracedRow.now))
        try row.last.store.send(signed, .traceQuestion, to: "1002", at: TracedRow.now)
        let message = try #require(try row.last.store.outgoing(to: "1002", after: 0, limit: 1).first)
        try middle.take(message, from: "1003")
        let rash = TraceAnswer(asked, asker: "1002", .notFound)
        let word = try await row.carriers[0].signer.sign(rash.statement(by: "1001", at: TracedRow.now))
        try row.carriers[0].store.send(word, .traceAnswer, to: "1002", at: TracedRow.now)
        let unasked = try #require(try row.carriers[0].store.outgoing(to: "1002", after: 0, limit: 1).first)
        try middle.take(unasked, from: "1001")
        #expect(try middle.store.outgoing(to: "1003", after: 0, limit: 9).isEmpty)
    }

    @Test func `a trace that fails keeps no other from its way, and its failure is told`() async throws {
        let row = try TracedRow(2), folder = row.last.folder.path
        try await row.call()
        let index = try CallIndex(folder: "\(folder)/records"), ledger = row.last.ledger, signer = row.last.signer
        let trust = TrustSnapshot(anchors: row.pki.anchors, epoch: 1), failure = RecordsFailure()
        let tracing = Tracing(
            store: try row.last.store, data: folder,
            sources: Tracing.Sources(
                calls: { called, times in
                    guard called == TracedRow.called else { throw failure }
                    return try index.calls(to: called, in: times)
                }, ledger: { ledger }, ledgerThen: { _ in ledger }, clockOffset: { _ in 0 }, trust: { trust },
                signer: { signer }))
        let failing = Self.other + "1"
        try row.last.store.begin(
            Trace(
                id: failing, started: TracedRow.now - 1, by: "li", why: "complaint 6",
                called: "+8613800138001", at: TracedRow.now * 1_000, span: 90_000, isUrgent: false,
                patience: 60))
        let id = try row.begin()
        #expect(try await tracing.step(at: TracedRow.now) == ["1001"])
        #expect(try row.last.store.traces(id: id).first?.state == .asked)
        #expect(try row.last.store.traces(id: failing).first?.state == .new)
        await #expect(throws: RecordsFailure.self) { try await tracing.step(at: TracedRow.now) }
    }

    private func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

private struct RecordsFailure: Error {}
