import Certificates
import Foundation
import LibCrypto
import MiniPKI
import Testing

@Suite struct `Chains` {
    static let pki: MiniPKI = ChainCase.pki

    static let bodies: [ChainCase] = {
        let leaf = ChainCase.leaf(), chain = leaf.chain, stranger = MiniPKI.Party.selfSigned("STRANGER", now: pki.now)
        let pem = String(decoding: leaf.pem, as: UTF8.self)
        let twin = pki.authority(
            by: pki.root, alter: { $0.subject = .init(country: "US", organization: "O", commonName: "T") })
        return [
            ChainCase("leaf and provider", chain),
            ChainCase("the root may stand at the end", chain + pki.anchors),
            ChainCase("text around the blocks", body: Array("subject=x\r\n\(pem)\r\ntrailer".utf8)),
            ChainCase("lines that end in CRLF", body: Array(pem.replacing("\n", with: "\r\n").utf8)),
            ChainCase("DER of one certificate", body: pki.leaf(.spc("1"), by: pki.root).certificate.der),
            ChainCase(
                "DER with a byte behind it", body: pki.leaf(.spc("1"), by: pki.root).certificate.der + [0],
                expected: "certificate_malformed"),
            ChainCase(
                "PEM with a byte behind the certificate",
                body: Array(
                    """
                    -----BEGIN CERTIFICATE-----
                    \(Data(pki.leaf(.spc("1"), by: pki.root).certificate.der + [0]).base64EncodedString(
                        options: [.lineLength64Characters, .endLineWithLineFeed]))
                    -----END CERTIFICATE-----

                    """.utf8), expected: "certificate_malformed"),
            ChainCase("nothing", body: [], expected: "certificate_absent"),
            ChainCase("a text that begins with DER's first byte", body: Array("0 s:C=US\n\(pem)".utf8)),
            ChainCase(
                "zeros", body: [UInt8](repeating: UInt8(ascii: "0"), count: 200), expected: "certificate_absent"),
            ChainCase("a page", body: Array("<html>not found</html>".utf8), expected: "certificate_absent"),
            ChainCase(
                "a public key", body: Array("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".utf8),
                expected: "certificate_wrong_pem"),
            ChainCase(
                "a chain and a private key", body: leaf.pem + (try! leaf.key.pem()),
                expected: "certificate_wrong_pem"),
            ChainCase(
                "OpenSSL's trusted kind", body: Array(pem.replacing("CERTIFICATE", with: "TRUSTED CERTIFICATE").utf8),
                expected: "certificate_wrong_pem"),
            ChainCase("cut off", body: Array(leaf.pem.dropLast(40)), expected: "certificate_malformed"),
            ChainCase(
                "a letter that is not base64", body: Array(pem.replacing("MII", with: "M!I").utf8),
                expected: "certificate_malformed"),
            ChainCase(
                "a block that does not start its line",
                body: Array(pem.utf8) + Array("x -----BEGIN CERTIFICATE-----".utf8),
                expected: "certificate_malformed"),
            ChainCase("a byte order mark", body: [0xEF, 0xBB, 0xBF] + leaf.pem),
            ChainCase(
                "too large", body: leaf.pem + [UInt8](repeating: 0x0A, count: 32 * 1024),
                expected: "certificate_body_too_large"),
            ChainCase("six", chain + Array(repeating: chain[1], count: 4), expected: "chain_too_long"),
            ChainCase("one twice", [chain[0], chain[1], chain[1]], expected: "chain_duplicate"),
            ChainCase("leaf last", chain.reversed(), expected: "signer_is_authority"),
            ChainCase("a stranger behind the chain", chain + [stranger.certificate], expected: "chain_unordered"),
            ChainCase(
                "a stranger within the chain", [chain[0], twin.certificate, chain[1]], expected: "chain_unordered"),
            ChainCase("the same, tolerated", [chain[0], twin.certificate, chain[1]]) {
                $0.toleratesUnorderedChain = true
            },
            ChainCase("tolerated, but still untrusted", [chain[0], twin.certificate], expected: "chain_untrusted") {
                $0.toleratesUnorderedChain = true
            },
        ]
    }()

    @Test(arguments: bodies) func `what a URL may answer`(_ one: ChainCase) { one.check() }

