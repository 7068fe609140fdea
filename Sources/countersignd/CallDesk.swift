internal import Certificates
internal import Ledger
internal import LibCrypto
internal import NIOCore
internal import NumberPlan
internal import Originating
internal import PASSporT
internal import Policy
internal import Records
internal import Roaming
internal import Terminating
internal import TrunkProtocol

/// Answers the requests of one event loop: the only place that knows both the protocol and the services.
///
/// A request that needs no waiting is decided where it was read. Its record joins those of its read batch; they go to
/// the writer together, and when they are durable the answers leave together.
final class CallDesk {
    /// What has been decided and waits for its records to be durable: only text, whatever it was made from.
    private final class Batch {
        let answers = DraftedAnswers()
        var log = RequestLines()
        /// What other carriers are to be given of these calls.
        var handovers: [Handover] = []
        /// What peers are to be told of these calls.
        var blocks: [PeerBlock] = []
    }

    private let eventLoop: any EventLoop
    private let services: Services
    private var authentication: AuthenticationService?
    private var batch = Batch()
    /// Of what is in `batch`, in its order.
    private var records = RecordText()
    private var spareBatches: [Batch] = []
    private var logLines: [UInt8] = []
    private var logIsScheduled = false

    init(eventLoop: any EventLoop, services: Services) throws {
        self.eventLoop = eventLoop
        self.services = services
        authentication = try services.makeAuthentication(with: services.credential)
    }

    /// From the next call on. What was signed before has left the credential behind.
    func sign(with credential: Credential?) throws {
        authentication = try services.makeAuthentication(with: credential)
    }

    /// A call to emergency numbers, and to nobody else, is decided however busy the daemon is.
    func isUrgent(_ request: SwitchRequest) -> Bool {
        let dest: [String] =
            switch request {
            case .sign(let request): request.dest
            case .verify(let request): request.dest
            case .ping: []
            }
        return isEmergency(dest)
    }

