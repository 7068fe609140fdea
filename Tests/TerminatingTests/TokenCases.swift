import MiniPKI
import Forgery
import PASSporT
import Terminating

extension Case {
    /// What is wrong with the header field or the token in it: everything that needs no certificate.
    static let tokens: [Case] =
        [
            refused("field over 16 KiB", .tooLarge(bytes: 16_385), "identity_too_large") { scene in
                let identity = scene.forgery.identity + ";x="
                let filler = String(repeating: "x", count: 16_385 - identity.utf8.count)
                scene.identities = [identity + filler]
            },
            refused("65 claims", .tooManyMembers(.claims), "too_many_members") { scene in
                for number in 0..<60 { scene.forgery.claims["x\(number)"] = "0" }
            },
            refused("65 header members", .tooManyMembers(.header), "too_many_members") { scene in
                for number in 0..<61 { scene.forgery.header["z\(number)"] = "0" }
            },
            refused(
                "header injection", .fieldMalformed("a character that no header field may hold"), "identity_malformed"
            ) { $0.forgery.parameters += "\r\nReason: STIR" },
            refused("compact form", .compactForm, "compact_form") {
                $0.forgery.alter = {
                    $0[0] = ""; $0[1] = ""
                }
            },
            refused("ppt parameter div", .unsupportedExtension("div"), "ppt_unsupported") {
                $0.forgery.parameters = $0.forgery.parameters.replacing("ppt=shaken", with: "ppt=div")
            },
            refused("ppt div in the header, none beside it", .unsupportedExtension("div"), "ppt_unsupported") {
                $0.forgery.header["ppt"] = #""div""#
                $0.forgery.parameters = $0.forgery.parameters.replacing(";ppt=shaken", with: "")
            },
            refused("info missing", .infoMissing, "info_missing", code: 436) {
                $0.forgery.parameters = ";alg=ES256;ppt=shaken"
            },
            refused("info not a URI", .infoNotURI, "info_not_uri", code: 436) {
                $0.forgery.parameters = ";info=<nowhere>;alg=ES256;ppt=shaken"
            },
            refused(
                "alg parameter", .algorithmParameterDiffers("RS256"), "alg_parameter_differs", code: 437
            ) { $0.forgery.parameters = $0.forgery.parameters.replacing("ES256", with: "RS256") },
            refused("ppt in the header differs", .extensionParameterDiffers("rph"), "ppt_parameter_differs") {
                $0.forgery.header["ppt"] = #""rph""#
            },
            refused("four parts", .notThreeParts, "token_not_three_parts") { $0.forgery.alter = { $0.append("e30") } },
            refused("padded header", .notBase64URL(.header), "token_not_base64url") {
                $0.forgery.alter = { $0[0] += "=" }
            },
            refused("padded claims", .notBase64URL(.claims), "token_not_base64url") {
                $0.forgery.alter = { $0[1] += "==" }
            },
            // In the text, since it would verify: the stray bits are no part of the 64 bytes (TOK-22).
            refused("stray bits behind the signature", .notBase64URL(.signature), "token_not_base64url") {
                $0.forgery.alter = { parts in
                    let last = parts[2].removeLast()
                    parts[2].append(["A": "B", "Q": "R", "g": "h", "w": "x"][last] ?? last)
                }
            },
            refused("header not JSON", .notJSON(.header), "token_not_json") {
                $0.forgery.headerText = Array(($0.forgery.header.text + "x").utf8)
            },
            refused("a header member twice", .notJSON(.header), "token_not_json") {
                $0.forgery.header.repeating("alg", #""ES256""#)
            },
            refused("a claim twice", .notJSON(.claims), "token_not_json") {
                $0.forgery.claims.repeating("attest", #""A""#)
            },
            refused("orig's number twice", .notJSON(.claims), "token_not_json") {
                $0.forgery.claims["orig"] = #"{"tn":"12155551212","tn":"12155551212"}"#
            },
            refused("typ JWT", .typeNotPassport, "typ_not_passport", code: 437) {
                $0.forgery.header["typ"] = #""JWT""#
            },
            refused("alg none", .algorithmNotES256, "alg_not_es256", code: 437) {
                $0.forgery.header["alg"] = #""none""#
                $0.forgery.parameters = $0.forgery.parameters.replacing(";alg=ES256", with: "")
            },
            refused("crit b64", .criticalHeader, "crit_not_understood") { $0.forgery.header["crit"] = #"["b64"]"# },
            refused("x5u no text", .certificateURLNotText, "x5u_not_text", code: 436) {
                $0.forgery.header["x5u"] = "[\"\(Scene.carrier.x5u)\"]"
            },
            refused("x5u is not info", .certificateURLDiffers, "x5u_differs_from_info", code: 436) { scene in
                // The other place has the right certificate, so that nothing else stands in the way.
                scene.forgery.header["x5u"] = #""https://cr.example.com/other.pem""#
                scene.answers["https://cr.example.com/other.pem"] = scene.answers[Scene.carrier.x5u]
            },
            refused("signature in DER", .signatureMalformed, "signature_malformed", .failed, level: "A") { scene in
                scene.forgery.alter = { $0[2] = Forgery.base64URL([0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]) }
            },
            refused("another key", .signatureInvalid, "signature_invalid", .failed, level: "A") {
                $0.forgery.key = Scene.stranger.key
            },
            refused("attest D", .attestationInvalid, "attest_invalid", .failedIfStrict) {
                $0.forgery.claims["attest"] = #""D""#
            },
        ]
        + ["ppt", "typ", "alg", "x5u"].map { name in
            refused("no \(name) in the header", .headerMemberMissing(name), "header_member_missing", code: 436) {
                $0.forgery.header[name] = nil
            }
        }
        + ["attest", "dest", "iat", "orig", "origid"].flatMap { name in
            [
                refused("no \(name)", .claimMissing(name), "claim_missing") { $0.forgery.claims[name] = nil },
                name == "attest"
                    ? refused("\(name) a number", .attestationInvalid, "attest_invalid", .failedIfStrict) {
                        $0.forgery.claims[name] = "1"
                    }
                    : refused("\(name) null", .claimMalformed(name), "claim_malformed") {
                        $0.forgery.claims[name] = "null"
                    },
            ]
        }

    private static func refused(
        _ name: String, _ fault: PassportFault, _ reason: String, _ says: Says = .nothing, code: Int = 438,
        level: String? = nil, alter: @escaping @Sendable (inout Scene) -> Void
    ) -> Case {
        Case(name, .passport(fault), code, reason, says, level: level, alter: alter)
    }
}

extension Scene {
    static let stranger = pki.leaf(.spc("5678"))
}
