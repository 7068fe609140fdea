import Certificates
import Exchange
import Foundation
import GRDB
import Jansson
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
import NumberPlan
import PASSporT
import Statements
import Synchronization
import Testing
import TrunkLink

/// Two daemons that share their lists: what one enters, the other's calls are decided by.
@Suite(.timeLimit(.minutes(10))) struct SharingTests {
    private static let caller = LinkedCarriers.number(0, 7), callee = LinkedCarriers.number(1)
    private static let lists = "do_not_originate,bad_number,shut_trunk"

    private struct Line: Decodable {
        let list, first, source: String
        let counts: [String]
    }

    /// East gives all of its lists, and west takes them.
    private func shared(_ row: LinkedCarriers) async throws {
        try await peer(row.carriers[0], "1002", "--gives", Self.lists)
        try await peer(row.carriers[1], "1001", "--takes", Self.lists)
    }

    private func peer(_ carrier: Carrier, _ peer: String, _ option: String, _ lists: String) async throws {
        try await carrier.tool(
            "peers", "add", "--data", "data", "--by", "li", "--why", "agreed", peer, option, lists)
    }

    private func list(_ carrier: Carrier, _ rows: String) async throws {
        try carrier.write("listings.csv", "list,first,source,valid_from,valid_to\n" + rows)
        try await carrier.tool("ledger", "import", "--data", "data", "--replace", "listings", "listings.csv")
    }

    private func here(_ carrier: Carrier) async throws -> [Line] {
        try await carrier.tool("shared", "list", "--data", "data", "--plan", "nanp", "--json").split(separator: "\n")
            .map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
    }

    /// A call to a customer of the last carrier's, that shows a number and has no token. A busy machine may not answer it in time.
    private func call(_ daemons: [RunningDaemon], _ orig: String) async throws -> Answer {
        try await eventually("an answer") {
            let answer = try await daemons[daemons.count - 1].receive(orig, Self.callee, over: "to-1001")
            return answer.action == nil ? nil : answer
        }
    }

    @Test func `a bad number that one carrier enters is blocked by the other until it is withdrawn or ends`()
        async throws
    {
        let row = try await LinkedCarriers(2), east = row.carriers[0], west = row.carriers[1]
        let foreign = "+447000000001", soon = "+447000000002"
        try await shared(row)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            let before = try await call(daemons, foreign)
            #expect(before.reason != "listed_bad_number")
            let end = Int(Date().timeIntervalSince1970) + 8
            try await list(east, "bad_number,\(foreign),police,0,4000000000\nbad_number,\(soon),police,0,\(end)\n")
            let blocked = try await eventually("a block") {
                let answer = try await call(daemons, foreign)
                return answer.reason == "listed_bad_number" ? answer : nil
            }
            #expect(blocked.action == "block")
            let lines = try await here(west)
            #expect(lines.map(\.first) == [foreign, soon] && lines.map(\.source) == ["1001", "1001"])
            #expect(lines[0].counts == ["in_force"])
            let explained = try await west.tool(
                "records", "explain", "--data", "data", "--plan", "nanp", blocked.record ?? "")
            #expect(explained.contains("as recorded"), "\(explained)")
            let record = try await west.tool("records", "show", "--data", "data", blocked.record ?? "")
            #expect(record.contains("sharedBy") && record.contains("bad_number"), "\(record)")
            try await eventually("its end") {
                try await call(daemons, soon).reason != "listed_bad_number" ? true : nil
            }
            #expect(Int(Date().timeIntervalSince1970) >= end)
            try await list(east, "")
            try await eventually("its withdrawal") {
                try await call(daemons, foreign).reason != "listed_bad_number" ? true : nil
            }
            // The record is of the time when it counted.
            let again = try await west.tool(
                "records", "explain", "--data", "data", "--plan", "nanp", blocked.record ?? "")
            #expect(again.contains("as recorded"), "\(again)")
            let peer = try await west.tool("peers", "show", "--data", "data", "1001")
            let all = try await west.tool("records", "explain", "--data", "data", "--plan", "nanp")
            #expect(all.contains(", 0 come out otherwise"), "\(all)")
            #expect(
                peer.contains("takes\tbad_number do_not_originate shut_trunk\n") && peer.contains("\nlists\t0 entries"))
        }
    }

    /// As its carrier signs it once it has granted the number anew.
    private func token(_ orig: String, by carrier: Carrier) throws -> String {
        let header = try #require(PassportHeader(certificateURL: carrier.party.x5u))
        var random = RandomBytes()
        let passport = Passport(
            attestation: .full, origin: try #require(Digits(orig)), destinations: [try #require(Digits(Self.callee))],
            issuedAt: Int(Date().timeIntervalSince1970), originID: random.uuid())
        return try SignedPassport(passport, header, by: Signer(carrier.party.key)).identity
    }

    @Test func `numbers of a trunk that is shut need a token, and those that nobody calls with have none`() async throws
    {
        let row = try await LinkedCarriers(2), east = row.carriers[0], west = row.carriers[1]
        let other = LinkedCarriers.number(0, 8)
        try await shared(row)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            try await list(east, "do_not_originate,+\(other),its owner,0,\n")
            try await east.tool("ledger", "trunks", "shut", "--data", "data", "--by", "li", "--why", "fraud", "ent-1")
            try await eventually("both lists") { try await here(west).count == 2 ? true : nil }
            let bare = try await eventually("a block") {
                let answer = try await call(daemons, Self.caller)
                return answer.reason == "do_not_originate" ? answer : nil
            }
            #expect(bare.action == "block")
            for (orig, action, reason) in [(Self.caller, "allow", "valid"), (other, "block", "do_not_originate")] {
                try await eventually("\(reason)") {
                    let identity = try token(orig, by: east)
                    let answer = try await daemons[1].ask(
                        "verify",
                        #"{"orig":"\#(orig)","dest":"\#(Self.callee)","trunk":"to-1001","identity":"\#(identity)"}"#,
                        on: daemons[1].trunkPort)
                    return answer.action == action && answer.reason == reason ? true : nil
                }
            }
            let all = try await west.tool("records", "explain", "--data", "data", "--plan", "nanp")
            #expect(all.contains(", 0 come out otherwise"), "\(all)")
        }
    }

    /// That a number is bad, as nobody has said it.
    private func statement(
        _ row: LinkedCarriers, _ carrier: String, signedLike other: String? = nil
    ) async throws -> SignedStatement {
        let party = row.pki.leaf(.spc(carrier)), now = Carrier.now
        let url = try CertificateURL(party.x5u)
        let signer = try #require(StatementSigner(try Credential(key: party.key, chain: party.chain, url: url)))
        let signed = try await signer.sign(
            Statement(.share, by: carrier, at: now) { text in
                text.raw(#","number":1,"until":"#)
                text.number(now + 3_600)
                text.raw(#","part":1,"parts":1,"added":[{"list":"bad_number","first":"+447000000009","from":0,"#)
                text.raw(#""to":4000000000}]"#)
            })
        guard let other else { return signed }
        let signature = try await statement(row, other).text.split(separator: ".")[2]
        return SignedStatement(
            unverified: (signed.text.split(separator: ".").prefix(2) + [signature]).joined(separator: "."))
    }

    @Test func `what another signed, or nobody takes, changes nothing, and is told of`() async throws {
        let row = try await LinkedCarriers(2), east = row.carriers[0], west = row.carriers[1]
        let number = "+447000000003"
        try await peer(east, "1002", "--gives", Self.lists)
        // They lie in east's store as if east had said them: one that west has signed, one whose signature is another's.
        let poisoned = [try await statement(row, "1002"), try await statement(row, "1001", signedLike: "1002")]
        try await row.running { (daemons: [RunningDaemon]) async throws in
            let store = try ExchangeStore(folder: "\(east.folder)/data")
            for statement in poisoned { try store.send(statement, .share, to: "1002", at: Carrier.now) }
            try await list(east, "bad_number,\(number),police,0,4000000000\n")
            try await eventually("an alarm") {
                let log = west.read("c.log")
                return log.contains("a statement of a peer is not believed")
                    && log.contains("lists of 1002 do not come")
                    && log.contains("its signature is wrong") ? true : nil
            }
            let lines = try await eventually("the list") {
                let lines = try await here(west)
                return lines.isEmpty ? nil : lines
            }
            #expect(lines.map(\.first) == [number] && lines.map(\.counts) == [["not_taken"]])
            let answer = try await call(daemons, number)
            #expect(answer.reason != "listed_bad_number")
            try await peer(west, "1001", "--takes", "bad_number")
            try await eventually("a block") {
                try await call(daemons, number).reason == "listed_bad_number" ? true : nil
            }
        }
    }

    @Test func `what was told counts after a restart, until it was not said for too long`() async throws {
        let row = try await LinkedCarriers(2), east = row.carriers[0], west = row.carriers[1]
        let number = "+447000000004"
        try await shared(row)
        try await list(east, "bad_number,\(number),police,0,4000000000\n")
        _ = try await row.running { (_: [RunningDaemon]) async throws in
            try await eventually("the list") { try await here(west).isEmpty ? nil : true }
        }
        try await west.running { daemon in
            let answer = try await call([daemon], number)
            #expect(answer.reason == "listed_bad_number", "\(answer)")
        }
        try await DatabaseQueue(path: "\(west.folder)/data/\(ExchangeStore.fileName)").write { db in
            try db.execute(sql: "UPDATE share_source SET until = 1")
        }
        try await west.running { daemon in
            let answer = try await call([daemon], number)
            #expect(answer.reason != "listed_bad_number", "\(answer)")
            try await eventually("an alarm") {
                west.read("c.log").contains("a peer has not said for too long what its lists are") ? true : nil
            }
            let lines = try await here(west)
            #expect(lines.map(\.counts) == [["lease_over"]])
        }
    }

    private func until(_ carrier: Carrier) async throws -> Int? {
        try await DatabaseQueue(path: "\(carrier.folder)/data/\(ExchangeStore.fileName)").read { db in
            try Int.fetchOne(db, sql: "SELECT until FROM share_source")
        }
    }

    @Test func `a peer that says only that it counts on has nothing read anew, and one that is none leaves nothing`()
        async throws
    {
        let row = try await LinkedCarriers(2), east = row.carriers[0], west = row.carriers[1]
        try await shared(row)
        let number = "+447000000006"
        try await list(east, "bad_number,\(number),police,0,4000000000\n")
        let party = row.pki.leaf(.spc("1001")), url = try CertificateURL(party.x5u)
        let signer = try #require(StatementSigner(try Credential(key: party.key, chain: party.chain, url: url)))
        func takenUp() -> Int { west.read("c.log").components(separatedBy: "lists of peers taken up").count - 1 }
        try await row.running { (daemons: [RunningDaemon]) async throws in
            try await eventually("the list") { takenUp() == 1 ? true : nil }
            let store = try ExchangeStore(folder: "\(east.folder)/data"), until = try #require(try await until(west))
            func say(_ number: Int, until: Int) async throws {
                let signed = try await signer.sign(
                    Statement(.share, by: "1001", at: Carrier.now) { text in
                        text.raw(#","number":"#)
                        text.number(number)
                        text.raw(#","until":"#)
                        text.number(until)
                    })
                try store.send(signed, .share, to: "1002", at: Carrier.now)
            }
            for place in 1...3 {
                try await say(1 + place, until: until + place)
                try await eventually("a longer lease") {
                    try await self.until(west) == until + place ? true : nil
                }
                try await eventually("a look at it") {
                    let lines = try await here(west)
                    return lines.map(\.counts) == [["in_force"]] ? true : nil
                }
            }
            let file = try DatabaseQueue(path: "\(west.folder)/data/\(ExchangeStore.fileName)")
            for (time, isBlocked) in [(1, false), (until, true)] {
                try await file.write { db in try db.execute(sql: "UPDATE share_source SET until = ?", arguments: [time])
                }
                try await eventually("a call under another lease") {
                    let answer = try await call(daemons, number)
                    return (answer.reason == "listed_bad_number") == isBlocked ? true : nil
                }
            }
            #expect(takenUp() == 1)
            // One before it is missing.
            try await say(9, until: until)
            try await eventually("word of a gap") {
                west.read("c.log").contains("statements of a peer are passed over") ? true : nil
            }
            #expect(!west.read("c.log").contains("a statement of a peer is not believed"))
            try await file.write { db in
                try db.execute(sql: "INSERT INTO share_source (peer, number, issued) VALUES ('9999', 1, 1)")
            }
            try await eventually("its removal") {
                try await file.read { db in
                    try String.fetchAll(db, sql: "SELECT peer FROM share_source") == ["1001"] ? true : nil
                }
            }
        }
    }

    /// While the peer is away, however the lists change.
    private func nothingWaits(_ carrier: Carrier, for peer: String) async throws {
        let store = try ExchangeStore(folder: "\(carrier.folder)/data")
        func away() throws -> Int? { try store.linkStates()[peer].flatMap { $0.state == "linked" ? nil : $0.at } }
        let left = try await eventually("the end of the link") { try away() }
        try await list(carrier, "bad_number,+447000000007,police,0,4000000000\n")
        try await eventually("a few seconds of it") { (try away() ?? 0) > left + 4 ? true : nil }
        #expect(try store.outgoing(to: peer, after: 0, limit: 1).isEmpty)
    }

    @Test func `a peer that does not say that it takes lists is told none`() async throws {
        let row = try await LinkedCarriers(2), west = row.carriers[1], kinds = Mutex<[String]>([])
        try await peer(west, "1001", "--gives", Self.lists)
        try await list(west, "bad_number,+447000000005,police,0,4000000000\n")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        try await west.running { _ in
            let port = try await eventually("a port") { RunningDaemon.port(of: "link", in: west.read("c.log")) }
            for capabilities in [[], ["share"]] {
                let node = try row.node(0, capabilities, on: group) { message in
                    kinds.withLock { $0.append(message.kind) }
                }
                node.setPeers([LinkPeer(carrier: "1002", address: .init(host: "127.0.0.1", port: port))])
                if capabilities.isEmpty {
                    // In that time the daemon looks three times whether there is something to tell.
                    let store = try ExchangeStore(folder: "\(west.folder)/data")
                    func seen() throws -> LinkState? { try store.linkStates()["1001"] }
                    let linked = try await eventually("a link") { try seen()?.state == "linked" ? seen()?.at : nil }
                    try await eventually("a few seconds of it") { (try seen()?.at ?? 0) > linked + 3 ? true : nil }
                    #expect(kinds.withLock { $0 } == [])
                } else {
                    try await eventually("the list") { kinds.withLock { $0 } == ["share"] ? true : nil }
                    let store = try ExchangeStore(folder: "\(west.folder)/data")
                    try await eventually("an acknowledgement") {
                        try store.outgoing(to: "1001", after: 0, limit: 1).isEmpty ? true : nil
                    }
                }
                await node.shutDown()
                if !capabilities.isEmpty { try await nothingWaits(west, for: "1001") }
            }
        }
        try await group.shutdownGracefully()
    }
}
