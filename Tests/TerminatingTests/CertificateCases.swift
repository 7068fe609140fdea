import PASSporT
import Forgery
import Certificates
import LibCrypto
import MiniPKI
import Terminating

extension Case {
    /// What is wrong with the certificate: first where to get it, then what was got, then whether it holds.
    static let certificates: [Case] = urls + answers + chains + revocations

    private static let urls: [Case] = [
        url("https://169.254.169.254/latest/meta-data", .privateAddress, "url_private_address"),
        url("https://[::1]/a.pem", .privateAddress, "url_private_address"),
        url("https://[::ffff:10.0.0.1]/a.pem", .privateAddress, "url_private_address"),
        url("https://0x7f.1/a.pem", .host, "url_host"),
        url("https://2130706433/a.pem", .host, "url_host"),
        url("https://localhost/a.pem", .privateName, "url_private_name"),
        url("http://cr.example.com/a.pem", .scheme, "url_scheme"),
        url("ftp://cr.example.com/a.pem", .scheme, "url_scheme"),
        url("https://cr.example.com:8080/a.pem", .port, "url_port"),
        url("https://u@cr.example.com/a.pem", .userInformation, "url_userinfo"),
        url("https://cr.example.com/a.pem?b", .query, "url_query"),
        url("https://cr.example.com/a.pem#b", .fragment, "url_fragment"),
        url("https://cr.example.com", .emptyPath, "url_path"),
        url("https://cr.example.com/%zz", .character, "url_character"),
        url("https://cr.example.com/" + String(repeating: "a", count: 2_048), .tooLong, "url_too_long"),
    ]

    /// The place has the right certificate, so that nothing but the URL stands in the way.
    private static func url(_ text: String, _ fault: CertificateURLFault, _ reason: String) -> Case {
        Case("x5u \(text.prefix(60))", .certificateURL(fault), 436, reason, .nothing) { scene in
            scene.answers[text] = scene.answers[Scene.carrier.x5u]
            scene.forgery.set(url: text)
        }
    }

    private static let answers: [Case] = [
        answer("status 404", .status(404), "certificate_http_status", .body(status: 404, contentType: nil, [1])),
        answer("status 503", .status(503), "certificate_http_status", .body(status: 503, contentType: nil, [])),
        answer("redirect", .redirected, "certificate_redirect", .redirect("https://cr.example.com/good.pem")),
        answer("status 302", .redirected, "certificate_redirect", .body(status: 302, contentType: nil, [])),
        answer("no answer in time", .timedOut, "certificate_fetch_timeout", .timedOut),
        answer("refused", .unreachable("refused"), "certificate_unreachable", .failed("refused")),
        answer("nothing", .noCertificate, "certificate_absent", .body(status: 200, contentType: nil, [])),
        answer(
            "33 KiB", .bodyTooLarge, "certificate_body_too_large",
            .body(status: 200, contentType: nil, Scene.carrier.pem + Array(repeating: 0x0A, count: 33 * 1024))),
        Case("too many fetches", .certificatePending, 436, "certificate_not_fetched_in_time", .nothing) {
            $0.limits.fetches = 0
        },
    ]

    private static func answer(
        _ name: String, _ fault: CertificateFault, _ reason: String, _ answer: FetchAnswer
    ) -> Case {
        Case("x5u answers: \(name)", .certificate(fault), 436, reason, .nothing) { scene in
            scene.answers["https://cr.example.com/good.pem"] = scene.answers[Scene.carrier.x5u]
            scene.answers[Scene.carrier.x5u] = answer
        }
    }

