import Foundation
import Records
import Testing

/// Calls over trunks that cannot carry their tokens, between daemons that are linked.
@Suite struct AssertionTests {
    private let caller = LinkedCarriers.number(0), callee = LinkedCarriers.number(1)

    @Test func `a call whose token went ahead of it is verified, once`() async throws {
        let row = try await LinkedCarriers(2)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            let signed = try await daemons[0].sign(caller, callee, by: "to-1002")
            #expect(signed.attest == "A")
            // Asked again by the same Call-ID if an answer was lost: it is the same call.
            let call = UUID().uuidString
            let first = try await daemons[1].receive(caller, callee, over: "to-1001", call: call)
            #expect((first.reason, first.attest, first.origid) == ("valid", "A", signed.origid), "\(first.text)")
            #expect(try await daemons[1].receive(caller, callee, over: "to-1001", call: call).reason == "valid")
            #expect(try await daemons[1].receive(caller, callee, over: "to-1001").reason == "missing_attestation")
            #expect(
                try await daemons[1].receive(caller, callee, over: "to-1001", call: nil).reason == "missing_attestation"
            )
        }
        let records = try row.carriers[1].records.list()
        let served = try #require(records.first { $0.reason == "valid" })
        #expect(served.body.contains(#"["handedOverBy","1001"]"#))
        let missed = try #require(records.first { $0.reason == "missing_attestation" })
        #expect(missed.body.contains("assertion_not_here"))
        let sent = try row.carriers[0].records.list()
        #expect(sent.contains { $0.body.contains(#""egress":"to-1002""#) })
    }

    @Test func `a call that changed its numbers on the way finds no assertion`() async throws {
        let row = try await LinkedCarriers(2)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            _ = try await daemons[0].sign(caller, callee, by: "to-1002")
            let other = LinkedCarriers.number(0, 1)
            #expect(try await daemons[1].receive(other, callee, over: "to-1001").reason == "missing_attestation")
            let elsewhere = LinkedCarriers.number(1, 1)
            #expect(try await daemons[1].receive(caller, elsewhere, over: "to-1001").reason == "missing_attestation")
            #expect(try await daemons[1].receive(caller, callee, over: "to-1001").reason == "valid")
        }
    }

    @Test(arguments: [(true, "valid"), (false, "handed_over_by_another")])
    func `a carrier between hands on what it was handed, if it may`(_ isTransit: Bool, _ reason: String) async throws {
        let row = try await LinkedCarriers(3, isTransit: isTransit), dest = LinkedCarriers.number(2)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            let signed = try await daemons[0].sign(caller, dest, by: "to-1002")
            let passed = try await daemons[1].receive(caller, dest, over: "to-1001", egress: "to-1003")
            #expect((passed.reason, passed.origid) == ("valid", signed.origid))
            let arrived = try await daemons[2].receive(caller, dest, over: "to-1002")
            #expect((arrived.reason, arrived.origid) == (reason, isTransit ? signed.origid : nil), "\(arrived.text)")
        }
    }

    @Test
    func `a call whose number may not be shown waits for no assertion, and one to an emergency number for nothing`()
        async throws
    {
        let row = try await LinkedCarriers(2)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            #expect(try await daemons[1].receive(callee, callee, over: "to-1001").reason == "missing_attestation")
            #expect(try await daemons[1].receive("911", callee, over: "to-1001").action == "block")
            #expect(try await daemons[1].receive(caller, "911", over: "to-1001").reason == "emergency_call")
        }
    }

    @Test func `an egress that the ledger does not have is an error, but for a call to an emergency number`()
        async throws
    {
        let row = try await LinkedCarriers(2)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            let refused = try await daemons[0].sign(caller, callee, by: "to-nobody")
            #expect(refused.code == -32602 && refused.text.contains("egress"))
            #expect(try await daemons[1].receive(caller, callee, over: "to-1001", egress: "x").code == -32602)
            #expect(try await daemons[0].sign(caller, "911", by: "to-nobody").code == nil)
        }
    }

    @Test func `explained later, such decisions come out the same`() async throws {
        let row = try await LinkedCarriers(3, isTransit: false), dest = LinkedCarriers.number(2)
        try await row.running { (daemons: [RunningDaemon]) async throws in
            _ = try await daemons[0].sign(caller, dest, by: "to-1002")
            _ = try await daemons[1].receive(caller, dest, over: "to-1001", egress: "to-1003")
            _ = try await daemons[2].receive(caller, dest, over: "to-1002")
            _ = try await daemons[2].receive(caller, dest, over: "to-1002")
        }
        for carrier in row.carriers {
            let said = try await carrier.tool("records", "explain", "--data", "data", "--plan", "nanp")
            #expect(said.contains(", 0 come out otherwise"), "\(said)")
        }
    }
}
