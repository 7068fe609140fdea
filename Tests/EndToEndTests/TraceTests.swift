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