    static let anchors: [ChainCase] = {
        let leaf = ChainCase.leaf(), stranger = MiniPKI.Party.selfSigned("STRANGER", now: pki.now)
        let selfSigned = MiniPKI.Party.selfSigned("SHAKEN 709J", now: pki.now)
        let again = MiniPKI(now: pki.now)
        let delegate = pki.authority(.spc("709J"))
        return [
            ChainCase("no anchor", leaf.chain, anchors: [], expected: "chain_untrusted"),
            ChainCase("another anchor", leaf.chain, anchors: [stranger.certificate], expected: "chain_untrusted"),
            ChainCase(
                "an anchor of the same name and another key", leaf.chain, anchors: again.anchors,
                expected: "chain_untrusted"),
            ChainCase("the intermediate is missing", [leaf.certificate], expected: "chain_untrusted"),
            ChainCase("a self-signed authority signs", [selfSigned.certificate], expected: "signer_is_authority"),
            ChainCase(
                "the signer is an anchor", leaf.chain, anchors: pki.anchors + [leaf.certificate],
                expected: "signer_is_anchor"),
            ChainCase("an intermediate pinned on purpose", [leaf.certificate], anchors: [pki.provider.certificate]),
            ChainCase("pinned, and the root behind it", leaf.chain + pki.anchors, anchors: [pki.provider.certificate]),
            ChainCase(
                "below a pinned delegate", [pki.leaf(.spc("709J"), by: delegate).certificate],
                anchors: [delegate.certificate]),
            ChainCase(
                "beside a pinned intermediate", [pki.leaf(.spc("1"), by: pki.root).certificate],
                anchors: [pki.provider.certificate], expected: "chain_untrusted"),
        ]
    }()

    @Test(arguments: anchors) func `whom a chain may lead to`(_ one: ChainCase) { one.check() }

    static let leaves: [ChainCase] = {
        func one(_ name: String, _ expected: String?, _ alter: (inout MiniPKI.Recipe) -> Void) -> ChainCase {
            ChainCase(name, ChainCase.leaf(alter).chain, expected: expected)
        }
        let garbage = Certificate.Extension("1.2.3.4", isCritical: true, value: [5, 0])
        return [
            one("version 1", "certificate_version") { $0.version = 1 },
            one("serial zero", "certificate_serial") { $0.serial = [0] },
            one("serial of 21 octets", "certificate_serial") { $0.serial = [1] + Array(repeating: 7, count: 20) },
            one("serial one", nil) { $0.serial = [1] },
            one("an unknown extension", nil) {
                $0.extensions.append(.init("1.2.3.4", isCritical: false, value: [5, 0]))
            },
            one("an unknown critical extension", "certificate_extension_critical") { $0.extensions.append(garbage) },
            one("TNAuthList critical", nil) { $0.replace(.tnAuthList(.spc("709J"), isCritical: true)) },
            one("TNAuthList twice", "certificate_extension_duplicate") {
                $0.extensions.append(.tnAuthList(.spc("709J")))
            },
            one("no TNAuthList", "tnauthlist_absent") { $0.remove(TNAuthList.oid) },
            one("TNAuthList empty", "tnauthlist_malformed") { $0.replace(.tnAuthList()) },
            one("TNAuthList with a lower-case code", "tnauthlist_malformed") { $0.replace(.tnAuthList(.spc("709j"))) },
            one("key usage absent", nil) { $0.remove("2.5.29.15") },
            one("key usage without digitalSignature", "certificate_key_usage") { $0.replace(.keyUsage([.crlSign])) },
            one("key usage keyCertSign on a leaf", "chain_invalid") {
                $0.replace(.keyUsage([.digitalSignature, .keyCertSign]))
            },
            one("key usage garbled", "certificate_extension_malformed") {
                $0.replace(.init("2.5.29.15", isCritical: true, value: [9, 9]))
            },
            one("basicConstraints absent", nil) { $0.remove("2.5.29.19") },
            one("a CA", "signer_is_authority") { $0.replace(.basicConstraints(authority: true)) },
            one("EKU serverAuth", "certificate_extended_key_usage") {
                $0.extensions.append(.extendedKeyUsage("1.3.6.1.5.5.7.3.1"))
            },
            one("EKU serverAuth and any", nil) {
                $0.extensions.append(.extendedKeyUsage("1.3.6.1.5.5.7.3.1", "2.5.29.37.0"))
            },
            one("AKI absent", "chain_invalid") { $0.remove("2.5.29.35") },
            one("AKI of another key", "chain_unordered") { $0.replace(.authorityKeyIdentifier([1, 2, 3])) },
            one("forged", "chain_signature") { $0.isForged = true },
            one("signed with SHA-1", "chain_weak_algorithm") { $0.digest = .sha1 },
            one("signed with SHA-384", "certificate_signature_algorithm") { $0.digest = .sha384 },
            one("RSA key", "certificate_key") { $0.key = .unfit(.rsa2048) },
            one("P-384 key", "certificate_key") { $0.key = .unfit(.p384) },
            one("curve spelled out", "certificate_key") { $0.key = .explicitParameters },
            one("point at infinity", "certificate_key") { $0.key = .pointAtInfinity },
            one("not yet valid", "certificate_not_yet_valid") { $0.notBefore = pki.now + 1 },
            one("first second", nil) { $0.notBefore = pki.now },
            one("last second", nil) { $0.notAfter = pki.now },
            one("expired a second ago", "certificate_expired") { $0.notAfter = pki.now - 1 },
            one("both constraints", "claim_constraints_both") {
                $0.extensions.append(.claimConstraints(mustInclude: ["a"], enhanced: false))
                $0.extensions.append(.claimConstraints(mustInclude: ["a"], enhanced: true))
            },
            one("constraints that say nothing", "claim_constraints_malformed") {
                $0.extensions.append(.claimConstraints(enhanced: true))
            },
            one("mustExclude in the old form", "claim_constraints_malformed") {
                $0.extensions.append(.claimConstraints(mustInclude: ["a"], mustExclude: ["b"], enhanced: false))
            },
        ]
    }()

