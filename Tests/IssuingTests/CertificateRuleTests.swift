import Certificates
import LibCrypto
import MiniPKI
import NumberPlan
import Testing

/// Each rule is broken alone, by a certificate that keeps all others.
@Suite struct CertificateRuleTests {
    typealias Recipe = MiniPKI.Recipe
    typealias Breach = (rule: CertificateRule, alter: @Sendable (inout Recipe) -> Void)

    static let pki = MiniPKI()
    static let delegator = pki.authority(.spc("709J"), .range("12155550000", 100)) { sound(&$0) }

    /// As the profile has it.
    private static func sound(_ recipe: inout Recipe) {
        recipe.replace(try! .certificatePolicies(CertificateProfile.testPolicy))
        recipe.replace(.crlDistributionPoint("https://crl.example.com/crl.pem"))
    }

    private static func above(_ party: MiniPKI.Party) -> [Certificate] { party.issuers + [pki.root.certificate] }

    private func brokenByCarrier(_ alter: (inout Recipe) -> Void) -> [CertificateRule] {
        let leaf = Self.pki.leaf(.spc("709J")) { recipe in
            Self.sound(&recipe)
            alter(&recipe)
        }
        return CertificateRule.broken(by: leaf.certificate, as: .endEntity, under: Self.above(leaf))
    }

    private func brokenByCustomer(_ alter: (inout Recipe) -> Void) -> [CertificateRule] {
        let leaf = Self.pki.leaf(.one("12155550000"), by: Self.delegator) { recipe in
            Self.sound(&recipe)
            recipe.replace(.claimConstraints(mustExclude: ["attest"], enhanced: true))
            alter(&recipe)
        }
        return CertificateRule.broken(by: leaf.certificate, as: .delegate, under: Self.above(leaf))
    }

    private func brokenByAuthority(
        _ scope: MiniPKI.Scope..., as kind: CertificateProfile.Kind, by issuer: MiniPKI.Party? = nil,
        _ alter: (inout Recipe) -> Void
    ) -> [CertificateRule] {
        // MiniPKI takes a list of its own making, empty or not.
        let made = Self.pki.authority(by: issuer) { recipe in
            Self.sound(&recipe)
            if !scope.isEmpty { recipe.replace(.tnAuthList(MiniPKI.Scope.der(scope))) }
            alter(&recipe)
        }
        return CertificateRule.broken(by: made.certificate, as: kind, under: Self.above(made))
    }

