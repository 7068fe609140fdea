import Certificates
import LibCrypto
import MiniPKI
import NumberPlan
import Testing

@Suite struct CertificationRequestTests {
    static let subject = DistinguishedName(country: "US", organization: "Carrier", commonName: "SHAKEN 709J")

    let key: SigningKey
    let holder: Holder

    init() throws {
        key = try SigningKey.generate()
        holder = Holder(
            name: "709J", tnAuthList: try TNAuthList([.spc("709J"), .one(#require(Digits("12155550000")))]),
            constraints: try ClaimConstraints(mustExclude: ["attest"]))
    }

    private func made() throws -> CertificationRequest {
        try CertificationRequest(for: holder, subject: Self.subject, by: key)
    }

    @Test func `what is asked for reads back, from PEM and from DER`() throws {
        let request = try made()
        for bytes in [request.der, Array(request.pem.utf8)] {
            let read = try CertificationRequest(pemOrDER: bytes)
            #expect(read.tnAuthList == holder.tnAuthList)
            #expect(read.constraints == holder.constraints)
            #expect(read.key.point == (try key.verifyingKey.point))
            #expect(read.der == request.der)
        }
        let bare = try CertificationRequest(for: Holder(name: "x"), subject: Self.subject, by: key)
        #expect(bare.tnAuthList == nil && bare.constraints == nil)
    }

    @Test func `a key that is elsewhere signs the digest it is given`() throws {
        let signer = try Signer(key)
        let request = try CertificationRequest(for: holder, subject: Self.subject, key: key.verifyingKey) {
            digest throws(OpenSSLError) in try signer.signature(forDigest: digest)
        }
        #expect(request.key.point == (try key.verifyingKey.point))
        let other = try Signer(SigningKey.generate())
        #expect(throws: IssuingFault.request(.badSignature)) {
            try CertificationRequest(for: holder, subject: Self.subject, key: key.verifyingKey) {
                digest throws(OpenSSLError) in try other.signature(forDigest: digest)
            }
        }
    }

    /// A request as anybody could write it.
    private struct Draft {
        var version = 0
        var publicKey: [UInt8]
        var attributes: [DERElement] = []
        var algorithm = AlgorithmIdentifier.ecdsaWithSHA256.der
        var key: SigningKey
        var behind: [UInt8] = []
        var alterSignature: ([UInt8]) -> DERElement = { .bits($0) }

        static func asking(_ extensions: [Certificate.Extension]) throws -> DERElement {
            let list = try extensions.map { found in
                let critical: [DERElement] = found.isCritical ? [.boolean(true)] : []
                return DERElement.sequence([try .oid(found.oid)] + critical + [.octets(found.value)])
            }
            return .sequence(try .oid("1.2.840.113549.1.9.14"), .set(.sequence(list)))
        }

        func der() throws -> [UInt8] {
            let information = DERElement.sequence(
                .integer(version), DERElement(encoded: try CertificationRequestTests.subject.der),
                DERElement(encoded: publicKey), .explicit(0, DERElement(encoded: attributes.flatMap(\.bytes))))
            let signature = try Signer(key).signature(for: information.bytes.span).der
            return DERElement.sequence(information, algorithm, alterSignature(signature)).bytes + behind
        }
    }

    @Test func `each fault is refused for what it is`() throws {
        let sound = Draft(publicKey: try key.verifyingKey.subjectPublicKeyInfo, key: key)
        #expect(throws: Never.self) { try CertificationRequest(der: sound.der()) }
        let list = Certificate.Extension.tnAuthList(try TNAuthList([.spc("709J")]))
        let stranger = try SigningKey.generate(), p384 = try UnfitKey(.p384).subjectPublicKeyInfo
        let both = [
            Certificate.Extension.claimConstraints(mustInclude: ["attest"], enhanced: false),
            .claimConstraints(mustExclude: ["rcd"], enhanced: true),
        ]
        let compressed = try Self.publicKey(key) { point in [2 | point[64] & 1] + point[1...32] }
        let hybrid = try Self.publicKey(key) { point in [6 | point[64] & 1] + point[1...] }
        let ask = try Draft.asking([list]), twice = try Draft.asking([list, list]), contrary = try Draft.asking(both)
        let implicit = try Draft.asking([.tnAuthList([0x30, 6, 0x80, 4, 0x31, 0x32, 0x33, 0x34])])
        let empty = try Draft.asking([.init("1.3.6.1.5.5.7.1.27", isCritical: false, value: [0x30, 0])])
        let cases: [(CertificationRequestFault, (inout Draft) -> Void)] = [
            (.notVersion1, { $0.version = 1 }),
            (.compressedKey, { $0.publicKey = compressed }),
            (.compressedKey, { $0.publicKey = hybrid }),
            (.badSignature, { $0.key = stranger }),
            (.badSignature, { $0.alterSignature = { .bits($0 + [0], unused: 1) } }),
            (.badSignature, { $0.alterSignature = { .bits(Array($0.dropLast())) } }),
            (.badSignature, { $0.alterSignature = { .bits(Self.padded($0)) } }),
            (.signatureAlgorithm, { $0.algorithm = .sequence(try! .oid("1.2.840.10045.4.3.3")) }),
            (.repeated("1.2.840.113549.1.9.14"), { $0.attributes = [ask, ask] }),
            (.repeated(TNAuthList.oid), { $0.attributes = [twice] }),
            (.content(.bothClaimConstraints), { $0.attributes = [contrary] }),
            (.content(.malformedTNAuthList("not the DER of a TNAuthorizationList")), { $0.attributes = [implicit] }),
            (.content(.malformedClaimConstraints("nothing is constrained")), { $0.attributes = [empty] }),
            (.notARequest("not the DER of a certification request"), { $0.behind = [0] }),
            (.notARequest("not the DER of a certification request"), { $0.attributes = [.integer(1)] }),
            (.notARequest("a part is missing"), { $0.attributes = [try! .sequence(.oid("1.2.3"))] }),
            (.tooLong, { $0.behind = Array(repeating: 0, count: 16_384) }),
        ]
        for (fault, alter) in cases {
            var draft = sound
            alter(&draft)
            #expect(throws: fault) { try CertificationRequest(der: draft.der()) }
        }
        var unfit = sound
        unfit.publicKey = p384
        let refusal = #expect(throws: CertificationRequestFault.self) { try CertificationRequest(der: unfit.der()) }
        guard case .unsupportedKey = refusal else { return #expect(Bool(false), "\(String(describing: refusal))") }
    }

    /// The key's SubjectPublicKeyInfo with its point in another form (SEC 1 §2.3.3).
    private static func publicKey(_ key: SigningKey, _ form: ([UInt8]) -> [UInt8]) throws -> [UInt8] {
        let algorithm = DERElement.sequence(try .oid("1.2.840.10045.2.1"), try .oid("1.2.840.10045.3.1.7"))
        return DERElement.sequence(algorithm, .bits(form(try key.verifyingKey.point))).bytes
    }

    /// A zero before r that DER forbids and a lenient reader skips.
    private static func padded(_ signature: [UInt8]) -> [UInt8] {
        var padded = signature
        padded[1] += 1
        padded[3] += 1
        padded.insert(0, at: 4)
        return padded
    }

    @Test(arguments: ["", "request", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"])
    func `what is neither PEM of a request nor DER is none`(text: String) {
        let fault = CertificationRequestFault.notARequest(
            "neither DER nor one block of PEM that says CERTIFICATE REQUEST")
        #expect(throws: fault) { try CertificationRequest(pemOrDER: Array(text.utf8)) }
        #expect(throws: CertificationRequestFault.tooLong) {
            try CertificationRequest(pemOrDER: Array(repeating: 0x2D, count: 32_769))
        }
    }

    @Test func `no single byte of a request can be changed`() throws {
        let der = try made().der
        for index in der.indices {
            var altered = der
            altered[index] ^= 0x01
            #expect(throws: CertificationRequestFault.self) { try CertificationRequest(der: altered) }
        }
    }
}
