import Foundation
import Ledger
import NumberPlan
import Policy
import Records

/// An explanation, for people and programs.
struct ExplanationReport: Encodable {
    let record: String
    let time: String
    let shown, called, trunk, customer, plan, standing, holder: String?
    let ledger: Int?
    let roaming, grantFault, authority: String?
    let rule: String?
    let recorded, again: String
    let foundOtherwise: String?
    let isReproduced: Bool

    init(
        _ record: StoredRecord, _ decision: RecordedDecision, _ explanation: Explanation, _ plan: DialPlan,
        _ snapshot: LedgerSnapshot
    ) {
        let number = decision.rawOrig.flatMap { try? plan.number(from: $0) }
        let trunk = decision.trunk.flatMap { snapshot.trunk($0) }
        self.record = record.id.description
        time = LedgerTime.text(decision.seconds)
        shown = number?.description ?? decision.rawOrig
        called = decision.dest?.joined(separator: ", ")
        self.trunk = decision.trunk.map { name in
            let closed = trunk.flatMap { snapshot.closure(of: $0, at: decision.seconds) }
            return [name, trunk?.trunkClass.rawValue ?? "not in the ledger", trunk?.state.rawValue, closed?.reason]
                .compactMap { $0 }.joined(separator: ", ")
        }
        customer = trunk?.customer.flatMap { snapshot.customer($0) }.map {
            "\($0.id) (\($0.name)), \($0.kind.rawValue)"
        }
        self.plan = decision.plan
        standing = number.map { plan.standing(of: $0).text }
        holder = number.flatMap { snapshot.holder(of: $0) }.map { "\($0.spc) (\($0.name))" }
        ledger = decision.ledger
        roaming = decision.input("roaming")
        grantFault = number.flatMap { number in
            trunk.flatMap { snapshot.grantFault(of: number, on: $0, at: decision.seconds)?.rawValue }
        }
        authority = SignerAuthority(inputs: decision.pairs).flatMap {
            $0.codesOfPath.isEmpty ? nil : $0.codesOfPath.joined(separator: ", ")
        }
        rule = explanation.rule.map { "\($0.rawValue) \($0.reason)" }
        recorded = explanation.recorded.description
        again = explanation.again.description
        foundOtherwise = explanation.foundOtherwise
        isReproduced = explanation.isReproduced
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// What a caller sent must not move the cursor of whoever reads it.
    var text: String {
        let lines: [(String, String?)] = [
            ("record", record), ("time", time), ("shown", shown), ("called", called), ("over", trunk),
            ("customer", customer), ("plan", plan), ("number", standing), ("held by", holder),
            ("ledger", ledger.map { "version \($0)" }), ("roaming", roaming), ("grant", grantFault),
            ("signed for", authority), ("rule", rule), ("found", foundOtherwise), ("recorded", recorded),
            ("again", again + (isReproduced ? ": as recorded" : ": NOT as recorded")),
        ]
        return lines.compactMap { name, value in
            value.map { "\(name.padding(toLength: 11, withPad: " ", startingAt: 0))\(printable($0))" }
        }.joined(separator: "\n")
    }
}