    @Test(arguments: leaves) func `what a signer may be`(_ one: ChainCase) { one.check() }

    static let authorities: [ChainCase] = {
        func one(
            _ name: String, _ expected: String?, settings: (inout TrustSettings) -> Void = { _ in },
            _ alter: (inout MiniPKI.Recipe) -> Void
        ) -> ChainCase {
            let authority = pki.authority(by: pki.root, alter: alter)
            return ChainCase(name, pki.leaf(.spc("709J"), by: authority).chain, expected: expected, settings: settings)
        }
        let short = pki.authority(by: pki.root, pathLength: 0)
        let deep = pki.authority(by: short) {
            $0.subject = .init(country: "US", organization: "Test STI", commonName: "SHAKEN TEST Deep CA")
        }
        var five = pki.provider
        for _ in 0..<3 { five = pki.authority(by: five) }
        return [
            one("sound", nil) { _ in },
            one("not a CA", "chain_issuer_not_authority") { $0.replace(.basicConstraints(authority: false)) },
            one("basicConstraints absent", "chain_issuer_not_authority") { $0.remove("2.5.29.19") },
            one("key usage without keyCertSign", "chain_issuer_not_authority") { $0.replace(.keyUsage([.crlSign])) },
            one("key usage absent", "chain_issuer_not_authority") { $0.remove("2.5.29.15") },
            one("expired", "certificate_expired") { $0.notAfter = pki.now - 1 },
            one("not yet valid", "certificate_not_yet_valid") { $0.notBefore = pki.now + 1 },
            one("forged", "chain_signature") { $0.isForged = true },
            one("serial zero", "certificate_serial") { $0.serial = [0] },
            one("an unknown critical extension", "certificate_extension_critical") {
                $0.extensions.append(.init("1.2.3.4", isCritical: true, value: [5, 0]))
            },
            one("EKU serverAuth", "certificate_extended_key_usage") {
                $0.extensions.append(.extendedKeyUsage("1.3.6.1.5.5.7.3.1"))
            },
            one("signed with SHA-1", "chain_weak_algorithm") { $0.digest = .sha1 },
            one("signed with SHA-384", "certificate_signature_algorithm") { $0.digest = .sha384 },
            one("signed with SHA-384, base profile", nil, settings: { $0.profile = .base }) { $0.digest = .sha384 },
            one("RSA key", "certificate_signature_algorithm") { $0.key = .unfit(.rsa2048) },
            one("RSA key, base profile", nil, settings: { $0.profile = .base }) { $0.key = .unfit(.rsa2048) },
            one("critical name constraints that hold", nil) {
                $0.extensions.append(.permitted(organization: "Carrier 709J"))
            },
            one("critical name constraints that do not", "chain_name_constraint") {
                $0.extensions.append(.permitted(organization: "Else"))
            },
            one("a required policy is absent", "chain_policy", settings: { $0.requiredPolicies = ["1.2.3"] }) { _ in },
            ChainCase("path length exceeded", pki.leaf(.spc("709J"), by: deep).chain, expected: "chain_path_length"),
            ChainCase("path length kept", pki.leaf(.spc("709J"), by: short).chain),
            ChainCase("five certificates", pki.leaf(.spc("709J"), by: five).chain),
            ChainCase(
                "six certificates", pki.leaf(.spc("709J"), by: pki.authority(by: five)).chain,
                expected: "chain_too_long"),
            ChainCase(
                "a leaf issues", pki.leaf(.spc("709J"), by: pki.leaf(.spc("709J"))).chain,
                expected: "chain_issuer_not_authority"),
        ]
    }()

