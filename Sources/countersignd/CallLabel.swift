internal import NumberPlan
internal import Policy
internal import Terminating

/// What the callee may be shown of a call beside its number, in the order in which it is written.
struct CallLabel {
    private(set) var members: [(name: String, text: String)] = []

    init(_ verdict: Verdict, _ plan: DialPlan) {
        guard verdict.action != .block else { return }
        if let caller = Self.caller(verdict) { members.append(("caller", caller)) }
        if let number = verdict.numbers.caller, let country = Self.country(of: number, verdict.ruling) {
            members.append(("country", country))
            members.append(("number", plan.dialled(number)))
        }
        if verdict.numbers.shown.isRestricted { members.append(("presentation", "restricted")) }
    }

    /// With what reservation the call passes.
    private static func caller(_ verdict: Verdict) -> String? {
        switch verdict.ruling {
        case .withheld, .asksRoaming: return "withheld"
        case .foreign, .foreignFromGateway: return "foreign"
        case .emergency, .refused, .roaming, .unvouched, .proven, .open, .openToHolder, nil: break
        }
        guard verdict.action == .label else { return nil }
        return verdict.isValid ? "number_not_proven" : "unverified"
    }

    private static func country(of number: TelephoneNumber, _ ruling: CLIRuling?) -> String? {
        switch ruling {
        case .foreign, .foreignFromGateway: Country.of(number)?.description
        default: nil
        }
    }
}
