package import Certificates
package import PASSporT
package import Policy

/// What was found about a call, and what is to become of it.
package final class Verdict: Sendable {
    package enum Action: String, Hashable, Sendable, CaseIterable { case allow, label, block }

    /// One of the call's Identity header field values.
    package final class Token: Sendable {
        package let finding: Finding
        /// Once it was legible. Believed only when the finding is ``Finding/valid``.
        package let unverified: UnverifiedPassport?
        package let chain: ValidatedChain?
        /// Once the chain was judged: what the ledger was asked about.
        package let authority: SignerAuthority?
        /// A valid token of level B or C whose number the ledger does not give to its signer.
        package let isOutsideSignersNumbers: Bool
        package let notes: [String]

        init(
            finding: Finding, unverified: UnverifiedPassport?, chain: ValidatedChain?, authority: SignerAuthority?,
            isOutsideSignersNumbers: Bool, notes: [String]
        ) {
            self.finding = finding
            self.unverified = unverified
            self.chain = chain
            self.authority = authority
            self.isOutsideSignersNumbers = isOutsideSignersNumbers
            self.notes = notes
        }

        package var claimed: Passport? { unverified?.claimed }
    }

    package let numbers: CalledAndCalling
    /// The carrier at the other end of the call's trunk, as the ledger has it.
    package let peer: String?
    /// What the rules said of the number; nil where they were not asked.
    package let ruling: CLIRuling?
    /// The reason: that of the valid token, else of the one that came furthest.
    package let finding: Finding
    package let action: Action
    package let outcome: Outcome
    package let verstat: String
    /// In the order of the header fields; those beyond the limit are left out.
    package let tokens: [Token]
    /// The token that decided.
    package let deciding: Token?
    /// What did not change the verdict but should be known: an unfresh CRL, a spelling that is not canonical.
    package let notes: [String]

    init(
        _ numbers: CalledAndCalling, from peer: String?, ruling: CLIRuling?, finding: Finding, action: Action,
        outcome: Outcome, verstat: String, tokens: [Token] = [], deciding: Token? = nil, notes: [String] = []
    ) {
        self.numbers = numbers
        self.peer = peer
        self.ruling = ruling
        self.finding = finding
        self.action = action
        self.outcome = outcome
        self.verstat = verstat
        self.tokens = tokens
        self.deciding = deciding
        self.notes = notes
    }

    private static let allChecks = VerificationStep.allCases.map(\.rawValue)

    package var isValid: Bool { finding.isValid }
    /// Of a valid token only.
    package var passport: Passport? { believed?.claimed }
    /// The valid token, if there is one.
    package var believed: UnverifiedPassport? { isValid ? deciding?.unverified : nil }
    /// The steps that the deciding token passed.
    package var checks: [String] {
        isValid ? Self.allChecks : finding.step?.passed ?? []
    }
}
