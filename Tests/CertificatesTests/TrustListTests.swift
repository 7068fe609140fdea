import Certificates
import Foundation
import LibCrypto
import MiniPKI
import PASSporT
import Testing

@Suite struct `A trust list` {
    static let pki = MiniPKI(), now = MiniPKI.now
    /// The policy administrator, pinned itself.
    static let administrator = MiniPKI.Party.selfSigned("STI-PA TEST", now: now)

    static func list(
        sequence: Int = 7, expires: Int = now + 100, anchors: [Certificate] = pki.anchors,
        by signer: MiniPKI.Party = administrator, alter: (inout UnsignedTrustList) -> Void = { _ in }
    ) -> [UInt8] {
        var list = UnsignedTrustList(sequence: sequence, expires: expires, anchors: anchors)
        alter(&list)
        return Array(try! list.signed(by: signer.key).utf8)
    }

    /// Any header and payload, properly signed.
    static func jws(_ header: String, _ payload: String, by signer: MiniPKI.Party = administrator) -> [UInt8] {
        var text: [UInt8] = []
        Base64URL.append(Array(header.utf8).span, to: &text)
        text.append(UInt8(ascii: "."))
        Base64URL.append(Array(payload.utf8).span, to: &text)
        let signature = try! Signer(signer.key).signature(for: text.span).bytes
        text.append(UInt8(ascii: "."))
        Base64URL.append(signature.span, to: &text)
        return text
    }

    static func read(
        _ jws: [UInt8], signers: [Certificate] = [administrator.certificate], at time: Int = now
    ) throws(TrustListFault) -> TrustList {
        try TrustList(jws, signers: signers, at: time)
    }

