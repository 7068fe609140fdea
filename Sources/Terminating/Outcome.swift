internal import Certificates
internal import Ledger
package import PASSporT
internal import Policy

/// The SIP response codes of RFC 8224 §6.2.2, and the one for a number that may not be shown, with their phrases.
package enum SIPCode: Hashable, Sendable, CaseIterable {
    case ok, forbidden, staleDate, useIdentityHeader, badIdentityInfo, unsupportedCredential, invalidIdentityHeader

    package var number: Int {
        switch self {
        case .ok: 200
        case .forbidden, .staleDate: 403
        case .useIdentityHeader: 428
        case .badIdentityInfo: 436
        case .unsupportedCredential: 437
        case .invalidIdentityHeader: 438
        }
    }

    package var phrase: String {
        switch self {
        case .ok: "OK"
        case .forbidden: "Forbidden"
        case .staleDate: "Stale Date"
        case .useIdentityHeader: "Use Identity Header"
        case .badIdentityInfo: "Bad Identity Info"
        case .unsupportedCredential: "Unsupported Credential"
        case .invalidIdentityHeader: "Invalid Identity Header"
        }
    }
}

/// What `verstat` says of the calling number.
package enum Validation: Hashable, Sendable {
    case passed, failed, none
    /// None in mode `atis82`, failed in mode `strict`.
    case failedIfStrict
}

