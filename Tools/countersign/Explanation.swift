import Certificates
package import Ledger
package import NumberPlan
import Originating
import PASSporT
package import Policy
import Terminating

/// A recorded decision, made again of what the record holds, the plan, and the ledger as it was at the record's version.
package struct Explanation {
    /// What a decision comes to for the switch.
    package struct Decision: Equatable, CustomStringConvertible {
        var verdict: String
        var reason: String?
        var sip: Int?
        var attest: String?
        var grant: String?

        package var description: String {
            [
                verdict, reason, sip.map(String.init), attest.map { "attested \($0)" }, grant.map { "by grant \($0)" },
            ].compactMap { $0 }.joined(separator: ", ")
        }
    }

    let recorded: Decision
    package let again: Decision
    /// What was found by the clock, the key, a certificate or a memory of calls, none of which is there to be asked again: it
    /// is as recorded, and plan and ledger had nothing against the call.
    package let foundOtherwise: String?
    /// The rule for the number that decided.
    package let rule: CLIRule?

    package var isReproduced: Bool { recorded == again }
}

/// Why a record cannot be explained.
package enum ExplanationFault: Error, Equatable, CustomStringConvertible {
    case notADecision(String)
    /// Written by other software than this, or changed.
    case incomplete(String)

    package var description: String {
        switch self {
        case .notADecision(let kind): "a record of kind \(kind) is of no decision; ask for the record that it is about"
        case .incomplete(let what): "the record does not say \(what), without which the decision cannot be made again"
        }
    }
}

extension Explanation {
    /// - Parameter ledger: of the record's version, with at least what is there on the record's trunk and number.
    package init(_ record: RecordedDecision, plan: DialPlan, ledger: LedgerSnapshot) throws(ExplanationFault) {
        let rules = RulesInForce(
            plan: plan, ledger: ledger, shared: SharedNumbers(inputs: record.pairs),
            whenRoamingUnknown: record.input("whenRoamingUnknown").flatMap(WhenRoamingUnknown.init) ?? .withhold,
            at: record.seconds)
        switch record.kind {
        case "signed", "signRefused": try self.init(signing: record, rules)
        case "verified": try self.init(verifying: record, rules)
        default: throw .notADecision(record.kind)
        }
    }

    private static func roaming(_ record: RecordedDecision) -> RoamingAnswer? {
        record.input("roaming").flatMap(RoamingAnswer.init)
    }
}

extension Explanation {
    private init(signing record: RecordedDecision, _ rules: RulesInForce) throws(ExplanationFault) {
        guard let orig = record.rawOrig, let verdict = record.verdict else { throw .incomplete("who called") }
        let ceiling = record.input("attest").flatMap(Attestation.init)
        let call = OriginatingCall(
            orig: orig, dest: record.callees, trunk: record.trunk, attestationCeiling: ceiling,
            isRestricted: record.input("presentation") == "restricted")
        let isSigned = record.kind == "signed"
        recorded = Decision(
            verdict: verdict, reason: record.reason, sip: record.sip, attest: record.attest,
            grant: record.input("grant"))
        let found = record.reason.flatMap { Refusal.reasonsBesideTheLedger.contains($0) ? $0 : nil }
        let signer = try Self.signer(record, rules.plan)
        switch rules.ruling(on: call, signer: signer, roaming: Self.roaming(record)) {
        case .asksRoaming: throw .incomplete("what was answered about the number")
        case .refused(let refusal):
            rule = refusal.rule
            // Where nothing signs, nothing else is said.
            let isUnasked = record.reason == Refusal.noCredential.reason
            foundOtherwise = isUnasked ? found : nil
            again =
                isUnasked
                ? recorded : Decision(verdict: "refused", reason: refusal.reason, sip: refusal.sipCode)
        case .allowed(let right):
            rule = nil
            foundOtherwise = found
            again = Decision(
                verdict: found == nil ? "signed" : "refused", reason: found, sip: found == nil ? nil : record.sip,
                attest: found == nil ? min(right.attestation, ceiling ?? .full).rawValue : nil,
                grant: right.grant.map(String.init))
        case .emergency(let right):
            rule = .emergencyCall
            // Whether a token came of it was up to the key.
            foundOtherwise = isSigned || right == nil ? nil : "no_token"
            let signed = isSigned ? right : nil
            again = Decision(
                verdict: signed == nil ? "passed" : "signed",
                reason: signed == nil ? "emergency_call_unsigned" : "emergency_call",
                attest: (signed?.attestation).map { min($0, ceiling ?? .full).rawValue },
                grant: (right?.grant).map(String.init))
        }
    }
}

