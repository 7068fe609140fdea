package import Ledger
package import NumberPlan
package import Policy

/// What plan and ledger say of a call before its tokens are looked at.
package enum CallRuling: Sendable {
    /// Whatever it carries.
    case decided(CallConclusion, CLIRuling?, Trunk?)
    /// Nothing can be said before somebody has said where this number's subscriber is.
    case asksRoaming(TelephoneNumber)
    /// On to its tokens. The trunk is nil where the call names none.
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
            guard call.trunk == nil else { return .decided(CallConclusion(.unknownTrunk, .block), nil, nil) }
            return ruling(numbers, over: Self.unnamed, roaming, as: nil)
        }
        if let closed = ledger.closure(of: trunk, at: now) {
            return .decided(CallConclusion(.trunkClosed(closed), .block), nil, trunk)
        }
        return ruling(numbers, over: trunk, roaming, as: trunk)
    }

    /// Where a call names no trunk, it is held to what any peer's is, and to no peer's relaxations.
    private static let unnamed = Trunk(name: "", trunkClass: .interconnect)

    private func ruling(
        _ numbers: CalledAndCalling, over trunk: Trunk, _ roaming: RoamingAnswer?, as named: Trunk?
    ) -> CallRuling {
        let ruling = ruling(on: numbers.shown, over: trunk, callsEmergency: false, roaming: roaming)
        switch ruling {
        case .asksRoaming(let number): return .asksRoaming(number)
        case .refused(let rule, _): return .decided(CallConclusion(.rule(rule), .block), ruling, named)
        case .emergency, .roaming, .withheld, .unvouched, .foreign, .foreignFromGateway, .proven, .open, .openToHolder:
            return .open(ruling, named)
        }
    }
}
