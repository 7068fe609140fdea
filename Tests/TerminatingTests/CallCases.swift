import Certificates
import Forgery
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT
import Terminating

extension Case {
    /// What concerns the call: its trunk, time and numbers, and whether it was here before.
    static let calls: [Case] =
        levels + trunks + times + numbers + [
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
        Case(
            "no identity from abroad", .identityNotYetRequired, 200, "missing_attestation_not_yet_required", .nothing,
            action: .label
        ) { ($0.identities, $0.trunk) = ([], "abroad") },
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
            $0.orig = "sip:anonymous@anonymous.invalid"
        },
        Case("another caller", .callerDiffers, 438, "cli_altered_in_transit", .failedIfStrict) {
            $0.orig = "12155551213"
        },
        Case("caller written as a person would", .valid, 200, "valid", .passed, action: .allow) {
            $0.orig = "+1 (215) 555-1212"
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
