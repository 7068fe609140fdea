internal import Certificates
internal import Ledger
internal import NumberPlan
internal import Originating
internal import PASSporT
internal import Policy
internal import Records
internal import Terminating
internal import TrunkProtocol

/// What is kept of a decision: everything it was made from, and what it was.
///
/// Filled in place: a record has so many parts that to return one costs as much as to write it down.
struct Evidence {
    let rules: RulesInForce
    let listener: String
    let source: String
    let milliseconds: Int
    /// How `verstat` was chosen.
    let mode: VerificationSettings.Mode?
    /// Where the subscriber of the number that is shown was found to be, once that was asked.
    var roaming: RoamingFinding?
    /// The call came over a trunk that cannot carry its token, and none was handed over in its time.
    var lacksAssertion = false

    var plan: DialPlan { rules.plan }
    var ledger: LedgerSnapshot { rules.ledger }

    /// - Parameter right: what plan and ledger proved, if the call was not refused for them.
    func fill(
        _ record: inout Record, of request: SignRequest, _ call: OriginatingCall, _ right: SigningRight?,
        _ decision: AuthenticationService.Decision, by authentication: AuthenticationService?
    ) {
        let dest =
            right?.callees.map(\.description) ?? call.dest.map { (try? plan.number(from: $0))?.description ?? $0 }
        let caller = right?.caller ?? (try? plan.number(from: call.orig))
        fill(&record, call.orig, caller, dest: dest, trunk: call.trunk, call: call.callID)
        record.egress = request.egress
        addWhatTheRulesSaw(&record, caller, isRestricted: call.isRestricted)
        add(&record, "customer", (right?.trunk ?? call.trunk.flatMap { ledger.trunk($0) })?.customer)
        // What let the trunk show the number: the ledger of another day may not say any more.
        add(&record, "grant", (right?.grant).map(String.init))
        add(&record, "date", request.date)
        add(&record, "attest", request.attest)
        add(&record, "origid", request.origid)
        add(&record, "iat", request.iat.map(String.init))
        record.credential = authentication?.certificateID
        if let caller, let signer = authentication?.tnAuthList, Self.dependsOnSigner(right, decision) {
            for (name, value) in SignerAuthority(own: signer, over: caller).inputs { add(&record, name, value) }
        }
        switch decision {
        case .signed(let signed), .emergency(.some(let signed)):
            if case .emergency = decision { record.reason = "emergency_call" }
            record.verdict = "signed"
            record.attest = signed.passport.attestation.rawValue
            record.origid = signed.passport.originID
            record.tokens = [signed.identity]
        case .emergency(nil):
            record.kind = .signRefused
            record.verdict = "passed"
            record.reason = "emergency_call_unsigned"
        case .refused(let refusal):
            record.kind = .signRefused
            record.verdict = "refused"
            record.reason = refusal.reason
            record.sipCode = refusal.sipCode
            if case .cli(let refusal) = refusal, let fault = refusal.fault { record.notes = [fault.rawValue] }
        }
    }

    /// Of calls that another let in nobody says that they are ours.
    private static func dependsOnSigner(
        _ right: SigningRight?, _ decision: AuthenticationService.Decision
    ) -> Bool {
        if case .refused(.heldByAnother) = decision { return true }
        return right.map { !$0.trunk.isFromOtherCarrier } ?? false
    }

    func fill(
        _ record: inout Record, of request: VerifyRequest, _ call: TerminatingCall, _ verdict: Verdict
    ) {
        let dest = zip(call.dest, verdict.numbers.callees).map { text, callee in
            if case .number(let number) = callee { number.description } else { text }
        }
        fill(&record, call.orig, verdict.numbers.caller, dest: dest, trunk: call.trunk, call: call.callID)
        record.egress = request.egress
        addWhatTheRulesSaw(&record, verdict.numbers.caller, isRestricted: call.isRestricted)
        add(&record, "handedOverBy", call.handedOverBy)
        add(&record, "date", request.date)
        add(&record, "mode", mode?.rawValue)
        for (name, value) in verdict.deciding?.authority?.inputs ?? [] { add(&record, name, value) }
        record.peer = verdict.peer
        record.verdict = verdict.action.rawValue
        record.reason = verdict.outcome.reason
        record.sipCode = verdict.outcome.code.number
        record.attest = verdict.deciding?.unverified?.claimed.attestation.rawValue
        record.origid = verdict.deciding?.unverified?.claimed.originID
        record.credential = verdict.deciding?.chain?.certificateID
        record.tokens = call.identities
        record.step = verdict.finding.step?.rawValue
        record.notes = verdict.notes
        if lacksAssertion { record.notes.append("assertion_not_here") }
    }

    private func addWhatTheRulesSaw(_ record: inout Record, _ caller: TelephoneNumber?, isRestricted: Bool) {
        if isRestricted { add(&record, "presentation", "restricted") }
        if let told = caller.flatMap({ rules.shared(on: $0) }) {
            for (name, value) in SharedNumbers.inputs(of: told) { add(&record, name, value) }
        }
        guard let roaming else { return }
        for (name, value) in roaming.inputs { add(&record, name, value) }
        if roaming.answer == .unknown { add(&record, "whenRoamingUnknown", rules.whenRoamingUnknown.rawValue) }
    }

    private func fill(
        _ record: inout Record, _ orig: String, _ caller: TelephoneNumber?, dest: [String], trunk: String?,
        call: String?
    ) {
        record.call = call
        record.rawOrig = orig
        record.orig = caller?.description
        record.dest = dest
        record.trunk = trunk
        record.ledgerVersion = ledger.version
        record.planVersion = plan.id
        record.inputs.reserveCapacity(8)
        add(&record, "listener", listener)
        add(&record, "source", source)
    }

    private func add(_ record: inout Record, _ name: String, _ value: String?) {
        guard let value else { return }
        record.inputs.append(Record.Input(name, value))
    }
}
