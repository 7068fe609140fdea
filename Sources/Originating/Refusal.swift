package import NumberPlan
package import PASSporT

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
    case callerNotANumber(NumberFault)
    case calleeNotANumber(NumberFault)
    case noCallee
    /// A Date header field that is none, or more than the freshness window away from our clock.
    case dateUnreadable
    case dateNotFresh
    /// An `iat` outside the window is refused, and not replaced by another.
    case issuedAtNotFresh
    /// No grant lets this trunk show this number now.
    case numberNotGranted
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
        case .callerNotANumber: "non_conforming_syntax"
        case .calleeNotANumber: "callee_not_a_number"
        case .noCallee: "callee_missing"
        case .dateUnreadable: "date_unreadable"
        case .dateNotFresh: "date_not_fresh"
        case .issuedAtNotFresh: "iat_not_fresh"
        case .numberNotGranted: "cli_not_authorised_for_trunk"
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
        case .callerNotANumber, .calleeNotANumber, .noCallee: 484
        case .tooManyCalls, .noCredential, .certificateNotYetValid, .certificateExpired, .signing: 503
        case .noTrunk, .unknownTrunk, .dateUnreadable, .dateNotFresh, .issuedAtNotFresh, .numberNotGranted,
            .outsideCertificate:
            403
        }
    }

    package var culprit: Culprit {
        switch self {
        case .noCredential, .certificateNotYetValid, .certificateExpired, .signing: .credential
        case .noTrunk, .unknownTrunk, .callerNotANumber, .calleeNotANumber, .noCallee, .dateUnreadable, .dateNotFresh,
            .issuedAtNotFresh, .numberNotGranted, .tooManyCalls, .outsideCertificate:
            .caller
        }
    }
}