/// What a finding is to the switch. The one place that decides it.
package struct Outcome: Hashable, Sendable {
    package let code: SIPCode
    package let validation: Validation
    /// For scripts and statistics: lower case, `_` between words, never anything that a caller sent.
    package let reason: String

    private init(_ code: SIPCode, _ validation: Validation, _ reason: String) {
        (self.code, self.validation, self.reason) = (code, validation, reason)
    }

    /// Without a default, so that a new finding does not compile until it has an outcome.
    package init(_ finding: Finding) {
        self =
            switch finding {
            case .valid: Outcome(.ok, .passed, "valid")
            case .emergency: Outcome(.ok, .none, "emergency_call")
            case .unknownTrunk: Outcome(.useIdentityHeader, .none, "unknown_trunk")
            case .trunkClosed(let closed): Outcome(.forbidden, .none, closed.reason)
            case .rule(let rule): Outcome(.forbidden, .none, rule.reason)
            case .granted: Outcome(.ok, .none, "granted")
            case .accessLine: Outcome(.ok, .none, "access_line")
            case .foreign: Outcome(.ok, .none, CLIRule.foreign.reason)
            case .roaming: Outcome(.ok, .none, "roaming_abroad")
            case .numberWithheld: Outcome(.ok, .none, "number_withheld")
            case .numberUnvouched: Outcome(.ok, .none, "roaming_unknown")
            case .identityMissing: Outcome(.useIdentityHeader, .none, "missing_attestation")
            case .identityNotYetRequired: Outcome(.ok, .none, "missing_attestation_not_yet_required")
            case .passport(let fault): Outcome(fault)
            case .notCanonical: Outcome(.invalidIdentityHeader, .none, "not_canonical")
            case .stale: Outcome(.staleDate, .failedIfStrict, "stale_iat")
            case .future: Outcome(.staleDate, .failedIfStrict, "future_iat")
            case .callerNotANumber: Outcome(.invalidIdentityHeader, .failedIfStrict, "caller_not_a_number")
            case .callerDiffers: Outcome(.invalidIdentityHeader, .failedIfStrict, "cli_altered_in_transit")
            case .calleeDiffers: Outcome(.invalidIdentityHeader, .failedIfStrict, "dest_mismatch")
            case .certificateURL(let fault): Outcome(.badIdentityInfo, .none, fault.code)
            case .certificatePending: Outcome(.badIdentityInfo, .none, "certificate_not_fetched_in_time")
            case .certificate(let fault):
                fault.isUnavailable
                    ? Outcome(.badIdentityInfo, .none, fault.code)
                    : Outcome(.unsupportedCredential, .failed, fault.code)
            case .issuedOutsideCertificate: Outcome(.unsupportedCredential, .failed, "iat_outside_certificate")
            case .scope(let fault): Outcome(.unsupportedCredential, .failed, Self.reason(fault))
            case .claimRequired: Outcome(.invalidIdentityHeader, .failed, "constraint_claim_required")
            case .claimForbidden: Outcome(.invalidIdentityHeader, .failed, "constraint_claim_forbidden")
            case .claimNotPermitted: Outcome(.invalidIdentityHeader, .failed, "constraint_value_not_permitted")
            case .replayed: Outcome(.invalidIdentityHeader, .failed, "replayed")
            case .replayStoreFull: Outcome(.invalidIdentityHeader, .none, "replay_store_full")
            }
    }

    private static func reason(_ fault: ScopeFault) -> String {
        switch fault {
        case .unallocated: "number_unallocated"
        case .outsideCertificate: "number_outside_certificate"
        case .notSignersNumber: CLIRule.outsideSignersNumbers.reason
        case .foreignShortCode: "short_code_from_foreign_signer"
        case .delegatedWithoutRight: "delegated_without_right"
        case .handedOverByAnother: "handed_over_by_another"
        }
    }

    private init(_ fault: PassportFault) {
        self =
            switch fault {
            case .tooLarge: Outcome(.invalidIdentityHeader, .none, "identity_too_large")
            case .tooManyMembers: Outcome(.invalidIdentityHeader, .none, "too_many_members")
            case .fieldMalformed: Outcome(.invalidIdentityHeader, .none, "identity_malformed")
            case .compactForm: Outcome(.invalidIdentityHeader, .none, "compact_form")
            case .unsupportedExtension: Outcome(.invalidIdentityHeader, .none, "ppt_unsupported")
            case .infoMissing: Outcome(.badIdentityInfo, .none, "info_missing")
            case .infoNotURI: Outcome(.badIdentityInfo, .none, "info_not_uri")
            case .algorithmParameterDiffers: Outcome(.unsupportedCredential, .none, "alg_parameter_differs")
            case .extensionParameterDiffers: Outcome(.invalidIdentityHeader, .none, "ppt_parameter_differs")
            case .notThreeParts: Outcome(.invalidIdentityHeader, .none, "token_not_three_parts")
            case .notBase64URL: Outcome(.invalidIdentityHeader, .none, "token_not_base64url")
            case .notJSON: Outcome(.invalidIdentityHeader, .none, "token_not_json")
            case .headerMemberMissing: Outcome(.badIdentityInfo, .none, "header_member_missing")
            case .typeNotPassport: Outcome(.unsupportedCredential, .none, "typ_not_passport")
            case .algorithmNotES256: Outcome(.unsupportedCredential, .none, "alg_not_es256")
            case .criticalHeader: Outcome(.invalidIdentityHeader, .none, "crit_not_understood")
            case .certificateURLNotText: Outcome(.badIdentityInfo, .none, "x5u_not_text")
            case .certificateURLDiffers: Outcome(.badIdentityInfo, .none, "x5u_differs_from_info")
            case .claimMissing: Outcome(.invalidIdentityHeader, .none, "claim_missing")
            case .claimMalformed: Outcome(.invalidIdentityHeader, .none, "claim_malformed")
            case .attestationInvalid: Outcome(.invalidIdentityHeader, .failedIfStrict, "attest_invalid")
            case .signatureMalformed: Outcome(.invalidIdentityHeader, .failed, "signature_malformed")
            case .signatureInvalid: Outcome(.invalidIdentityHeader, .failed, "signature_invalid")
            }
    }
}

extension Outcome {
    /// The value of the `verstat` parameter (TS 24.229 §7.2A.20), in the vendor's spelling that `settings` names.
    package func verstat(_ attestation: Attestation?, _ settings: VerificationSettings) -> String {
        let isFailed = validation == .failed || validation == .failedIfStrict && settings.mode == .strict
        guard validation == .passed || isFailed else { return "No-TN-Validation" }
        let base = isFailed ? "TN-Validation-Failed" : "TN-Validation-Passed"
        guard let attestation else { return base }
        return switch settings.verstatProfile {
        case .plain: base
        case .telnyx: isFailed || attestation == .full ? base : "\(base)-\(attestation.rawValue)"
        case .suffixed: "\(base)-\(attestation.rawValue)"
        }
    }
}
