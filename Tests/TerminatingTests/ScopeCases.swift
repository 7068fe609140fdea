import Certificates
import Forgery
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT
import Policy
import Terminating

extension Case {
    /// The signer's right to the number.
    static let scopes: [Case] = [
        Case(
            "no carrier holds it, where that fails", .scope(.unallocated), 437, "number_unallocated", .failed,
            level: "C"
        ) {
            $0.settings.unallocatedFails = true
            $0.forgery.claims["attest"] = #""C""#
            $0.show("14155550000")
        },
        Case(
            "no carrier holds it, though the certificate does", .scope(.unallocated), 437, "number_unallocated", .failed
        ) {
            $0.settings.unallocatedFails = true
            $0.sign(as: Scene.pki.leaf(.one("14155550000")))
            $0.show("14155550000")
        },
        Case("C for a number that no carrier holds", .valid, 200, "valid", .passed, level: "C", action: .label) {
            $0.forgery.claims["attest"] = #""C""#
            $0.show("14155550000")
        },
        Case(
            "A for another carrier's number", .scope(.notSignersNumber), 437, "attest_a_outside_signers_numbers",
            .failed
        ) {
            $0.show("13035551212")
        },
        Case(
            "A for a number that no carrier holds", .scope(.notSignersNumber), 437, "attest_a_outside_signers_numbers",
            .failed
        ) { $0.show("14155550000") },
        Case("A for a number ported away", .scope(.notSignersNumber), 437, "attest_a_outside_signers_numbers", .failed)
        {
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
        Case(
            "one past the certificate's numbers", .scope(.outsideCertificate), 437, "number_outside_certificate",
            .failed
        ) {
            $0.sign(as: Scene.pki.leaf(.range("12155551202", 10)))
        },
        Case(
            "C outside the certificate's numbers", .scope(.outsideCertificate), 437, "number_outside_certificate",
            .failed,
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
            "numbers delegated by another carrier", .scope(.delegatedWithoutRight), 437, "delegated_without_right",
            .failed
        ) {
            let issuer = Scene.pki.authority(.spc("5678"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 100), by: issuer))
        },
        Case("a delegate of whose numbers another was ported away", .valid, 200, "valid", .passed, action: .allow) {
            let issuer = Scene.pki.authority(.spc("1234"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 800), by: issuer))
        },
        Case(
            "a delegate's number that was ported away", .scope(.delegatedWithoutRight), 437, "delegated_without_right",
            .failed
        ) {
            let issuer = Scene.pki.authority(.spc("1234"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 800), by: issuer))
            $0.show("12155551999")
        },
        Case(
            "numbers delegated of which some are another's", .scope(.delegatedWithoutRight), 437,
            "delegated_without_right",
            .failed
        ) {
            let issuer = Scene.pki.authority(.spc("1234"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 8_801), by: issuer))
        },
        Case("numbers delegated by the two codes that hold them", .valid, 200, "valid", .passed, action: .allow) {
            let issuer = Scene.pki.authority(.spc("1234"), .spc("5678"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 8_801), by: issuer))
        },
        Case(
            "numbers delegated of which some are nobody's", .scope(.delegatedWithoutRight), 437,
            "delegated_without_right",
            .failed
        ) {
            let issuer = Scene.pki.authority(.spc("1234"), .spc("5678"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 8_901), by: issuer))
        },
        Case(
            "numbers delegated two steps up by another carrier", .scope(.delegatedWithoutRight), 437,
            "delegated_without_right", .failed
        ) {
            let carrier = Scene.pki.authority(.spc("5678"))
            let customer = Scene.pki.authority(.range("12155551000", 500), by: carrier)
            $0.sign(as: Scene.pki.leaf(.one("12155551212"), by: customer))
        },
        Case("a token that its signer handed over", .valid, 200, "valid", .passed, action: .allow) {
            $0.handedOverBy = "1234"
        },
        Case("a token that its signer's delegate signed", .valid, 200, "valid", .passed, action: .allow) {
            let issuer = Scene.pki.authority(.spc("1234"))
            $0.sign(as: Scene.pki.leaf(.range("12155551200", 100), by: issuer))
            $0.handedOverBy = "1234"
        },
        Case("a token that a transit handed over", .valid, 200, "valid", .passed, action: .allow) {
            $0.handedOverBy = "9012"
        },
        Case(
            "a token that a carrier handed over which is no transit", .scope(.handedOverByAnother), 437,
            "handed_over_by_another", .failed
        ) { $0.handedOverBy = "5678" },
        Case(
            "a token that a transit handed over which is suspended", .scope(.handedOverByAnother), 437,
            "handed_over_by_another", .failed
        ) { $0.handedOverBy = "3456" },
        Case(
            "a token that was handed over by nobody we know", .scope(.handedOverByAnother), 437,
            "handed_over_by_another", .failed
        ) { $0.handedOverBy = "CN01" },
        Case("a number of another carrier that has delegated it", .valid, 200, "valid", .passed, action: .allow) {
            $0.show("13035551300")
        },
        Case(
            "one beside it", .scope(.notSignersNumber), 437, "attest_a_outside_signers_numbers", .failed
        ) { $0.show("13035551301") },
        Case(
            "one that has delegated it until yesterday", .scope(.notSignersNumber), 437,
            "attest_a_outside_signers_numbers", .failed
        ) { $0.show("13035551302") },
        Case(
            "one that is not the delegator's any more", .scope(.notSignersNumber), 437,
            "attest_a_outside_signers_numbers", .failed
        ) { $0.show("13035551303") },
        Case("a number that was ported to its signer", .valid, 200, "valid", .passed, action: .allow) {
            $0.show("13035551400")
        },
        Case(
            "a number that was ported away", .scope(.notSignersNumber), 437, "attest_a_outside_signers_numbers",
            .failed
        ) { $0.show("12155551400") },
        Case(
            "a short code by another country's carrier", .scope(.foreignShortCode), 437,
            "short_code_from_foreign_signer",
            .failed, level: "C"
        ) {
            $0.plan = .china
            $0.forgery.claims["attest"] = #""C""#
            $0.show("95588", to: "8613800138000")
        },
    ]

    /// What its certificate lets it claim.
    static let constraints: [Case] = [
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
