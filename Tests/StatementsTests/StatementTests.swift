import Certificates
import Foundation
import Jansson
import LibCrypto
import MiniPKI
import PASSporT
import Statements
import Testing

@Suite struct StatementTests {
    static let now = MiniPKI.now
    let pki = MiniPKI()
    var trust: TrustSnapshot { TrustSnapshot(anchors: pki.anchors, epoch: 1) }

    private func signer(_ party: MiniPKI.Party) throws -> StatementSigner? {
        let url = try CertificateURL("https://cert.example/1001.pem")
        return StatementSigner(try Credential(key: party.key, chain: party.chain, url: url))
    }

    private func statement(
        _ kind: StatementKind = .notice, by carrier: String = "1001", at now: Int = now
    ) -> Statement {
        Statement(kind, by: carrier, at: now) { text in
            text.raw(",\"what\":")
            text.string("a \"word\"")
        }
    }

    private func signed(_ statement: Statement) async throws -> SignedStatement {
        try await #require(try signer(pki.leaf(.spc("1001")))).sign(statement)
    }

    private func fault(
        _ signed: SignedStatement, as kind: StatementKind = .notice, at now: Int? = now, trust: TrustSnapshot? = nil
    ) -> StatementFault? {
        do throws(StatementFault) {
            _ = try VerifiedStatement(signed, as: kind, trust: trust ?? self.trust, at: now)
            return nil
        } catch { return error }
    }

    @Test(arguments: StatementKind.allCases)
    func `what a carrier says is read as it said it`(_ kind: StatementKind) async throws {
        let signed = try await signed(statement(kind))
        let verified = try VerifiedStatement(signed, as: kind, trust: trust, at: Self.now)
        #expect((verified.carrier, verified.issuedAt, verified.kind) == ("1001", Self.now, kind))
        #expect(try verified.claims().string("what") == "a \"word\"")
    }

    @Test(arguments: StatementKind.allCases, StatementKind.allCases)
    func `no kind passes for another`(_ one: StatementKind, _ other: StatementKind) async throws {
        let fault = fault(try await signed(statement(one)), as: other)
        #expect(fault == (one == other ? nil : .otherKind(one.type)))
    }