    @Test func `names anchors, once a pinned key has signed it`() throws {
        let list = try Self.read(Self.list())
        #expect(list.anchors == Self.pki.anchors && list.sequence == 7 && list.expires == Self.now + 100)
        #expect(try Self.read(Self.list() + Array("\n".utf8)).sequence == 7)
        #expect(throws: TrustListFault.signature) { try Self.read(Self.list(by: Self.pki.root)) }
        #expect(throws: TrustListFault.signature) { try Self.read(Self.list(), signers: []) }
        #expect(throws: TrustListFault.signature) {
            try Self.read(Self.list(), at: Self.administrator.certificate.notAfter + 1)
        }
    }

    @Test func `takes certificates as PEM too`() throws {
        let pem = Self.pki.root.certificate.pem.replacing("\n", with: "\\n")
        let payload = #"{"version":1,"sequence":1,"exp":1,"trustList":["\#(pem)"],"iat":5}"#
        #expect(try Self.read(Self.jws(#"{"alg":"ES256"}"#, payload)).anchors == Self.pki.anchors)
    }

    @Test func `any byte changed spoils it`() throws {
        let list = Self.list()
        for index in stride(from: 0, to: list.count, by: 7) {
            var changed = list
            changed[index] ^= 1
            #expect(throws: TrustListFault.self) { try Self.read(changed) }
        }
    }

    static let root = Data(pki.root.certificate.der).base64EncodedString()
    static let leaf = Data(pki.leaf(.spc("709J")).certificate.der).base64EncodedString()

    @Test(arguments: [
        (#"{"alg":"none"}"#, "", "header or payload"), (#"{"alg":"HS256"}"#, "", "header or payload"),
        ("{}", "", "alg"),
        (#"{"alg":"ES256","crit":["exp"]}"#, "", "crit"), (#"{"alg":"ES256","alg":"ES256"}"#, "", "syntax"),
        (#"{"alg":"ES256","x5c":[]}"#, "", "x5c"), (#"{"alg":"ES256","x5c":["AAAA"]}"#, "", "x5c"),
        ("", "[]", "header or payload"), ("", #"{"sequence":1,"exp":1,"trustList":["%"]}"#, "version"),
        ("", #"{"version":1,"exp":1,"trustList":["%"]}"#, "sequence"),
        ("", #"{"version":1,"sequence":1,"trustList":["%"]}"#, "exp"),
        ("", #"{"version":1,"sequence":1,"exp":"1","trustList":["%"]}"#, "exp"),
        ("", #"{"version":1,"sequence":1,"sequence":2,"exp":1,"trustList":["%"]}"#, "syntax"),
        ("", #"{"version":1,"sequence":-1,"exp":1,"trustList":["%"]}"#, "below 0"),
        ("", #"{"version":1,"sequence":1,"exp":-1,"trustList":["%"]}"#, "below 0"),
        ("", #"{"version":1,"sequence":1,"exp":1}"#, "trustList"),
        ("", #"{"version":1,"sequence":1,"exp":1,"trustList":[]}"#, "0 certificates"),
        ("", #"{"version":1,"sequence":1,"exp":1,"trustList":["%","AAAA"]}"#, "certificate 1"),
        ("", #"{"version":1,"sequence":1,"exp":1,"trustList":["LEAF"]}"#, "certificate 0"),
    ])
    func `is of one form`(header: String, payload: String, words: String) {
        let header = header.isEmpty ? #"{"alg":"ES256"}"# : header
        let sound = #"{"version":1,"sequence":1,"exp":1,"trustList":["%"]}"#
        let text = (payload.isEmpty ? sound : payload).replacing("%", with: Self.root).replacing(
            "LEAF", with: Self.leaf)
        let fault = #expect(throws: TrustListFault.self) { try Self.read(Self.jws(header, text)) }
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
    }

    @Test(arguments: [("a.b", TrustListFault.notThreeParts), ("", .notThreeParts), ("e30=.e30.e30", .notBase64URL)])
    func `is a JWS in compact form`(text: String, fault: TrustListFault) {
        #expect(throws: fault) { try Self.read(Array(text.utf8)) }
    }

    @Test func `is not longer than it may be`() {
        #expect(throws: TrustListFault.tooLarge) { try Self.read(Array(repeating: 65, count: TrustList.largest + 1)) }
    }

    /// A signer that the pinned authority has issued to, told by x5c.
    static func delegated(
        _ alter: (inout MiniPKI.Recipe) -> Void = { _ in }, chain: ((MiniPKI.Party) -> [Certificate])? = nil
    ) -> [UInt8] {
        let signer = pki.leaf(alter: alter)
        return list(by: signer) { $0.chain = chain?(signer) ?? signer.chain }
    }

    @Test func `may be signed by whom the pinned authority has issued to, and by nobody else`() throws {
        #expect(try Self.read(Self.delegated(), signers: Self.pki.anchors).sequence == 7)
        let own = Self.list { $0.chain = [Self.administrator.certificate] }
        #expect(try Self.read(own).sequence == 7)
        // The chain names one key, and another has signed.
        let other = Self.list(by: Self.pki.root) { $0.chain = [Self.administrator.certificate] }
        #expect(throws: TrustListFault.signature) { try Self.read(other) }
        let stranger = MiniPKI(now: Self.now), carrier = Self.pki.leaf(.spc("709J"))
        for (what, jws) in [
            ("another root", Self.list(by: stranger.root) { $0.chain = stranger.anchors }),
            ("may sign calls", Self.list(by: carrier) { $0.chain = carrier.chain }),
            ("expired", Self.delegated { $0.notAfter = Self.now - 1 }),
            ("not valid yet", Self.delegated { $0.notBefore = Self.now + 1 }),
            ("no key usage", Self.delegated { $0.remove("2.5.29.15") }),
            ("key usage", Self.delegated { $0.replace(.keyUsage([.crlSign])) }),
            ("an authority", Self.list(by: Self.pki.provider) { $0.chain = [Self.pki.provider.certificate] }),
            ("no issuer", Self.delegated(chain: { [$0.certificate] })),
        ] {
            #expect(throws: TrustListFault.signer, "\(what)") { try Self.read(jws, signers: Self.pki.anchors) }
        }
    }

    /// CHN-12: expired, older, and two under one number.
    @Test func `counts until its end, and never after a newer one`() throws {
        let kept = try Self.read(Self.list(sequence: 7)), mark = TrustListMark(of: kept, takenAt: Self.now)
        try Self.read(Self.list(sequence: 7)).requireNewest(after: mark, at: Self.now)
        try Self.read(Self.list(sequence: 8)).requireNewest(after: mark, at: Self.now)
        #expect(throws: TrustListFault.older(6, than: 7)) {
            try Self.read(Self.list(sequence: 6)).requireNewest(after: mark, at: Self.now)
        }
        #expect(throws: TrustListFault.sameSequence(7)) {
            try Self.read(Self.list(expires: Self.now + 101)).requireNewest(after: mark, at: Self.now)
        }
        try kept.requireNewest(after: nil, at: Self.now + 99)
        #expect(throws: TrustListFault.expired) { try kept.requireNewest(after: nil, at: Self.now + 100) }
    }

    @Test func `leaves a mark that outlives it`() throws {
        let list = try Self.read(Self.list(sequence: 7)), mark = TrustListMark(of: list, takenAt: Self.now)
        let again = try #require(TrustListMark(mark.text))
        #expect(again == mark && again.sequence == 7 && again.takenAt == Self.now)
        let other = try Self.read(Self.list(sequence: 7, expires: Self.now + 101))
        #expect(again.isOf(list) && !again.isOf(other))
        for index in mark.text.indices {
            var cut = mark.text
            cut.removeSubrange(index...)
            #expect(TrustListMark(cut) == nil)
        }
        // Whole, and none the less not as it was written.
        #expect(TrustListMark(mark.text + [0x20]) == nil)
        #expect(TrustListMark(mark.text + [UInt8](repeating: 0x20, count: TrustListMark.largest)) == nil)
    }

    @Test func `of a private PKI is signed by a key of its own`() throws {
        let folder = NSTemporaryDirectory() + "policy-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try PolicyAdministrator(in: folder, at: Self.now)
        let again = try PolicyAdministrator(in: folder, at: Self.now + 5)
        #expect(first.certificate == again.certificate)
        let list = UnsignedTrustList(sequence: 1, expires: Self.now + 9, anchors: Self.pki.anchors)
        let jws = Array(try list.signed(by: again.key).utf8)
        #expect(try Self.read(jws, signers: [first.certificate]).anchors == Self.pki.anchors)
        let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/policy.key")[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }
}
