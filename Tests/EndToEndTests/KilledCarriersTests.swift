import Exchange
import Foundation
import Glibc
import Testing

/// Linked daemons that are killed in the middle of what they tell each other, or come back with other data than they had.
@Suite(.timeLimit(.minutes(15))) struct KilledCarriersTests {
    private let caller = LinkedCarriers.number(0), callee = LinkedCarriers.number(1)

    /// A notice as the tool prints it on either side.
    private struct Told: Decodable, Hashable {
        let reason: String
        let records: [String]
        let calls: Int
    }

    /// With what was told of each, however often it stands there.
    private func notices(_ carrier: Carrier, _ more: String...) async throws -> [Told] {
        let (status, output) = try await Program.run(
            "countersign", ["notices", "--data", "data", "--json", "--limit", "1000"] + more, in: carrier.folder)
        guard status == 0 else { throw Unexpected(output) }
        return try output.split(separator: "\n").map { try JSONDecoder().decode(Told.self, from: Data($0.utf8)) }
            .sorted { "\($0)" < "\($1)" }
    }

    /// Calls that are blocked at once: what comes with them is no token.
    private func block(_ count: Int, _ daemon: RunningDaemon, over trunk: String) async throws {
        for _ in 0..<count {
            let answer = try await daemon.ask(
                "verify", #"{"orig":"\#(caller)","dest":"\#(callee)","trunk":"\#(trunk)","identity":"x"}"#,
                on: daemon.trunkPort)
            guard answer.action == "block" else { throw Unexpected("not blocked: \(answer.text)") }
        }
    }

    /// Until all that a carrier has queued for its peer, and so many at least, stand in the peer's own list.
    private func arrived(_ from: Carrier, _ to: Carrier, atLeast count: Int) async throws -> [Told] {
        try await eventually("\(count) notices") {
            let sent = try await notices(from, "--sent"), received = try await notices(to)
            return sent.count < count || Set(sent) != Set(received) ? nil : received
        }
    }

    @Test func `whoever is killed while notices are under way, each arrives, and once`() async throws {
        let row = try await LinkedCarriers(2), east = row.carriers[0], west = row.carriers[1]
        try await row.killing { (daemons: inout [RunningDaemon]) async throws in
            let store = try ExchangeStore(folder: "\(west.folder)/data")
            for round in 1...10 {
                let queued = try store.notices(.sent).count
                try await block(5, daemons[1], over: "to-1001")
                try await eventually("notices in the queue") { try store.notices(.sent).count > queued ? true : nil }
                try await daemons[round % 2].fail(row.carriers[round % 2])
            }
            let received = try await arrived(west, east, atLeast: 10)
            #expect(received == (try await notices(west, "--sent")))
            #expect(Set(received).count == received.count)
            try await eventually("all acknowledged") {
                try store.outgoing(to: "1001", after: 0, limit: 1).isEmpty ? true : nil
            }
        }
    }

    @Test(arguments: [0, 1]) func `what was handed over before one of the two was killed is verified after it`(
        _ killed: Int
    ) async throws {
        let row = try await LinkedCarriers(2)
        try await row.killing { (daemons: inout [RunningDaemon]) async throws in
            for round in 0..<3 {
                let first = LinkedCarriers.number(0, 2 * round), second = LinkedCarriers.number(0, 2 * round + 1)
                let signed = try await daemons[0].sign(first, callee, by: "to-1002")
                _ = try await daemons[0].sign(second, callee, by: "to-1002")
                // They go in their order: the one that came second shows that the first is there.
                try await verified(second, daemons[1])
                try await daemons[killed].fail(row.carriers[killed])
                #expect(try await verified(first, daemons[1]).origid == signed.origid)
            }
        }
    }

    /// As a switch whose call waits for its token, and is placed again if that has not come back yet.
    @discardableResult
    private func verified(_ orig: String, _ daemon: RunningDaemon) async throws -> Answer {
        try await eventually("the token of \(orig)") {
            let answer = try await daemon.receive(orig, callee, over: "to-1001")
            return answer.reason == "valid" ? answer : nil
        }
    }

    @Test func `a carrier that comes back with old data, or without, is told of, and goes on`() async throws {
        let row = try await LinkedCarriers(2), east = row.carriers[0], west = row.carriers[1]
        try await row.running { (daemons: [RunningDaemon]) async throws in
            try await block(1, daemons[1], over: "to-1001")
            try await block(1, daemons[0], over: "to-1002")
            #expect(try await arrived(west, east, atLeast: 1).count == 1)
            #expect(try await arrived(east, west, atLeast: 1).count == 1)
        }
        let old = try west.exchangeFiles()
        try await row.running { (daemons: [RunningDaemon]) async throws in
            try await block(2, daemons[1], over: "to-1001")
            #expect(try await arrived(west, east, atLeast: 3).count == 3)
        }
        try west.putBack(old)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            try await eventually("an alarm of its own") {
                let alarm = "a peer has more of us than we know of: data/exchange.sqlite is older than what was sent"
                return west.read("c.log").contains(alarm) ? true : nil
            }
            try await block(1, daemons[1], over: "to-1001")
            let received = try await eventually("the fourth notice") {
                let received = try await notices(east)
                return received.count == 4 ? received : nil
            }
            #expect(Set(received).count == 4)
        }
        try east.putBack([:])
        try await row.running { (daemons: [RunningDaemon]) async throws in
            try await eventually("an alarm of its peer") {
                let alarm = "a peer has lost what it was told: what waits for it is sent from the beginning"
                return west.read("c.log").contains(alarm) && west.read("c.log").contains("peer=1001") ? true : nil
            }
            try await block(1, daemons[1], over: "to-1001")
            try await block(1, daemons[0], over: "to-1002")
            try await eventually("one notice each way") {
                let (new, kept) = (try await notices(east), try await notices(west))
                return new.count == 1 && kept.count == 2 ? true : nil
            }
        }
    }
}

