import Certificates
import Foundation
import HostileRepository
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT
import Synchronization
import Testing

/// Whom a running daemon believes, while CRLs and trust lists come and go.
@Suite(.timeLimit(.minutes(5))) struct TrustTests {
    private let pki = MiniPKI(now: Carrier.now)
    private static let orig = "12155551212", dest = "12155552000"

    private func carrier(_ party: MiniPKI.Party) async throws -> Carrier {
        let carrier = try Carrier(party, trusting: pki.anchors)
        try await carrier.makeLedger()
        return carrier
    }

    private func configure(_ carrier: Carrier, _ text: String, with other: String, more: String = "") throws {
        try carrier.write("c.yaml", carrier.read("c.yaml").replacing(text, with: other) + more)
    }

    private func publish(_ carrier: Carrier, _ settings: String = "") throws {
        try carrier.write("c.yaml", carrier.read("c.yaml") + "publishing: {address: 127.0.0.1:0\(settings)}\n")
    }

    /// A new call by the party, as the daemon judges it.
    private func reason(_ daemon: RunningDaemon, _ party: MiniPKI.Party) async throws -> String? {
        let passport = Passport(
            attestation: .full, origin: try #require(Digits(Self.orig)),
            destinations: [try #require(Digits(Self.dest))], issuedAt: Int(Date().timeIntervalSince1970),
            originID: UUID().uuidString.lowercased())
        let identity = try SignedPassport(
            passport, try #require(PassportHeader(certificateURL: party.x5u)), by: Signer(party.key)
        ).identity
        return try await daemon.verify(identity, Self.orig, Self.dest).reason
    }

    private func eventually(_ daemon: RunningDaemon, _ party: MiniPKI.Party, is expected: String) async throws {
        try await EndToEndTests.eventually(expected) { try await reason(daemon, party) == expected ? true : nil }
    }

    private func eventually(_ carrier: Carrier, says words: String, times: Int = 1) async throws {
        try await EndToEndTests.eventually(words) {
            carrier.read("c.log").components(separatedBy: words).count > times ? true : nil
        }
    }

    /// The root's one list for all issuers, in PEM.
    private func list(_ number: Int, of revoked: MiniPKI.Party...) -> String {
        let list = pki.revocationList(by: pki.root, indirect: true, number: number) { list in
            list.entries = revoked.map {
                .init(
                    serial: $0.certificate.serialBytes, revokedAt: Carrier.now,
                    certificateIssuer: $0.certificate.issuer)
            }
        }
        return String(decoding: list, as: UTF8.self)
    }

    /// Runs `east`, which publishes a list that knows of no revocation, and has `west` ask for it every second.
    private func publishing(
        _ body: (_ east: Carrier, _ west: Carrier) async throws -> Void
    ) async throws -> (east: Carrier, west: Carrier) {
        let east = try await carrier(pki.leaf(.spc("709J"))), west = try await carrier(pki.leaf(.spc("505K")))
        try west.canFetch(east.party)
        try publish(east)
        try east.write("data/published/all.crl", list(1))
        try await east.running { _ in
            let port = try #require(RunningDaemon.port(of: "publishing", in: east.read("c.log")))
            try configure(
                west, "revocationLists: crls",
                with: #"revocationListURLs: ["http://127.0.0.1:\#(port)/all.crl"], revocationSeconds: 1"#,
                more: "privateNetworkURLs: true\n")
            try await body(east, west)
        }
        return (east, west)
    }

    @Test func `a revocation that one carrier publishes counts at another, and for good`() async throws {
        let other = pki.leaf(.spc("709J")) { $0.x5u = "https://cr.example.com/other.pem" }
        let (east, west) = try await publishing { east, west in
            try west.canFetch(other)
            try await west.running { daemon in
                try await eventually(west, says: "lists=1")
                #expect(try await reason(daemon, east.party) == "valid")
                try east.write("data/published/all.crl", list(2, of: east.party))
                try await eventually(daemon, east.party, is: "certificate_revoked")
                #expect(try await reason(daemon, other) == "valid")

                // The first list again, which knows of no revocation.
                try east.write("data/published/all.crl", list(1))
                try await eventually(west, says: "crl refused: older than the one in use")
                #expect(try await reason(daemon, east.party) == "certificate_revoked")
            }
            // A restart forgets nothing.
            try await west.running { daemon in
                try await eventually(west, says: "crl refused: older than the one in use")
                #expect(try await reason(daemon, east.party) == "certificate_revoked")
            }
        }
        // And needs nobody.
        try await west.running { daemon in
            try await eventually(west, says: "a list was not taken")
            #expect(try await reason(daemon, east.party) == "certificate_revoked")
            #expect(try await reason(daemon, other) == "valid")
        }
    }

    @Test(.enabled(if: Rotations.isLong, "Tools/rotation runs it, by itself"))
    func `tokens of a revoked key fail within five seconds of the new list being served`() async throws {
        _ = try await publishing { east, west in
            try await west.running { daemon in
                try await eventually(west, says: "lists=1")
                #expect(try await reason(daemon, east.party) == "valid")
                try east.write("data/published/all.crl", list(2, of: east.party))
                let served = ContinuousClock.now
                try await eventually(daemon, east.party, is: "certificate_revoked")
                let passed = ContinuousClock.now - served
                print("refused \(passed) after its revocation was published")
                #expect(passed < .seconds(5))
            }
        }
    }

    @Test func `nobody but an anchor or a pinned signer is believed over the network`() async throws {
        let east = try await carrier(pki.leaf(.spc("709J"))), west = try await carrier(pki.leaf(.spc("505K")))
        try west.canFetch(east.party)
        try publish(east, ", prefix: /sti/")
        let own = pki.revocationList(of: east.party)
        try east.write("data/published/own.crl", String(decoding: own, as: UTF8.self))
        try await east.running { _ in
            let port = try #require(RunningDaemon.port(of: "publishing", in: east.read("c.log")))
            try configure(
                west, "revocationLists: crls",
                with: #"revocationListURLs: ["http://127.0.0.1:\#(port)/sti/own.crl"], revocationSeconds: 1"#,
                more: "privateNetworkURLs: true\n")
            try await west.running { daemon in
                try await eventually(west, says: "neither an anchor nor one of revocationListSigners has signed it")
                #expect(try await reason(daemon, east.party) == "valid")
            }
        }
    }

    @Test func `a file in a folder counts without a signal, and its removal takes nothing back`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        try west.canFetch(party)
        try await west.running { daemon in
            #expect(try await reason(daemon, party) == "valid")
            try west.write("crls/all.pem", list(7, of: party))
            try await eventually(daemon, party, is: "certificate_revoked")
            try FileManager.default.removeItem(atPath: "\(west.folder)/crls/all.pem")
            try await eventually(west, says: "trust reloaded", times: 2)
            #expect(try await reason(daemon, party) == "certificate_revoked")
        }
        try west.write("crls/all.pem", list(6))
        try await west.running { daemon in
            try await eventually(west, says: "crl refused: older than the one in use")
            #expect(try await reason(daemon, party) == "certificate_revoked")
            try west.write("crls/all.pem", list(8))
            try await eventually(daemon, party, is: "valid")
        }
    }

    /// The issuer is known for one that signs lists once a chain below it has been judged.
    @Test func `an intermediate's own list counts for good too, once it has counted`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        try west.canFetch(party)
        func write(_ number: Int, of revoked: MiniPKI.Party..., by signer: MiniPKI? = nil) throws {
            let list = pki.revocationList(by: signer?.provider, number: number) { list in
                list.issuer = pki.provider.certificate.subject
                list.entries = revoked.map { .init(serial: $0.certificate.serialBytes, revokedAt: Carrier.now) }
            }
            try west.write("crls/own.pem", String(decoding: list, as: UTF8.self))
        }
        try write(2, of: party)
        try await west.running { daemon in try await eventually(daemon, party, is: "certificate_revoked") }
        try write(1)
        try await west.running { daemon in
            try await eventually(west, says: "crl refused: older than the one in use")
            #expect(try await reason(daemon, party) == "certificate_revoked")
            try write(999, by: MiniPKI(now: Carrier.now))
            try await eventually(west, says: "lists=2")
            #expect(try await reason(daemon, party) == "certificate_revoked")
            try write(3)
            try await eventually(daemon, party, is: "valid")
        }
    }

    @Test func `a CRL that grows old is told of before and when it has`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K")))
        let hour = 3_600
        let soon = pki.revocationList(
            by: pki.root, indirect: true, thisUpdate: Carrier.now - 100 * hour, nextUpdate: Carrier.now + 20 * hour)
        let stale = pki.revocationList(
            by: pki.root, indirect: true, number: 2, thisUpdate: Carrier.now - 9 * hour, nextUpdate: Carrier.now - hour)
        try west.write("crls/all.pem", String(decoding: soon, as: UTF8.self))
        try await west.running { _ in
            try await eventually(west, says: "a list ends soon, and no newer one has come")
            try west.write("crls/all.pem", String(decoding: stale, as: UTF8.self))
            try await eventually(west, says: "a list has ended, and no newer one has come")
            try west.write("crls/all.pem", list(3))
            try await eventually(west, says: "a list is current again")
        }
    }

    @Test func `one stray thing among the CRLs keeps no other out, and takes nothing back`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        let issuer = pki.authority(by: pki.root) {
            $0.subject = .init(country: "US", organization: "Test STI", commonName: "SHAKEN Other CA")
        }
        let other = pki.leaf(.spc("709J"), by: issuer) { $0.x5u = "https://cr.example.com/other.pem" }
        for party in [party, other] { try west.canFetch(party) }
        let own = String(decoding: pki.revocationList(of: other, by: issuer), as: UTF8.self)
        let stray = "\(west.folder)/crls/old"
        try west.write("crls/own.pem", own)
        try FileManager.default.createDirectory(atPath: stray, withIntermediateDirectories: false)
        try await west.running { daemon in
            try await eventually(west, says: "crls/old: is not a file")
            #expect(try await reason(daemon, party) == "valid")
            try west.write("crls/all.pem", list(2, of: party))
            try await eventually(daemon, party, is: "certificate_revoked")

            // Nobody below its issuer has called yet, so that only the file tells of its list.
            try west.write("crls/own.pem", String(own.dropLast(60)))
            try await eventually(west, says: "a file of CRLs was not read", times: 2)
            #expect(try await reason(daemon, other) == "certificate_revoked")
            try FileManager.default.removeItem(atPath: stray)
            try west.write("crls/own.pem", own)
            try await eventually(west, says: "a file of CRLs is read again, or gone", times: 2)
        }
    }

    @Test func `a CRL from the future pushes nothing out of force or off the disk, and counts when its time comes`()
        async throws
    {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        try west.canFetch(party)
        func early(_ number: Int, in seconds: Int) -> String {
            let list = pki.revocationList(
                by: pki.root, indirect: true, number: number, thisUpdate: Int(Date().timeIntervalSince1970) + seconds)
            return String(decoding: list, as: UTF8.self)
        }
        try configure(west, "revocationLists: crls", with: "revocationLists: crls, revocation: hard")
        try west.write("crls/all.pem", list(2))
        try await west.running { daemon in
            try west.write("crls/next.pem", early(4, in: 2_400))
            try await eventually(west, says: "crl not in force yet: from the future")
            #expect(try await reason(daemon, party) == "valid")
        }
        try FileManager.default.removeItem(atPath: "\(west.folder)/crls/next.pem")
        try await west.running { daemon in
            #expect(try await reason(daemon, party) == "valid")
            #expect(!west.read("c.log").contains("crl refused"))
            try west.write("crls/all.pem", early(3, in: 15))
            try await eventually(west, says: "crl not in force yet: from the future")
            // So long that a busy machine reads it before. It comes into force without a file having changed, and from then on what is older is refused.
            try await eventually(west, says: "trust reloaded", times: 2)
            try west.write("crls/all.pem", list(2))
            try await eventually(west, says: "crl refused: older than the one in use")
            #expect(try await reason(daemon, party) == "valid")
        }
    }

    /// Another process that would have gone further, as while two daemons start on one folder.
    @Test func `what was kept is not gone back on, and what could not be kept is kept later`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K")))
        let trust = "\(west.folder)/data/trust", away = "\(west.folder)/data/away"
        func kept() throws -> String {
            let files = try FileManager.default.contentsOfDirectory(atPath: trust)
            return try #require(files.first { $0.hasSuffix(".crl") })
        }
        try west.write("crls/all.pem", list(1))
        try await west.running { _ in
            let before = try Data(contentsOf: URL(filePath: "\(trust)/\(kept())"))
            try FileManager.default.moveItem(atPath: trust, toPath: away)
            try west.write("crls/all.pem", list(2))
            try await eventually(west, says: "what is trusted cannot be kept")
            try FileManager.default.moveItem(atPath: away, toPath: trust)
            try await eventually(west, says: "it went well again")
            #expect(try Data(contentsOf: URL(filePath: "\(trust)/\(kept())")) != before)

            let newer = try RevocationList.all(inPEM: Array(list(9).utf8).span, atMost: 1)[0]
            try Data(newer.der).write(to: URL(filePath: "\(trust)/\(kept())"))
            try west.write("crls/all.pem", list(3))
            try await eventually(west, says: "another process has put a newer list than ours into")
            #expect(try [UInt8](Data(contentsOf: URL(filePath: "\(trust)/\(kept())"))) == newer.der)
        }
    }

    @Test func `an issuer's own CRL that grows old is told of as well`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        try west.canFetch(party)
        let soon = pki.revocationList(thisUpdate: Carrier.now - 360_000, nextUpdate: Carrier.now + 72_000)
        try west.write("crls/own.pem", String(decoding: soon, as: UTF8.self))
        try await west.running { daemon in
            #expect(try await reason(daemon, party) == "valid")
            try await eventually(west, says: "a list ends soon, and no newer one has come")
        }
    }

    @Test func `a kept trust list outlasts its file, a crash before its mark, and its end by the days of grace`()
        async throws
    {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        try west.canFetch(party)
        let administrator = try PolicyAdministrator(in: west.folder, at: Carrier.now),
            stranger = MiniPKI(now: Carrier.now)
        func write(_ file: String, _ sequence: Int, _ anchors: [Certificate], days: Int = 1) throws {
            let list = UnsignedTrustList(
                sequence: sequence, expires: Int(Date().timeIntervalSince1970) + days * MiniPKI.day, anchors: anchors)
            try west.write(file, try list.signed(by: administrator.key))
        }
        let kept = "data/trust/trust-list.jws", mark = "data/trust/trust-list.mark"
        try west.write("signers/policy.pem", administrator.certificate.pem)
        try configure(west, "anchors: anchors", with: "trustList: {file: trust.jws, signers: signers}")
        try write("trust.jws", 1, stranger.anchors)
        try await west.running { daemon in try await eventually(daemon, party, is: "chain_untrusted") }

        try FileManager.default.removeItem(atPath: "\(west.folder)/trust.jws")
        try write(kept, 2, pki.anchors)
        try await west.running { daemon in
            #expect(try await reason(daemon, party) == "valid")
            try await eventually(west, says: "the trust list was not taken")
            #expect(west.read(mark).contains(#""sequence":2"#))
        }

        try write(kept, 3, pki.anchors, days: -6)
        try await west.running { daemon in
            #expect(try await reason(daemon, party) == "valid")
            try await eventually(west, says: "a list has ended, and no newer one has come")
        }
        try write(kept, 4, pki.anchors, days: -8)
        try await west.running { daemon in try await eventually(daemon, party, is: "chain_untrusted") }
    }

    @Test func `a trust list that cannot be kept is not taken, and taken when it can`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        try west.canFetch(party)
        let administrator = try PolicyAdministrator(in: west.folder, at: Carrier.now),
            stranger = MiniPKI(now: Carrier.now)
        func write(_ sequence: Int, _ anchors: [Certificate]) throws {
            let list = UnsignedTrustList(sequence: sequence, expires: Carrier.now + MiniPKI.day, anchors: anchors)
            try west.write("trust.jws", try list.signed(by: administrator.key))
        }
        let mark = "data/trust/trust-list.mark"
        try west.write("signers/policy.pem", administrator.certificate.pem)
        try configure(west, "anchors: anchors", with: "trustList: {file: trust.jws, signers: signers}")
        try write(1, stranger.anchors)
        try await west.running { daemon in
            #expect(try await reason(daemon, party) == "chain_untrusted")
            // As if another process had gone further.
            let before = west.read(mark)
            try west.write(mark, before.replacing(#""sequence":1"#, with: #""sequence":9"#))
            try write(2, pki.anchors)
            try await eventually(west, says: "its sequence is 2, and 9 has been seen")
            #expect(try await reason(daemon, party) == "chain_untrusted")
            // Of which no change of a watched file tells.
            try west.write(mark, before)
            try await eventually(daemon, party, is: "valid")
        }
    }

    @Test func `what a URL answers in the place of a CRL is told apart`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K")))
        let early = pki.revocationList(by: pki.root, indirect: true, thisUpdate: Carrier.now + 7_200)
        let answer = Mutex(Array("hello\n".utf8))
        try await HostileRepository.serving(
            tls: pki.server(["localhost"]).tls,
            { _ in .answers(200, ["Cache-Control: max-age=60"], answer.withLock { $0 }) },
            { repository in
                try configure(
                    west, "revocationLists: crls",
                    with: """
                        revocationListURLs: ["https://localhost:\(repository.port)/a.crl"],
                          revocationSeconds: 1, fetching: {roots: anchors}
                        """, more: "privateNetworkURLs: true\n")
                try await west.running { _ in
                    try await eventually(west, says: "there is no CRL in it")
                    answer.withLock { $0 = early }
                    try await eventually(west, says: "crl refused: from the future, by this machine's clock")
                }
            })
    }

    @Test func `a trust list says whom to trust, and an older one is refused, also after a restart`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        try west.canFetch(party)
        let administrator = try PolicyAdministrator(in: west.folder, at: Carrier.now)
        let stranger = MiniPKI(now: Carrier.now)
        func write(_ sequence: Int, _ anchors: [Certificate], lasting seconds: Int = MiniPKI.day) throws {
            let list = UnsignedTrustList(
                sequence: sequence, expires: Int(Date().timeIntervalSince1970) + seconds, anchors: anchors)
            try west.write("trust.jws", try list.signed(by: administrator.key))
        }
        try west.write("signers/policy.pem", administrator.certificate.pem)
        try configure(
            west, "anchors: anchors",
            with: "trustList: {file: trust.jws, signers: signers}, revocationGraceDays: 0")
        try write(1, pki.anchors)
        try await west.running { daemon in
            #expect(try await reason(daemon, party) == "valid")
            // Whoever signed it is not pinned any more, and then is again.
            try west.write("signers/policy.pem", stranger.root.certificate.pem)
            try await eventually(daemon, party, is: "chain_untrusted")
            try west.write("signers/policy.pem", administrator.certificate.pem)
            try await eventually(daemon, party, is: "valid")
            try write(2, stranger.anchors)
            try await eventually(daemon, party, is: "chain_untrusted")
            try write(1, pki.anchors)
            try await eventually(west, says: "its sequence is 1, and 2 has been seen")
            #expect(try await reason(daemon, party) == "chain_untrusted")
        }
        try await west.running { daemon in
            try await eventually(west, says: "its sequence is 1, and 2 has been seen")
            #expect(try await reason(daemon, party) == "chain_untrusted")
            // One that ends trusts nobody, once it has; so long that a busy machine sees it in force.
            try write(3, pki.anchors, lasting: 15)
            try await eventually(daemon, party, is: "valid")
            try await eventually(daemon, party, is: "chain_untrusted")
            #expect(west.read("c.log").contains("a list has ended, and no newer one has come"))
        }
    }

    @Test func `an older trust list is refused even when the newer one is believed no more`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        try west.canFetch(party)
        let first = try PolicyAdministrator(in: west.folder, at: Carrier.now)
        try FileManager.default.createDirectory(atPath: "\(west.folder)/other", withIntermediateDirectories: true)
        let second = try PolicyAdministrator(in: "\(west.folder)/other", at: Carrier.now)
        func write(_ sequence: Int, by administrator: PolicyAdministrator, days: Int = 1) throws {
            let list = UnsignedTrustList(
                sequence: sequence, expires: Carrier.now + days * MiniPKI.day, anchors: pki.anchors)
            try west.write("trust.jws", try list.signed(by: administrator.key))
            try west.write("signers/policy.pem", administrator.certificate.pem)
        }
        func check() async throws -> (status: Int32, output: String) {
            try await Program.run("countersignd", ["--config", "c.yaml", "--check"], in: west.folder)
        }
        try configure(west, "anchors: anchors", with: "trustList: {file: trust.jws, signers: signers}")
        try write(2, by: first)
        try await west.running { daemon in try await eventually(daemon, party, is: "valid") }

        try write(1, by: second)
        let older = try await check()
        #expect(older.status != 0 && older.output.contains("its sequence is 1, and 2 has been seen"), "\(older.output)")
        try write(2, by: second, days: 2)
        let another = try await check()
        #expect(another.status != 0 && another.output.contains("another list was seen with its sequence, 2"))
        try write(3, by: second)
        try await west.running { daemon in
            try await eventually(west, says: "trust list no longer believed")
            #expect(try await reason(daemon, party) == "valid")
        }

        let mark = west.read("data/trust/trust-list.mark")
        for damaged in ["", String(mark.dropLast())] {
            try west.write("data/trust/trust-list.mark", damaged)
            let (status, output) = try await check()
            #expect(status != 0 && output.contains("trust-list.mark: it does not say"), "\(output)")
            #expect(output.contains("remove trust-list.*"), "\(output)")
        }
        try FileManager.default.removeItem(atPath: "\(west.folder)/data/trust/trust-list.mark")
        let missing = try await check()
        #expect(missing.status != 0 && missing.output.contains("trust-list.mark: it is missing"), "\(missing.output)")
        try west.write("data/trust/trust-list.mark", mark)
        let restored = try await check()
        #expect(restored.status == 0, "\(restored.output)")
    }

    @Test func `a trust list comes over the network as well`() async throws {
        let west = try await carrier(pki.leaf(.spc("505K"))), party = pki.leaf(.spc("709J"))
        try west.canFetch(party)
        let administrator = try PolicyAdministrator(in: west.folder, at: Carrier.now)
        func list(_ sequence: Int, _ anchors: [Certificate]) throws -> [UInt8] {
            let list = UnsignedTrustList(
                sequence: sequence, expires: Carrier.now + MiniPKI.day, anchors: anchors)
            return Array(try list.signed(by: administrator.key).utf8)
        }
        let answer = Mutex(try list(1, pki.anchors))
        try west.write("signers/policy.pem", administrator.certificate.pem)
        try await HostileRepository.serving(
            tls: pki.server(["localhost"]).tls,
            { _ in .answers(200, ["Cache-Control: max-age=60"], answer.withLock { $0 }) },
            { repository in
                try configure(
                    west, "anchors: anchors",
                    with: """
                        trustList: {url: "https://localhost:\(repository.port)/trust.jws", signers: signers},
                          revocationSeconds: 1, fetching: {roots: anchors}
                        """, more: "privateNetworkURLs: true\n")
                try await west.running { daemon in
                    try await eventually(daemon, party, is: "valid")
                    let stranger = try list(2, MiniPKI(now: Carrier.now).anchors), old = answer.withLock { $0 }
                    answer.withLock { $0 = stranger }
                    try await eventually(daemon, party, is: "chain_untrusted")
                    answer.withLock { $0 = old }
                    try await eventually(west, says: "its sequence is 1, and 2 has been seen")
                    #expect(try await reason(daemon, party) == "chain_untrusted")
                }
            })
    }
}
