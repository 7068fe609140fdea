package import Policy

extension Finding {
    /// The rule for the number that decided, or by which the call passes.
    package var rule: CLIRule? {
        switch self {
        case .rule(let rule): rule
        case .emergency: .emergencyCall
        case .scope(.notSignersNumber): .outsideSignersNumbers
        case .identityMissing: .attestationMissing
        case .foreign: .foreign
        case .numberWithheld, .numberUnvouched: .roamingUnknown
        default: nil
        }
    }
}

extension Verdict {
    /// Of the finding, or that of a valid token for another country's number.
    package var rule: CLIRule? {
        if finding == .valid, ruling == .foreign || ruling == .foreignFromGateway { return .foreign }
        return finding.rule
    }

    /// What was done to the number that the call shows.
    package var offence: CLIOffence? { finding == .callerDiffers ? .altered : rule?.offence }
}
