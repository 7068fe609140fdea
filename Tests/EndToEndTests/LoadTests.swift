import Foundation
import LibCrypto
import MiniPKI
import NIOCore
import NumberPlan
import PASSporT
import Records
import Synchronization
import Testing

enum Load {
    static let requests = Int(ProcessInfo.processInfo.environment["COUNTERSIGN_LOAD"] ?? "") ?? 0
}

/// A long load on one daemon, for Tools/load: every request is answered once, or counted as busy or expired, and memory
/// does not grow.
@Suite(.enabled(if: Load.requests > 0, "Tools/load runs it"), .timeLimit(.minutes(60))) final class LoadTests: Sendable
{
    private static let connections = 100

    /// What the clients have seen.
    private struct Tally {
        var sent = 0
        var answered = 0
        var unanswered = 0
        var busy = 0
        var notifications = 0
        var garbage = 0
        var twice = 0
        var verdicts: [String: Int] = [:]
    }

    private let tally = Mutex(Tally())
    /// Tokens to verify, the newest ones.
    private let tokens = Mutex<[Token]>([])

    private struct Token {
        let identity: String
        let orig: String
    }

    @Test func `every request is answered exactly once or counted`() async throws {
        let pki = MiniPKI(now: Carrier.now)
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors)
        try carrier.canFetch(carrier.party)
        // Small enough to be full when the warm-up ends: a store that still fills would look like a leak.
        try carrier.write(
            "c.yaml",
            carrier.read("c.yaml").replacing("490", with: "400")
                .replacing(
                    "certificates: web", with: "certificates: web, replayCapacity: 5000, whenReplayStoreIsFull: allow"))
        try await carrier.makeLedger()
        let (warm, end, seconds) = try await carrier.running { daemon in
            let start = ContinuousClock.now
            try await load(daemon, until: Load.requests / 4)
            let warm = try daemon.residentKilobytes
            try await load(daemon, until: Load.requests)
            return (warm, try daemon.residentKilobytes, (ContinuousClock.now - start) / .seconds(1))
        }

        let seen = tally.withLock { $0 }, counters = carrier.counters
        func count(_ name: String) -> Int { counters[name, default: 0] }
        print(
            """
            \(seen.sent) requests over \(Self.connections) connections in \(Int(seconds)) s, \
            \(Int(Double(seen.sent) / seconds)) a second
            answered \(seen.answered), of them busy \(seen.busy); not answered \(seen.unanswered), as the daemon counts: \
            expired \(count("expired")), orphaned \(count("orphaned"))
            \(seen.verdicts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
            resident after a quarter \(warm) kB, at the end \(end) kB
            \(counters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
            """)
        #expect(seen.twice == 0)
        #expect(seen.sent == seen.answered + seen.unanswered)
        #expect(seen.sent == count("requests"))
        #expect(seen.answered == count("answered") + count("refused") + count("busy"))
        #expect(seen.unanswered == count("expired"))
        #expect(count("notifications") == seen.notifications && count("unanswerable") == seen.garbage)
        #expect(count("orphaned") == 0 && count("abandoned") == 0 && count("overlong") == 0)
        #expect(Double(end) < 1.05 * Double(warm))
        #expect(try carrier.records.audit().findings == [])
    }

    private func load(_ daemon: RunningDaemon, until total: Int) async throws {
        let port = daemon.switchPort
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<Self.connections {
                group.addTask {
                    var seed = Seeded(state: UInt64(total &* 1_000 &+ number))
                    while self.tally.withLock({ $0.sent < total }) { try await self.talk(on: port, &seed) }
                }
            }
        }
    }

    private enum Kind { case request, notification, garbage }

    /// One connection from its first request to its half-close and last answer.
    private func talk(on port: Int, _ random: inout Seeded) async throws {
        let isStream = Bool.random(using: &random), isSlow = Int.random(in: 0..<20, using: &random) == 0
        var messages: [(bytes: [UInt8], kind: Kind)] = []
        for id in 1...Int.random(in: 1...400, using: &random) {
            let (text, kind) = message(id, isStream, &random)
            messages.append((isStream ? Array(text.utf8) + [UInt8(ascii: "\n")] : netstring(text), kind))
        }
        let client = try await LoadClient(port: port)
        // A slow reader lets some answers pile up, not as many as would end the connection.
        if isSlow { try await client.reads(false) }
        var unsent: [UInt8] = [], sent = 0, lost = 0
        for (bytes, kind) in messages {
            unsent += bytes
            sent += kind == .request ? 1 : 0
            while unsent.count > 2_000 {
                let piece = Int.random(in: 1...2_000, using: &random)
                try await client.send(unsent.prefix(piece))
                unsent.removeFirst(piece)
            }
            if !isSlow { try await client.wait(sent: sent, most: 40, lost: &lost) }
        }
        try await client.send(unsent)
        if isSlow {
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<1_000, using: &random)))
            try await client.reads(true)
        }
        try note(try await client.finish(), of: messages.map(\.kind))
    }

    private func message(_ id: Int, _ isStream: Bool, _ random: inout Seeded) -> (text: String, kind: Kind) {
        let orig = 12_155_551_000 + Int.random(in: 0..<1_000, using: &random)
        let call = #""orig":{"tn":"\#(orig)"},"dest":{"tn":["12155552001"]}"#
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: return (request(id, "sign", "{\(call)}"), .request)
        case 40..<50: return (request(id, "verify", "{\(call)}"), .request)
        case 50..<80:
            guard let token = tokens.withLock({ $0.randomElement(using: &random) }) else { fallthrough }
            let call = #""orig":{"tn":"\#(token.orig)"},"dest":{"tn":["12155552001"]}"#
            return (request(id, "verify", #"{"identity":"\#(token.identity)",\#(call),"call":"\#(id)"}"#), .request)
        case 80..<90: return (request(id, "ping"), .request)
        case 90..<94: return (request(id, "sign", #"{"dest":7}"#), .request)
        case 94..<96: return (request(id, "nothing"), .request)
        case 96..<98: return (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, .notification)
        // On a stream such a thing would end the connection.
        default:
            return isStream ? (#"{"jsonrpc":"2.0","method":"ping"}"#, .notification) : ("{nonsense}", .garbage)
        }
    }

    private func note(_ texts: [String], of kinds: [Kind]) throws {
        var left = Set(kinds.indices.filter { kinds[$0] == .request }.map { $0 + 1 })
        let sent = left.count
        var twice = 0, busy = 0, verdicts: [String: Int] = [:], fresh: [Token] = []
        for text in texts {
            let answer = try Answer(text)
            if left.remove(answer.id ?? 0) == nil { twice += 1 }
            if answer.code == -32000 { busy += 1 }
            verdicts[
                answer.code.map { "\($0)" } ?? answer.sip.map { "\($0)" } ?? answer.attest ?? "pong", default: 0] += 1
            guard let identity = answer.identity else { continue }
            let token = try UnverifiedPassport(IdentityHeader(parsing: identity))
            fresh.append(Token(identity: identity, orig: token.claimed.origin.description))
        }
        if !fresh.isEmpty { tokens.withLock { $0 = Array((fresh + $0).prefix(1_000)) } }
        tally.withLock { tally in
            tally.sent += sent
            tally.answered += texts.count
            tally.unanswered += left.count
            tally.busy += busy
            tally.twice += twice
            tally.notifications += kinds.count { $0 == .notification }
            tally.garbage += kinds.count { $0 == .garbage }
            tally.verdicts.merge(verdicts, uniquingKeysWith: +)
        }
    }
}

/// Small deterministic randomness (SplitMix64), so that a failure can be run again.
struct Seeded: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