    private static let ofCarriers: [Breach] = [
        (.version, { $0.version = 2 }),
        (.signatureAlgorithm, { $0.digest = .sha384 }),
        (.signatureAlgorithm, { $0.digest = .sha1 }),
        (.publicKey, { $0.key = .explicitParameters }),
        (.publicKey, { $0.key = .unfit(.p384) }),
        (.publicKey, { $0.key = .unfit(.rsa2048) }),
        (.serialNumber, { $0.serial = Array(repeating: 0x40, count: 21) }),
        (.serialLength, { $0.serial = [1, 2, 3, 4, 5, 6, 7] }),
        (.validity, { $0.notAfter = $0.notBefore - 1 }),
        (.subjectAttributes, { $0.subjectName = name([("C", "US"), ("O", "x"), ("O", "y"), shaken]) }),
        (.subjectAttributes, { $0.subjectName = name([("C", "US"), ("OU", "x"), shaken]) }),
        (.subjectAttributes, { $0.subjectName = name([("O", "x"), shaken]) }),
        (.country, { $0.subject.country = "USA" }),
        (.country, { $0.subject.country = "us" }),
        (.nameLength, { $0.subject.organization = "" }),
        (.nameLength, { $0.subject.organization = String(repeating: "o", count: 65) }),
        (.nameLength, { $0.subject.commonName = "SHAKEN 709J TEST " + String(repeating: "n", count: 48) }),
        (.commonName, { $0.subject.commonName = "SHAKEN 709K TEST" }),
        (.commonName, { $0.subject.commonName = "SHAKEN 709JX TEST" }),
        (.commonName, { $0.subject.commonName = "709J TEST" }),
        (.basicConstraints, { $0.replace(.basicConstraints(authority: true)) }),
        (.basicConstraints, { $0.remove("2.5.29.19") }),
        (.basicConstraints, { $0.replace(.init("2.5.29.19", isCritical: false, value: [0x30, 0])) }),
        (.keyUsage, { $0.replace(.keyUsage([.digitalSignature, .keyCertSign])) }),
        (.keyUsage, { $0.remove("2.5.29.15") }),
        (.subjectKeyIdentifier, { $0.replace(.subjectKeyIdentifier([1, 2, 3])) }),
        (.authorityKeyIdentifier, { $0.remove("2.5.29.35") }),
        (.certificatePolicy, { $0.remove("2.5.29.32") }),
        (.certificatePolicy, { $0.replace(.init("2.5.29.32", isCritical: false, value: [0x30, 0])) }),
        (.certificatePolicy, { $0.replace(.init("2.5.29.32", isCritical: false, value: [0x30, 2, 5, 0])) }),
        (.revocationPoint, { $0.remove("2.5.29.31") }),
        (.revocationPoint, { $0.replace(.init("2.5.29.31", isCritical: false, value: [0x30, 0])) }),
        (.tnAuthListPlace, { $0.remove(TNAuthList.oid) }),
        (.tnAuthListContent, { $0.replace(.tnAuthList(.range("10", 90))) }),
        (.tnAuthListCriticality, { $0.replace(.tnAuthList(.spc("709J"), isCritical: true)) }),
        (.oneServiceProviderCode, { $0.replace(.tnAuthList(.spc("709J"), .spc("1234"))) }),
        (.oneServiceProviderCode, { $0.replace(.tnAuthList(.spc("709J"), .one("12155550000"))) }),
        (.oneServiceProviderCode, { $0.replace(.tnAuthList(.one("12155550000"))) }),
        (.claimConstraintsPlace, { $0.replace(.claimConstraints(mustInclude: ["attest"], enhanced: false)) }),
        (.knownExtensions, { $0.replace(.init("2.5.29.54", isCritical: false, value: [2, 1, 0])) }),
        (.repeatedExtension, { $0.extensions.append(.tnAuthList(.spc("709J"))) }),
        (.testPolicy, { $0.subject.commonName = "SHAKEN 709J" }),
        (.nationalPolicy, { $0.replace(try! .certificatePolicies("2.16.840.1.114569.1.1.4")) }),
        (.issuer, { $0.issuerName = try! $0.subject.der }),
        (.issuer, { $0.replace(.authorityKeyIdentifier(Array(repeating: 1, count: 20))) }),
        (.issuersValidity, { $0.notAfter += 271 * MiniPKI.day }),
    ]

    private static let ofCustomers: [Breach] = [
        (.claimConstraintsForm, { $0.replace(.claimConstraints(mustInclude: ["attest"], enhanced: false)) }),
        (
            .claimConstraintsContent,
            { $0.replace(.init(ClaimConstraints.enhancedOID, isCritical: false, value: [48, 0])) }
        ),
        (.claimConstraintsBaseline, { $0.replace(.claimConstraints(mustExclude: ["iat"], enhanced: true)) }),
        (.issuersScope, { $0.replace(.tnAuthList(.spc("1234"))) }),
    ]

    private static let shaken = ("CN", "SHAKEN 709J TEST")

    private static func name(_ attributes: [(String, String)]) -> [UInt8] {
        let types = ["C": "2.5.4.6", "O": "2.5.4.10", "OU": "2.5.4.11", "CN": "2.5.4.3"]
        return DERElement.sequence(
            attributes.map { type, value in .set(.sequence(try! .oid(types[type]!), .utf8(value))) }
        ).bytes
    }

