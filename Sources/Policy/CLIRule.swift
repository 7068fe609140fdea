/// The rules for the number that a call shows (its calling line identity, CLI), in the order in which they are asked.
///
/// Numbered as in the rules of the campaign; those that come of the same question stand together, the more telling one first.
package enum CLIRule: String, CaseIterable, Sendable {
    case emergencyCall = "N16"
    /// An enterprise may not hide who calls.
    case hidden = "C-05"
    case syntax = "N1"
    case noCountryCode = "N10"
    case unallocated = "N2"
    case fixedFromAbroad = "N7"
    case doNotOriginate = "N3"
    /// Harm came of it.
    case badNumber = "C-09"
    case protected = "N15"
    case notRoaming = "N8"
    case roamingUnknown = "N9"
    case foreign = "N11"
    case notFromGateway = "N12"
    case userNumber = "N5"
    case codeNotGranted = "N6"
    case notGranted = "N4"
    case attestationMissing = "N13"
    case outsideSignersNumbers = "N14"
}

extension CLIRule {
    /// For scripts, records and statistics.
    package var reason: String {
        switch self {
        case .emergencyCall: "emergency_call"
        case .hidden: "cli_hidden"
        case .syntax: "non_conforming_syntax"
        case .noCountryCode: "intl_missing_country_code"
        case .unallocated: "non_conforming_unallocated"
        case .fixedFromAbroad: "intl_plus86_fixed_or_service"
        case .doNotOriginate: "do_not_originate"
        case .badNumber: "listed_bad_number"
        case .protected: "protected_number_spoofed"
        case .notRoaming: "intl_plus86_mobile_not_roaming"
        case .roamingUnknown: "intl_plus86_mobile_roaming_unknown"
        case .foreign: "foreign_ok"
        case .notFromGateway: "foreign_cli_from_non_gateway"
        case .userNumber: "user_number_used_as_service_number"
        case .codeNotGranted: "code_outbound_not_granted"
        case .notGranted: "cli_not_authorised_for_trunk"
        case .attestationMissing: "missing_attestation"
        case .outsideSignersNumbers: "attest_a_outside_signers_numbers"
        }
    }
}

/// The three things that nobody may do to the number that a call shows, counted apart.
package enum CLIOffence: String, CaseIterable, Sendable {
    case altered, hidden, impersonated
}

extension CLIRule {
    /// Nil where nothing is said about whose number it is.
    package var offence: CLIOffence? {
        switch self {
        case .hidden: .hidden
        case .fixedFromAbroad, .protected, .notRoaming, .userNumber, .codeNotGranted, .notGranted,
            .outsideSignersNumbers:
            .impersonated
        case .emergencyCall, .syntax, .noCountryCode, .unallocated, .doNotOriginate, .badNumber, .roamingUnknown,
            .foreign, .notFromGateway, .attestationMissing:
            nil
        }
    }
}
