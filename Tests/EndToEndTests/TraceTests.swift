import Foundation
import Records
import Testing

/// Calls traced between daemons, by command.
@Suite struct TraceTests {
    private func trace(_ row: LinkedCarriers, to called: String, at milliseconds: Int, _ more: String...) async throws
        -> String
    {
        let carrier = row.carriers[row.carriers.count - 1]
        let time = Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
        let (status, output) = try await Program.run(
            "countersign",
            [
                "trace", "start", "--data", "data", "--called", "+\(called)", "--at", time, "--by", "li", "--why",
                "complaint 7\u{1B}[2J\u{202E}\u{2028}\u{2029}", "--wait",
            ] + more, in: carrier.folder)
        guard status == 0 else { throw Unexpected("countersign trace: \(output)") }
        return output
    }

    /// What the last carrier has of the call.
    private func ingress(_ row: LinkedCarriers) throws -> StoredRecord {
        try #require(try row.carriers[row.carriers.count - 1].records.list().last)
    }

    /// The call goes from carrier to carrier, whose switches say where it goes on.
    private func pass(
        _ daemons: [RunningDaemon], _ codes: [String], _ orig: String, _ dest: String
    ) async throws {
        for place in daemons.indices.dropFirst() {
            let next = place + 1 < daemons.count ? "to-\(codes[place + 1])" : nil
            _ = try await daemons[place].receive(orig, dest, over: "to-\(codes[place - 1])", egress: next)
        }
    }

    @Test(arguments: [2, 3, 5, 9])
    func `a call is traced through a row of carriers, and the file of it proves it to anyone`(_ count: Int) async throws
    {
        let row = try await LinkedCarriers(count), dest = LinkedCarriers.number(count - 1)
        let last = row.carriers[count - 1]
        try await row.running { (daemons: [RunningDaemon]) async throws in
            _ = try await daemons[0].sign(LinkedCarriers.number(0), dest, by: "to-1002")
            try await pass(daemons, row.codes, LinkedCarriers.number(0), dest)
            let said = try await trace(row, to: dest, at: ingress(row).atMilliseconds)
            #expect(said.contains("it began at a customer of 1001's"), "\(said)")
        }
        let listed = try await last.tool("trace", "list", "--data", "data")
        let id = String(try #require(listed.split(separator: "\n").last?.split(separator: " ").first))
        let shown = try await last.tool("trace", "show", "--data", "data", "--anchors", "anchors", id)
        #expect(shown.contains("Customer of 1001") && !shown.contains("contradiction"), "\(shown)")
        try await last.tool("trace", "export", "--data", "data", id, "trace.json")
        // By somebody who has nothing but the file and the anchors.
        let verified = try await last.tool("trace", "verify", "--anchors", "anchors", "trace.json")
        #expect(verified.contains("it began at a customer of 1001's"), "\(verified)")
        // What another carrier wrote does nothing to the screen.
        #expect(verified.contains("complaint 7?[2J???"), "\(verified)")
        try last.write("changed.json", last.read("trace.json").replacing("Customer of", with: "Customer 0f"))
        let (status, fault) = try await Program.run(
            "countersign", ["trace", "verify", "--anchors", "anchors", "changed.json"], in: last.folder)
        #expect(status != 0 && fault.contains("not what 1001 has signed"), "\(fault)")
    }

    @Test func `a call with a number that is not its caller's ends at the customer who made it`() async throws {
        let row = try await LinkedCarriers(3), dest = LinkedCarriers.number(2), spoofed = LinkedCarriers.number(1, 7)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            // Its carrier does not sign it, but its switch lets it go on.
            let refused = try await daemons[0].sign(spoofed, dest, by: "to-1002")
            #expect(refused.code == -32001)
            try await pass(daemons, row.codes, spoofed, dest)
            #expect(try ingress(row).reason == "missing_attestation")
            let said = try await trace(row, to: dest, at: ingress(row).atMilliseconds)
            #expect(said.contains("it began at a customer of 1001's"), "\(said)")
        }
    }

