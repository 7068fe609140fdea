import Certificates
import LibCrypto
import MiniPKI
import NumberPlan
import Testing

/// Each rule is broken alone, by a certificate that keeps all others.
@Suite struct CertificateRuleTests {
    typealias Recipe = MiniPKI.Recipe

    let pki = MiniPKI()

    /// As the profile has it.
    private func sound(_ recipe: inout Recipe) throws {
        recipe.replace(try .certificatePolicies(CertificateProfile.testPolicy))
        recipe.replace(.crlDistributionPoint("https://crl.example.com/crl.pem"))
    }

    private func broken(_ alter: (inout Recipe) -> Void) -> [CertificateRule] {
        let leaf = pki.leaf(.spc("709J")) { recipe in
            try! sound(&recipe)
            alter(&recipe)
        }
        return CertificateRule.broken(by: leaf.certificate, as: .endEntity)
    }

    @Test func `what is sound breaks none`() {
        #expect(broken { _ in } == [])
    }

    @Test func `an end entity breaks one rule at a time`() {
        let breaches: [(CertificateRule, (inout Recipe) -> Void)] = [
            (.signature, { $0.digest = .sha384 }),
            (.signature, { $0.digest = .sha1 }),
            (.key, { $0.key = .explicitParameters }),
            (.key, { $0.key = .unfit(.p384) }),
            (.key, { $0.key = .unfit(.rsa2048) }),
            (.serial, { $0.serial = [1, 2, 3, 4, 5, 6, 7] }),
            (.serial, { $0.serial = [0] }),
            (.subject, { $0.subject.country = "USA" }),
            (.subject, { $0.subject.country = "us" }),
            (.subject, { $0.subject.organization = "" }),
            (.subject, { $0.subject.organization = String(repeating: "o", count: 65) }),
            (.commonName, { $0.subject.commonName = "SHAKEN 709K TEST" }),
            (.commonName, { $0.subject.commonName = "709J TEST" }),
            (.basicConstraints, { $0.replace(.basicConstraints(authority: true)) }),
            (.basicConstraints, { $0.remove("2.5.29.19") }),
            (.basicConstraints, { $0.replace(.init("2.5.29.19", isCritical: false, value: [0x30, 0])) }),
            (.keyUsage, { $0.replace(.keyUsage([.digitalSignature, .keyCertSign])) }),
            (.keyUsage, { $0.remove("2.5.29.15") }),
            (.keyIdentifiers, { $0.replace(.subjectKeyIdentifier([1, 2, 3])) }),
            (.keyIdentifiers, { $0.remove("2.5.29.35") }),
            (.policies, { $0.remove("2.5.29.32") }),
            (.policies, { $0.replace(.init("2.5.29.32", isCritical: false, value: [0x30, 0])) }),
            (.revocation, { $0.remove("2.5.29.31") }),
            (.tnAuthList, { $0.remove("1.3.6.1.5.5.7.1.26") }),
            (.tnAuthList, { $0.replace(.tnAuthList(.spc("709J"), isCritical: true)) }),
            (.tnAuthList, { $0.replace(.tnAuthList(.spc("709J"), .spc("1234"))) }),
            (.tnAuthList, { $0.replace(.tnAuthList(.spc("709J"), .one("12155550000"))) }),
            (.tnAuthList, { $0.replace(.tnAuthList(.range("10", 90))) }),
            (.constraints, { $0.replace(.claimConstraints(mustInclude: ["attest"], enhanced: false)) }),
            (.otherExtensions, { $0.replace(.init("2.5.29.54", isCritical: false, value: [2, 1, 0])) }),
            (.testMark, { $0.replace(try! .certificatePolicies(CertificateProfile.usPolicies + "4")) }),
        ]
        for (rule, alter) in breaches { #expect(broken(alter) == [rule]) }
        let covered = Set(breaches.map(\.0)).union([.version])
        #expect(covered == Set(CertificateRule.allCases))
    }

    @Test func `version 1 has none of the extensions either`() {
        #expect(broken { $0.version = 1 }.contains(.version))
    }

    @Test func `a root has no policy, a CA no TNAuthList, a delegate one kind of constraints`() throws {
        let root = try CertificateProfile.testing(.root).selfSigned(by: .generate(), at: pki.now)
        #expect(CertificateRule.broken(by: root, as: .root) == [])
        #expect(CertificateRule.broken(by: root, as: .intermediate) == [.policies, .revocation])
        let delegator = pki.authority(.spc("709J")) { try! sound(&$0) }
        #expect(CertificateRule.broken(by: delegator.certificate, as: .delegateAuthority) == [])
        #expect(CertificateRule.broken(by: delegator.certificate, as: .intermediate) == [.tnAuthList])
        let both = pki.leaf(.one("12155550000")) { recipe in
            try! sound(&recipe)
            recipe.replace(.claimConstraints(mustInclude: ["attest"], enhanced: false))
            recipe.replace(.claimConstraints(mustExclude: ["rcd"], enhanced: true))
        }
        #expect(CertificateRule.broken(by: both.certificate, as: .delegate) == [.constraints])
    }
}
