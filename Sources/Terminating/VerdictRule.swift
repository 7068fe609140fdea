package import Policy

extension Verdict {
    /// The rule for the number that decided, or by which it passes.
    package var rule: CLIRule? {
        switch finding {
        case .rule(let rule): rule
        case .emergency: .emergencyCall
        case .scope(.notSignersNumber): .outsideSignersNumbers
        case .identityMissing: .attestationMissing
        case .foreign: .foreign
        case .valid where ruling == .foreign || ruling == .foreignFromGateway: .foreign
        case .numberWithheld, .numberUnvouched: .roamingUnknown
        default: nil
        }
    }

    /// What was done to the number that the call shows.
    package var offence: CLIOffence? { finding == .callerDiffers ? .altered : rule?.offence }
}
