import Certificates
import Forgery
import Ledger
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT
import Policy
import Terminating

extension Case {
    /// What concerns the call: its trunk, time and numbers, and whether it was here before.
    static let calls: [Case] =
        levels + trunks + rules + times + numbers + [
            Case("token not canonical where that is demanded", .notCanonical, 438, "not_canonical", .nothing) {
                $0.settings.requiresCanonicalTokens = true
                $0.forgery.claimsText = Array(($0.forgery.claims.text + " ").utf8)
            },
            Case("certificate not here yet", .certificatePending, 436, "certificate_not_fetched_in_time", .nothing) {
                $0.mayWait = false
            },
            Case(
                "iat before the certificate", .issuedOutsideCertificate, 437, "iat_outside_certificate", .failed
            ) { scene in
                scene.sign(as: Scene.pki.leaf(.spc("1234"), notBefore: Scene.now))
                scene.forgery.claims["iat"] = "\(Scene.now - 1)"
            },
            Case("presented twice", .replayed, 438, "replayed", .failed) { $0.presentations = 2 },
            Case("no room to remember it", .replayStoreFull, 438, "replay_store_full", .nothing) {
                $0.settings.replayCapacity = 0
            },
        ] + scopes + constraints

    private static let levels: [Case] = (["A", "B", "C"] as [String]).map { level in
        Case("a valid \(level)", .valid, 200, "valid", .passed, level: level, action: .allow) {
            $0.forgery.claims["attest"] = "\"\(level)\""
        }
    }

    private static let trunks: [Case] = [
        Case("emergency call with nothing right", .emergency, 200, "emergency_call", .nothing, action: .allow) {
            ($0.orig, $0.dest, $0.trunk, $0.identities) = ("junk", ["911"], "nowhere", ["junk\r\n"])
        },
        Case("emergency service's URN", .emergency, 200, "emergency_call", .nothing, action: .allow) {
            ($0.dest, $0.identities) = (["urn:service:sos.fire"], [])
        },
        Case("trunk not in the ledger", .unknownTrunk, 428, "unknown_trunk", .nothing) { $0.trunk = "nowhere" },
        Case("no identity", .identityMissing, 428, "missing_attestation", .nothing) { $0.identities = [] },
        Case("identity of blanks", .identityMissing, 428, "missing_attestation", .nothing) {
            $0.identities = ["", " , \t"]
        },
        Case("no identity, no trunk", .identityMissing, 428, "missing_attestation", .nothing) {
            ($0.identities, $0.trunk) = ([], nil)
        },
        Case("no identity, peer without a date", .identityMissing, 428, "missing_attestation", .nothing) {
            ($0.identities, $0.trunk) = ([], "undated")
        },
        Case("no identity on the peer's day", .identityMissing, 428, "missing_attestation", .nothing) {
            ($0.identities, $0.trunk, $0.now) = ([], "tomorrow", Scene.now + 86_400)
        },
        Case(
            "no identity a second before the peer's day", .identityNotYetRequired, 200,
            "missing_attestation_not_yet_required", .nothing, action: .label
        ) { ($0.identities, $0.trunk, $0.now) = ([], "tomorrow", Scene.now + 86_399) },
    ]

