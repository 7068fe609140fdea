import Certificates
import LibCrypto
import MiniPKI
import Testing

@Suite struct `Revocation` {
    static let pki: MiniPKI = ChainCase.pki
    static let now = pki.now, day = MiniPKI.day

    static func lists(_ pem: [UInt8]...) -> [RevocationList] {
        pem.flatMap { try! RevocationList.all(inPEM: $0.span, atMost: 10) }
    }

    /// The code of the fault, or "notes: …" of a chain that holds.
    static func outcome(
        _ party: MiniPKI.Party, _ lists: [RevocationList], anchors: [Certificate] = pki.anchors, at now: Int = now,
        settings: (inout TrustSettings) -> Void = { _ in }
    ) -> String {
        let one = ChainCase("", body: party.pem, anchors: anchors, lists: lists, settings: settings)
        return switch one.outcome(at: now) {
        case .success(let chain): "notes: " + chain.notes.joined(separator: "; ")
        case .failure(let fault): fault.code
        }
    }

    let good = pki.leaf(.spc("709J")), bad = pki.leaf(.spc("709J"))

    /// Lists of the provider and the root about their own, so that nothing is missing.
    func direct(
        of revoked: MiniPKI.Party..., thisUpdate: Int? = nil, nextUpdate: Int? = nil, number: Int = 1
    ) -> [RevocationList] {
        let pki = Self.pki
        var list: [UInt8] = []
        list = pki.revocationList(number: number, thisUpdate: thisUpdate, nextUpdate: nextUpdate) { unsigned in
            unsigned.entries = revoked.map { .init(serial: $0.certificate.serialBytes, revokedAt: Self.now - 100) }
        }
        return Self.lists(list, pki.revocationList(by: pki.root))
    }

    @Test func `an issuer's own list revokes what it names and nothing else`() {
        #expect(Self.outcome(bad, direct(of: bad)) == "certificate_revoked")
        #expect(Self.outcome(good, direct(of: bad)) == "notes: ")
        #expect(Self.outcome(good, direct()) { $0.revocation = .hard } == "notes: ")
    }

    @Test func `of one issuer's lists the newest counts that has begun`() {
        let pki = Self.pki, others = Self.lists(pki.revocationList(by: pki.root))
        func list(_ number: Int, revoking: Bool, in seconds: Int = -60, scope: String? = nil) -> [RevocationList] {
            let revoked = revoking ? [bad] : []
            return Self.lists(
                pki.revocationList(number: number, thisUpdate: Self.now + seconds) { list in
                    list.entries = revoked.map { .init(serial: $0.certificate.serialBytes, revokedAt: Self.now - 100) }
                    list.url = scope
                })
        }
        let named = list(1, revoking: true), unnamed = list(2, revoking: false)
        #expect(Self.outcome(bad, others + named + unnamed) == "notes: ")
        #expect(Self.outcome(bad, others + unnamed + named) == "notes: ")
        #expect(Self.outcome(bad, others + list(2, revoking: true) + list(1, revoking: false)) == "certificate_revoked")
        // Neither one that is yet to come, nor one about something else, says anything of it.
        #expect(Self.outcome(bad, others + named + list(2, revoking: false, in: 60)) == "certificate_revoked")
        let elsewhere = list(2, revoking: false, scope: "https://cr.example.com/other.crl")
        #expect(Self.outcome(bad, others + named + elsewhere) == "certificate_revoked")
        // Nor does a stranger in its issuer's name.
        let stranger = MiniPKI.Party.selfSigned("STRANGER", now: Self.now)
        let forged = Self.lists(
            pki.revocationList(by: stranger, number: 9) { $0.issuer = pki.provider.certificate.subject })
        #expect(Self.outcome(bad, others + named + forged) == "certificate_revoked")
    }

