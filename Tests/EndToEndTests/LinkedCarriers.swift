import Foundation
import Glibc
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
import Synchronization
import TrunkLink

/// Carriers in a row, each linked with its neighbours and joined to them by a trunk that cannot carry a token.
///
/// Carrier `n` of the row is `100n`; it holds the thousand numbers from +1215555`n`000 on, and its trunk `ent-1` shows
/// them. Its trunk to carrier `100m` is `to-100m`.
struct LinkedCarriers: Sendable {
    let pki: MiniPKI
    let carriers: [Carrier]
    let codes: [String]

    /// - Parameter isTransit: whether a carrier of the row may hand over what others signed.
    init(_ count: Int, isTransit: Bool = true) async throws {
        let pki = MiniPKI(now: Carrier.now), codes = (1...count).map { "100\($0)" }
        self.pki = pki
        self.codes = codes
        let parties = codes.map { pki.leaf(.spc($0)) }
        let ports = try (0..<count).map { _ in try Self.freePort() }
        var carriers: [Carrier] = []
        for place in 0..<count {
            let carrier = try Carrier(parties[place], trusting: pki.anchors)
            for party in parties { try carrier.canFetch(party) }
            try Self.link(carrier, pki.linkParty(codes[place]), pki, port: ports[place])
            let neighbours = [place - 1, place + 1].filter { codes.indices.contains($0) }
            try await carrier.makeLedger(
                Self.ledger(
                    of: place, codes, neighbours: neighbours,
                    // One of two dials; the other way round would do as well.
                    peers: neighbours.map {
                        "\(codes[$0]),\($0 > place ? "127.0.0.1:\(ports[$0])" : ""),\(isTransit)\n"
                    }))
            carriers.append(carrier)
        }
        self.carriers = carriers
    }

    static func number(_ carrier: Int, _ place: Int = 0) -> String {
        "\(12_155_550_000 + (carrier + 1) * 1_000 + place)"
    }

    /// A port that nobody listens on, so that a daemon keeps it when it is started again: below those that the system gives to
    /// whoever asks for any, and not the same twice.
    static func freePort() throws -> Int {
        while true {
            let port = 20_000 + next.wrappingAdd(1, ordering: .relaxed).oldValue % 10_000
            let bound = try? ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: port).wait()
            guard let bound else { continue }
            try bound.close().wait()
            return port
        }
    }

    private static let next = Atomic(Int(getpid()) * 64)

    /// What a carrier needs for its end of the link.
    static func link(_ carrier: Carrier, _ party: MiniPKI.Party, _ pki: MiniPKI, port: Int) throws {
        try carrier.write("link.pem", String(decoding: party.pem, as: UTF8.self))
        try carrier.write("link.key", String(decoding: party.key.pem(), as: UTF8.self), mode: 0o600)
        try carrier.write("link-roots.pem", pki.anchors.map(\.pem).joined())
        try carrier.write(
            "c.yaml",
            carrier.read("c.yaml").replacing("trunk: ic-1", with: "trunk: ent-1") + """
                link:
                  address: 127.0.0.1:\(port)
                  tls: {chain: link.pem, key: link.key, roots: link-roots.pem}
                  heartbeatSeconds: 1

                """)
    }

    private static func ledger(
        of place: Int, _ codes: [String], neighbours: [Int], peers: [String]
    ) -> [(String, String)] {
        let trunks = neighbours.map { other in
            "to-\(codes[other]),interconnect,active,,\(codes[other]),,carrier,C-2,c-\(min(place, other)),true\n"
        }
        let approved = ["ent-1"] + neighbours.map { "to-\(codes[$0])" }
        return [
            ("carriers", "spc,name,country\n" + codes.map { "\($0),Carrier \($0),1\n" }.joined()),
            (
                "holdings",
                "carrier,first,last\n"
                    + codes.indices.map { "\(codes[$0]),+\(number($0)),+\(number($0, 999))\n" }.joined()
            ),
            ("peers", "carrier,address,transit\n" + peers.joined()),
            ("customers", "id,name,entity\nc1,Customer of \(codes[place]),E-1\n"),
            ("licences", "id,customer,scope,valid_from\nL-1,c1,voice,2020-01-01\n"),
            (
                "trunks",
                "name,class,state,customer,peer,service,use,contract,circuit,handover\n"
                    + "ent-1,enterprise,active,c1,,voice,service,C-1,,false\n" + trunks.joined()
            ),
            ("approvals", "trunk,by,at\n" + approved.map { "\($0),li,0\n\($0),wang,0\n" }.joined()),
            ("grants", "trunk,first,last,valid_from\nent-1,+\(number(place)),+\(number(place, 999)),0\n"),
        ]
    }
}

