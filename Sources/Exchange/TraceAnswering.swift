internal import Jansson
internal import Ledger
internal import LibCrypto
internal import PASSporT
internal import Records
internal import Statements

/// Others' traces: answers by our records and the ledger of that time, and who is asked next.
extension Tracing {
    /// - Returns: the peers for which something waits now.
    func answer(_ open: OpenQuestion, _ signer: StatementSigner, at now: Int) async throws -> [String] {
        // Whoever takes no answers has nobody look anything up.
        guard try store.hasRoom(for: open.peer) else { return [] }
        // It was believed when it came.
        guard
            let verified = try? VerifiedStatement(
                open.statement, as: .traceQuestion, trust: sources.trust(), at: open.received),
            let question = TraceQuestion(verified), verified.carrier == open.peer
        else {
            try store.drop(open)
            return []
        }
        let reply = try reply(to: question, open, signer.carrier, at: now)
        var onward: (peer: String, question: SignedStatement)?
        if let next = reply.next {
            onward = (next.to, try await signer.sign(next.statement(by: signer.carrier, at: now)))
        }
        let signed = try await signer.sign(reply.answer.statement(by: signer.carrier, at: now))
        // That somebody is told is kept first, and once: all that may fail has been done.
        if let inquiry = reply.inquiry { try Inquiries(folder: data).add(inquiry) }
        try store.answered(open, signed, asking: onward, at: now)
        return [open.peer] + (onward.map { [$0.peer] } ?? [])
    }

    private func reply(
        to question: TraceQuestion, _ open: OpenQuestion, _ own: String, at now: Int
    ) throws -> Reply {
        func refused(_ reason: String) -> Reply { Reply(refusing: question, of: open.peer, reason) }
        guard question.to == own else { return refused("it is for another carrier") }
        guard question.hops < TraceQuestion.mostHops else { return refused("too many carriers have been asked") }
        guard try !store.isRing(question.trace, from: open.peer, circuit: question.circuit, besides: open.digest) else {
            return refused("the trace has come by this circuit before")
        }
        guard try store.questions(of: open.peer, since: now - 3_600) <= Self.questionsPerHour else {
            return refused("too many questions in an hour")
        }
        guard let requester = requester(of: question, open) else {
            return refused("it does not say for whom it asks and why, with a key to seal for")
        }
        let circuit = Circuit(peer: open.peer, name: question.circuit)
        return try reply(to: question, for: requester, by: circuit, at: now)
            ?? refused("there is no such circuit between us")
    }

    /// Nil if there is no such circuit, and was none when calls to that number went out.
    private func reply(
        to question: TraceQuestion, for requester: Requester, by circuit: Circuit, at now: Int
    ) throws -> Reply? {
        let asker = circuit.peer, offset = sources.clockOffset(asker)
        let (time, _) = question.at.subtractingReportingOverflow(offset ?? 0)
        let span = question.window + (offset == nil ? 35_000 : Self.clockAllowance)
        let all = try sources.calls(question.called, Self.window(time, span)).filter { $0.kind != "expired" }
            .map(TracedCall.init)
        var then = PastLedgers(sources)
        let certain = try all.filter { call in try call.egress.map { try then.left(call, by: $0, circuit) } ?? false }
        if certain.isEmpty, sources.ledger().trunks(to: asker, circuit: circuit.name).isEmpty { return nil }
        // A switch that does not say by which trunk its calls leave.
        let calls = (certain.isEmpty ? all.filter { $0.egress == nil } : certain).distinct()
            .narrowed(token: question.token, cli: question.cli)
        guard let call = calls.first else { return Reply(TraceAnswer(question, asker: asker, .notFound)) }
        guard calls.count == 1 else {
            var answer = TraceAnswer(question, asker: asker, .ambiguous)
            answer.candidates = calls.count
            return Reply(answer)
        }
        var answer = TraceAnswer(question, asker: asker, .notFound, reason: "it came by no trunk of the ledger")
        (answer.at, answer.cli, answer.called) = (call.at, call.cli, call.called)
        (answer.rawCLI, answer.decision) = (call.rawCLI, call.decision)
        (answer.attest, answer.token, answer.clockOffset) = (call.attest, call.tokens.first, offset)
        guard let trunk = try then.trunk(of: call) else { return Reply(answer) }
        answer.reason = nil
        switch trunk.trunkClass {
        case .enterprise, .access:
            let customer = try trunk.customer.flatMap { try then.ledger(of: call).customer($0) }
            return try originated(answer, call, trunk, customer, question, requester, at: now)
        case .international:
            (answer.outcome, answer.from, answer.fromCircuit) = (.foreignGateway, trunk.peer, trunk.circuit)
            return Reply(answer)
        case .interconnect:
            guard let peer = trunk.peer, let circuit = trunk.circuit else {
                answer.reason = "the trunk it came by has no circuit"
                return Reply(answer)
            }
            (answer.outcome, answer.from, answer.fromCircuit) = (.handedOver, peer, circuit)
            let next = TraceQuestion(
                trace: question.trace, to: peer, circuit: circuit, called: call.called ?? question.called,
                cli: call.cli,
                at: call.at, window: Self.clockAllowance, token: call.tokens.first, isUrgent: question.isUrgent,
                hops: question.hops + 1, why: question.why, requester: requester.statement.text)
            return Reply(answer, next: next)
        }
    }
}

