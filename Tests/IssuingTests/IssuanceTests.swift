import Certificates
import LibCrypto
import MiniPKI
import NumberPlan
import Testing

@Suite struct IssuanceTests {
    static let now = MiniPKI.now

    let root: Issuer
    let intermediate: Issuer

    init() throws {
        let rootKey = try SigningKey.generate()
        let anchor = try CertificateProfile.testing(.root).selfSigned(by: rootKey, at: Self.now)
        root = try Issuer(key: rootKey, path: [anchor])
        intermediate = try Self.authority(.intermediate, Holder(name: "Countersign"), by: root)
    }

    private static func authority(
        _ kind: CertificateProfile.Kind, _ holder: Holder, by issuer: Issuer
    ) throws -> Issuer {
        let key = try SigningKey.generate()
        let made = try CertificateProfile.testing(kind).issue(to: holder, key: key.verifyingKey, by: issuer, at: now)
        return try Issuer(key: key, path: [made.certificate] + issuer.path)
    }

    private static func list(_ entries: TNAuthList.Entry...) throws -> TNAuthList { try TNAuthList(entries) }

    private static func digits(_ text: String) -> Digits { Digits(text)! }

    private func issue(
        _ kind: CertificateProfile.Kind, _ list: TNAuthList?, by issuer: Issuer, constraints: ClaimConstraints? = nil,
        days: Int? = nil
    ) throws -> Issuance {
        try CertificateProfile.testing(kind).issue(
            to: Holder(name: "x", tnAuthList: list, constraints: constraints),
            key: SigningKey.generate().verifyingKey, by: issuer, until: days.map { Self.now + $0 * 86_400 },
            at: Self.now)
    }

    @Test func `what is issued is what a verifier accepts`() throws {
        let delegator = try Self.authority(
            .delegateAuthority, Holder(name: "x", tnAuthList: Self.list(.spc("709J"))), by: intermediate)
        let trust = TrustSnapshot(anchors: [root.certificate], epoch: 1)
        let carrier = try issue(.endEntity, Self.list(.spc("709J")), by: intermediate)
        let customer = try issue(
            .delegate, Self.list(.one(Self.digits("12155550000"))), by: delegator,
            constraints: ClaimConstraints(mustExclude: ["attest"]))
        for (issuance, issuer) in [(carrier, intermediate), (customer, delegator)] {
            let body = issuer.chain(below: issuance.certificate)
            let chain = try trust.validate(Array(body.utf8), at: Self.now)
            #expect(chain.notAfter == Self.now + 30 * 86_400)
            #expect(chain.notBefore == Self.now - CertificateProfile.backdating)
        }
        #expect(carrier.warnings.isEmpty)
        #expect(customer.warnings.count == 1)
    }

    @Test func `a child wider than its issuer is refused`() throws {
        let delegator = try Self.authority(
            .delegateAuthority,
            Holder(
                name: "x",
                tnAuthList: Self.list(
                    .range(start: Self.digits("12155550000"), count: 100),
                    .range(start: Self.digits("12155550100"), count: 100), .one(Self.digits("12155550201")))),
            by: intermediate)
        let within = try Self.list(.range(start: Self.digits("12155550050"), count: 150))
        let constraints = try ClaimConstraints(mustExclude: ["attest"])
        #expect(try issue(.delegate, within, by: delegator, constraints: constraints).warnings.isEmpty)
        let wider = try Self.list(.range(start: Self.digits("12155550050"), count: 151))
        #expect(throws: IssuingFault.widerThanIssuer("12155550200")) { try issue(.delegate, wider, by: delegator) }
        let code = try Self.list(.spc("709J"))
        #expect(throws: IssuingFault.widerThanIssuer("709J")) { try issue(.delegate, code, by: delegator) }
        #expect(throws: IssuingFault.widerThanIssuer("709J")) { try issue(.delegateAuthority, code, by: delegator) }
    }