extension LinkedCarriers {
    /// Starts all daemons; `body` may kill some and start them again.
    fileprivate func killing(_ body: (inout [RunningDaemon]) async throws -> Void) async throws {
        var daemons: [RunningDaemon] = []
        do {
            for carrier in carriers { daemons.append(try await RunningDaemon(of: carrier)) }
            try await body(&daemons)
            for daemon in daemons { await daemon.stop() }
        } catch {
            for daemon in daemons {
                daemon.program.send(SIGKILL)
                await daemon.program.ended()
            }
            let logs = carriers.map { $0.read("c.log") }.joined(separator: "\n\n")
            throw Unexpected("\(error); the daemons said: \(logs)")
        }
    }
}

extension RunningDaemon {
    /// As if the machine failed, and came up again at once.
    fileprivate mutating func fail(_ carrier: Carrier) async throws {
        program.send(SIGKILL)
        await program.ended()
        self = try await RunningDaemon(of: carrier)
    }
}

extension NoticeFilter {
    fileprivate static var sent: NoticeFilter {
        var filter = NoticeFilter()
        (filter.direction, filter.limit) = (.sent, 1_000)
        return filter
    }
}

extension Carrier {
    /// What it has of its peers, by name of the file.
    fileprivate func exchangeFiles() throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/data")
            .filter { $0.hasPrefix(ExchangeStore.fileName) }
        return Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try Data(contentsOf: URL(filePath: "\(folder)/data/\($0)"))) })
    }

    /// In the place of those that are there.
    fileprivate func putBack(_ files: [String: Data]) throws {
        for name in try exchangeFiles().keys { try FileManager.default.removeItem(atPath: "\(folder)/data/\(name)") }
        for (name, data) in files { try data.write(to: URL(filePath: "\(folder)/data/\(name)")) }
    }
}
