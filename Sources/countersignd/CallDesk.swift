internal import Certificates
internal import Ledger
internal import NIOCore
internal import NumberPlan
internal import Originating
internal import PASSporT
internal import Records
internal import Terminating
internal import TrunkProtocol

/// Answers the requests of one event loop: the only place that knows both the protocol and the services.
///
/// A request that needs no waiting is decided where it was read. Its record joins those of its read batch; they go to
/// the writer together, and when they are durable the answers leave together.
final class CallDesk {
    /// Decided, and waiting for its record to be durable. A class, since it is handed on and a record has many parts.
    private final class Decided {
        let request: String
        let decision: Decision
        let record: Record
        let reply: PendingReply

        init(request: String, decision: Decision, record: Record, reply: PendingReply) {
            self.request = request
            self.decision = decision
            self.record = record
            self.reply = reply
        }
    }

    private enum Decision {
        case sign(AuthenticationService.Decision)
        case verify(Verdict)

        func reply(record: String) -> SwitchReply {
            switch self {
            case .sign(let decision): SwitchReply(decision)
            case .verify(let verdict): SwitchReply(verdict, record: record)
            }
        }
    }

    private let eventLoop: any EventLoop
    private let services: Services
    private let authentication: AuthenticationService?
    private let trunks: [String: String]
    private var decided: [Decided] = []
    private var lines: [UInt8] = []

    init(eventLoop: any EventLoop, services: Services) throws {
        self.eventLoop = eventLoop
        self.services = services
        authentication = try services.makeAuthentication()
        trunks = services.defaultTrunks
    }

    /// A call to emergency numbers, and to nobody else, is decided however busy the daemon is.
    func isUrgent(_ request: SwitchRequest) -> Bool {
        let dest: [String] =
            switch request {
            case .sign(let request): request.dest
            case .verify(let request): request.dest
            case .ping: []
            }
        return !dest.isEmpty
            && dest.allSatisfy { callee in
                DialPlan.isEmergency(uri: callee)
                    || (try? services.plan.number(from: callee)).map(services.plan.isEmergency) == true
            }
    }

    func respond(to request: SwitchRequest, from peer: SwitchPeer, _ reply: PendingReply) {
        switch request {
        case .ping: reply.complete(with: .pong)
        case .sign(let request): sign(request, peer, reply)
        case .verify(let request): verify(request, peer, reply)
        }
    }
}

extension CallDesk {
    private func sign(_ request: SignRequest, _ peer: SwitchPeer, _ reply: PendingReply) {
        guard let authentication else { return refuse(reply, .noUsableKey) }
        var ceiling: Attestation?
        if let attest = request.attest {
            guard let level = Attestation(rawValue: attest) else {
                return refuse(reply, .invalidParams(field: "attest"))
            }
            ceiling = level
        }
        let call = OriginatingCall(
            orig: request.orig, dest: request.dest, trunk: request.trunk ?? trunks[peer.listener],
            attestationCeiling: ceiling, originID: request.origid, issuedAt: request.iat, date: request.date,
            callID: request.call)
        let ledger = services.ledger.snapshot, milliseconds = services.milliseconds()
        let decision = authentication.decide(call, ledger: ledger, at: milliseconds / 1_000)
        let record = evidence(ledger, peer, milliseconds)
            .record(of: request, call, decision, certificateID: authentication.certificateID)
        var isUrgent = false
        if case .emergency = decision { isUrgent = true }
        settle(Decided(request: "sign", decision: .sign(decision), record: record, reply: reply), isUrgent: isUrgent)
    }

    private func verify(_ request: VerifyRequest, _ peer: SwitchPeer, _ reply: PendingReply) {
        guard let verification = services.verification else { return refuse(reply, .methodNotFound) }
        let call = TerminatingCall(
            identities: request.identity, orig: request.orig, dest: request.dest,
            trunk: request.trunk ?? trunks[peer.listener], callID: request.call)
        let ledger = services.ledger.snapshot, milliseconds = services.milliseconds()
        let judgement = verification.judge(call, ledger: ledger, at: milliseconds / 1_000, mayWait: true)
        guard case .decided(let verdict) = judgement else {
            if case .waiting(let urls) = judgement { fetch(urls, then: request, call, peer, reply) }
            return
        }
        settle(verdict, request, call, evidence(ledger, peer, milliseconds), ledger, reply)
    }

