package import Ledger
internal import LibCrypto
package import Records
package import Statements
package import Certificates

/// Carries traces on: asks for ours, answers those of others by our records and the ledger of that time, and asks the next
/// carrier. Everything it does is one transaction, so that it may end anywhere.
package struct Tracing: Sendable {
    /// Where its answers come from.
    package struct Sources: Sendable {
        /// Calls to a number, as records have it, within a time in milliseconds.
        package var calls: @Sendable (_ to: String, ClosedRange<Int>) throws -> [StoredRecord]
        package var ledger: @Sendable () -> LedgerSnapshot
        /// Its trunks and customers as they were at a version.
        package var ledgerThen: @Sendable (_ version: Int) throws -> LedgerSnapshot
        /// How far a peer's clock is ahead of ours, in milliseconds; nil before that was measured.
        package var clockOffset: @Sendable (_ peer: String) -> Int?
        package var trust: @Sendable () -> TrustSnapshot
        package var signer: @Sendable () -> StatementSigner?

        package init(
            calls: @escaping @Sendable (String, ClosedRange<Int>) throws -> [StoredRecord],
            ledger: @escaping @Sendable () -> LedgerSnapshot,
            ledgerThen: @escaping @Sendable (Int) throws -> LedgerSnapshot,
            clockOffset: @escaping @Sendable (String) -> Int?, trust: @escaping @Sendable () -> TrustSnapshot,
            signer: @escaping @Sendable () -> StatementSigner?
        ) {
            (self.calls, self.ledger, self.ledgerThen) = (calls, ledger, ledgerThen)
            (self.clockOffset, self.trust, self.signer) = (clockOffset, trust, signer)
        }
    }

    let store: ExchangeStore
    let sources: Sources
    /// Where it is kept who asked whose customer a caller is.
    let data: String

    /// Questions of one peer in an hour, of which more are refused.
    package static let questionsPerHour = 1_000
    /// Questions of one peer in an hour, of which more are not kept, and so not answered either.
    package static let mostQuestionsPerHour = 2 * questionsPerHour
    /// What a clock that was not measured may be off by, beside what the question allows. In milliseconds.
    static let clockAllowance = 5_000

    package init(store: ExchangeStore, data: String, sources: Sources) {
        (self.store, self.data, self.sources) = (store, data, sources)
    }

    /// Does what there is to do. What fails keeps nothing else from being done, and is tried again by the next step.
    ///
    /// - Returns: the peers for which something waits now.
    /// - Throws: the first failure of a step that has nothing to return. One that lasts comes to that.
    package func step(at now: Int) async throws -> Set<String> {
        guard let signer = sources.signer() else { return [] }
        var peers: Set<String> = [], failure: (any Error)?
        for trace in try store.traces(in: .new) {
            do { if let peer = try await begin(trace, signer, at: now) { peers.insert(peer) } } catch {
                failure = failure ?? error
            }
        }
        for question in try store.openQuestions() {
            do { peers.formUnion(try await answer(question, signer, at: now)) } catch { failure = failure ?? error }
        }
        for trace in try store.traces(in: .asked) {
            do { try follow(trace, at: now) } catch { failure = failure ?? error }
        }
        if peers.isEmpty, let failure { throw failure }
        return peers
    }
}

// Our own traces.
extension Tracing {
    private func begin(_ trace: Trace, _ signer: StatementSigner, at now: Int) async throws -> String? {
        let found = try ours(trace)
        guard found.count == 1, let call = found.first else {
            try store.end(trace.id, Self.finding(found), at: now)
            return nil
        }
        var then = PastLedgers(sources)
        guard let trunk = try then.trunk(of: call) else {
            try store.end(trace.id, "record \(call.record): the call came by no trunk of the ledger", at: now)
            return nil
        }
        guard trunk.isFromOtherCarrier, let peer = trunk.peer, let circuit = trunk.circuit else {
            let who = trunk.customer.map { "customer \($0)" } ?? trunk.peer ?? "nobody in the ledger"
            let how = trunk.isFromOtherCarrier ? "its trunk has no circuit by which its peer could be asked" : "ours"
            try store.end(trace.id, "record \(call.record): it came by \(trunk.name), of \(who): \(how)", at: now)
            return nil
        }
        let key = try SigningKey.generate()
        let question = TraceQuestion(
            trace: trace.id, to: peer, circuit: circuit, called: trace.called, cli: call.cli, at: call.at,
            window: Self.clockAllowance, token: call.tokens.first, isUrgent: trace.isUrgent, hops: 0, why: trace.why,
            incident: trace.incident, key: Disclosure.base64URL(try key.verifyingKey.point))
        let signed = try await signer.sign(question.statement(by: signer.carrier, at: now))
        try store.asked(
            trace.id, signed, key: String(decoding: try key.pem(), as: UTF8.self), to: peer,
            record: call.record.description, at: now)
        return peer
    }

    /// The call as we let it in: found by whom it was to and when, never by the number it showed alone.
    private func ours(_ trace: Trace) throws -> [TracedCall] {
        let calls = try sources.calls(trace.called, Self.window(trace.at, trace.span)).filter { $0.kind != "expired" }
            .map(TracedCall.init).distinct()
        if let record = trace.record { return calls.filter { $0.record.description == record } }
        let over = trace.trunk.map { trunk in calls.filter { $0.trunk == trunk } } ?? calls
        return over.narrowed(token: nil, cli: trace.cli)
    }

    private static func finding(_ calls: [TracedCall]) -> String {
        guard !calls.isEmpty else { return "no call to that number in that time is in the records" }
        let list = calls.prefix(20).map { call in
            "\(call.record) from \(call.cli ?? "nobody") by \(call.trunk ?? "no trunk") at \(call.at)"
        }
        return "\(calls.count) calls could be meant; begin again with --record: \(list.joined(separator: "; "))"
    }

    /// Whether the last carrier has answered, or its time is over, which begins when it was named.
    private func follow(_ trace: Trace, at now: Int) throws {
        guard let question = trace.question else { return }
        let answers = try store.answers(to: trace.id)
        let chain: TraceChain
        do throws(TraceFault) {
            chain = try TraceChain(question: question, answers: answers, trust: sources.trust())
        } catch {
            // What was believed when it came may not hold any more: an operator has to look.
            if now >= trace.deadline(ofNamedAt: answers.compactMap(\.received).max() ?? trace.started) {
                try store.end(trace.id, "what was answered does not hold: \(error)", at: now)
            }
            return
        }
        if let finding = chain.finding {
            try store.end(trace.id, finding, at: now)
        } else if case .silent(let carrier) = chain.end,
            now >= trace.deadline(ofNamedAt: chain.hops.last?.received ?? chain.askedAt)
        {
            try store.end(trace.id, "non-cooperative: \(carrier) has not answered", at: now)
        }
    }

    static func window(_ time: Int, _ span: Int) -> ClosedRange<Int> {
        let time = min(max(time, 0), 253_402_300_799_999), span = min(max(span, 0), 86_400_000)
        return max(0, time - span)...time + span
    }
}
