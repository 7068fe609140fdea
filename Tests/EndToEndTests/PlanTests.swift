import Foundation
import Glibc
import MiniPKI
import Records
import Testing

/// The numbering plan of a running daemon.
@Suite(.timeLimit(.minutes(5))) struct PlanTests {
    private let pki = MiniPKI(now: Carrier.now)

    private static let builtIn = URL(filePath: #filePath).appending(path: "../../../Sources/NumberPlan/Plans")
    private static let own = "12155551212", dest = "12155552000"

    private static func file(_ name: String) throws -> String {
        try String(contentsOf: builtIn.appending(path: "\(name).json").standardized, encoding: .utf8)
    }

    /// Whose plan is the file `plan.json`, with North America's in it.
    private func carrier(_ settings: String = "") async throws -> Carrier {
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors, plan: "plan.json")
        try carrier.write("c.yaml", carrier.read("c.yaml") + settings)
        try carrier.write("plan.json", Self.file("nanp"))
        try await carrier.makeLedger()
        return carrier
    }

    private func eventually(_ carrier: Carrier, says words: String) async throws {
        try await EndToEndTests.eventually(words) { carrier.read("c.log").contains(words) ? true : nil }
    }

    /// Of each record.
    private func plans(_ carrier: Carrier) throws -> [String] {
        try carrier.records.list().map { record in
            let plan = record.body.components(separatedBy: #""plan":""#).dropFirst().first ?? ""
            return String(plan.prefix { $0 != "\"" })
        }
    }

    @Test func `a new plan counts without a restart, and every record names the plan it was made under`() async throws {
        let carrier = try await carrier()
        try await carrier.running { daemon in
            #expect(try await daemon.sign(Self.own, "911").attest == "A")
            // A local number, and nobody's emergency.
            #expect(try await daemon.verify(nil, Self.own, "5551212").reason != "emergency_call")
            let old = #""emergencyNumbers": ["911""#
            try carrier.write("plan.json", Self.file("nanp").replacing(old, with: old + #", "5551212""#))
            try await eventually(carrier, says: "numbering plan reloaded")
            #expect(try await daemon.verify(nil, Self.own, "5551212").reason == "emergency_call")
        }
        let plans = try plans(carrier)
        #expect(plans.count == 3 && plans.allSatisfy { $0.hasPrefix("nanp-2026.1@") })
        #expect(plans[0] == plans[1] && plans[1] != plans[2])
    }

    @Test func `a bad plan leaves the old one in force, and is told of`() async throws {
        let carrier = try await carrier()
        try await carrier.running { daemon in
            for (text, says) in [
                (try Self.file("nanp").replacing(#""countryCode""#, with: #""country""#), "countryCode is missing"),
                ("{", "this is not JSON"),
                (try Self.file("china"), "another country takes a restart"),
            ] {
                try carrier.write("plan.json", text)
                try await eventually(carrier, says: says)
                #expect(try await daemon.verify(nil, Self.own, "911").reason == "emergency_call")
            }
            // Told once for each change, and when it is asked to look again.
            let refused = "numbering plan not reloaded: the old one stays"
            func times() -> Int { carrier.read("c.log").components(separatedBy: refused).count - 1 }
            let told = times()
            daemon.program.send(SIGHUP)
            try await EndToEndTests.eventually(refused) { times() > told ? true : nil }
            #expect(!carrier.read("c.log").contains("numbering plan reloaded"))
            try carrier.write("plan.json", Self.file("nanp") + "\n")
            try await eventually(carrier, says: "numbering plan reloaded")
        }
    }

    @Test func `the tool says what a plan makes of numbers`() async throws {
        let carrier = try await carrier()
        try carrier.write("plan.json", Self.file("china").replacing("cn-2026.1", with: "cn-2026.2"))
        let said = try await carrier.tool(
            "number", "--plan", "plan.json", "13800138000", "0571 8888 0000", "96110", "+12155551212")
        #expect(
            said == """
                13800138000: +8613800138000 mobile, holder china_mobile, originate yes, fromAbroad roaming
                0571 8888 0000: +8657188880000 geographic, originate yes, fromAbroad no, 浙江 杭州
                96110: 86:96110 government_antifraud, originate ledger, fromAbroad no, protected
                +12155551212: +12155551212 foreign, US

                """)
        let wrong = try await Program.run("countersign", ["number", "15400000000", "1380013800"], in: carrier.folder)
        #expect(wrong.status == 1)
        #expect(wrong.output.contains("15400000000: +8615400000000 nobody's: reserved 154"))
        #expect(wrong.output.contains("1380013800: no number: unknownNationalForm"))
    }

    @Test func `a prefix that is nobody's and often shown is told of`() async throws {
        let carrier = try await carrier("unallocatedAlert: 3\n")
        try await carrier.running { daemon in
            for number in ["12005551212", "12005551213", "12125551212", "+8613800138000"] {
                _ = try await daemon.verify(nil, number, Self.dest)
            }
            // The signing side sees callers too, whom it refuses.
            _ = try await daemon.sign("12005551214", Self.dest)
            try await eventually(carrier, says: "a prefix that is nobody's is shown often")
            #expect(carrier.read("c.log").contains("calls=3 plan=nanp-2026.1@"))
            #expect(carrier.read("c.log").contains("prefix=200"))
            daemon.program.send(SIGUSR1)
            try await eventually(carrier, says: "unallocated=")
        }
    }
}
