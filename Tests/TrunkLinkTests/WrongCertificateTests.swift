import LibCrypto
import MiniPKI
import Testing
import TrunkLink

/// Whoever cannot show that he is a peer is not spoken with, and is counted by the reason.
@Suite struct WrongCertificateTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let reason: String
        let party: @Sendable () -> MiniPKI.Party?

        init(_ name: String, _ reason: String, _ party: @escaping @Sendable () -> MiniPKI.Party?) {
            (testDescription, self.reason, self.party) = (name, reason, party)
        }
    }

    static let cases: [Case] = [
        Case("none", "handshake") { nil },
        Case("of another root", "handshake") { MiniPKI(now: linkPKI.now).linkParty("1001") },
        Case("signed by nobody", "handshake") { linkPKI.linkParty("1001") { $0.isForged = true } },
        Case("expired", "handshake") { linkPKI.linkParty("1001") { $0.notAfter = linkPKI.now - 60 } },
        Case("not yet valid", "handshake") { linkPKI.linkParty("1001") { $0.notBefore = linkPKI.now + MiniPKI.day } },
        Case("without a name", "certificateNamesNobody") { linkPKI.leaf() },
        Case("of two carriers", "certificateNamesNobody") { linkPKI.linkParty("1001", "1003") },
        Case("of what is no code", "certificateNamesNobody") { linkPKI.linkParty("10 01") },
        Case("for signing calls", "certificateSignsCalls") {
            linkPKI.linkParty("1001") { $0.extensions.append(.tnAuthList(.spc("1001"))) }
        },
        Case("of no peer", "noSuchPeer") { linkPKI.linkParty("3003") },
        Case("of ourselves", "noSuchPeer") { linkPKI.linkParty("2002") },
    ]

    @Test(arguments: cases) func `it is refused`(_ wrong: Case) async throws {
        try await Station.alone { station in
            let isLetGo = try await Stranger.dialling(station.port, as: wrong.party()) { stranger in
                try? await stranger.say(Stranger.hello("1001"))
                return try await stranger.hear() == nil
            }
            #expect(isLetGo)
            let refused = try await eventually("a refusal") { () -> [String: Int]? in
                let refused = try await station.node.strangers()
                return refused.isEmpty ? nil : refused
            }
            #expect(refused == [wrong.reason: 1])
            #expect(try await station.node.status().map(\.counters.linked) == [0])
        }
    }

    @Test(arguments: [
        ("of another carrier", "its certificate is of 3003", linkPKI.linkParty("3003")),
        ("of another root", "no TLS", MiniPKI(now: linkPKI.now).linkParty("1001")),
        ("expired", "no TLS", linkPKI.linkParty("1001") { $0.notAfter = linkPKI.now - 60 }),
        (
            "for signing calls", "signing calls",
            linkPKI.linkParty("1001") { $0.extensions.append(.tnAuthList(.spc("1"))) }
        ),
    ])
    func `whom we dial is refused as well`(_ name: String, _ reason: String, _ party: MiniPKI.Party) async throws {
        try await Station.alone { station in
            try await Stranger.listening(as: party) { stranger in
                guard try await stranger.hear("hello") != nil else { return }
                try await stranger.say(Stranger.helloBack("1001"))
                _ = try await stranger.hear()
            } _: { port in
                station.node.setPeers([LinkPeer(carrier: "1001", address: .init(host: "127.0.0.1", port: port))])
                _ = try await eventually(reason) { station.wasNotLinked(reason) ? true : nil }
                #expect(try await station.node.status().map(\.counters.linked) == [0])
            }
        }
    }

    @Test func `our own must name its carrier, and sign no calls`() throws {
        let folder = try LinkFolder()
        #expect(throws: LinkFault.noCarrier(file: "\(folder.path)/link.pem")) {
            try Station.tls(linkPKI.leaf(), linkPKI.anchors, in: folder.path)
        }
        #expect(throws: LinkFault.signsCalls(file: "\(folder.path)/link.pem")) {
            try Station.tls(
                linkPKI.linkParty("1001") { $0.extensions.append(.tnAuthList(.spc("1001"))) }, linkPKI.anchors,
                in: folder.path)
        }
    }

    @Test func `who is revoked while connected is cut off, and does not come back`() async throws {
        let folder = try LinkFolder(), party = linkPKI.linkParty("1001")
        let east = try await Station("1001", party: party), west = try await Station("2002")
        east.peer(with: west)
        west.peer(with: east, dials: false)
        _ = try await eventually("a link") { try await west.status(of: east)?.state == .linked ? true : nil }
        try folder.write("list.pem", linkPKI.revocationList(of: party, by: linkPKI.root, indirect: true))
        west.node.present(
            try Station.tls(linkPKI.linkParty("2002"), linkPKI.anchors, in: folder.path, lists: folder.lists))
        _ = try await eventually("its end") { west.ended(.revoked) ? true : nil }
        _ = try await eventually("a refusal") { try await west.node.strangers()["revoked"] }
        #expect(try await west.status(of: east)?.state == .waiting)
        await east.remove()
        await west.remove()
    }

    private func tls(_ folder: LinkFolder, roots: [Certificate] = linkPKI.anchors) throws -> LinkTLS {
        try Station.tls(linkPKI.linkParty("2002"), roots, in: folder.path, lists: folder.lists)
    }

    @Test func `a list is a root's, or of an issuer of our own certificate`() throws {
        let folder = try LinkFolder()
        try folder.write("root.pem", linkPKI.revocationList(by: linkPKI.root))
        try folder.write("issuer.pem", linkPKI.revocationList())
        _ = try tls(folder)
        // The same name, and another key.
        let stranger = MiniPKI(now: linkPKI.now).provider, file = "\(folder.lists)/other.pem"
        try folder.write("other.pem", linkPKI.revocationList(by: stranger))
        #expect(throws: LinkFault.listOfNobody(file: file, issuer: stranger.certificate.subjectText)) {
            try tls(folder)
        }
        _ = try tls(folder, roots: linkPKI.anchors + [stranger.certificate])
    }

    @Test(arguments: ["", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", linkPKI.root.certificate.pem])
    func `a file in which there is no list is refused`(_ content: String) throws {
        let folder = try LinkFolder()
        try folder.write("list.pem", Array(content.utf8))
        #expect(throws: LinkFault.notARevocationList(file: "\(folder.lists)/list.pem")) { try tls(folder) }
    }

    /// Whether west cuts a peer off that has a certificate of `issuer`, once it has the list.
    private func isCutOff(_ issuer: MiniPKI.Party, by list: (MiniPKI.Party) -> [UInt8]) async throws -> Bool {
        let folder = try LinkFolder(), party = linkPKI.linkParty("1001", by: issuer)
        let east = try await Station("1001", party: party), west = try await Station("2002")
        east.peer(with: west)
        west.peer(with: east, dials: false)
        _ = try await eventually("a link") { try await west.status(of: east)?.state == .linked ? true : nil }
        try folder.write("list.pem", list(party))
        west.node.present(try tls(folder))
        // Asked for on the loop, behind it. A link that is not there at the moment comes back, or is refused.
        let isCutOff = try await eventually("what becomes of the link") { () -> Bool? in
            if try await west.status(of: east)?.state == .linked { return false }
            let isRefused = try await west.node.strangers()["revoked"] != nil
            return isRefused || west.ended(.revoked) ? true : nil
        }
        await east.remove()
        await west.remove()
        return isCutOff
    }

    @Test func `an issuer of ours revokes what it has issued, and a root what others have`() async throws {
        let other = linkPKI.authority()
        #expect(try await isCutOff(linkPKI.provider) { linkPKI.revocationList(of: $0) })
        #expect(try await isCutOff(other) { linkPKI.revocationList(of: $0, by: linkPKI.root, indirect: true) })
        #expect(try await !isCutOff(other) { linkPKI.revocationList(of: $0, indirect: true) })
    }

    @Test func `whose root is gone is cut off, and who has another goes on`() async throws {
        let folder = try LinkFolder(), elsewhere = MiniPKI(now: linkPKI.now), both = linkPKI.anchors + elsewhere.anchors
        let east = try await Station("1001", party: elsewhere.linkParty("1001"), roots: both)
        let south = try await Station("3003", roots: both), west = try await Station("2002", roots: both)
        for peer in [east, south] { peer.peer(with: west) }
        west.node.setPeers([LinkPeer(carrier: "1001"), LinkPeer(carrier: "3003")])
        // Nothing is taken away at first: nobody loses his link by that.
        for roots in [both, linkPKI.anchors] {
            #expect(!west.ended(.rootGone))
            _ = try await eventually("two links") {
                try await west.node.status().allSatisfy { $0.state == .linked } ? true : nil
            }
            west.node.present(try tls(folder, roots: roots))
        }
        _ = try await eventually("its end") { west.ended(.rootGone) ? true : nil }
        _ = try await eventually("a refusal") { try await west.node.strangers()["handshake"] }
        #expect(try await west.status(of: east)?.state == .waiting)
        _ = try await eventually("the other's link") {
            try await west.status(of: south)?.state == .linked ? true : nil
        }
        let cutOff = west.events.compactMap { if case .ended(let peer, .rootGone) = $0 { peer } else { nil } }
        #expect(cutOff == ["1001"])
        for station in [east, south, west] { await station.remove() }
    }
}
