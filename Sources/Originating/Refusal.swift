package import Ledger
package import NumberPlan
package import PASSporT
package import Policy

/// Why a call is not signed.
package enum Refusal: Error, Hashable, Sendable {
    /// Whose fault it is, which decides what the switch is told.
    package enum Culprit: Sendable {
        /// This caller may not show this number here.
        case caller
        /// The key or its certificate cannot be used now.
        case credential
    }

    case noTrunk
    case unknownTrunk
    /// Not active, or its customer not licensed.
    case trunkClosed(TrunkClosed)
    /// What a rule for the number that is shown has against it.
    case cli(CLIRefusal)
    /// A (N14): by the ledger the number is another carrier's, which has not lent it.
    case heldByAnother
    /// The call goes on, without its number and without a token: nobody knows where its subscriber is.
    case numberWithheld
    case calleeNotANumber(NumberFault)
    case noCallee
    /// A Date header field that is none, or more than the freshness window away from our clock.
    case dateUnreadable
    case dateNotFresh
    /// An `iat` outside the window is refused, and not replaced by another.
    case issuedAtNotFresh
    /// More calls in this second than the trunk may make.
    case tooManyCalls
    /// Nothing signs here, or not now.
    case noCredential
    case certificateNotYetValid
    case certificateExpired
    /// The certificate names numbers, and this one is not among them.
    case outsideCertificate
    case signing(SigningFault)

    package var reason: String {
        switch self {
        case .noTrunk: "trunk_missing"
        case .unknownTrunk: "unknown_trunk"
        case .trunkClosed(let closed): closed.reason
        case .cli(let refusal): refusal.rule.reason
        case .heldByAnother: "number_held_by_another"
        case .numberWithheld: CLIRule.roamingUnknown.reason
        case .calleeNotANumber: "callee_not_a_number"
        case .noCallee: "callee_missing"
        case .dateUnreadable: "date_unreadable"
        case .dateNotFresh: "date_not_fresh"
        case .issuedAtNotFresh: "iat_not_fresh"
        case .tooManyCalls: "too_many_calls"
        case .noCredential: "no_credential"
        case .certificateNotYetValid: "certificate_not_yet_valid"
        case .certificateExpired: "certificate_expired"
        case .outsideCertificate: "number_outside_certificate"
        case .signing: "signing_failed"
        }
    }

    /// A SIP response code with which a switch may refuse the call.
    package var sipCode: Int {
        switch self {
        case .cli(CLIRefusal(.syntax)), .calleeNotANumber, .noCallee: 484
        case .numberWithheld: 200
        case .tooManyCalls, .noCredential, .certificateNotYetValid, .certificateExpired, .signing: 503
        case .noTrunk, .unknownTrunk, .trunkClosed, .cli, .heldByAnother, .dateUnreadable, .dateNotFresh,
            .issuedAtNotFresh, .outsideCertificate:
            403
        }
    }

    package var culprit: Culprit {
        switch self {
        case .noCredential, .certificateNotYetValid, .certificateExpired, .signing: .credential
        case .noTrunk, .unknownTrunk, .trunkClosed, .cli, .heldByAnother, .numberWithheld, .calleeNotANumber,
            .noCallee, .dateUnreadable, .dateNotFresh, .issuedAtNotFresh, .tooManyCalls, .outsideCertificate:
            .caller
        }
    }
}

extension Refusal {
    /// The rule that decided, if one did.
    package var rule: CLIRule? {
        switch self {
        case .cli(let refusal): refusal.rule
        case .heldByAnother: .outsideSignersNumbers
        case .numberWithheld: .roamingUnknown
        case .noTrunk, .unknownTrunk, .trunkClosed, .calleeNotANumber, .noCallee, .dateUnreadable, .dateNotFresh,
            .issuedAtNotFresh, .tooManyCalls, .noCredential, .certificateNotYetValid, .certificateExpired,
            .outsideCertificate, .signing:
            nil
        }
    }
}

extension Refusal {
    /// What was found when plan and ledger had nothing against the call: by the clock, the rate, the key or its certificate.
    package static let reasonsBesideTheLedger: Set<String> = [
        dateUnreadable, dateNotFresh, issuedAtNotFresh, tooManyCalls, noCredential, certificateNotYetValid,
        certificateExpired,
        outsideCertificate, signing(.notAccepted),
    ].reduce(into: []) { $0.insert($1.reason) }
}