    /// What the rules for the number that is shown come to; each rule is tried by itself with the rules.
    private static let rules: [Case] = [
        Case("a trunk that is suspended", .trunkClosed(.state(.suspended)), 403, "trunk_suspended", .nothing) {
            $0.trunk = "suspended"
        },
        Case("a number that nobody calls with", .rule(.doNotOriginate), 403, "do_not_originate", .nothing) {
            ($0.plan, $0.orig) = (.china, "4001234567")
        },
        Case("a bad number by its holder's word", .rule(.badNumber), 403, "listed_bad_number", .nothing) {
            $0.hear(of: .badNumber)
        },
        Case(
            "a number of a trunk that its holder shut, and signed for again", .valid, 200, "valid", .passed,
            action: .allow
        ) {
            $0.hear(of: .shutTrunk)
        },
        Case("the same, signed for by another", .rule(.doNotOriginate), 403, "do_not_originate", .nothing, level: "B") {
            $0.hear(of: .shutTrunk)
            $0.forgery.claims["attest"] = #""B""#
            $0.sign(as: Scene.pki.leaf(.spc("5678")))
        },
        Case(
            "the same without a token, where none is required", .rule(.doNotOriginate), 403, "do_not_originate",
            .nothing
        ) {
            $0.hear(of: .shutTrunk)
            ($0.identities, $0.trunk) = ([], "tomorrow")
        },
        Case("the same, signed for long ago", .stale, 403, "stale_iat", .failedIfStrict) {
            $0.hear(of: .shutTrunk)
            $0.forgery.claims["iat"] = "\(Scene.now - 61)"
        },
        Case("the same, granted to a trunk of ours", .granted, 200, "granted", .nothing, action: .allow) {
            $0.hear(of: .shutTrunk)
            ($0.identities, $0.trunk) = ([], "pbx")
        },
        Case("the same on no trunk", .rule(.doNotOriginate), 403, "do_not_originate", .nothing) {
            ($0.plan, $0.orig, $0.trunk) = (.china, "4001234567", nil)
        },
        Case(
            "a code by another of its country, on no trunk", .rule(.codeNotGranted), 403, "code_outbound_not_granted",
            .nothing, level: "B"
        ) {
            ($0.plan, $0.trunk) = (.china, nil)
            $0.forgery.claims["attest"] = #""B""#
            $0.sign(as: Scene.pki.leaf(.spc("CN02")))
            $0.show("95588", to: "8613800138000")
        },
        Case(
            "a code behind the country code is an emergency's", .emergency, 200, "emergency_call", .nothing,
            action: .allow
        ) {
            ($0.plan, $0.dest, $0.identities) = (.china, ["+86110"], [])
        },
        Case("a number that its trunk was granted", .granted, 200, "granted", .nothing, action: .allow) {
            ($0.identities, $0.trunk) = ([], "pbx")
        },
        Case(
            "a number that its trunk was not granted", .rule(.notGranted), 403, "cli_not_authorised_for_trunk", .nothing
        ) {
            ($0.identities, $0.trunk, $0.orig) = ([], "pbx", "12155551213")
        },
        Case("a subscriber's line", .accessLine, 200, "access_line", .nothing, action: .label) {
            ($0.identities, $0.trunk) = ([], "line")
        },
        Case("another country's number from abroad", .foreign, 200, "foreign_ok", .nothing, action: .label) {
            ($0.identities, $0.trunk, $0.orig) = ([], "abroad", "+442071838750")
        },
        Case("the same with a token", .valid, 200, "valid", .passed, level: "C", action: .label) {
            $0.trunk = "abroad"
            $0.forgery.claims["attest"] = #""C""#
            $0.show("442071838750")
        },
        Case("the same from a domestic peer", .rule(.notFromGateway), 403, "foreign_cli_from_non_gateway", .nothing) {
            ($0.identities, $0.orig) = ([], "+442071838750")
        },
        Case(
            "the same from a domestic peer, who says B of it", .rule(.notFromGateway), 403,
            "foreign_cli_from_non_gateway", .nothing, level: "B"
        ) {
            $0.forgery.claims["attest"] = #""B""#
            $0.show("442071838750")
        },
        Case("the same from a domestic peer, as its gateway", .valid, 200, "valid", .passed, level: "C", action: .label)
        {
            $0.forgery.claims["attest"] = #""C""#
            $0.show("442071838750")
        },
        Case("the same from a gateway", .foreign, 200, "foreign_ok", .nothing, action: .label) {
            ($0.identities, $0.trunk, $0.orig) = ([], "gateway", "+442071838750")
        },
        Case(
            "a number of ours from abroad, whose subscriber is there", .roaming, 200, "roaming_abroad", .nothing,
            action: .allow
        ) {
            ($0.identities, $0.trunk, $0.roaming) = ([], "abroad", .abroad)
        },
        Case("whose subscriber is at home", .rule(.notRoaming), 403, "intl_plus86_mobile_not_roaming", .nothing) {
            ($0.identities, $0.trunk, $0.roaming) = ([], "abroad", .home)
        },
        Case("of whom nobody knows", .numberWithheld, 200, "number_withheld", .nothing, action: .label) {
            ($0.identities, $0.trunk) = ([], "abroad")
        },
        Case("of whom nobody knows, and a token", .numberWithheld, 200, "number_withheld", .nothing, action: .label) {
            $0.trunk = "abroad"
        },
        Case("of whom nobody has to know", .numberUnvouched, 200, "roaming_unknown", .nothing, action: .label) {
            ($0.identities, $0.trunk, $0.whenRoamingUnknown) = ([], "abroad", .pass)
        },
        Case(
            "of whom somebody has to know", .rule(.roamingUnknown), 403, "intl_plus86_mobile_roaming_unknown", .nothing
        ) {
            ($0.identities, $0.trunk, $0.whenRoamingUnknown) = ([], "abroad", .block)
        },
        Case("a code by its holder", .valid, 200, "valid", .passed, action: .allow) {
            $0.plan = .china
            $0.sign(as: Scene.pki.leaf(.spc("CN01")))
            $0.show("95588", to: "8613800138000")
        },
        Case(
            "a code by another of its country, who says B of it", .rule(.codeNotGranted), 403,
            "code_outbound_not_granted", .nothing, level: "B"
        ) {
            $0.plan = .china
            $0.forgery.claims["attest"] = #""B""#
            $0.sign(as: Scene.pki.leaf(.spc("CN02")))
            $0.show("95588", to: "8613800138000")
        },
        Case(
            "a code from a peer that need not sign yet", .rule(.codeNotGranted), 403, "code_outbound_not_granted",
            .nothing
        ) {
            ($0.plan, $0.identities, $0.orig, $0.trunk) = (.china, [], "95588", "tomorrow")
        },
        Case(
            "a code from a peer that must sign", .identityMissing, 428, "missing_attestation", .nothing
        ) { ($0.plan, $0.identities, $0.orig) = (.china, [], "95588") },
        Case(
            "no identity, and the peer's own date is tomorrow", .identityNotYetRequired, 200,
            "missing_attestation_not_yet_required", .nothing, action: .label
        ) { ($0.identities, $0.trunk) = ([], "later") },
        Case("no identity, and the peer's own date has come", .identityMissing, 428, "missing_attestation", .nothing) {
            ($0.identities, $0.trunk, $0.now) = ([], "later", Scene.now + 86_400)
        },
    ]

