import Foundation
import Ledger
import NumberPlan
import Policy
import Testing

/// The vectors of the numbering plan: which rule decides about a number on a trunk.
@Suite struct `The rules' vectors` {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        let trunk: String
        let cli: String
        let decision: String
        /// `-` where no rule has anything to say.
        let rule: String

        var testDescription: String { "\(cli) on \(trunk)" }
        var trunkClass: TrunkClass { trunk == "domestic_interconnect" ? .interconnect : TrunkClass(rawValue: trunk)! }
    }

    static let vectors: [Vector] = {
        let url = Bundle.module.url(forResource: "cli-cn", withExtension: "json", subdirectory: "Vectors")!
        return try! JSONDecoder().decode([Vector].self, from: Data(contentsOf: url))
    }()

    @Test(arguments: vectors) func `hold`(vector: Vector) {
        let ruling = Rules().ruling(vector.cli, vector.trunkClass)
        switch vector.decision {
        case "block": #expect(ruling == .refused(CLIRule(rawValue: vector.rule)!, nil))
        case "pass_C": #expect(ruling == .foreign)
        case "roaming_check":
            #expect(ruling == .asksRoaming(number("+8613800138000")))
            for (answer, rule) in [(RoamingAnswer.home, CLIRule.notRoaming), (.unknown, .roamingUnknown)] {
                var rules = Rules()
                (rules.roaming, rules.whenRoamingUnknown) = (answer, .block)
                #expect(rules.ruling(vector.cli, vector.trunkClass).rule == rule)
                #expect(vector.rule.split(separator: "/").contains(Substring(rule.rawValue)))
            }
        case "gateway_only": #expect(ruling == .foreignFromGateway)
        case "verify": #expect(ruling == .open)
        case "needs_ledger": expectLedger(vector, ruling)
        default: Issue.record("what is \(vector.decision)?")
        }
    }

    /// Refused by that rule, or left to the number's holder; and not any more with a grant of this very number.
    private func expectLedger(_ vector: Vector, _ ruling: CLIRuling) {
        if ruling == .openToHolder {
            #expect(vector.rule == "N6")
        } else {
            #expect(ruling.rule?.rawValue == vector.rule)
        }
        var rules = Rules()
        rules.grant(NumberRange(only: try! DialPlan.china.number(from: vector.cli)))
        let granted = rules.ruling(vector.cli, vector.trunkClass)
        switch vector.trunkClass {
        case .enterprise, .access:
            #expect(granted == .proven(grant: rules.grants.first { $0.trunk == vector.trunk }?.id))
        case .interconnect, .international: #expect(granted == .open)
        }
    }

    @Test func `are all there`() { #expect(Self.vectors.count == 39) }
}