    @Test(arguments: authorities) func `what an issuer may be`(_ one: ChainCase) { one.check() }

    @Test func `a required policy that holds along the path`() throws {
        let policy = try Certificate.Extension.certificatePolicies("1.2.3")
        let authority = Self.pki.authority(by: Self.pki.root) { $0.extensions.append(policy) }
        let leaf = Self.pki.leaf(.spc("709J"), by: authority) { $0.extensions.append(policy) }
        ChainCase("policy", leaf.chain) { $0.requiredPolicies = ["2.9.9", "1.2.3"] }.check()
        ChainCase("another", leaf.chain, expected: "chain_policy") { $0.requiredPolicies = ["1.2.4"] }.check()
    }

    /// RFC 5280 §6.1.1 (c): whoever asks for none takes any, and a path that must have one then needs just that.
    @Test func `a policy that an issuer demands is any, where we demand none`() throws {
        let policy = try Certificate.Extension.certificatePolicies("1.2.3")
        // policyConstraints: requireExplicitPolicy 0.
        let demand = Certificate.Extension("2.5.29.36", isCritical: true, value: [0x30, 3, 0x80, 1, 0])
        let authority = Self.pki.authority(by: Self.pki.root) { $0.extensions += [policy, demand] }
        let leaf = Self.pki.leaf(.spc("709J"), by: authority) { $0.extensions.append(policy) }
        ChainCase("both have it", leaf.chain).check()
        ChainCase("the leaf has none", Self.pki.leaf(.spc("709J"), by: authority).chain, expected: "chain_policy")
            .check()
    }

    /// RFC 5280 §4.1.2.5: libcrypto reads more, and would have two readers of one certificate disagree.
    @Test(arguments: ["3001010000Z", "300101000000+0000", "300101000000+0100", "300101000000.5Z", "300101000000"])
    func `a date is to the second and in Greenwich time`(text: String) throws {
        let der = Self.pki.leaf(.spc("709J")).certificate.der
        #expect(try Certificate(der: Self.ending("300101000000Z", der).span).notAfter == 1_893_456_000)
        let odd = Self.ending(text, der)
        #expect((try? Certificate(der: odd.span))?.notAfter ?? .min == .min)
    }

    /// The certificate with another end, and the lengths of all that it is in.
    private static func ending(_ text: String, _ der: [UInt8]) -> [UInt8] {
        let validity = der.indices.first { der[$0...].starts(with: [0x30, 0x1E, 0x17, 0x0D]) }!
        let growth = text.utf8.count - 13
        var altered = der
        altered[validity + 1] = UInt8(0x1E + growth)
        altered.replaceSubrange(validity + 18..<validity + 32, with: [UInt8(text.utf8.count)] + text.utf8)
        for place in [2, 6] {
            let length = Int(altered[place]) << 8 + Int(altered[place + 1]) + growth
            altered[place] = UInt8(length >> 8)
            altered[place + 1] = UInt8(length & 0xFF)
        }
        return altered
    }

    @Test func `an anchor that has expired is none`() {
        ChainCase("late", ChainCase.leaf { $0.notAfter = .max / 4_000_000_000 }.chain, expected: "chain_untrusted")
            .check(at: Self.pki.root.certificate.notAfter + 1)
    }
}

extension Certificate.Extension {
    static func extendedKeyUsage(_ uses: String...) -> Self {
        Self("2.5.29.37", isCritical: false, value: DERElement.sequence(uses.map { try! .oid($0) }).bytes)
    }

    /// Critical; permits subjects in C=US with this organization.
    static func permitted(organization: String) -> Self {
        func part(_ oid: String, _ text: DERElement) -> DERElement { .set(.sequence(try! .oid(oid), text)) }
        let name = DERElement.sequence(part("2.5.4.6", .printable("US")), part("2.5.4.10", .utf8(organization)))
        let subtree = DERElement.sequence(.explicit(4, name))
        return Self("2.5.29.30", isCritical: true, value: DERElement.sequence(.explicit(0, subtree)).bytes)
    }
}
