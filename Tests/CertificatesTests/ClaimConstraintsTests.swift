import Certificates
import Jansson
import LibCrypto
import MiniPKI
import Testing

@Suite struct `Claim constraints` {
    static func der(_ group: String, _ index: Int) throws -> [UInt8] {
        var found: [[UInt8]] = []
        try VectorFiles.json("jwtclaimconstraints-der.json").member(group)!.withElements { vector in
            found.append(VectorFiles.bytes(fromHex: vector.member("der_hex")?.text ?? ""))
        }
        return found[index]
    }

    @Test func `both forms are read, and written as they were`() throws {
        let attest = try ClaimConstraints(der: Self.der("samples", 0), isEnhanced: false)
        #expect(attest.mustInclude == ["attest"])
        #expect(attest.permittedValues == [.init(claim: "attest", values: ["A", "B"])])
        let enhanced = try ClaimConstraints(der: Self.der("samples", 2), isEnhanced: true)
        #expect(enhanced.permittedValues == [.init(claim: "confidence", values: ["high", "medium"])])
        #expect(enhanced.mustExclude == ["priority"])
        #expect(enhanced.oid == ClaimConstraints.enhancedOID)
        for index in 0..<3 {
            let der = try Self.der("samples", index)
            #expect(try ClaimConstraints(der: der, isEnhanced: true).der == der)
        }
    }

    @Test func `the certificate of RFC 9118 carries them and a TNAuthList`() throws {
        let pem = try VectorFiles.text("rfc9118-section5.pem")
        let certificate = try Certificate.all(inPEM: pem.span, atMost: 1)[0]
        #expect(try certificate.tnAuthList?.entries == [.spc("1234")])
        let found = try #require(certificate.extensions.first { $0.oid == ClaimConstraints.enhancedOID })
        #expect(try ClaimConstraints(der: found.value, isEnhanced: true).mustExclude == ["priority"])
    }

    @Test(arguments: [
        "3000", "", "3003a00130", "3004a0023000", "3004a1023000", "300aa208300616046f7269", "0500",
        // A claim with no value, two values lists, a name in UTF-8, tags out of order, and an unknown one.
        "300ea10c300a30081604646573743000", "3012a010300e16047465737416066f726967696e64", "3008a006300416010001",
        "3008a00630040c026964", "300aa3083006160461626364", "3014a208300616046f726967a008300616046f726967",
    ])
    func `what is no such value is refused`(hex: String) {
        let fault = #expect(throws: CertificateFault.self) {
            try ClaimConstraints(der: VectorFiles.bytes(fromHex: hex), isEnhanced: true)
        }
        #expect(fault?.code == "claim_constraints_malformed")
    }

    static let pki: MiniPKI = ChainCase.pki

    @Test func `a chain carries its signer's constraints`() throws {
        let leaf = Self.pki.leaf(.spc("709J")) {
            $0.extensions.append(
                .claimConstraints(permittedValues: [("attest", ["A"])], mustExclude: ["rcd"], enhanced: true))
        }
        let chain = try ChainCase("", leaf.chain).outcome().get()
        #expect(chain.constraints?.permittedValues == [.init(claim: "attest", values: ["A"])])
        #expect(chain.constraints?.mustExclude == ["rcd"])
    }

    /// RFC 9118 §3: as if the extension were absent.
    @Test(arguments: ["iat", "orig", "dest"]) func `constraints that exclude a baseline claim are void`(claim: String)
        throws
    {
        let leaf = Self.pki.leaf(.spc("709J")) {
            $0.extensions.append(
                .claimConstraints(mustInclude: ["rcd"], mustExclude: ["a", claim], enhanced: true))
        }
        let chain = try ChainCase("", leaf.chain).outcome().get()
        #expect(chain.constraints == nil)
        #expect(chain.notes.contains { $0.contains(claim) })
    }

    @Test func `an issuer's constraints do not bind the signer`() throws {
        let issuer = Self.pki.authority {
            $0.extensions.append(.claimConstraints(mustInclude: ["rcd"], enhanced: false))
        }
        let chain = try ChainCase("", Self.pki.leaf(.spc("709J"), by: issuer).chain).outcome().get()
        #expect(chain.constraints == nil)
    }
}
