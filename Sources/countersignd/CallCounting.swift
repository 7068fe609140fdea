internal import Ledger
internal import NumberPlan
internal import Originating
internal import Policy
internal import Terminating

/// What the rules came to, by rule and by trunk.
extension Services {
    func count(
        _ decision: AuthenticationService.Decision, _ call: OriginatingCall, _ evidence: Evidence
    ) {
        switch decision {
        case .signed: break
        case .emergency: rules.note(.emergencyCall)
        case .refused(let refusal):
            guard let rule = refusal.rule else { return }
            count(rule, rule.offence, call.trunk, try? evidence.plan.number(from: call.orig), evidence)
        }
    }

    func count(_ verdict: Verdict, _ call: TerminatingCall, _ evidence: Evidence) {
        if case .identityNotYetRequired = verdict.finding { rules.noteNotYetRequired() }
        guard verdict.rule != nil || verdict.offence != nil else { return }
        count(verdict.rule, verdict.offence, call.trunk, verdict.numbers.caller, evidence)
    }

    private func count(
        _ rule: CLIRule?, _ offence: CLIOffence?, _ trunk: String?, _ caller: TelephoneNumber?, _ evidence: Evidence
    ) {
        if let rule { rules.note(rule) }
        guard let trunk, evidence.ledger.trunk(trunk) != nil else { return }
        if let offence { rules.note(offence, on: trunk) }
        if rule == .protected, let caller {
            rules.noteSpoofing(of: caller, on: trunk, at: evidence.rules.now)
        }
    }

    func noteUnallocated(_ caller: TelephoneNumber?, _ evidence: Evidence) {
        guard let caller else { return }
        numbering.note(caller, of: evidence.plan, at: evidence.rules.now)
    }
}