    @Test func `an intermediate is revoked by its issuer`() {
        let pki = Self.pki
        let delegate = pki.authority(.spc("709J")), leaf = pki.leaf(.spc("709J"), by: delegate)
        #expect(Self.outcome(leaf, Self.lists(pki.revocationList(of: delegate))) == "certificate_revoked")
        #expect(
            Self.outcome(leaf, Self.lists(pki.revocationList(of: pki.provider, by: pki.root))) == "certificate_revoked")
        #expect(Self.outcome(good, Self.lists(pki.revocationList(of: delegate))).hasPrefix("notes: "))
    }

    @Test func `an anchor's one list for all revokes by issuer and serial`() {
        let pki = Self.pki
        let list = Self.lists(pki.revocationList(of: bad, by: pki.root, indirect: true))
        #expect(Self.outcome(bad, list) == "certificate_revoked")
        #expect(Self.outcome(good, list) == "notes: ")
        #expect(Self.outcome(good, list) { $0.revocation = .hard } == "notes: ")
    }

    @Test func `the same serial of another issuer is another certificate`() {
        let pki = Self.pki
        let other = pki.authority(by: pki.root) {
            $0.subject = .init(country: "US", organization: "Test STI", commonName: "SHAKEN Other CA")
        }
        let twin = pki.leaf(.spc("709J"), by: other) { $0.serial = self.bad.certificate.serialBytes }
        let list = Self.lists(pki.revocationList(of: bad, by: pki.root, indirect: true))
        #expect(Self.outcome(bad, list) == "certificate_revoked")
        #expect(Self.outcome(twin, list) == "notes: ")
    }

    @Test func `a named issuer holds for the entries behind it`() {
        let pki = Self.pki
        let other = pki.authority(by: pki.root) {
            $0.subject = .init(country: "US", organization: "Test STI", commonName: "SHAKEN Other CA")
        }
        let first = pki.leaf(.spc("1"), by: other), second = pki.leaf(.spc("2"), by: other)
        let twin = pki.leaf(.spc("709J")) { $0.serial = second.certificate.serialBytes }
        let list = Self.lists(
            pki.revocationList(by: pki.root, indirect: true) { unsigned in
                unsigned.entries = [
                    .init(
                        serial: self.bad.certificate.serialBytes, revokedAt: 0,
                        certificateIssuer: self.bad.certificate.issuer),
                    .init(
                        serial: first.certificate.serialBytes, revokedAt: 0, certificateIssuer: first.certificate.issuer
                    ),
                    .init(serial: second.certificate.serialBytes, revokedAt: 0),
                ]
            })
        for revoked in [bad, first, second] { #expect(Self.outcome(revoked, list) == "certificate_revoked") }
        #expect(Self.outcome(twin, list) == "notes: ")
        #expect(Self.outcome(good, list) == "notes: ")
    }

    @Test func `without a named issuer an entry is about the list's own`() {
        let pki = Self.pki
        let list = Self.lists(
            pki.revocationList(by: pki.root, indirect: true) { unsigned in
                unsigned.entries = [.init(serial: self.bad.certificate.serialBytes, revokedAt: 0)]
            })
        #expect(Self.outcome(bad, list) == "notes: ")
    }

    @Test func `an authority cannot revoke what another has issued`() {
        let pki = Self.pki
        let other = pki.authority(by: pki.root) {
            $0.subject = .init(country: "US", organization: "Test STI", commonName: "SHAKEN Other CA")
        }
        #expect(
            Self.outcome(bad, Self.lists(pki.revocationList(of: bad, by: other, indirect: true)))
                == "notes: crl missing")
    }

    @Test func `a pinned signer below an anchor speaks for all`() {
        let pki = Self.pki
        let policy = pki.authority(by: pki.root) {
            $0.subject = .init(country: "US", organization: "STI-PA", commonName: "STI-PA CRL")
            $0.replace(.keyUsage([.crlSign]))
            $0.replace(.basicConstraints(authority: false))
        }
        let list = Self.lists(pki.revocationList(of: bad, by: policy, indirect: true))
        #expect(Self.outcome(bad, list) { $0.revocationListSigners = [policy.certificate] } == "certificate_revoked")
        #expect(Self.outcome(bad, list) == "notes: crl missing")
        let stranger = MiniPKI(now: Self.now)
        #expect(
            Self.outcome(bad, Self.lists(pki.revocationList(of: bad, by: stranger.root, indirect: true))) {
                $0.revocationListSigners = stranger.anchors
            }.hasPrefix("notes: crl"))
    }

    @Test func `whoever may not sign lists signs none`() {
        let pki = Self.pki
        let issuer = pki.authority { $0.replace(.keyUsage([.keyCertSign])) }
        let leaf = pki.leaf(.spc("709J"), by: issuer)
        #expect(
            Self.outcome(leaf, Self.lists(pki.revocationList(of: leaf, by: issuer))).contains(
                "not signed by whom it names"))
    }

    @Test func `a pinned signer that may not sign lists signs none`() {
        let pki = Self.pki
        let signer = pki.authority(by: pki.root) {
            $0.subject = .init(country: "US", organization: "STI-PA", commonName: "STI-PA CRL")
            $0.replace(.keyUsage([.keyCertSign]))
        }
        let list = Self.lists(pki.revocationList(of: bad, by: signer, indirect: true))
        #expect(Self.outcome(bad, list) { $0.revocationListSigners = [signer.certificate] } == "notes: crl missing")
    }

    @Test func `a forged list counts as missing`() {
        let pki = Self.pki
        let forged = pki.revocationList(of: bad, by: pki.root) { unsigned in
            unsigned.issuer = pki.provider.certificate.subject
        }
        let outcome = Self.outcome(bad, Self.lists(forged))
        #expect(outcome.contains("not signed by whom it names") && outcome.contains("crl missing"))
        #expect(Self.outcome(bad, Self.lists(forged)) { $0.revocation = .hard } == "revocation_unknown")
    }

    @Test func `a list from the future vouches for nobody`() {
        let outcome = Self.outcome(good, direct(of: bad, thisUpdate: Self.now + 1, nextUpdate: Self.now + 9))
        #expect(outcome.contains("from the future") && outcome.contains("crl missing"))
    }

    /// Else a clock that is a little slow would bring back whoever the list before this one had revoked.
    @Test func `a list from the future revokes`() {
        let early = direct(of: bad, thisUpdate: Self.now + 1, nextUpdate: Self.now + 9)
        #expect(Self.outcome(bad, early) == "certificate_revoked")
    }

    /// CHN-16: down for an hour, and for eight days.
    @Test func `a stale list passes for the time of grace`() {
        let next = Self.now + Self.day, lists = direct(nextUpdate: next)
        let rooted =
            Self.lists(Self.pki.revocationList(by: Self.pki.root, nextUpdate: next + 100 * Self.day)) + [lists[0]]
        #expect(Self.outcome(good, rooted, at: next - 1) == "notes: ")
        #expect(Self.outcome(good, rooted, at: next) == "notes: crl stale")
        #expect(Self.outcome(good, rooted, at: next + 7 * Self.day) == "notes: crl stale")
        #expect(Self.outcome(good, rooted, at: next + 7 * Self.day + 1) == "revocation_stale")
        #expect(Self.outcome(good, rooted, at: next - 1) { $0.revocation = .hard } == "notes: ")
        #expect(Self.outcome(good, rooted, at: next) { $0.revocation = .hard } == "revocation_stale")
        #expect(Self.outcome(good, []) { $0.revocation = .hard } == "revocation_unknown")
    }

    @Test func `revoked is revoked however stale the list`() {
        let old = direct(of: bad, thisUpdate: Self.now - 90 * Self.day, nextUpdate: Self.now - 80 * Self.day)
        #expect(Self.outcome(bad, old) == "certificate_revoked")
    }

    @Test func `the verdict holds as long as the lists`() throws {
        let next = Self.now + Self.day
        let soft = try ChainCase("", body: good.pem, lists: direct(nextUpdate: next)).outcome().get()
        #expect(soft.expires == next + 7 * Self.day)
        let hard = try ChainCase(
            "", body: good.pem, lists: direct(nextUpdate: next), settings: { $0.revocation = .hard }
        )
        .outcome().get()
        #expect(hard.expires == next - 1)
        #expect(hard.holds(at: next - 1))
        #expect(!hard.holds(at: next))
    }

    @Test func `a list of another distribution point does not speak for the certificate`() {
        let pki = Self.pki
        let leaf = pki.leaf(.spc("709J")) { $0.extensions.append(.crlDistributionPoint("https://crl.example.com/a")) }
        for (url, expected) in [
            ("https://crl.example.com/a", "notes: "), ("https://crl.example.com/b", "notes: crl missing"),
        ] {
            let list = pki.revocationList { $0.url = url }
            #expect(Self.outcome(leaf, Self.lists(list, pki.revocationList(by: pki.root))) == expected)
            #expect(
                Self.outcome(leaf, Self.lists(pki.revocationList(of: leaf) { $0.url = url })) == "certificate_revoked")
        }
    }

    @Test func `a list for all must be from the issuer the certificate names`() {
        let pki = Self.pki
        let list = Self.lists(pki.revocationList(by: pki.root, indirect: true))
        for (name, expected) in [
            (pki.root.certificate.subject, "notes: "), (pki.provider.certificate.subject, "notes: crl missing"),
        ] {
            let leaf = pki.leaf(.spc("709J")) {
                $0.extensions.append(.crlDistributionPoint("https://crl.example.com/a", issuer: name))
            }
            #expect(leaf.certificate.distributionPoints.map(\.issuers) == [[name]])
            #expect(Self.outcome(leaf, list) == expected)
        }
    }

    @Test func `an older list does not replace a newer one`() {
        let trust = TrustSnapshot(
            anchors: Self.pki.anchors, revocationLists: direct(of: bad, number: 300),
            listIssuers: [[Self.pki.provider.certificate]], epoch: 1)
        let (replayed, refused) = trust.replacingRevocationLists(with: direct(number: 299), epoch: 2, at: Self.now)
        #expect(refused.count == 1)
        #expect(throws: CertificateFault.revoked(0)) { try replayed.validate(bad.pem, at: Self.now) }
        let (next, none) = trust.replacingRevocationLists(with: direct(number: 301), epoch: 2, at: Self.now)
        #expect(none == [])
        #expect(throws: Never.self) { try next.validate(bad.pem, at: Self.now) }
        let (older, refusedByTime) = trust.replacingRevocationLists(
            with: direct(thisUpdate: Self.now - 9_999, number: 300), epoch: 2, at: Self.now)
        #expect(refusedByTime.count == 1)
        #expect(throws: CertificateFault.revoked(0)) { try older.validate(bad.pem, at: Self.now) }
    }

    @Test func `a list says what it is`() throws {
        let list = direct(of: bad, good, number: 258)[0]
        #expect(list.number == "0102")
        #expect(list.entryCount == 2)
        #expect(list.thisUpdate == Self.now - 60)
        #expect(list.nextUpdate == Self.now + Self.day)
        #expect(list.issuer == Self.pki.provider.certificate.subject)
        #expect(!list.scope.isIndirect)
    }

    @Test(arguments: ["", "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n"])
    func `what is no list is none`(text: String) {
        let bytes = Array(text.utf8)
        #expect((try? RevocationList.all(inPEM: bytes.span, atMost: 1))?.count == (text.isEmpty ? 0 : nil))
    }
}

