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
            let other = try Self.file("nanp").replacing(#"["911"]"#, with: #"["911", "5551212"]"#)
            try carrier.write("plan.json", other)
            try await eventually(carrier, says: "numbering plan replaced")
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
            #expect(carrier.read("c.log").contains("numbering plan not replaced: the old one stays"))
            #expect(!carrier.read("c.log").contains("numbering plan replaced"))
            // What it is asked again says the same; what is mended counts.
            try carrier.write("plan.json", Self.file("nanp") + "\n")
            daemon.program.send(SIGHUP)
            try await eventually(carrier, says: "numbering plan replaced")
        }
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