    /// The certificate is not here. The call waits for it, but not past its time: then it is judged without, and the
    /// fetch goes on for the calls to come.
    private func fetch(
        _ urls: [CertificateURL], then request: VerifyRequest, _ call: TerminatingCall, _ peer: SwitchPeer,
        _ reply: PendingReply
    ) {
        let waiting = NIOLoopBound(
            WaitingCall(request: request, call: call, peer: peer, reply: reply), eventLoop: eventLoop)
        let desk = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.assumeIsolated().scheduleTask(deadline: reply.arrival + services.longestFetch) {
            desk.value.judgeWithWhatIsHere(waiting.value)
        }
        let eventLoop = eventLoop, services = services
        Task {
            for url in urls { await services.load(url) }
            eventLoop.execute { desk.value.judgeWithWhatIsHere(waiting.value) }
        }
    }

    private func judgeWithWhatIsHere(_ waiting: WaitingCall) {
        guard let reply = waiting.takeReply(), let verification = services.verification else { return }
        let ledger = services.ledger.snapshot, milliseconds = services.milliseconds()
        let judgement = verification.judge(waiting.call, ledger: ledger, at: milliseconds / 1_000, mayWait: false)
        guard case .decided(let verdict) = judgement else { return refuse(reply, .internalError) }
        let evidence = evidence(ledger, waiting.peer, milliseconds)
        settle(verdict, waiting.request, waiting.call, evidence, ledger, reply)
        readBatchEnded()
    }

    private func settle(
        _ verdict: Verdict, _ request: VerifyRequest, _ call: TerminatingCall, _ evidence: Evidence,
        _ ledger: LedgerSnapshot, _ reply: PendingReply
    ) {
        let peer = call.trunk.flatMap { ledger.trunk($0)?.peer }
        let record = evidence.record(of: request, call, verdict, peer: peer)
        let decided = Decided(request: "verify", decision: .verify(verdict), record: record, reply: reply)
        settle(decided, isUrgent: verdict.finding == .emergency)
    }

    private func evidence(_ ledger: LedgerSnapshot, _ peer: SwitchPeer, _ milliseconds: Int) -> Evidence {
        Evidence(
            ledger: ledger, plan: services.plan, listener: peer.listener, source: peer.address,
            milliseconds: milliseconds, mode: services.verification?.settings.mode)
    }

    private func refuse(_ reply: PendingReply, _ error: RPCError) { reply.complete(with: .error(error)) }
}

/// A call whose certificate is being fetched. Whoever comes first, the fetch or the deadline, takes its reply.
private final class WaitingCall {
    let request: VerifyRequest
    let call: TerminatingCall
    let peer: SwitchPeer
    private var reply: PendingReply?

    init(request: VerifyRequest, call: TerminatingCall, peer: SwitchPeer, reply: PendingReply) {
        self.request = request
        self.call = call
        self.peer = peer
        self.reply = reply
    }

    func takeReply() -> PendingReply? {
        defer { reply = nil }
        return reply
    }
}

extension CallDesk {
    private func settle(_ decided: Decided, isUrgent: Bool) {
        guard isUrgent else { return self.decided.append(decided) }
        // An emergency call waits for nothing, not even for the disk; its record follows.
        // It carries no record id, since an id means that a record is there.
        services.records.append([decided.record]) { [services] in services.note($0) }
        answer(decided, record: "")
    }

    /// Hands the records of a read batch to the writer; the answers leave when it says that they are durable.
    func readBatchEnded() {
        guard !decided.isEmpty else { return flushLog() }
        let batch = NIOLoopBound(decided, eventLoop: eventLoop)
        decided = []
        let desk = NIOLoopBound(self, eventLoop: eventLoop)
        services.records.append(batch.value.map(\.record)) { [eventLoop, services] outcome in
            services.note(outcome)
            eventLoop.execute { desk.value.answer(batch.value, outcome) }
        }
    }

    private func answer(_ batch: [Decided], _ outcome: Result<[RecordID], RecordsError>) {
        switch outcome {
        case .success(let ids):
            for (decided, id) in zip(batch, ids) where !answer(decided, record: id.description) {
                services.records.append([.expired(id, atMilliseconds: services.milliseconds())]) { [services] in
                    services.note($0)
                }
            }
        case .failure:
            // What cannot be proved later is not said now.
            for decided in batch { refuse(decided.reply, .internalError) }
        }
        flushLog()
    }

    @discardableResult
    private func answer(_ decided: Decided, record: String) -> Bool {
        let isSent = decided.reply.complete(with: decided.decision.reply(record: record))
        services.writeLine(for: decided.record, decided.request, record, decided.reply.arrival, isSent, to: &lines)
        return isSent
    }

    private func flushLog() { services.log?.append(&lines) }
}
