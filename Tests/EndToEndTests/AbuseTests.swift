import Foundation
import Glibc
import MiniPKI
import NIOCore
import NIOPosix
import Testing

/// Clients that mean no good, or are badly made.
@Suite(.timeLimit(.minutes(5))) struct AbuseTests {
    private let pki = MiniPKI(now: Carrier.now)

    private func carrier(limits: String) async throws -> Carrier {
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors)
        let text = carrier.read("c.yaml")
        try carrier.write("c.yaml", text.replacing("limits: {", with: "limits: {\(limits), "))
        try await carrier.makeLedger()
        return carrier
    }

    private static let call = #"{"orig":{"tn":"12155551001"},"dest":{"tn":["12155552001"]}}"#

    @Test func `connections beyond the limit are closed, and those within it are served`() async throws {
        let carrier = try await carrier(limits: "connectionsPerThread: 8")
        let attempts = Load.requests > 0 ? 10_000 : 1_000
        try await carrier.running { daemon in
            let port = daemon.switchPort
            var inside: [LoadClient] = []
            for _ in 0..<8 {
                inside.append(try await LoadClient(port: port))
                try await inside.last?.send(netstring(request(1, "ping")))
                try await eventually("an answer within the limit") { inside.last?.answers == 1 ? true : nil }
            }
            let served = await withTaskGroup(of: Bool.self) { group in
                for attempt in 0..<attempts {
                    if attempt >= 50 { _ = await group.next() }
                    // One that is closed at once may be reset while it is still sending.
                    group.addTask {
                        (try? await Wire.exchange(port, [netstring(request(1, "ping"))]))?.isEmpty == false
                    }
                }
                return await group.contains(true)
            }
            #expect(!served)
            for client in inside {
                try await client.send(netstring(request(2, "ping")))
                #expect(try await client.finish().count == 2)
            }
        }
        let counters = carrier.counters
        #expect(counters["connections"] == 8 && counters["tooMany"] == attempts, "\(counters)")
    }

    @Test func `long, deep, broken and endless messages are refused, and the daemon goes on`() async throws {
        let carrier = try await carrier(limits: "inFlightPerConnection: 8")
        try await carrier.running { daemon in
            let port = daemon.switchPort
            func text(of length: Int) -> String {
                let empty = #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":""}}"#
                return empty.replacing(
                    #""x":""#, with: #""x":""# + String(repeating: "x", count: length - empty.utf8.count))
            }
            #expect(try await Wire.exchange(port, [netstring(text(of: 65_536))]).count == 1)
            #expect(try await Wire.exchange(port, [netstring(text(of: 65_537))]).isEmpty)
            #expect(try await Wire.exchange(port, [Array("99999999999:".utf8)]).isEmpty)
            func nested(_ depth: Int) -> [UInt8] {
                let open = String(repeating: "[", count: depth), close = String(repeating: "]", count: depth)
                return Array(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":\#(open)\#(close)}}"#.utf8)
            }
            #expect(try await Wire.exchange(port, [nested(14)]).first?.contains("pong") == true)
            #expect(try await Wire.exchange(port, [nested(15)]).first?.contains("-32700") == true)
            #expect(try await Wire.exchange(port, [nested(30_000)]).first?.contains("-32700") == true)
            #expect(try await Wire.exchange(port, [Array("GET / HTTP/1.1\r\n\r\n".utf8)]).isEmpty)

            // What would make the answer longer than a switch can read is refused before it is signed.
            let many = (0..<2_000).map { "\"1215555\(2_000 + $0)\"" }.joined(separator: ",")
            let crowd = try await daemon.ask(
                "sign", #"{"orig":{"tn":"12155551001"},"dest":{"tn":[\#(many)]}}"#, on: port)
            #expect(crowd.code == -32602, "\(crowd.text)")

            // More at once than a connection may have under way: each is answered or told to come back later.
            let requests = (1...2_000).flatMap { netstring(request($0, "sign", Self.call)) }
            let answers = try await Wire.exchange(port, [requests]).map { try Answer($0) }
            #expect(answers.contains { $0.code == -32000 })
            #expect(Set(answers.map(\.id)).count == answers.count)
            #expect(try await daemon.sign("12155551001", "12155552001").attest == "A")
        }
        #expect(!carrier.read("c.log").contains("overlong"))
    }

    /// Takes as long as a message may take to arrive, hence only with the long load.
    @Test(.enabled(if: Load.requests > 0, "Tools/load runs it"))
    func `those who never finish a message are closed, and others are served meanwhile`() async throws {
        let carrier = try await carrier(limits: "inFlightPerConnection: 512"), crowd = 500
        try await carrier.running { daemon in
            var slow: [LoadClient] = []
            for _ in 0..<crowd { slow.append(try await LoadClient(port: daemon.switchPort)) }
            for client in slow { try await client.send(Array("65000:{".utf8)) }
            try await eventually("the end of the slow ones") { () -> Bool? in
                // A byte now and then does not help them.
                for client in slow { try? await client.send([UInt8(ascii: " ")]) }
                let answer = try await daemon.sign("12155551001", "12155552001")
                #expect(answer.attest == "A")
                daemon.program.send(SIGUSR1)
                return carrier.counters["unfinished"] == crowd ? true : nil
            }
            for client in slow { _ = try await client.closed() }
        }
    }
}
