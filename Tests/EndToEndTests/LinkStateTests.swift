import Certificates
import Exchange
import Foundation
import LibCrypto
import MiniPKI
import Testing

/// What an operator sees of the link, and whom a daemon does not go on to be linked with.
@Suite(.timeLimit(.minutes(10))) struct LinkStateTests {
    private func shown(_ carrier: Carrier, _ peer: String) async throws -> String {
        try await carrier.tool("peers", "show", peer, "--data", "data")
    }

    private func wasTold(_ carrier: Carrier, _ words: String...) async throws {
        try await eventually("a line with \(words)") {
            let lines = carrier.read("c.log").split(separator: "\n")
            return lines.contains { line in words.allSatisfy { line.contains($0) } } ? true : nil
        }
    }

    @Test func `the tool tells how a link stands, and whether somebody is there to tell`() async throws {
        let row = try await LinkedCarriers(2), east = row.carriers[0]
        #expect(try await east.tool("peers", "list", "--data", "data").contains("never linked"))
        #expect(try await !shown(east, "1002").contains("link\t"))
        try await row.running { (daemons: [RunningDaemon]) async throws in
            let said = try await eventually("how the link stands") {
                let said = try await shown(east, "1002")
                return said.contains("link\tlinked") && said.contains("round trip\t") ? said : nil
            }
            #expect(said.contains("version\t1.0") && said.contains("counted\tlinked=1"), "\(said)")
            let lines = said.split(separator: "\n")
            #expect(lines.contains { $0.wholeMatch(of: /round trip\t\d+ ms/) != nil }, "\(said)")
            #expect(lines.contains { $0.wholeMatch(of: /clock\t-?\d+ ms ahead of ours/) != nil }, "\(said)")
            #expect(try await east.tool("peers", "list", "--data", "data").contains("\tlinked\n"))
            await daemons[1].stop()
            try await eventually("what became of the link") {
                let said = try await shown(east, "1002")
                return !said.contains("link\tlinked") && said.contains("last fault\t") ? true : nil
            }
        }
        // A minute after the daemon has ended.
        let store = try ExchangeStore(folder: "\(east.folder)/data")
        let last = try #require(try store.linkStates()["1002"])
        try store.keep([
            LinkState(
                peer: last.peer, at: last.at - 60, state: last.state, version: last.version,
                clockOffset: last.clockOffset, roundTrip: last.roundTrip, lastFault: last.lastFault,
                counters: last.counters)
        ])
        #expect(try await shown(east, "1002").contains("link\tno daemon runs"))
        #expect(try await east.tool("peers", "list", "--data", "data").contains("no daemon runs"))
    }

    @Test func `a peer whose certificate is revoked is cut off for good, and no other peer notices`() async throws {
        let row = try await LinkedCarriers(3), middle = row.carriers[1], last = row.carriers[2]
        try middle.write("link-crls/none.pem", String(decoding: row.pki.revocationList(), as: UTF8.self))
        try middle.write(
            "c.yaml",
            middle.read("c.yaml").replacing(
                "roots: link-roots.pem", with: "roots: link-roots.pem, revocationLists: link-crls"))
        try await row.running { (daemons: [RunningDaemon]) async throws in
            // A list that somebody else has signed changes nothing, and is told of.
            try middle.write("link-crls/other.pem", try row.revocation(of: 2, by: MiniPKI(now: Carrier.now).provider))
            try await wasTold(middle, "CRLs of the link not read anew: the old ones stay", "link-crls/other.pem")
            try FileManager.default.removeItem(atPath: "\(middle.folder)/link-crls/other.pem")

            try middle.write("link-crls/revoked.pem", try row.revocation(of: 0, by: row.pki.provider))
            try await wasTold(middle, "a link ended", "peer=1001", "its certificate is revoked")
            try await wasTold(middle, "a connection to the link was refused", "its certificate is revoked")
            try await wasTold(row.carriers[0], "not linked: it is tried again", "peer=1002")

            let dest = LinkedCarriers.number(2), orig = LinkedCarriers.number(1)
            let signed = try await daemons[1].sign(orig, dest, by: "to-1003")
            let arrived = try await eventually("the token") {
                let answer = try await daemons[2].receive(orig, dest, over: "to-1002")
                return answer.reason == "valid" ? answer : nil
            }
            #expect(arrived.origid == signed.origid)
            #expect(!last.read("c.log").contains("a link ended"))
        }
        // Nor does it come back when the daemon does.
        try await middle.running { _ in
            try await row.carriers[0].running { _ in
                try await wasTold(middle, "a connection to the link was refused", "its certificate is revoked")
                #expect(!middle.read("c.log").contains("] linked"))
            }
        }
        try middle.write("link-crls/other.pem", try row.revocation(of: 2, by: MiniPKI(now: Carrier.now).provider))
        let (status, fault) = try await Program.run("countersignd", ["--config", "c.yaml"], in: middle.folder)
        #expect(status != 0 && fault.contains("link-crls/other.pem: its CRL of "), "\(fault)")
    }

    @Test func `who speaks another major version is told which one is spoken, and the log tells too`() async throws {
        let row = try await LinkedCarriers(2), west = row.carriers[1]
        try await west.running { _ in
            let port = try await eventually("the link") { RunningDaemon.port(of: "link", in: west.read("c.log")) }
            try await Stranger.dialling(port, as: row.pki.linkParty("1001")) { stranger in
                try await stranger.say(Stranger.hello("1001", version: "2.0"))
                let refusal = try #require(try await stranger.hear())
                #expect(refusal.contains("\"code\":-32010") && refusal.contains("version 1.0 is spoken here"))
                #expect(try await stranger.hear() == nil)
            }
            try await wasTold(west, "not linked", "peer=1001", "it speaks version 2.0, which 1.0 does not understand")
            // What a later minor version adds is no obstacle.
            try await Stranger.dialling(port, as: row.pki.linkParty("1001")) { stranger in
                try await stranger.say(Stranger.hello("1001", version: "1.7"))
                #expect(try await stranger.hear("\"result\"") != nil)
            }
            try await wasTold(west, "] linked", "peer=1001", "version=1.7")
        }
    }

    @Test func `a peer that we dial and that speaks another major version is not linked with`() async throws {
        let row = try await LinkedCarriers(2), east = row.carriers[0]
        try await Stranger.listening(as: row.pki.linkParty("1002")) { stranger in
            guard try await stranger.hear("hello") != nil else { return }
            try await stranger.say(Stranger.helloBack("1002", version: "2.0"))
            _ = try await stranger.hear()
        } _: { port in
            try await east.tool(
                "peers", "add", "--data", "data", "--by", "li", "--why", "it has moved", "1002",
                "--address", "127.0.0.1:\(port)")
            try await east.running { _ in
                try await wasTold(east, "not linked", "peer=1002", "version 2.0, which 1.0 does not understand")
                #expect(!east.read("c.log").contains("] linked"))
            }
        }
    }
}

extension LinkedCarriers {
    /// A CRL with the certificate of the link of one of them.
    fileprivate func revocation(of place: Int, by issuer: MiniPKI.Party) throws -> String {
        let certificates = try Certificate.all(inPEM: Array(carriers[place].read("link.pem").utf8).span, atMost: 9)
        let list = pki.revocationList(by: issuer) { list in
            list.entries = [.init(serial: certificates[0].serialBytes, revokedAt: pki.now - 120)]
        }
        return String(decoding: list, as: UTF8.self)
    }
}