    private static let chains: [Case] = [
        chain("chain out of order", .unordered(1), "chain_unordered") { scene in
            let other = Scene.pki.authority(.spc("1234"))
            let texts = [Scene.carrier.certificate, other.certificate] + Scene.carrier.issuers
            scene.answers[Scene.carrier.x5u] = .body(status: 200, contentType: nil, pem(texts))
        },
        chain("a certificate twice", .duplicateCertificate, "chain_duplicate") { scene in
            let texts = Scene.carrier.chain + Scene.carrier.issuers
            scene.answers[Scene.carrier.x5u] = .body(status: 200, contentType: nil, pem(texts))
        },
        chain("six certificates", .tooManyCertificates, "chain_too_long") { scene in
            var issuer = Scene.pki.provider
            for _ in 0..<4 { issuer = Scene.pki.authority(by: issuer) }
            scene.sign(as: Scene.pki.leaf(.spc("1234"), by: issuer))
        },
        party("version 1", .notVersion3(0), "certificate_version") { Scene.leaf { $0.version = 1 } },
        party("not valid yet", .notYetValid(0), "certificate_not_yet_valid") {
            Scene.pki.leaf(.spc("1234"), notBefore: Scene.now + 1)
        },
        party("expired a second ago", .expired(0), "certificate_expired") {
            Scene.pki.leaf(.spc("1234"), notAfter: Scene.now - 1)
        },
        party("issuer expired", .expired(1), "certificate_expired") {
            Scene.pki.leaf(.spc("1234"), by: Scene.pki.authority(notAfter: Scene.now - 1))
        },
        party("key usage", .keyUsage(0), "certificate_key_usage") {
            Scene.leaf { $0.replace(.keyUsage([.crlSign])) }
        },
        party("serves web servers", .extendedKeyUsage(0), "certificate_extended_key_usage") {
            // serverAuth (RFC 5280 §4.2.1.12).
            Scene.leaf {
                $0.extensions.append(
                    .init(
                        "2.5.29.37", isCritical: false, value: DERElement.sequence(try! .oid("1.3.6.1.5.5.7.3.1")).bytes
                    ))
            }
        },
        party("an authority signs", .signerIsAuthority, "signer_is_authority") { Scene.pki.authority(.spc("1234")) },
        party("the anchor signs", .signerIsAnchor, "signer_is_anchor") { Scene.pki.root },
        party("key on another curve", .unsupportedKey, "certificate_key") { Scene.leaf { $0.key = .unfit(.p384) } },
        party("RSA key", .unsupportedKey, "certificate_key") { Scene.leaf { $0.key = .unfit(.rsa2048) } },
        party("signed with SHA-384", .unacceptableSignatureAlgorithm(0), "certificate_signature_algorithm") {
            Scene.leaf { $0.digest = .sha384 }
        },
        party(
            "unknown critical extension", .unknownCriticalExtension(0, oid: "1.2.3.4"), "certificate_extension_critical"
        ) { Scene.leaf { $0.extensions.append(.init("1.2.3.4", isCritical: true, value: [0x05, 0x00])) } },
        chain("another root", .untrusted, "chain_untrusted") { scene in
            scene.anchors = [MiniPKI.Party.selfSigned("SHAKEN ANOTHER ROOT", now: Scene.now).certificate]
        },
        party("forged", .badSignature, "chain_signature") { Scene.leaf { $0.isForged = true } },
        party("a leaf issues", .notAnAuthority, "chain_issuer_not_authority") {
            Scene.pki.leaf(.spc("1234"), by: Scene.carrier)
        },
        party("path too long", .pathTooLong, "chain_path_length") {
            let last = Scene.pki.authority(by: Scene.pki.authority(pathLength: 0))
            return Scene.pki.leaf(.spc("1234"), by: last)
        },
        party("no TNAuthList", .noTNAuthList, "tnauthlist_absent") {
            Scene.leaf { $0.remove("1.3.6.1.5.5.7.1.26") }
        },
        party("a code in lower case", .malformedTNAuthList("service provider code"), "tnauthlist_malformed") {
            Scene.pki.leaf(.spc("709j"))
        },
        party("constraints of both forms", .bothClaimConstraints, "claim_constraints_both") {
            Scene.leaf {
                $0.extensions.append(.claimConstraints(mustInclude: ["iat"], enhanced: false))
                $0.extensions.append(.claimConstraints(mustInclude: ["iat"], enhanced: true))
            }
        },
        party(
            "empty constraints", .malformedClaimConstraints("nothing is constrained"),
            "claim_constraints_malformed"
        ) { Scene.leaf { $0.extensions.append(.claimConstraints(enhanced: false)) } },
        party("no scope below one", .delegationGap(1), "delegation_gap") {
            let above = Scene.pki.authority(.range("12155551000", 1_000))
            return Scene.pki.leaf(.one("12155551212"), by: Scene.pki.authority(by: above))
        },
        party("outside the issuer's numbers", .outsideIssuersScope(0), "delegation_outside_scope") {
            Scene.pki.leaf(.range("12155551200", 101), by: Scene.pki.authority(.range("12155551200", 100)))
        },
        party("wider again two steps down", .outsideIssuersScope(0), "delegation_outside_scope") {
            let wide = Scene.pki.authority(.range("12155551000", 1_000))
            let narrow = Scene.pki.authority(.range("12155551200", 10), by: wide)
            return Scene.pki.leaf(.range("12155551200", 100), by: narrow)
        },
    ]

    private static let revocations: [Case] = [
        chain("revoked", .revoked(0), "certificate_revoked") {
            $0.revocationLists = [Scene.pki.revocationList(of: Scene.carrier)]
        },
        chain("revoked by the list of all", .revoked(0), "certificate_revoked") {
            $0.revocationLists = [Scene.pki.revocationList(of: Scene.carrier, by: Scene.pki.root, indirect: true)]
        },
        Case("another's certificate revoked", .valid, 200, "valid", .passed, action: .allow) {
            $0.revocationLists = [Scene.pki.revocationList(of: Scene.stranger)]
        },
        chain("no list where there must be one", .revocationUnknown(0), "revocation_unknown") {
            $0.trustSettings.revocation = .hard
        },
        chain("a list eight days too old", .revocationListStale(0), "revocation_stale") {
            $0.revocationLists = [
                Scene.pki.revocationList(
                    thisUpdate: Scene.now - 20 * MiniPKI.day, nextUpdate: Scene.now - 8 * MiniPKI.day)
            ]
        },
        Case("a list one hour too old", .valid, 200, "valid", .passed, action: .allow) {
            $0.revocationLists = [
                Scene.pki.revocationList(thisUpdate: Scene.now - MiniPKI.day, nextUpdate: Scene.now - 3_600)
            ]
        },
    ]

    private static func chain(
        _ name: String, _ fault: CertificateFault, _ reason: String, alter: @escaping @Sendable (inout Scene) -> Void
    ) -> Case {
        Case("certificate: \(name)", .certificate(fault), 437, reason, .failed, alter: alter)
    }

    /// Signed by a carrier with that certificate.
    private static func party(
        _ name: String, _ fault: CertificateFault, _ reason: String, _ made: @escaping @Sendable () -> MiniPKI.Party
    ) -> Case {
        chain(name, fault, reason) { $0.sign(as: made()) }
    }

    private static func pem(_ certificates: [Certificate]) -> [UInt8] {
        Array(certificates.map(\.pem).joined().utf8)
    }
}

extension Scene {
    /// Carrier 1234 with another certificate.
    static func leaf(alter: (inout MiniPKI.Recipe) -> Void) -> MiniPKI.Party { pki.leaf(.spc("1234"), alter: alter) }
}