/// What a question comes to.
private struct Reply {
    let answer: TraceAnswer
    let next: TraceQuestion?
    /// To be kept before the answer is given.
    let inquiry: Inquiry?

    init(_ answer: TraceAnswer, next: TraceQuestion? = nil, inquiry: Inquiry? = nil) {
        (self.answer, self.next, self.inquiry) = (answer, next, inquiry)
    }

    init(refusing question: TraceQuestion, of asker: String, _ reason: String) {
        self.init(TraceAnswer(question, asker: asker, .refused, reason: reason))
    }
}

/// For whom a question is asked in the end, by his own word.
private struct Requester {
    let carrier: String
    let point: [UInt8]
    let why: String
    let statement: SignedStatement
}

extension Tracing {
    private func requester(of question: TraceQuestion, _ open: OpenQuestion) -> Requester? {
        let statement = question.requester.map { SignedStatement(unverified: $0) } ?? open.statement
        guard
            statement.text.utf8.count <= TraceQuestion.longestRequester,
            let verified = try? VerifiedStatement(
                statement, as: .traceQuestion, trust: sources.trust(), at: open.received),
            let own = TraceQuestion(verified), own.trace == question.trace, own.requester == nil,
            let point = own.key.flatMap({ Base64URL.decode(Array($0.utf8).span) }),
            // What cannot be sealed for him must be refused now, since it would be tried for ever.
            (try? VerifyingKey(point: point)) != nil, Self.isOfOneTime(question, own),
            own.why.contains(where: { !$0.isWhitespace })
        else { return nil }
        return Requester(carrier: verified.carrier, point: point, why: own.why, statement: statement)
    }

    /// His question is for the call that he asks about, and not for any that the same carriers may be asked about. Clocks add
    /// up on the way.
    private static func isOfOneTime(_ question: TraceQuestion, _ own: TraceQuestion) -> Bool {
        abs(question.at - own.at) <= 600_000
    }

    /// Whose call it was is told to the requester alone; and that he was told is kept first.
    private func originated(
        _ answer: TraceAnswer, _ call: TracedCall, _ trunk: Trunk, _ customer: Customer?, _ question: TraceQuestion,
        _ requester: Requester, at now: Int
    ) throws -> Reply {
        var random = RandomBytes()
        var text = JSONText()
        text.raw(#"{"salt":"#)
        text.string(Disclosure.base64URL(random.bytes(16)))
        text.claim("trunk", trunk.name)
        text.claim("class", trunk.trunkClass.rawValue)
        text.claim("customer", trunk.customer)
        text.claim("name", customer?.name)
        text.claim("entity", customer?.entity)
        text.claim("contract", trunk.contract)
        text.claim("grant", call.grant)
        text.claim("record", call.record.description)
        text.raw("}")
        let disclosure = Disclosure(text: String(decoding: text.bytes, as: UTF8.self))
        var inquiry = try Inquiry(
            at: now, by: "carrier \(requester.carrier)", why: "trace \(question.trace): \(requester.why)",
            origid: call.origid ?? question.trace)
        inquiry.found = [call.record]
        var reply = answer
        (reply.outcome, reply.origid, reply.customerDigest) = (.originated, call.origid, disclosure.digest)
        reply.customer = try disclosure.sealed(for: requester.point)
        return Reply(reply, inquiry: inquiry)
    }
}
