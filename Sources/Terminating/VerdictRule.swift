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
        switch (finding, ruling) {
        case (.valid, .foreign), (.valid, .foreignFromGateway): .foreign
        default: finding.rule
        }
    }

    /// What was done to the number that the call shows.
    package var offence: CLIOffence? { if case .callerDiffers = finding { .altered } else { rule?.offence } }
}