    private static let times: [Case] = [
        Case("60 s old", .valid, 200, "valid", .passed, action: .allow) {
            $0.forgery.claims["iat"] = "\(Scene.now - 60)"
        },
        Case("61 s old", .stale, 403, "stale_iat", .failedIfStrict) { $0.forgery.claims["iat"] = "\(Scene.now - 61)" },
        Case("60 s ahead", .valid, 200, "valid", .passed, action: .allow) {
            $0.forgery.claims["iat"] = "\(Scene.now + 60)"
        },
        Case("61 s ahead", .future, 403, "future_iat", .failedIfStrict) {
            $0.forgery.claims["iat"] = "\(Scene.now + 61)"
        },
        Case("iat in milliseconds", .future, 403, "future_iat", .failedIfStrict) {
            $0.forgery.claims["iat"] = "\(Scene.now)000"
        },
        Case("the greatest iat", .future, 403, "future_iat", .failedIfStrict) {
            $0.forgery.claims["iat"] = "\(Int.max)"
        },
        Case("the least iat", .stale, 403, "stale_iat", .failedIfStrict) { $0.forgery.claims["iat"] = "\(Int.min)" },
        Case("6 s ahead where 5 are put up with", .future, 403, "future_iat", .failedIfStrict) {
            $0.settings.futureWindow = 5
            $0.forgery.claims["iat"] = "\(Scene.now + 6)"
        },
        Case("31 s old where 30 are put up with", .stale, 403, "stale_iat", .failedIfStrict) {
            $0.settings.pastWindow = 30
            $0.forgery.claims["iat"] = "\(Scene.now - 31)"
        },
    ]

    private static let numbers: [Case] = [
        Case("caller withheld", .callerNotANumber(.anonymous), 438, "caller_not_a_number", .failedIfStrict) {
            ($0.orig, $0.plan) = ("sip:anonymous@anonymous.invalid", .none)
        },
        Case("another caller", .callerDiffers, 438, "cli_altered_in_transit", .failedIfStrict) {
            $0.orig = "12155551213"
        },
        Case("caller written as a person would", .valid, 200, "valid", .passed, action: .allow) {
            $0.orig = "tel:+1-(215)-555-1212"
        },
        Case("another callee", .calleeDiffers, 438, "dest_mismatch", .failedIfStrict) { $0.dest = ["12355551214"] },
        Case("no callee", .calleeDiffers, 438, "dest_mismatch", .failedIfStrict) { $0.dest = [] },
        Case("two callees, one of them the token's", .calleeDiffers, 438, "dest_mismatch", .failedIfStrict) {
            $0.dest = ["12355551213", "12355551214"]
        },
        Case("both callees, the other way round, one twice", .valid, 200, "valid", .passed, action: .allow) {
            $0.dest = ["12355551214", "12355551213", "12355551214"]
            $0.forgery.claims["dest"] = #"{"tn":["12355551213","12355551214"]}"#
        },
        Case("one of the token's callees", .valid, 200, "valid", .passed, action: .allow) {
            $0.forgery.claims["dest"] = #"{"tn":["12355551213","12355551214"]}"#
        },
        Case("a URI called", .valid, 200, "valid", .passed, action: .allow) {
            $0.dest = ["SIP:Alice@Example.COM:5060;x=y"]
            $0.forgery.claims["dest"] = #"{"uri":["sip:alice@example.com"]}"#
        },
        Case("another URI called", .calleeDiffers, 438, "dest_mismatch", .failedIfStrict) {
            $0.dest = ["sip:bob@example.com"]
            $0.forgery.claims["dest"] = #"{"uri":["sip:alice@example.com"]}"#
        },
        Case("a URI called beside a number", .calleeDiffers, 438, "dest_mismatch", .failedIfStrict) {
            $0.dest = ["12355551213", "sip:bob@example.com"]
        },
        Case("a callee that is neither", .calleeDiffers, 438, "dest_mismatch", .failedIfStrict) {
            $0.dest = ["12355551213", "nobody"]
        },
    ]
}