    @Test func `only a CA with a TNAuthList delegates`() throws {
        let numbers = try Self.list(.one(Self.digits("12155550000")))
        #expect(throws: IssuingFault.notADelegator("CN=SHAKEN TEST CA,O=Countersign,C=US")) {
            try issue(.delegate, numbers, by: intermediate)
        }
    }

    @Test func `scope belongs to some kinds and not to others`() throws {
        let list = try Self.list(.spc("709J"))
        #expect(throws: IssuingFault.missingScope(.endEntity)) { try issue(.endEntity, nil, by: intermediate) }
        #expect(throws: IssuingFault.unwantedScope(.intermediate)) { try issue(.intermediate, list, by: root) }
    }

    @Test func `nothing outlives its issuer`() throws {
        let list = try Self.list(.spc("709J"))
        #expect(try issue(.endEntity, list, by: intermediate, days: 1_095).warnings.isEmpty)
        #expect(throws: IssuingFault.outlivesIssuer(days: 1_095)) {
            try issue(.endEntity, list, by: intermediate, days: 1_096)
        }
        #expect("\(IssuingFault.outlivesIssuer(days: 2))".contains("--days 2 or less"))
        #expect("\(IssuingFault.outlivesIssuer(days: 0))".contains("ends within a day"))
    }

    @Test func `rules are looked at before anything leaves`() throws {
        var profile = CertificateProfile.testing(.endEntity)
        profile.policy = CertificateProfile.unitedStatesArc + "1.1.4"
        let holder = try Holder(name: "x", tnAuthList: Self.list(.spc("709J")))
        #expect(throws: IssuingFault.breaksRules([.nationalPolicy])) {
            try profile.issue(
                to: holder, key: SigningKey.generate().verifyingKey, by: intermediate, at: Self.now)
        }
        profile.policy = "1.2.x"
        #expect(throws: IssuingFault.notAnObjectIdentifier("1.2.x")) {
            try profile.issue(
                to: holder, key: SigningKey.generate().verifyingKey, by: intermediate, at: Self.now)
        }
    }

    @Test func `an issuer is a CA with its own key`() throws {
        let other = try SigningKey.generate()
        #expect(throws: IssuingFault.keyMismatch("CN=SHAKEN TEST ROOT,O=Countersign,C=US")) {
            try Issuer(key: other, path: root.path)
        }
        let leaf = MiniPKI().leaf(.spc("709J"))
        #expect(throws: IssuingFault.notAnAuthority(leaf.certificate.subjectText)) {
            try Issuer(key: leaf.key, path: leaf.chain)
        }
    }

    @Test func `a renewal carries the same constraints`() throws {
        let constraints = try ClaimConstraints(mustExclude: ["attest"])
        let old = MiniPKI().leaf(.spc("709J")) { $0.replace(.claimConstraints(constraints)) }.certificate
        try Holder(name: "x", constraints: constraints).requireSameConstraints(as: old)
        #expect(throws: IssuingFault.renewalChangesConstraints) {
            try Holder(name: "x").requireSameConstraints(as: old)
        }
        #expect(throws: IssuingFault.renewalChangesConstraints) {
            try Holder(name: "x", constraints: ClaimConstraints(mustExclude: ["rcd"])).requireSameConstraints(as: old)
        }
    }

    @Test func `serial numbers are positive, of 159 bits, and never the same`() {
        let serials = (0..<100_000).map { _ in UnsignedCertificate.randomSerial() }
        #expect(serials.allSatisfy { $0.count == 20 && (0x40...0x7F).contains($0[0]) })
        #expect(Set(serials).count == serials.count)
    }

    @Test func `a delegate that may attest is issued with a warning`() throws {
        let numbers = try Self.list(.one(Self.digits("12155550000")))
        let delegator = try Self.authority(
            .delegateAuthority, Holder(name: "x", tnAuthList: numbers), by: intermediate)
        #expect(try issue(.delegate, numbers, by: delegator).warnings.count == 1)
        let held = [
            try ClaimConstraints(mustExclude: ["attest"]),
            try ClaimConstraints(permittedValues: [.init(claim: "attest", values: ["C"])]),
        ]
        for constraints in held {
            #expect(try issue(.delegate, numbers, by: delegator, constraints: constraints).warnings.isEmpty)
        }
    }

    @Test func `a request gets what was granted, or the part it asks for`() throws {
        let key = try SigningKey.generate(),
            subject = DistinguishedName(country: "DE", organization: "", commonName: "")
        let constraints = try ClaimConstraints(mustExclude: ["attest"])
        func asking(_ list: TNAuthList?, _ constraints: ClaimConstraints? = nil) throws -> CertificationRequest {
            let holder = Holder(name: "x", tnAuthList: list, constraints: constraints)
            return try CertificationRequest(for: holder, subject: subject, by: key)
        }
        let granted = Holder(
            name: "x", tnAuthList: try Self.list(.spc("709J"), .range(start: Self.digits("12155550000"), count: 100)),
            constraints: constraints)
        let part = try Self.list(.one(Self.digits("12155550099")))
        #expect(try granted.granting(asking(nil)).tnAuthList == granted.tnAuthList)
        #expect(try granted.granting(asking(part, constraints)).tnAuthList == part)
        #expect(try granted.granting(asking(part)).constraints == constraints)
        // The code may stand for the number, but that it does nobody has granted here.
        let beyond = try Self.list(.spc("709J"), .spc("1234"), .one(Self.digits("12155550100")))
        #expect(throws: IssuingFault.asksForMore("1234, 12155550100")) { try granted.granting(asking(beyond)) }
        let others = try ClaimConstraints(mustExclude: ["rcd"])
        #expect(throws: IssuingFault.asksForOtherConstraints) { try granted.granting(asking(nil, others)) }
        #expect(throws: IssuingFault.asksForMore("12155550099")) { try Holder(name: "x").granting(asking(part)) }
    }
}