    private func isEmergency(_ dest: [String]) -> Bool {
        guard !dest.isEmpty else { return false }
        let plan = services.numbering.plan
        return dest.allSatisfy { callee in
            DialPlan.isEmergency(uri: callee) || (try? plan.number(from: callee)).map(plan.isEmergency) == true
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
        var ceiling: Attestation?
        if let attest = request.attest {
            guard let level = Attestation(rawValue: attest) else {
                return refuse(reply, .invalidParams(field: "attest"))
            }
            ceiling = level
        }
        let call = OriginatingCall(
            orig: request.orig, dest: request.dest, trunk: request.trunk ?? peer.trunk,
            attestationCeiling: ceiling, originID: request.origid, issuedAt: request.iat, date: request.date,
            callID: request.call, isRestricted: request.isRestricted)
        sign(request, call, evidence(peer), reply)
    }

    private func sign(_ request: SignRequest, _ call: OriginatingCall, _ evidence: Evidence, _ reply: PendingReply) {
        guard isKnown(request.egress, to: evidence, dest: call.dest) else {
            return refuse(reply, .invalidParams(field: "egress"))
        }
        let ruling = evidence.rules.ruling(
            on: call, signer: authentication?.tnAuthList, roaming: evidence.roaming?.answer)
        if case .asksRoaming(let number) = ruling {
            return askRoaming(number, evidence, reply) { desk, evidence, reply in
                desk.sign(request, call, evidence, reply)
            }
        }
        guard let authentication else {
            let decision = AuthenticationService.decideWithoutCredential(ruling)
            return settle(decision, request, call, ruling.right, evidence, by: nil, reply)
        }
        switch authentication.decide(call, ruling, at: evidence.rules.now) {
        case .decided(let decision):
            settle(decision, request, call, ruling.right, evidence, by: authentication, reply)
        case .unsigned(let unsigned):
            haveSigned(
                WaitingSignature(
                    unsigned, by: authentication, for: request, call, ruling.right, evidence: evidence, reply: reply))
        }
    }

    private func settle(
        _ decision: AuthenticationService.Decision, _ request: SignRequest, _ call: OriginatingCall,
        _ right: SigningRight?, _ evidence: Evidence, by authentication: AuthenticationService?,
        _ reply: PendingReply
    ) {
        services.count(decision, call, evidence)
        var record = Record(.signed, atMilliseconds: evidence.milliseconds)
        evidence.fill(&record, of: request, call, right, decision, by: authentication)
        let answer = SwitchReply(decision)
        if case .emergency = decision {
            settleAtOnce(answer, "sign", record, reply)
        } else {
            if case .signed(let signed) = decision {
                handOver(signed.identity, of: signed.passport, request.call, by: request.egress, evidence)
            }
            settle(answer, "sign", record, reply)
        }
        if case .refused(let refusal) = decision, refusal.rule == .unallocated {
            services.noteUnallocated(try? evidence.plan.number(from: call.orig), evidence)
        }
    }

    /// The key is in a token, for which this loop does not wait; nor does the call, past its time.
    private func haveSigned(_ waiting: WaitingSignature) {
        let deadline = waiting.arrival + services.longestFetch
        let bound = NIOLoopBound(waiting, eventLoop: eventLoop), desk = NIOLoopBound(self, eventLoop: eventLoop)
        let isTaken = waiting.authentication.tokenSigners?.sign(
            waiting.unsigned.signingInput, while: { NIODeadline.now() < deadline },
            done: { [eventLoop] signature in eventLoop.execute { desk.value.finish(bound.value, signature) } })
        guard isTaken == true else {
            waiting.takeReply().map { refuse($0, .busy) }
            return
        }
        eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { desk.value.giveUp(bound.value) }
    }

    private func giveUp(_ waiting: WaitingSignature) {
        guard waiting.isOpen else { return }
        waiting.authentication.tokenSigners?.noteOverdue()
        finish(waiting, .failure(.notAwaited))
    }

    private func finish(_ waiting: WaitingSignature, _ signature: Result<ES256Signature, TokenFault>) {
        guard let reply = waiting.takeReply() else { return }
        let authentication = waiting.authentication
        let decision = authentication.finish(
            waiting.unsigned, with: signature, at: services.milliseconds() / 1_000)
        settle(
            decision, waiting.request, waiting.call, waiting.right, waiting.evidence, by: authentication, reply)
        readBatchEnded()
    }

    private func verify(_ request: VerifyRequest, _ peer: SwitchPeer, _ reply: PendingReply) {
        guard services.verification != nil else { return refuse(reply, .methodNotFound) }
        let call = TerminatingCall(
            identities: request.identity, orig: request.orig, dest: request.dest,
            trunk: request.trunk ?? peer.trunk, callID: request.call, isRestricted: request.isRestricted)
        let evidence = evidence(peer)
        guard isKnown(request.egress, to: evidence, dest: call.dest) else {
            return refuse(reply, .invalidParams(field: "egress"))
        }
        guard let awaited = awaited(by: call, evidence) else {
            return verify(request, call, peer, evidence, reply, mayWait: true)
        }
        verify(request, call, awaited, peer, evidence, reply)
    }

    /// A call over a trunk that cannot carry its token: another carrier hands that over.
    private func verify(
        _ request: VerifyRequest, _ call: TerminatingCall, _ awaited: Assertion.Call, _ peer: SwitchPeer,
        _ evidence: Evidence, _ reply: PendingReply
    ) {
        guard let inbox = services.link?.inbox(of: awaited.peer) else { return refuse(reply, .internalError) }
        if let identity = inbox.take(awaited, callID: call.callID, at: evidence.rules.now) {
            return verify(request, call.with(identity, from: awaited.peer), peer, evidence, reply, mayWait: true)
        }
        let numbers = CalledAndCalling(call, evidence.plan)
        switch evidence.rules.ruling(on: call, numbers, roaming: evidence.roaming?.answer) {
        // What no token could save does not wait for one.
        case .decided: return verify(request, call, peer, evidence, reply, mayWait: true)
        case .asksRoaming(let number):
            return askRoaming(number, evidence, reply) { desk, evidence, reply in
                desk.verify(request, call, awaited, peer, evidence, reply)
            }
        case .open: break
        }
        let waiting = NIOLoopBound(
            WaitingCall(request, call, from: peer, roaming: evidence.roaming, reply), eventLoop: eventLoop)
        let desk = NIOLoopBound(self, eventLoop: eventLoop), eventLoop = eventLoop, sender = awaited.peer
        let place = inbox.wait(for: awaited, callID: call.callID, at: evidence.rules.now) { identity in
            eventLoop.execute { desk.value.judge(waiting.value, handedOver: identity, by: sender) }
        }
        eventLoop.assumeIsolated().scheduleTask(deadline: reply.arrival + services.longestFetch) {
            if let place { inbox.giveUp(place, for: awaited) }
            desk.value.judge(waiting.value, handedOver: nil, by: sender)
        }
    }

    private func judge(_ waiting: WaitingCall, handedOver identity: String?, by sender: String) {
        guard let reply = waiting.takeReply() else { return }
        let call = identity.map { waiting.call.with($0, from: sender) } ?? waiting.call
        var evidence = evidence(waiting.peer)
        evidence.roaming = waiting.roaming
        evidence.lacksAssertion = identity == nil
        verify(waiting.request, call, waiting.peer, evidence, reply, mayWait: identity != nil)
        readBatchEnded()
    }

    /// What is to match the call's assertion; nil where the call brings its token itself, or waits for nothing.
    private func awaited(by call: TerminatingCall, _ evidence: Evidence) -> Assertion.Call? {
        guard services.link != nil, call.identities.isEmpty,
            let trunk = call.trunk.flatMap({ evidence.ledger.trunk($0) }), trunk.hasHandover, let peer = trunk.peer,
            let circuit = trunk.circuit, let orig = try? evidence.plan.number(from: call.orig)
        else { return nil }
        let callees = call.dest.compactMap { try? evidence.plan.number(from: $0).digits }
        return callees.min().map { Assertion.Call(peer: peer, circuit: circuit, orig: orig.digits, dest: $0) }
    }

    /// Nothing holds up a call to emergency numbers.
    private func isKnown(_ egress: String?, to evidence: Evidence, dest: [String]) -> Bool {
        guard let egress, evidence.ledger.trunk(egress) == nil else { return true }
        return isEmergency(dest)
    }

    private func verify(
        _ request: VerifyRequest, _ call: TerminatingCall, _ peer: SwitchPeer, _ evidence: Evidence,
        _ reply: PendingReply, mayWait: Bool
    ) {
        let judgement = services.verification?.judge(
            call, by: evidence.rules, roaming: evidence.roaming?.answer, mayWait: mayWait)
        switch judgement {
        case .decided(let verdict): settle(verdict, request, call, evidence, reply)
        case .waiting(_, let number?):
            askRoaming(number, evidence, reply) { desk, evidence, reply in
                desk.verify(request, call, peer, evidence, reply, mayWait: true)
            }
        case .waiting(let urls, nil):
            fetch(urls, then: WaitingCall(request, call, from: peer, roaming: evidence.roaming, reply))
        case nil: refuse(reply, .internalError)
        }
    }

    /// The certificate is not here. The call waits for it, but not past its time: then it is judged without, and the
    /// fetch goes on for the calls to come.
    private func fetch(_ urls: [CertificateURL], then call: WaitingCall) {
        let waiting = NIOLoopBound(call, eventLoop: eventLoop), desk = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.assumeIsolated().scheduleTask(deadline: call.arrival + services.longestFetch) {
            desk.value.judgeWithWhatIsHere(waiting.value)
        }
        let eventLoop = eventLoop, services = services
        Task {
            for url in urls { await services.load(url) }
            eventLoop.execute { desk.value.judgeWithWhatIsHere(waiting.value) }
        }
    }

    private func judgeWithWhatIsHere(_ waiting: WaitingCall) {
        guard let reply = waiting.takeReply() else { return }
        var evidence = evidence(waiting.peer)
        evidence.roaming = waiting.roaming
        verify(waiting.request, waiting.call, waiting.peer, evidence, reply, mayWait: false)
        readBatchEnded()
    }

    /// Somebody else knows where the number's subscriber is. The call waits for that answer, but not past its time.
    private func askRoaming(
        _ number: TelephoneNumber, _ evidence: Evidence, _ reply: PendingReply,
        then proceed: @escaping (CallDesk, Evidence, PendingReply) -> Void
    ) {
        var evidence = evidence
        if let known = services.roaming.known(number, at: evidence.rules.now) {
            evidence.roaming = known
            return proceed(self, evidence, reply)
        }
        let waiting = NIOLoopBound((proceed, evidence, reply), eventLoop: eventLoop)
        let desk = NIOLoopBound(self, eventLoop: eventLoop)
        services.roaming.ask(
            number, at: evidence.rules.now, by: reply.arrival + services.longestFetch, on: eventLoop
        ) { finding in
            var (proceed, evidence, reply) = waiting.value
            evidence.roaming = finding
            proceed(desk.value, evidence, reply)
            desk.value.readBatchEnded()
        }
    }

    private func settle(
        _ verdict: Verdict, _ request: VerifyRequest, _ call: TerminatingCall, _ evidence: Evidence,
        _ reply: PendingReply
    ) {
        services.count(verdict, call, evidence)
        var record = Record(.verified, atMilliseconds: evidence.milliseconds)
        evidence.fill(&record, of: request, call, verdict)
        let label = CallLabel(verdict, evidence.plan)
        if case .emergency = verdict.finding {
            // It carries no record id, since an id means that a record is there.
            settleAtOnce(SwitchReply(verdict, label: label, record: ""), "verify", record, reply)
        } else {
            let identity = call.identity(of: verdict)
            if verdict.action == .block {
                noteBlock(record, identity, evidence)
            } else if let identity, let passport = verdict.passport {
                handOver(identity, of: passport, request.call, by: request.egress, evidence)
            }
            settle(SwitchReply(verdict, label: label, record: nil), "verify", record, reply)
        }
        if verdict.rule == .unallocated { services.noteUnallocated(verdict.numbers.caller, evidence) }
    }

    /// The call goes on by a trunk that cannot carry its token: then that goes ahead of it.
    private func handOver(
        _ identity: String, of passport: Passport, _ callID: String?, by egress: String?, _ evidence: Evidence
    ) {
        guard services.link != nil, let trunk = egress.flatMap({ evidence.ledger.trunk($0) }),
            let handover = Handover(identity, of: passport, callID: callID, by: trunk)
        else { return }
        batch.handovers.append(handover)
    }

    /// Whoever sent the call is told that it was blocked. Called before the call's answer is in the batch.
    private func noteBlock(_ record: Record, _ identity: String?, _ evidence: Evidence) {
        guard services.link != nil,
            let block = PeerBlock(record, identity: identity, at: batch.answers.count, evidence.ledger)
        else { return }
        batch.blocks.append(block)
    }

    /// What is in force now, and a call works on to its end.
    private func evidence(_ peer: SwitchPeer) -> Evidence {
        let milliseconds = services.milliseconds()
        return Evidence(
            rules: RulesInForce(
                plan: services.numbering.plan, ledger: services.ledger.snapshot, shared: services.shared.current,
                whenRoamingUnknown: services.roaming.settings.whenUnknown, at: milliseconds / 1_000),
            listener: peer.listener, source: peer.address, milliseconds: milliseconds,
            mode: services.verification?.settings.mode)
    }

    private func refuse(_ reply: PendingReply, _ error: RPCError) { reply.complete(with: .error(error)) }
}

extension CallDesk {
    private func settle(
        _ answer: SwitchReply, _ request: String, _ record: borrowing Record, _ reply: PendingReply
    ) {
        records.append(record)
        batch.answers.add(answer, to: reply)
        if services.log != nil { batch.log.begin(request, record) }
    }

