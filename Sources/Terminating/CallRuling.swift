package import Ledger
package import NumberPlan
package import Policy

/// What plan and ledger say of a call before its tokens are looked at.
package enum CallRuling: Sendable {
    /// Whatever it carries.
    case decided(CallConclusion, CLIRuling?, Trunk?)
    /// Nothing can be said before somebody has said where this number's subscriber is.
    case asksRoaming(TelephoneNumber)
    /// On to its tokens. Neither where the call names no trunk.
    case open(CLIRuling?, Trunk?)
}

extension RulesInForce {
    /// A pure function: of one call, one plan, one ledger and one time there is one ruling.
    package func ruling(
        on call: TerminatingCall, _ numbers: CalledAndCalling, roaming: RoamingAnswer?
    ) -> CallRuling {
        let trunk = call.trunk.flatMap { ledger.trunk($0) }
        if numbers.callsEmergency(plan) { return .decided(CallConclusion(.emergency, .allow), .emergency, trunk) }
        guard let trunk else {
            return call.trunk == nil ? .open(nil, nil) : .decided(CallConclusion(.unknownTrunk, .block), nil, nil)
        }
        if let closed = ledger.closure(of: trunk, at: now) {
            return .decided(CallConclusion(.trunkClosed(closed), .block), nil, trunk)
        }
        let ruling = ruling(on: numbers.shown, over: trunk, callsEmergency: false, roaming: roaming)
        switch ruling {
        case .asksRoaming(let number): return .asksRoaming(number)
        case .refused(let rule, _): return .decided(CallConclusion(.rule(rule), .block), ruling, trunk)
        case .emergency, .roaming, .withheld, .unvouched, .foreign, .foreignFromGateway, .proven, .open, .openToHolder:
            return .open(ruling, trunk)
        }
    }
}