extension Explanation {
    /// What the certificate spoke for that would have signed; nil where the record does not say, since nobody asked.
    private static func signer(
        _ record: RecordedDecision, _ plan: DialPlan
    ) throws(ExplanationFault) -> TNAuthList? {
        guard let authority = SignerAuthority(inputs: record.pairs) else { return nil }
        let caller = record.rawOrig.flatMap { try? plan.number(from: $0) }
        var entries = authority.serviceProviderCodes.map { TNAuthList.Entry.spc($0) }
        if authority.namesNumber, let caller { entries.append(.one(caller.digits)) }
        guard !entries.isEmpty else { return nil }
        do throws(CertificateFault) { return try TNAuthList(entries) } catch {
            throw .incomplete("for whom the certificate speaks that would have signed")
        }
    }
}

extension Explanation {
    private init(verifying record: RecordedDecision, _ rules: RulesInForce) throws(ExplanationFault) {
        guard let orig = record.rawOrig, let verdict = record.verdict else { throw .incomplete("who called") }
        let call = TerminatingCall(
            identities: record.tokens ?? [], orig: orig, dest: record.callees, trunk: record.trunk,
            isRestricted: record.input("presentation") == "restricted")
        let recorded = Decision(verdict: verdict, reason: record.reason, sip: record.sip)
        self.recorded = recorded
        let numbers = CalledAndCalling(call, rules.plan)
        switch rules.ruling(on: call, numbers, roaming: Self.roaming(record)) {
        case .asksRoaming: throw .incomplete("what was answered about the number")
        case .decided(let conclusion, _, _):
            (again, foundOtherwise) = (Decision(conclusion), nil)
            rule = conclusion.finding.rule
        case .open(let ruling, let trunk):
            let tokens = try Self.tokens(of: call, record, numbers.caller, rules)
            guard let tokens else {
                (again, foundOtherwise, rule) = (recorded, record.reason, nil)
                return
            }
            let conclusion = CallConclusion(
                ruling, tokens, trunk: trunk,
                isShutByHolder: numbers.caller.map { rules.isShutByHolder($0) } ?? false, ledger: rules.ledger,
                at: rules.now)
            (again, foundOtherwise) = (Decision(conclusion), nil)
            rule = conclusion.finding.rule
        }
    }

    /// What the call's tokens came to; nil where that was not for the ledger to say.
    private static func tokens(
        of call: TerminatingCall, _ record: RecordedDecision, _ caller: TelephoneNumber?, _ rules: RulesInForce
    ) throws(ExplanationFault) -> TokenResult? {
        if IdentityHeader.split(call.identities).isEmpty { return TokenResult.none }
        let step = record.step.flatMap(VerificationStep.init)
        if let step, step < .scope { return nil }
        guard let caller, let attestation = record.attest.flatMap(Attestation.init),
            let authority = SignerAuthority(inputs: record.pairs)
        else { throw .incomplete("for whom the token's certificate speaks") }
        do throws(ScopeFault) {
            let scope = try rules.ledger.scope(
                of: authority, over: caller, attested: attestation, handedOverBy: record.input("handedOverBy"),
                unallocatedFails: false, at: rules.now)
            return step.map { $0 > .scope } == true ? nil : .valid(attestation, isOutside: scope == .outside)
        } catch {
            return .failed(.scope(error))
        }
    }
}

extension Explanation.Decision {
    fileprivate init(_ conclusion: CallConclusion) {
        let outcome = Outcome(conclusion.finding)
        self.init(verdict: conclusion.action.rawValue, reason: outcome.reason, sip: outcome.code.number)
    }
}