    /// An emergency call waits for nothing, not even for the disk; its record follows.
    private func settleAtOnce(
        _ answer: SwitchReply, _ request: String, _ record: Record, _ reply: PendingReply
    ) {
        let isSent = reply.complete(with: answer)
        services.records.append(RecordLines([record])) { [services] outcome in
            services.note(outcome)
            if !isSent, case .success(let ids) = outcome { services.noteExpired(ids[0]) }
        }
        guard services.log != nil else { return }
        var line = RequestLines()
        line.begin(request, record)
        line.end(0, record: "", took: NIODeadline.now() - reply.arrival, isSent: isSent, to: &logLines)
        flushLogSoon()
    }

    /// Hands the records of a read batch to the writer; the answers leave when it says that they are durable.
    func readBatchEnded() {
        guard batch.answers.count > 0 else { return }
        let waiting = NIOLoopBound(batch, eventLoop: eventLoop), desk = NIOLoopBound(self, eventLoop: eventLoop)
        batch = spareBatches.popLast() ?? Batch()
        services.records.append(records.takeLines()) { [eventLoop, services] outcome in
            services.note(outcome)
            eventLoop.execute { desk.value.send(waiting.value, outcome) }
        }
    }

    private func send(_ batch: Batch, _ outcome: Result<RecordIDs, RecordsError>) {
        let now = NIODeadline.now()
        // Before the answers: the call follows on its answer.
        if case .success(let ids) = outcome {
            if !batch.handovers.isEmpty { services.link?.handOver(batch.handovers) }
            for block in batch.blocks { services.link?.note(block, ids[block.place]) }
        }
        for index in 0..<batch.answers.count {
            guard case .success(let ids) = outcome else {
                // What cannot be proved later is not said now.
                _ = batch.answers.refuse(index, .internalError)
                continue
            }
            let record = ids[index].description
            let isSent = batch.answers.send(index, record: record)
            if !isSent { services.noteExpired(ids[index]) }
            guard services.log != nil else { continue }
            batch.log.end(
                index, record: record, took: now - batch.answers.arrival(index), isSent: isSent, to: &logLines)
        }
        flushLogSoon()
        batch.answers.removeAll()
        batch.log.removeAll()
        batch.handovers.removeAll(keepingCapacity: true)
        batch.blocks.removeAll(keepingCapacity: true)
        if spareBatches.count < Self.mostSpareBatches { spareBatches.append(batch) }
    }

    private static let mostSpareBatches = 4

    /// So that a line in the log, which nobody waits for, costs no wake-up of its own.
    private func flushLogSoon() {
        guard logLines.count < Self.longestLog else { return flushLog() }
        guard !logLines.isEmpty, !logIsScheduled else { return }
        logIsScheduled = true
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) {
            self.logIsScheduled = false
            self.flushLog()
        }
    }

    private static let longestLog = 32_768

    func flushLog() { services.log?.append(&logLines) }
}
