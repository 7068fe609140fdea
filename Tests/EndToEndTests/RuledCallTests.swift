import Foundation
import Glibc
import MiniPKI
import Records
import Testing

/// What plan, ledger and the list of who is abroad decide at a running daemon.
@Suite(.timeLimit(.minutes(5))) struct RuledCallTests {
    private let pki = MiniPKI(now: Carrier.now)

    private static let callee = "+8613800138000"
    private static let ledger = [
        ("carriers", "spc,name,country,gateway\n1001,East,86,\n3003,Gateway,86,true\n8520,Harbour,852,\n"),
        ("holdings", "carrier,first,last\n1001,+8657188880000,+8657188889999\n"),
        ("customers", "id,name,entity\nc1,Customer,E-1\n"),
        ("licences", "id,customer,scope,valid_from\nL-1,c1,voice,2020-01-01\n"),
        (
            "trunks",
            """
            name,class,state,customer,peer,line,service,use,contract
            ent-1,enterprise,active,c1,,,voice,service,C-1
            ic-1,interconnect,active,,1001,,,carrier,C-2
            gate-1,interconnect,active,,3003,,,carrier,C-3
            abroad,international,active,,8520,,,carrier,C-4
            line-1,access,active,,,+8657188881111,,private,C-5

            """
        ),
        (
            "approvals",
            ["ent-1", "ic-1", "gate-1", "abroad", "line-1"].reduce("trunk,by,at\n") {
                $0 + "\($1),li,0\n\($1),wang,0\n"
            }
        ),
        ("grants", "trunk,first,last,valid_from\nent-1,+8657188880000,+8657188880099,0\n"),
    ]

    private func carrier() async throws -> Carrier {
        let carrier = try Carrier(pki.leaf(.spc("1001")), trusting: pki.anchors, plan: "china")
        try carrier.write("c.yaml", carrier.read("c.yaml") + "roaming: {file: abroad.csv}\n")
        try carrier.write("abroad.csv", "number,roaming\n+8613800138001,abroad\n+8613800138002,home\n")
        try await carrier.makeLedger(Self.ledger)
        return carrier
    }

    private func verify(
        _ shown: String, over trunk: String, presentation: String = "allowed", at daemon: RunningDaemon
    ) async throws -> Answer {
        try await daemon.ask(
            "verify",
            #"{"orig":"\#(shown)","dest":"\#(Self.callee)","trunk":"\#(trunk)","presentation":"\#(presentation)"}"#,
            on: daemon.trunkPort)
    }

    /// A call without a token, and what becomes of it.
    private struct Row {
        let shown, trunk: String
        var presentation = "allowed"
        let action, reason: String
        var label: String?
    }

    private static let rows = [
        Row(shown: "+8613800138001", trunk: "abroad", action: "allow", reason: "roaming_abroad"),
        Row(shown: "+8613800138002", trunk: "abroad", action: "block", reason: "intl_plus86_mobile_not_roaming"),
        Row(
            shown: "+8613900139000", trunk: "abroad", action: "label", reason: "number_withheld",
            label: #"{"caller":"withheld"}"#),
        Row(shown: "+8657188881234", trunk: "abroad", action: "block", reason: "intl_plus86_fixed_or_service"),
        Row(
            shown: "+85221234567", trunk: "abroad", action: "label", reason: "foreign_ok",
            label: #"{"caller":"foreign","country":"HK","number":"0085221234567"}"#),
        Row(
            shown: "+80012345678", trunk: "gate-1", presentation: "restricted", action: "label", reason: "foreign_ok",
            label: #"{"caller":"foreign","country":"freephone","number":"0080012345678","presentation":"restricted"}"#),
        Row(shown: "+85221234567", trunk: "ic-1", action: "block", reason: "foreign_cli_from_non_gateway"),
        Row(
            shown: "+8657188881234", trunk: "line-1", action: "label", reason: "access_line",
            label: #"{"caller":"unverified"}"#),
        Row(
            shown: "+8657188881111", trunk: "line-1", presentation: "restricted", action: "allow", reason: "granted",
            label: #"{"presentation":"restricted"}"#),
        Row(
            shown: "+8657188880000", trunk: "ent-1", presentation: "restricted", action: "block", reason: "cli_hidden"),
    ]

    @Test func `a call without a token is judged by plan, ledger and who is abroad, and labelled`() async throws {
        let carrier = try await carrier()
        try await carrier.running { daemon in
            for row in Self.rows {
                let answer = try await verify(
                    row.shown, over: row.trunk, presentation: row.presentation, at: daemon)
                #expect(answer.action == row.action && answer.reason == row.reason, "\(row): \(answer.text)")
                #expect(answer.sip == (row.action == "block" ? 403 : 200))
                let label = row.label.map { #""label":\#($0)"# } ?? #""label""#
                #expect(answer.text.contains(label) == (row.label != nil), "\(row): \(answer.text)")
            }
        }
        #expect(try await carrier.tool("records", "explain", "--data", "data").contains(", 0 come out otherwise"))
    }

    @Test func `who goes abroad is known from the list while the daemon runs`() async throws {
        let carrier = try await carrier()
        try await carrier.running { daemon in
            let home = try await verify("+8613800138002", over: "abroad", at: daemon)
            #expect(home.reason == "intl_plus86_mobile_not_roaming")
            try carrier.write("abroad.csv", "number,roaming\n+8613800138002,abroad\n")
            _ = try await eventually("a call of who went abroad") {
                let answer = try await verify("+8613800138002", over: "abroad", at: daemon)
                return answer.reason == "roaming_abroad" ? answer : nil
            }
        }
    }

    @Test func `a trunk that is shut signs no more, until two people approve of opening it again`() async throws {
        let carrier = try await carrier(), own = "+8657188880000"
        try await carrier.running { daemon in
            #expect(try await daemon.sign(own, Self.callee).attest == "A")
            try await carrier.tool("ledger", "trunks", "shut", "--data", "data", "--by", "li", "ent-1")
            let refused = try await eventually("a refusal") {
                let answer = try await daemon.sign(own, Self.callee)
                return answer.code == nil ? nil : answer
            }
            #expect(refused.code == -32001 && refused.reason == "trunk_shut" && refused.sip == 403)
            try await carrier.tool("ledger", "trunks", "approve", "--data", "data", "--by", "li", "ent-1")
            let (status, output) = try await Program.run(
                "countersign", ["ledger", "trunks", "reopen", "--data", "data", "--by", "li", "ent-1"],
                in: carrier.folder)
            #expect(status == 1 && output.contains("approvals_missing"), "\(output)")
            #expect(try await daemon.sign(own, Self.callee).reason == "trunk_shut")
            try await carrier.tool("ledger", "trunks", "approve", "--data", "data", "--by", "wang", "ent-1")
            try await carrier.tool("ledger", "trunks", "reopen", "--data", "data", "--by", "li", "ent-1")
            let signed = try await eventually("a signature") {
                let answer = try await daemon.sign(own, Self.callee)
                return answer.code == nil ? answer : nil
            }
            #expect(signed.attest == "A")
        }
        let records = try carrier.records.list()
        let refused = try #require(records.first { $0.reason == "trunk_shut" })
        #expect(refused.kind == "signRefused" && refused.sipCode == 403)
        // Of the ledger as it was then, whatever it is now.
        let explained = try await carrier.tool("records", "explain", "--data", "data", refused.id.description)
        #expect(explained.contains("ent-1, enterprise, shut, trunk_shut") && explained.contains(": as recorded"))
        let before = try await carrier.tool("records", "explain", "--data", "data", records[0].id.description)
        #expect(before.contains("ent-1, enterprise, active") && before.contains(": as recorded"))
    }

    @Test func `an operator is told of a protected number, and of what each trunk was caught at`() async throws {
        let carrier = try await carrier()
        try await carrier.running { daemon in
            #expect(try await verify("110", over: "ic-1", at: daemon).reason == "protected_number_spoofed")
            let hidden = try await daemon.sign("anonymous", Self.callee)
            #expect(hidden.reason == "cli_hidden")
            _ = try await eventually("the alarm") {
                carrier.read("c.log").split(separator: "\n").first {
                    $0.contains("a protected number is shown by somebody else") && $0.contains("number=86:110")
                        && $0.contains("trunk=ic-1") && $0.contains("error")
                }
            }
            daemon.program.send(SIGUSR1)
            for words in [["N15=", "C-05="], ["trunk=ic-1", "impersonated="], ["trunk=ent-1", "hidden="]] {
                _ = try await eventually("\(words)") {
                    carrier.read("c.log").split(separator: "\n").first { line in
                        line.contains(" counters") && words.allSatisfy { line.contains($0) }
                    }
                }
            }
        }
    }
}