    @Test func `none passes for a PASSporT`() async throws {
        let signed = try await signed(statement())
        #expect(throws: PassportFault.self) {
            try UnverifiedPassport(
                IdentityHeader(parsing: "\(signed.text);info=<https://cert.example/1001.pem>;alg=ES256;ppt=shaken"))
        }
    }

    @Test func `years later it still proves what it said then`() async throws {
        let signed = try await signed(statement())
        let later = Self.now + 20_000 * MiniPKI.day
        #expect(fault(signed, at: nil) == nil)
        #expect(fault(signed, at: later) != nil)
    }

    @Test func `each byte of it counts`() async throws {
        let signed = try await signed(statement())
        var text = Array(signed.text.utf8)
        for place in text.indices.filter({ $0 % 7 == 0 || $0 > text.count - 90 }) {
            let was = text[place]
            text[place] = was == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(fault(SignedStatement(unverified: String(decoding: text, as: UTF8.self))) != nil, "byte \(place)")
            text[place] = was
        }
    }

    @Test func `it is signed for its own carrier and believed of no other`() async throws {
        let signer = try #require(try signer(pki.leaf(.spc("1001"))))
        await #expect(throws: StatementFault.otherCarrier("2002", signer: "1001")) {
            try await signer.sign(statement(by: "2002"))
        }
        // By a hand that writes what it likes.
        let forged = try await Self.sign(#"{"iss":"2002","iat":\#(Self.now)}"#, by: pki.leaf(.spc("1001")))
        #expect(fault(forged) == .notOfCarrier("2002"))
    }

    @Test func `who speaks for several carriers, or for none, signs nothing`() throws {
        #expect(try signer(pki.leaf(.spc("1001"), .spc("1002"))) == nil)
        #expect(try signer(pki.leaf(.one("12155551212"))) == nil)
    }

    @Test func `a stranger's root is not believed`() async throws {
        let stranger = MiniPKI()
        let signed = try await Self.sign(#"{"iss":"1001","iat":\#(Self.now)}"#, by: stranger.leaf(.spc("1001")))
        guard case .certificate = fault(signed) else {
            return #expect(Bool(false), "\(String(describing: fault(signed)))")
        }
    }

    @Test func `a certificate that was revoked since says nothing any more`() async throws {
        let party = pki.leaf(.spc("1001"))
        let signed = try await Self.sign(#"{"iss":"1001","iat":\#(Self.now)}"#, by: party)
        let list = pki.revocationList(by: pki.root, indirect: true, number: 1) { list in
            list.entries = [
                .init(
                    serial: party.certificate.serialBytes, revokedAt: Self.now,
                    certificateIssuer: party.certificate.issuer)
            ]
        }
        let lists = try RevocationList.all(in: Array(list).span, atMost: 1)
        let strict = TrustSnapshot(anchors: pki.anchors, revocationLists: lists, epoch: 2)
        #expect(fault(signed) == nil)
        #expect(fault(signed, trust: strict) == .certificate(.revoked(0)))
    }

    @Test(arguments: [
        (now + 300, nil), (now + 301, StatementFault.time(now + 301)),
        (now - 400 * MiniPKI.day, .time(now - 400 * MiniPKI.day)),
    ])
    func `its time is one of its certificate, and not ahead of our clock`(
        _ time: Int, _ expected: StatementFault?
    ) async throws {
        #expect(fault(try await signed(statement(at: time))) == expected)
    }

    @Test(arguments: [
        ("alg", #"{"alg":"none","typ":"countersign-notice+jwt","x5c":["AA"]}"#),
        ("crit", #"{"alg":"ES256","crit":["b64"],"typ":"countersign-notice+jwt","x5c":["AA"]}"#),
        ("no chain", #"{"alg":"ES256","typ":"countersign-notice+jwt","x5c":[]}"#),
        ("no x5c", #"{"alg":"ES256","typ":"countersign-notice+jwt"}"#),
        ("no JSON", "{"),
    ])
    func `a header that is not ours is refused`(_ what: String, _ header: String) {
        var text: [UInt8] = []
        for part in [Array(header.utf8), Array("{}".utf8), [UInt8](repeating: 1, count: 64)] {
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            Base64URL.append(part.span, to: &text)
        }
        let signed = SignedStatement(unverified: String(decoding: text, as: UTF8.self))
        #expect(fault(signed) == .notAStatement, "\(what)")
    }

    @Test(arguments: ["", ".", "..", "a.b", "a.b.c.d", "é.b.c"]) func `what is no JWS is refused`(_ text: String) {
        #expect(fault(SignedStatement(unverified: text)) == .notAStatement)
    }

    @Test func `what is too long is not even looked at`() {
        let long = String(repeating: "A", count: SignedStatement.longest + 1)
        #expect(fault(SignedStatement(unverified: long)) == .tooLarge)
    }

    private static func sign(_ payload: String, by party: MiniPKI.Party) async throws -> SignedStatement {
        var header = JSONText()
        header.raw(#"{"alg":"ES256","typ":"countersign-notice+jwt","x5c":["#)
        for (place, certificate) in party.chain.enumerated() {
            if place > 0 { header.raw(",") }
            header.string(base64(certificate.der))
        }
        header.raw("]}")
        var text: [UInt8] = []
        header.withSpan { Base64URL.append($0, to: &text) }
        text.append(UInt8(ascii: "."))
        Base64URL.append(Array(payload.utf8).span, to: &text)
        let signature = try Signer(party.key).signature(for: text.span)
        text.append(UInt8(ascii: "."))
        Base64URL.append(signature.bytes.span, to: &text)
        return SignedStatement(unverified: String(decoding: text, as: UTF8.self))
    }
}

private func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
