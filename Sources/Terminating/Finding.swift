package import Certificates
package import Ledger
package import NumberPlan
package import PASSporT
package import Policy

/// What a call, or one of its tokens, was found to be: the reason of a verdict.
package enum Finding: Error, Hashable, Sendable {
    case valid
    /// The callee is an emergency number: the call passes whatever it carries.
    case emergency
    /// The trunk is not in the ledger, so nobody knows whose calls it carries.
    case unknownTrunk
    /// Not active, or its customer not licensed.
    case trunkClosed(TrunkClosed)
    /// What a rule for the number that is shown has against it.
    case rule(CLIRule)
    /// The ledger gives the number to the trunk, which needs no token.
    case granted
    /// One of our own subscribers, of whom no more is known.
    case accessLine
    /// From abroad, with a number of another country.
    case foreign
    /// From abroad, with the number of a subscriber of ours who is there.
    case roaming
    /// The same, and nobody knows whether: it goes on without its number, or, by the second, with it.
    case numberWithheld, numberUnvouched
    /// No Identity header field, although this trunk must have one.
    case identityMissing
    /// No Identity header field, and none is demanded on this trunk yet.
    case identityNotYetRequired
    case passport(PassportFault)
    /// Not in the one form of RFC 8225 §9, where that is demanded.
    case notCanonical
    case stale
    case future
    case callerNotANumber(NumberFault)
    case callerDiffers
    case calleeDiffers
    case certificateURL(CertificateURLFault)
    /// Neither here nor fetched in the time that a call may wait.
    case certificatePending
    case certificate(CertificateFault)
    /// `iat` lies outside the validity of the certificate.
    case issuedOutsideCertificate
    /// The signer may not speak for the number.
    case scope(ScopeFault)
    case claimRequired(String)
    case claimForbidden(String)
    case claimNotPermitted(String)
    case replayed
    case replayStoreFull

    /// Without comparing what other cases hold.
    var isValid: Bool { if case .valid = self { true } else { false } }
}

/// The steps of verification, in order; each one is reached only when all before it have passed.
package enum VerificationStep: String, Hashable, Sendable, CaseIterable, Comparable {
    case limits, header, claims, freshness, numbers, certificate, scope, constraints, signature, replay

    package static func < (one: VerificationStep, other: VerificationStep) -> Bool { one.place < other.place }

    private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The steps that a token has passed once it has reached this one.
    package var passed: [String] { Self.allCases.prefix(place).map(\.rawValue) }
}

extension Finding {
    /// Where it was found; nil for what is known before any token is looked at, or after all have been.
    package var step: VerificationStep? {
        switch self {
        case .valid, .emergency, .unknownTrunk, .trunkClosed, .rule, .granted, .accessLine, .foreign, .roaming,
            .numberWithheld, .numberUnvouched, .identityMissing, .identityNotYetRequired:
            nil
        case .passport(let fault): fault.step
        case .notCanonical: .claims
        case .stale, .future: .freshness
        case .callerNotANumber, .callerDiffers, .calleeDiffers: .numbers
        case .certificateURL, .certificatePending, .certificate, .issuedOutsideCertificate: .certificate
        case .scope: .scope
        case .claimRequired, .claimForbidden, .claimNotPermitted: .constraints
        case .replayed, .replayStoreFull: .replay
        }
    }
}

extension PassportFault {
    fileprivate var step: VerificationStep {
        switch self {
        case .tooLarge, .tooManyMembers: .limits
        case .fieldMalformed, .compactForm, .unsupportedExtension, .infoMissing, .infoNotURI,
            .algorithmParameterDiffers,
            .extensionParameterDiffers, .notThreeParts, .notBase64URL(.header), .notJSON(.header), .headerMemberMissing,
            .typeNotPassport, .algorithmNotES256, .criticalHeader, .certificateURLNotText, .certificateURLDiffers:
            .header
        case .notBase64URL(.claims), .notJSON(.claims), .claimMissing, .claimMalformed, .attestationInvalid,
            .notBase64URL(.signature), .notJSON(.signature):
            .claims
        case .signatureMalformed, .signatureInvalid: .signature
        }
    }
}
