import Certificates
import Forgery
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT
import Terminating

extension Case {
    /// What concerns the call, and the signer's right to say what the token says.
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

extension Case {
    private static let scopes: [Case] = [
        Case("no carrier holds it, where that fails", .unallocated, 437, "number_unallocated", .failed, level: "C") {
            $0.settings.unallocatedFails = true
            $0.forgery.claims["attest"] = #""C""#
            $0.show("14155550000")
        },
        Case("no carrier holds it, though the certificate does", .unallocated, 437, "number_unallocated", .failed) {
            $0.settings.unallocatedFails = true
            $0.sign(as: Scene.pki.leaf(.one("14155550000")))
            $0.show("14155550000")
        },
        Case("C for a number that no carrier holds", .valid, 200, "valid", .passed, level: "C", action: .label) {
            $0.forgery.claims["attest"] = #""C""#
            $0.show("14155550000")
        },
        Case("A for another carrier's number", .notSignersNumber, 437, "attest_a_outside_signers_numbers", .failed) {
            $0.show("13035551212")
        },
        Case(
            "A for a number that no carrier holds", .notSignersNumber, 437, "attest_a_outside_signers_numbers", .failed
        ) { $0.show("14155550000") },
        Case("A for a number ported away", .notSignersNumber, 437, "attest_a_outside_signers_numbers", .failed) {
            $0.show("12155551999")
        },
        Case("A by who holds the ported number", .valid, 200, "valid", .passed, action: .allow) {
            $0.sign(as: Scene.stranger)
            $0.show("12155551999")
        },
        Case("B for another carrier's number", .valid, 200, "valid", .passed, level: "B", action: .label) {
            $0.forgery.claims["attest"] = #""B""#
            $0.show("13035551212")
        },
        Case("C for another carrier's number", .valid, 200, "valid", .passed, level: "C", action: .label) {
            $0.forgery.claims["attest"] = #""C""#
            $0.show("13035551212")
        },
        Case("first of the certificate's numbers", .valid, 200, "valid", .passed, action: .allow) {
            $0.sign(as: Scene.pki.leaf(.range("12155551212", 10)))
        },
        Case("last of the certificate's numbers", .valid, 200, "valid", .passed, action: .allow) {
            $0.sign(as: Scene.pki.leaf(.range("12155551203", 10)))
        },
        Case("one past the certificate's numbers", .outsideCertificate, 437, "number_outside_certificate", .failed) {
            $0.sign(as: Scene.pki.leaf(.range("12155551202", 10)))
        },
        Case(
            "C outside the certificate's numbers", .outsideCertificate, 437, "number_outside_certificate", .failed,
            level: "C"
        ) {
            $0.sign(as: Scene.pki.leaf(.one("12155551211")))
            $0.forgery.claims["attest"] = #""C""#
        },
        Case("the certificate's number, another carrier's code", .valid, 200, "valid", .passed, action: .allow) {
            $0.sign(as: Scene.pki.leaf(.spc("5678"), .one("12155551212")))
        },
        Case("a delegate within its issuer's numbers", .valid, 200, "valid", .passed, action: .allow) {
            let issuer = Scene.pki.authority(.range("12155551000", 500))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 100), by: issuer))
        },
        Case("numbers delegated by their carrier", .valid, 200, "valid", .passed, action: .allow) {
            let issuer = Scene.pki.authority(.spc("1234"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 100), by: issuer))
        },
        Case(
            "numbers delegated by another carrier", .delegatedWithoutRight, 437, "delegated_without_right", .failed
        ) {
            let issuer = Scene.pki.authority(.spc("5678"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 100), by: issuer))
        },
        Case("a delegate of whose numbers another was ported away", .valid, 200, "valid", .passed, action: .allow) {
            let issuer = Scene.pki.authority(.spc("1234"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 800), by: issuer))
        },
        Case(
            "a delegate's number that was ported away", .delegatedWithoutRight, 437, "delegated_without_right", .failed
        ) {
            let issuer = Scene.pki.authority(.spc("1234"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 800), by: issuer))
            $0.show("12155551999")
        },
        Case(
            "numbers delegated of which some are nobody's", .delegatedWithoutRight, 437, "delegated_without_right",
            .failed
        ) {
            let issuer = Scene.pki.authority(.spc("1234"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 8_801), by: issuer))
        },
        Case(
            "numbers delegated two steps up by another carrier", .delegatedWithoutRight, 437,
            "delegated_without_right", .failed
        ) {
            let carrier = Scene.pki.authority(.spc("5678"))
            let customer = Scene.pki.authority(.range("12155551000", 500), by: carrier)
            $0.sign(as: Scene.pki.leaf(.one("12155551212"), by: customer))
        },
        Case("a short code by its country's carrier", .valid, 200, "valid", .passed, action: .allow) {
            $0.plan = .china
            $0.sign(as: Scene.pki.leaf(.spc("CN01")))
            $0.show("95588", to: "8613800138000")
        },
        Case(
            "a short code by another country's carrier", .foreignShortCode, 437, "short_code_from_foreign_signer",
            .failed, level: "C"
        ) {
            $0.plan = .china
            $0.forgery.claims["attest"] = #""C""#
            $0.show("95588", to: "8613800138000")
        },
    ]

    private static let constraints: [Case] = [
        Case("a claim that must be there", .claimRequired("rcd"), 438, "constraint_claim_required", .failed) {
            $0.sign(as: Scene.constrained(mustInclude: ["rcd"]))
        },
        Case("a claim that must be there, and is", .valid, 200, "valid", .passed, action: .allow) {
            $0.sign(as: Scene.constrained(mustInclude: ["attest", "rcd"]))
            $0.forgery.claims["rcd"] = #"{"nam":"Bank"}"#
        },
        Case("a claim that must not be there", .claimForbidden("priority"), 438, "constraint_claim_forbidden", .failed)
        {
            $0.sign(as: Scene.constrained(mustExclude: ["priority"]))
            $0.forgery.claims["priority"] = "true"
        },
        Case(
            "A where only B and C are permitted", .claimNotPermitted("attest"), 438, "constraint_value_not_permitted",
            .failed
        ) { $0.sign(as: Scene.constrained(permitted: [("attest", ["B", "C"])])) },
        Case("A where it is permitted", .valid, 200, "valid", .passed, action: .allow) {
            $0.sign(as: Scene.constrained(permitted: [("attest", ["B", "A"])]))
        },
        Case(
            "a permitted value in the enhanced form", .claimNotPermitted("attest"), 438,
            "constraint_value_not_permitted", .failed
        ) { $0.sign(as: Scene.constrained(permitted: [("attest", ["B"])], mustExclude: ["priority"])) },
        Case("a constrained claim that is not there", .valid, 200, "valid", .passed, action: .allow) {
            $0.sign(as: Scene.constrained(permitted: [("confidence", ["high"])]))
        },
        Case("an object as permitted, in another order", .valid, 200, "valid", .passed, action: .allow) {
            $0.sign(as: Scene.constrained(permitted: [("rcdi", [#"{"/icn":"sha256-x","/jcl":"sha256-y"}"#])]))
            $0.forgery.claims["rcdi"] = #"{"/jcl":"sha256-y" , "/icn":"sha256-x"}"#
        },
        Case(
            "an object other than permitted", .claimNotPermitted("rcdi"), 438, "constraint_value_not_permitted", .failed
        ) {
            $0.sign(as: Scene.constrained(permitted: [("rcdi", [#"{"/icn":"sha256-x"}"#])]))
            $0.forgery.claims["rcdi"] = #"{"/icn":"sha256-z"}"#
        },
        Case("an exclusion that cannot be meant", .valid, 200, "valid", .passed, action: .allow) {
            $0.sign(as: Scene.constrained(mustInclude: ["rcd"], mustExclude: ["orig"]))
        },
    ]
}

extension Scene {
    /// Carrier 1234 with a certificate that binds what it may claim.
    static func constrained(
        mustInclude: [String] = [], permitted: [(claim: String, values: [String])] = [], mustExclude: [String] = []
    ) -> MiniPKI.Party {
        pki.leaf(.spc("1234")) { recipe in
            recipe.extensions.append(
                .claimConstraints(
                    mustInclude: mustInclude, permittedValues: permitted, mustExclude: mustExclude,
                    enhanced: !mustExclude.isEmpty))
        }
    }
}