extension LinkedCarriers {
    /// A carrier of the row as far as the link is concerned, without a daemon: it has nothing to say but what the test has it say.
    func node(
        _ place: Int, _ capabilities: [String] = [], on group: MultiThreadedEventLoopGroup,
        take: @escaping @Sendable (NumberedMessage) -> Void = { _ in }
    ) throws -> LinkNode {
        let folder = carriers[place].folder
        let tls = try LinkTLS(
            chainFile: "\(folder)/link.pem", keyFile: "\(folder)/link.key", roots: "\(folder)/link-roots.pem",
            revocationLists: nil)
        let mailbox = LinkMailbox(
            known: { _ in nil }, meet: { _, _ in 0 }, outgoing: { _, _, _ in [] }, acknowledge: { _, _ in },
            take: { _, message in
                take(message)
                return .taken
            }, assertions: { _, _ in 0 })
        let identity = LinkIdentity(instance: UUID().uuidString, boot: UUID().uuidString, capabilities: capabilities)
        return LinkNode(
            identity, tls: tls, mailbox: mailbox, on: group.next(),
            milliseconds: { Int(Date().timeIntervalSince1970 * 1_000) }, report: { _ in })
    }
}

extension LinkedCarriers {
    /// Runs all daemons for as long as `body` takes, once they are linked.
    ///
    /// - Parameter skews: by how many seconds each one's clock is ahead; none by default.
    func running<Value>(
        skews: [Int]? = nil, _ body: ([RunningDaemon]) async throws -> Value
    ) async throws -> Value {
        try await running([], skews: skews, body)
    }

    private func running<Value>(
        _ started: [RunningDaemon], skews: [Int]?, _ body: ([RunningDaemon]) async throws -> Value
    ) async throws -> Value {
        guard started.count < carriers.count else {
            for place in carriers.indices { try await linked(place) }
            return try await body(started)
        }
        return try await carriers[started.count].running(after: skews.map { Self.skewing($0[started.count]) }) {
            try await running(started + [$0], skews: skews, body)
        }
    }

    private static func skewing(_ seconds: Int) -> String {
        "export CLOCK_SKEW_SECONDS=\(seconds) LD_PRELOAD=\(Program.path("libSkewedClock.so"))"
    }

    private func linked(_ place: Int) async throws {
        let neighbours = [place - 1, place + 1].filter { codes.indices.contains($0) }
        try await eventually("the links of \(codes[place])") {
            let log = carriers[place].read("c.log")
            return neighbours.allSatisfy { log.contains("peer=\(codes[$0])") && log.contains("] linked") } ? true : nil
        }
    }
}

extension RunningDaemon {
    /// A call of the carrier's own customer, which leaves by `egress`.
    func sign(_ orig: String, _ dest: String, by egress: String) async throws -> Answer {
        try await sign(orig, dest, more: #","egress":"\#(egress)""#)
    }

    /// A call that comes over `trunk` without a token, and goes on by `egress` if it goes on.
    func receive(
        _ orig: String, _ dest: String, over trunk: String, egress: String? = nil, call: String? = UUID().uuidString
    ) async throws -> Answer {
        let more = (egress.map { #","egress":"\#($0)""# } ?? "") + (call.map { #","call":"\#($0)""# } ?? "")
        return try await ask(
            "verify", #"{"orig":"\#(orig)","dest":"\#(dest)","trunk":"\#(trunk)"\#(more)}"#, on: trunkPort)
    }
}