/// Lists that an issuer of sound ones would not make.
@Suite struct `Unusual revocation lists` {
    static let pki: MiniPKI = ChainCase.pki
    let leaf = pki.leaf(.spc("709J"))

    struct Addition: Sendable {
        var list: [DERElement] = []
        var entry: [DERElement] = []

        static func of(_ oid: String, isCritical: Bool, _ value: DERElement) -> DERElement {
            .sequence([try! .oid(oid)] + (isCritical ? [.boolean(true)] : []) + [.octets(value.bytes)])
        }
    }

    /// By the provider, with one entry, which revokes `leaf`.
    func list(
        _ addition: Addition = Addition(), nextUpdate: Bool = true, digest: UnfitKey.Digest = .sha256
    ) throws -> RevocationList {
        let pki = Self.pki, last = [UnfitKey.Digest.sha1: "1", .sha256: "3.2", .sha384: "3.3"][digest]!
        let algorithm = DERElement.sequence(try .oid("1.2.840.10045.4.\(last)"))
        var entry = [DERElement.integer(unsigned: leaf.certificate.serialBytes), try .time(pki.now - 100)]
        if !addition.entry.isEmpty { entry.append(.sequence(addition.entry)) }
        var parts = [
            DERElement.integer(1), algorithm, DERElement(encoded: pki.provider.certificate.subject),
            try .time(pki.now - 60),
        ]
        if nextUpdate { parts.append(try .time(pki.now + 60)) }
        parts.append(.sequence(.sequence(entry)))
        if !addition.list.isEmpty { parts.append(.explicit(0, .sequence(addition.list))) }
        let body = DERElement.sequence(parts)
        let signature = try pki.provider.key.unfitSignature(for: body.bytes, digest)
        let der = DERElement.sequence(body, algorithm, .bits(signature)).bytes
        return try RevocationList(der: der.span)
    }