    @Test func `what is sound breaks none`() {
        #expect(brokenByCarrier { _ in } == [])
        #expect(brokenByCustomer { _ in } == [])
        #expect(brokenByAuthority(as: .intermediate) { _ in } == [])
        #expect(brokenByAuthority(as: .intermediate) { $0.replace(.keyUsage([.keyCertSign])) } == [])
        #expect(brokenByAuthority(.spc("709J"), as: .delegateAuthority) { _ in } == [])
        #expect(CertificateRule.broken(by: Self.pki.root.certificate, as: .root) == [])
    }

    @Test func `each rule is broken alone`() {
        for (rule, alter) in Self.ofCarriers { #expect(brokenByCarrier(alter) == [rule]) }
        for (rule, alter) in Self.ofCustomers { #expect(brokenByCustomer(alter) == [rule]) }
        let covered = Set((Self.ofCarriers + Self.ofCustomers).map(\.rule))
        #expect(covered == Set(CertificateRule.allCases))
    }

    @Test func `a CA is held to its kind`() {
        #expect(brokenByAuthority(.spc("709J"), as: .intermediate) { _ in } == [.tnAuthListPlace])
        #expect(brokenByAuthority(as: .delegateAuthority) { _ in } == [.tnAuthListPlace])
        #expect(brokenByAuthority(as: .root) { _ in } == [.commonName, .certificatePolicy, .revocationPoint])
        let withDigitalSignature = Certificate.Extension.keyUsage([.keyCertSign, .digitalSignature])
        #expect(brokenByAuthority(as: .intermediate) { $0.replace(withDigitalSignature) } == [.keyUsage])
        #expect(brokenByAuthority(as: .intermediate) { $0.subject.commonName = "TEST CA" } == [.commonName])
        #expect(CertificateRule.broken(by: Self.pki.root.certificate, as: .intermediate).contains(.certificatePolicy))
    }

    @Test func `scope is held to the whole path`() {
        let narrow = Self.pki.authority(.one("12155550001"), by: Self.delegator)
        let beside = Self.pki.leaf(.one("12155550002"), by: narrow) { Self.sound(&$0) }
        #expect(
            CertificateRule.broken(by: beside.certificate, as: .delegate, under: Self.above(beside)) == [.issuersScope])
        // A CA without a list below one that has: what it hands down is limited by nothing.
        #expect(brokenByAuthority(as: .intermediate, by: Self.delegator) { _ in } == [.issuersScope])
        let carrier = Self.pki.leaf(.spc("709J")) { Self.sound(&$0) }
        #expect(
            CertificateRule.broken(by: carrier.certificate, as: .delegate, under: Self.above(carrier)) == [
                .issuersScope
            ])
    }

    @Test func `a kind is told by what a certificate says, and by its issuer`() {
        let delegator = Self.delegator, pki = Self.pki
        let customer = pki.leaf(.one("12155550000"), by: delegator), carrier = pki.leaf(.spc("709J"))
        let all = [customer, delegator, pki.provider, pki.root, carrier].map(\.certificate)
        let kinds = all.map { CertificateProfile.Kind(of: $0, under: $0.issuers(among: all)) }
        #expect(kinds == [.delegate, .delegateAuthority, .intermediate, .root, .endEntity])
        #expect(customer.certificate.issuers(among: all) == Array(all[1...3]))
        #expect(pki.root.certificate.issuers(among: all) == [pki.root.certificate])
        let alone = pki.leaf(.spc("1")) { $0.replace(.claimConstraints(mustExclude: ["attest"], enhanced: true)) }
        #expect(CertificateProfile.Kind(of: alone.certificate, under: []) == .delegate)
    }

    @Test func `every rule says what it asks, and who asks it`() {
        let rules = CertificateRule.allCases
        #expect(Set(rules.map(\.requirement)).count == rules.count)
        #expect(rules.allSatisfy { $0.source.contains("RFC") || $0.source.contains("ATIS") })
    }
}
