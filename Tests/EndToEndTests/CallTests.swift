import Foundation
import Glibc
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT
import Records
import Testing

/// Calls between two carriers' daemons.
@Suite(.timeLimit(.minutes(5))) struct CallTests {
    private let pki = MiniPKI(now: Carrier.now)

    private static let ledger =
        [
            ("carriers", "spc,name,country\n1001,East,86\n2002,West,86\n"),
            (
                "holdings",
                "carrier,first,last\n1001,+8657188880000,+8657188889999\n1001,86:95588,\n2002,+8613800000000,+8613899999999\n"
            ),
            ("grants", "trunk,first,last,valid_from\nent-1,+8657188880000,+8657188880099,0\n"),
        ] + Carrier.openTrunks(peer: "1001")

    private func carrier(_ party: MiniPKI.Party) async throws -> Carrier {
        let carrier = try Carrier(party, trusting: pki.anchors, plan: "china")
        try await carrier.makeLedger(Self.ledger)
        return carrier
    }

    /// A token as the party could make it with a program of its own.
    private func token(
        by party: MiniPKI.Party, _ orig: String, _ dest: String, iat: Int = Int(Date().timeIntervalSince1970)
    ) throws -> String {
        let passport = Passport(
            attestation: .full, origin: try #require(Digits(orig)), destinations: [try #require(Digits(dest))],
            issuedAt: iat, originID: UUID().uuidString.lowercased())
        return try SignedPassport(
            passport, try #require(PassportHeader(certificateURL: party.x5u)), by: Signer(party.key)
        ).identity
    }

    private func expect(
        _ answer: Answer, _ sip: Int, _ reason: String, _ action: String, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.sip == sip, "\(answer.text)", sourceLocation: location)
        #expect(answer.reason == reason, sourceLocation: location)
        #expect(answer.action == action, sourceLocation: location)
        #expect(answer.valid == (reason == "valid"), sourceLocation: location)
    }

    @Test func `a switch's trunk is that of the narrowest block its address is in`() async throws {
        let carrier = try await carrier(pki.leaf(.spc("1001"))), configuration = carrier.read("c.yaml")
        // An enterprise's trunk shows what it was granted, another carrier's anything, as a gateway.
        for (setting, isEnterprise) in [
            ("trunks: {127.0.0.0/8: ic-1, 127.0.0.1: ent-1, 10.0.0.0/8: ic-1}", true),
            ("trunks: {127.0.0.0/8: ent-1, 127.0.0.1: ic-1}", false),
            ("trunks: {10.0.0.0/8: ic-1}, trunk: ent-1", true),
        ] {
            try carrier.write("c.yaml", configuration.replacing("trunk: ent-1", with: setting, maxReplacements: 1))
            let answer = try await carrier.running { try await $0.sign("8613700000000", "8613800138000") }
            #expect(answer.attest == (isEnterprise ? nil : "C"), "\(answer.text)")
            #expect(answer.text.contains("cli_not_authorised_for_trunk") == isEnterprise)
        }
    }

    @Test func `the calls of the demonstration end as they should, and each has its record`() async throws {
        let east = try await carrier(pki.leaf(.spc("1001"))), west = try await carrier(pki.leaf(.spc("2002")))
        let rogue = MiniPKI(now: Carrier.now).leaf(.spc("1001")) { $0.x5u = "https://rogue.example.com/cert.pem" }
        for party in [east.party, west.party, rogue] { try west.canFetch(party) }
        let own = "8657188880000", dest = "8613800138000"
        let (said, refused) = try await east.running { sender in
            try await west.running { receiver in
                let signed = try await sender.sign("tel:+86-571-8888-0000", dest)
                let identity = try #require(signed.identity, "\(signed.text)")
                #expect(signed.attest == "A")
                let refusal = try await sender.sign("8657188885000", dest)
                #expect(refusal.code == -32001 && refusal.reason == "cli_not_authorised_for_trunk")

                var verdicts = [try await receiver.verify(identity, own, dest, call: "c1")]
                expect(verdicts[0], 200, "valid", "allow")
                func verdict(
                    _ identity: String?, _ orig: String, _ dest: String, _ sip: Int, _ reason: String,
                    _ action: String = "block"
                ) async throws {
                    let answer = try await receiver.verify(identity, orig, dest, call: UUID().uuidString)
                    expect(answer, sip, reason, action)
                    verdicts.append(answer)
                }
                try await verdict(identity, own, dest, 438, "replayed")
                let spoofed = try token(by: west.party, "95588", dest)
                try await verdict(spoofed, "95588", dest, 437, "attest_a_outside_signers_numbers")
                let fresh = try #require(try await sender.sign(own, dest).identity)
                try await verdict(fresh, "8657188880001", dest, 438, "cli_altered_in_transit")
                try await verdict(fresh, own, "8613800138001", 438, "dest_mismatch")
                let old = try token(by: east.party, own, dest, iat: Carrier.now - 3_600)
                try await verdict(old, own, dest, 403, "stale_iat")
                try await verdict(try token(by: rogue, own, dest), own, dest, 437, "chain_untrusted")
                try await verdict(nil, own, dest, 428, "missing_attestation")
                try await verdict(nil, own, "110", 200, "emergency_call", "allow")
                // Still good for the call that it was made for.
                try await verdict(fresh, own, dest, 200, "valid", "allow")
                return (verdicts, 2)
            }
        }
        #expect(refused == 2)
        let judged = try west.records.list().filter { $0.kind == "verified" }
        // An answer that expired has been asked for again, so there may be more records than answers.
        for answer in said where answer.reason != "emergency_call" {
            let record = judged.first { $0.id.description == answer.record }
            #expect(record?.reason == answer.reason && record?.sipCode == answer.sip)
        }
        #expect(judged.contains { $0.reason == "emergency_call" })
        for carrier in [east, west] {
            #expect(try await carrier.tool("records", "audit", "--data", "data").contains("records, last"))
            checkSecrets(of: carrier)
        }
    }

    /// Neither a key nor a whole token is in a log; no key is in the records, which do hold the tokens.
    private func checkSecrets(of carrier: Carrier) {
        let key = carrier.read("key.pem").split(separator: "\n").filter { !$0.hasPrefix("-") }
        #expect(key.count > 1)
        let logs = carrier.read("c.log") + carrier.read("requests.log")
        #expect(logs.contains("verdict="))
        #expect(!logs.contains("eyJ"))
        let folder = "\(carrier.folder)/data"
        var files = [logs]
        for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            files.append(
                String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self))
        }
        for file in files { for line in key { #expect(!file.contains(line)) } }
    }

    @Test func `what is imported into the ledger counts without a restart`() async throws {
        let east = try await carrier(pki.leaf(.spc("1001")))
        try await east.running { daemon in
            #expect(try await daemon.sign("8657188885000", "8613800138000").code == -32001)
            try await east.approve("ent-1")
            try await east.importTable("grants", "trunk,first,last,valid_from\nent-1,+8657188885000,,0\n")
            let signed = try await eventually("a signature for the new grant") { () -> Answer? in
                let answer = try await daemon.sign("8657188885000", "8613800138000")
                return answer.code == nil ? answer : nil
            }
            #expect(signed.attest == "A")
        }
    }

    /// All of this ledger's numbers of Hangzhou, and the code, are another's than the one who asks, who has granted some.
    @Test func `what a carrier knows to be another's is not signed, and explained`() async throws {
        let west = try await carrier(pki.leaf(.spc("2002"))), shown = "8657188880000", dest = "8613800138000"
        try await west.approve("ent-1")
        try await west.importTable("grants", "trunk,first,valid_from\nent-1,86:95588,0\n")
        try await west.running { daemon in
            for number in [shown, "95588"] {
                let refused = try await daemon.sign(number, dest)
                #expect(refused.code == -32001 && refused.reason == "number_held_by_another" && refused.sip == 403)
            }
            try await west.importTable(
                "delegations",
                "delegator,delegate,first,purpose,valid_from\ncarrier:1001,carrier:2002,+8657188880000,service,0\n")
            let signed = try await eventually("a signature for the number that was lent") {
                let answer = try await daemon.sign(shown, dest)
                return answer.code == nil ? answer : nil
            }
            #expect(signed.attest == "A")
        }
        #expect(try await west.tool("records", "explain", "--data", "data").contains(", 0 come out otherwise"))
    }

    @Test func `a revocation counts from the signal on`() async throws {
        let east = try await carrier(pki.leaf(.spc("1001"))), west = try await carrier(pki.leaf(.spc("2002")))
        try west.canFetch(east.party)
        let own = "8657188880000", dest = "8613800138000"
        try await west.running { receiver in
            let first = try token(by: east.party, own, dest)
            expect(try await receiver.verify(first, own, dest, call: "c1"), 200, "valid", "allow")
            let list = pki.revocationList(of: east.party)
            try west.write("crls/all.pem", String(decoding: list, as: UTF8.self))
            receiver.program.send(SIGHUP)
            _ = try await eventually("the reload") { west.read("c.log").contains("trust reloaded") ? true : nil }
            let second = try token(by: east.party, own, dest)
            expect(try await receiver.verify(second, own, dest, call: "c2"), 437, "certificate_revoked", "block")

            // A file that cannot be read leaves what it said before in force.
            try west.write("crls/all.pem", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
            receiver.program.send(SIGHUP)
            _ = try await eventually("the refusal") {
                west.read("c.log").contains("a file of CRLs was not read") ? true : nil
            }
            let third = try token(by: east.party, own, dest)
            expect(try await receiver.verify(third, own, dest, call: "c3"), 437, "certificate_revoked", "block")
        }
    }
}