    func outcome(_ addition: Addition, of party: MiniPKI.Party? = nil, nextUpdate: Bool = true) throws -> String {
        let pki = Self.pki
        let lists = [try list(addition, nextUpdate: nextUpdate)] + Revocation.lists(pki.revocationList(by: pki.root))
        return Revocation.outcome(party ?? leaf, lists)
    }

    @Test func `without any extension a list counts`() throws {
        #expect(try outcome(Addition()) == "certificate_revoked")
    }

    @Test func `a longer digest than SHAKEN's revokes too, and a weak one says nothing`() throws {
        #expect(Revocation.outcome(leaf, [try list(digest: .sha384)]) == "certificate_revoked")
        #expect(Revocation.outcome(leaf, [try list(digest: .sha1)]).contains("signature algorithm"))
    }

    @Test(arguments: [true, false]) func `an unknown extension spoils the list only if critical`(isCritical: Bool)
        throws
    {
        let unknown = Addition.of("1.2.3.4", isCritical: isCritical, .null)
        for addition in [Addition(list: [unknown]), Addition(entry: [unknown])] {
            let outcome = try outcome(addition)
            #expect(outcome.contains("unknown critical extension 1.2.3.4") == isCritical)
            #expect((outcome == "certificate_revoked") == !isCritical)
        }
    }