    /// What `countersign trace show` says of the trace that `start` began.
    private func shown(_ row: LinkedCarriers, _ started: String) async throws -> String {
        let id = String(try #require(started.split(separator: "\n").first))
        return try await row.carriers[row.carriers.count - 1].tool(
            "trace", "show", "--data", "data", "--anchors", "anchors", id)
    }

    @Test(
        .disabled(if: isSanitized, "a sanitizer's runtime must be loaded before any other"),
        arguments: [[30, -30, 0], [-30, 30, 0], [0, 30, -30], [0, -30, 30]])
    func `clocks that are half a minute off lead nowhere else`(_ skews: [Int]) async throws {
        let row = try await LinkedCarriers(3), dest = LinkedCarriers.number(2)
        try await row.running(skews: skews) { (daemons: [RunningDaemon]) async throws in
            _ = try await daemons[0].sign(LinkedCarriers.number(0), dest, by: "to-1002")
            try await pass(daemons, row.codes, LinkedCarriers.number(0), dest)
            let times = try row.carriers.map { try #require(try $0.records.list().last).atMilliseconds / 1_000 }
            for place in [1, 2] {
                #expect(abs(times[place] - times[0] - (skews[place] - skews[0])) < 25, "\(times)")
            }
            let said = try await trace(row, to: dest, at: ingress(row).atMilliseconds)
            #expect(said.contains("it began at a customer of 1001's"), "\(said)")
            let shown = try await shown(row, said)
            #expect(!shown.contains("contradiction"), "\(shown)")
        }
    }

    private static let isSanitized = ProcessInfo.processInfo.environment["COUNTERSIGN_SANITIZED"] != nil

    @Test func `a carrier that rewrites the number on its way is convicted by its word and the next one's`()
        async throws
    {
        let row = try await LinkedCarriers(4), dest = LinkedCarriers.number(3)
        let caller = LinkedCarriers.number(0), other = LinkedCarriers.number(1, 7)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            _ = try await daemons[0].sign(caller, dest, by: "to-1002")
            _ = try await daemons[1].receive(caller, dest, over: "to-1001", egress: "to-1003")
            // 1002's switch shows a number of its own carrier's.
            _ = try await daemons[2].receive(other, dest, over: "to-1002", egress: "to-1004")
            _ = try await daemons[3].receive(other, dest, over: "to-1003")
            let said = try await trace(row, to: dest, at: ingress(row).atMilliseconds)
            #expect(said.contains("it began at a customer of 1001's"), "\(said)")
            let shown = try await shown(row, said)
            #expect(
                shown.contains(
                    "the calling number changed on its way: 1002 has signed +\(caller), and 1003 +\(other)"),
                "\(shown)")
        }
    }

    @Test func `a carrier that names another for a call of its own is convicted by both their words`() async throws {
        let row = try await LinkedCarriers(3), dest = LinkedCarriers.number(2), caller = LinkedCarriers.number(0)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            // Nobody has handed it over to 1002, whose switch says that 1001 has.
            _ = try await daemons[1].receive(caller, dest, over: "to-1001", egress: "to-1003")
            _ = try await daemons[2].receive(caller, dest, over: "to-1002")
            let said = try await trace(row, to: dest, at: ingress(row).atMilliseconds)
            #expect(said.contains("1001 has no such call"), "\(said)")
            let shown = try await shown(row, said)
            #expect(shown.contains("who handed the call over is disputed: 1001 has signed"), "\(shown)")
            #expect(shown.contains("and 1002 that it came from 1001 by c-0"), "\(shown)")
        }
    }

    @Test func `a carrier that is not there is named when its time is over`() async throws {
        let row = try await LinkedCarriers(3), dest = LinkedCarriers.number(2)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            _ = try await daemons[0].sign(LinkedCarriers.number(0), dest, by: "to-1002")
            try await pass(daemons, row.codes, LinkedCarriers.number(0), dest)
            daemons[0].program.send(SIGSTOP)
            let outcome: Result<String, any Error>
            do {
                outcome = .success(
                    try await trace(row, to: dest, at: ingress(row).atMilliseconds, "--deadline", "3s"))
            } catch { outcome = .failure(error) }
            daemons[0].program.send(SIGCONT)
            #expect(try outcome.get().contains("non-cooperative: 1001 has not answered"))
        }
    }
}
