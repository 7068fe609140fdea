import Foundation
import Glibc
import MiniPKI
import Records
import Testing

/// How a daemon ends, and what is left then.
@Suite(.timeLimit(.minutes(5))) struct EndingTests {
    private let pki = MiniPKI(now: Carrier.now)

    private func carrier() async throws -> Carrier {
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors)
        try await carrier.makeLedger()
        return carrier
    }

    private static let call = #"{"orig":{"tn":"12155551001"},"dest":{"tn":["12155552001"]}}"#

    @Test func `what was asked before SIGTERM is answered or counted`() async throws {
        let carrier = try await carrier(), connections = 4, requests = 400
        let ids = try await carrier.running { daemon in
            let port = daemon.switchPort
            let ids = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<connections {
                    group.addTask {
                        try await Wire.with(port) { wire in
                            try await wire.send((1...requests).flatMap { netstring(request($0, "sign", Self.call)) })
                            return try (try await wire.rest()).map { try Answer($0).id ?? -1 }
                        }
                    }
                }
                try await eventually("all requests to be read") {
                    daemon.program.send(SIGUSR1)
                    return carrier.counters["requests"] == connections * requests ? true : nil
                }
                daemon.program.send(SIGTERM)
                return try await group.reduce(into: [Int]()) { $0 += $1 }
            }
            #expect(await daemon.program.ended() == 0)
            return ids
        }
        let counters = carrier.counters
        func count(_ name: String) -> Int { counters[name, default: 0] }
        for id in 1...requests { #expect(ids.count { $0 == id } <= connections) }
        #expect(count("answered") + count("busy") == ids.count)
        #expect(ids.count + count("expired") == connections * requests, "\(counters)")
        // Each answer has its record, and so has each that came too late to be sent.
        let kinds = try carrier.records.list(Self.all).map(\.kind)
        #expect(kinds.count { $0 == "signed" } == count("answered") + kinds.count { $0 == "expired" })
        #expect(try carrier.records.audit().findings == [])
        #expect(carrier.read("c.log").contains("stopped"))
    }

    private static var all: RecordFilter {
        var filter = RecordFilter()
        filter.limit = .max
        return filter
    }

    @Test func `a daemon that is killed has the record of every answer it gave`() async throws {
        let carrier = try await carrier()
        for round in 1...4 {
            let records = try await carrier.running { daemon in
                let port = daemon.trunkPort
                // All before the first is answered: one that came late would find nobody.
                var clients: [LoadClient] = []
                for _ in 0..<3 { clients.append(try await LoadClient(port: port)) }
                let records = try await withThrowingTaskGroup(of: [String].self) { group in
                    for client in clients {
                        group.addTask {
                            var sent = 0, lost = 0
                            // Always some under way, so that some are when the process dies.
                            while daemon.program.isRunning {
                                let requests = (1...20).map { request(sent + $0, "verify", Self.call) }
                                guard (try? await client.send(requests.flatMap(netstring))) != nil else { break }
                                sent += 20
                                try await client.wait(sent: sent, most: 10, lost: &lost)
                                if client.answers >= 200 * round { daemon.program.send(SIGKILL) }
                            }
                            return try await client.closed().compactMap { try Answer($0).record }
                        }
                    }
                    return try await group.reduce(into: [String]()) { $0 += $1 }
                }
                #expect(await daemon.program.ended() == SIGKILL)
                return records
            }
            #expect(records.count >= 200 * round)
            let kept = Set(try carrier.records.list(Self.all).map(\.id.description))
            #expect(Set(records).count == records.count)
            #expect(kept.isSuperset(of: records))
            #expect(try carrier.records.audit().findings == [])
        }
        // And the next one goes on from there.
        try await carrier.running { daemon in
            let answer = try await daemon.verify(nil, "12155551001", "12155552001")
            #expect(answer.sip == 428)
        }
        #expect(try carrier.records.audit().findings == [])
    }

    @Test func `a daemon whose records cannot be written says so to each call, and recovers`() async throws {
        let carrier = try await carrier()
        // A file may grow to so many blocks of 512 bytes; what would be a full disk elsewhere.
        try await carrier.running(after: #"trap "" XFSZ; ulimit -S -f 2048"#) { daemon in
            _ = try await eventually("a full disk") { () -> Bool? in
                let requests = (1...100).map { netstring(request($0, "verify", Self.call)) }
                _ = try await Wire.exchange(daemon.trunkPort, requests)
                return try await daemon.verify(nil, "12155551001", "12155552001").code == -32603 ? true : nil
            }
            #expect(daemon.program.isRunning)
            #expect(carrier.read("c.log").contains("records are not being written"))
            // Nothing has to be kept before a call for help may pass.
            #expect(try await daemon.verify(nil, "12155551001", "911").reason == "emergency_call")

            let (status, output) = try await Program.run(
                "/usr/bin/prlimit", ["--pid", "\(daemon.program.identifier)", "--fsize=unlimited"], in: carrier.folder)
            #expect(status == 0, "\(output)")
            #expect(try await daemon.verify(nil, "12155551001", "12155552001").sip == 428)
        }
        #expect(try carrier.records.audit().findings == [])
    }

    @Test func `a data folder has one daemon, and it can be checked while that runs`() async throws {
        let carrier = try await carrier()
        try await carrier.running { _ in
            let (status, output) = try await Program.run("countersignd", ["--config", "c.yaml"], in: carrier.folder)
            #expect(status != 0 && output.contains("another countersignd runs on this data folder"), "\(output)")
            let check = try await Program.run("countersignd", ["--config", "c.yaml", "--check"], in: carrier.folder)
            #expect(check.status == 0 && check.output.contains("c.yaml: ok"), "\(check.output)")
        }
        // The lock ends with the process.
        try await carrier.running { _ in }
    }
}