    @Test func `a delta list is not taken for a whole one`() throws {
        let delta = Addition.of("2.5.29.27", isCritical: true, .integer(1))
        #expect(try outcome(Addition(list: [delta])).contains("2.5.29.27"))
        let trust = TrustSnapshot(anchors: Self.pki.anchors, epoch: 1)
        #expect(try trust.defect(of: list(Addition(list: [delta]))) == "unknown critical extension 2.5.29.27")
        #expect(try trust.defect(of: list(digest: .sha1)) == "signature algorithm")
        #expect(try trust.defect(of: list()) == nil)
    }

    /// issuingDistributionPoint: only end entities, only authorities, some reasons, attribute certificates.
    @Test(arguments: [(UInt8(1), true), (2, false), (5, false)])
    func `a list about others does not make up for one that is missing`(tag: UInt8, speaksForLeaves: Bool) throws {
        let point = Addition.of("2.5.29.28", isCritical: true, .sequence(.implicit(tag, [0xFF])))
        let other = Self.pki.leaf(.spc("709J"))
        #expect(try outcome(Addition(list: [point]), of: other) == (speaksForLeaves ? "notes: " : "notes: crl missing"))
        #expect(try outcome(Addition(list: [point])) == "certificate_revoked")
    }

    @Test func `a list about some reasons only is not enough`() throws {
        let some = Addition.of("2.5.29.28", isCritical: true, .sequence(.implicit(3, [6, 0x40])))
        #expect(try outcome(Addition(list: [some]), of: Self.pki.leaf(.spc("1"))) == "notes: crl missing")
    }

    @Test func `a list that names no next one is stale at once`() throws {
        #expect(try outcome(Addition(), of: Self.pki.leaf(.spc("1")), nextUpdate: false) == "notes: crl stale")
    }

    @Test func `a list whose distribution point cannot be read is none`() {
        let garbled = Addition.of("2.5.29.28", isCritical: true, .null)
        #expect(throws: OpenSSLError.self) { try list(Addition(list: [garbled])) }
    }

    @Test func `an authority for revocation that has expired revokes nothing`() throws {
        let pki = Self.pki
        let signer = pki.authority(by: pki.root, notAfter: pki.now - 1) {
            $0.subject = .init(country: "US", organization: "STI-PA", commonName: "STI-PA CRL")
        }
        let list = Revocation.lists(pki.revocationList(of: leaf, by: signer, indirect: true))
        let outcome = Revocation.outcome(leaf, list) { $0.revocationListSigners = [signer.certificate] }
        #expect(outcome.hasSuffix("crl missing"))
    }
}
