import Ledger
import NumberPlan
import Policy

func number(_ text: String) -> TelephoneNumber { TelephoneNumber(described: text)! }

func only(_ text: String) -> NumberRange { NumberRange(only: number(text)) }

func range(_ first: String, _ last: String) -> NumberRange {
    NumberRange(first: number(first), last: number(last))!
}

/// A trunk of each class, and the rules as they are asked there.
struct Rules {
    static let now = 1_795_330_000

    var plan = DialPlan.china
    var customer = Customer(id: "c1", name: "Customer")
    var grants: [Grant] = []
    var listings: [Listing] = []
    var whenRoamingUnknown = WhenRoamingUnknown.withhold
    var roaming: RoamingAnswer?
    var line: TelephoneNumber?
    var use = TrunkUse.service
    var isRestricted = false
    var callsEmergency = false
    var now = Rules.now

    /// Grants the trunk of each class these numbers.
    mutating func grant(
        _ range: NumberRange, use: TrunkUse? = nil, isOutbound: Bool = true, hours: DailyHours? = nil, from: Int = 0,
        to: Int? = nil
    ) {
        for trunkClass in TrunkClass.allCases {
            grants.append(
                Grant(
                    id: grants.count + 1, trunk: trunkClass.rawValue, range: range, use: use, isOutbound: isOutbound,
                    hours: hours, from: from, to: to))
        }
    }

    func ruling(_ cli: String, _ trunkClass: TrunkClass) -> CLIRuling {
        let trunks = TrunkClass.allCases.map {
            Trunk(name: $0.rawValue, trunkClass: $0, customer: customer.id, line: line, use: use)
        }
        let ledger = LedgerSnapshot(
            version: 1, customers: [customer], trunks: trunks, grants: grants, listings: listings)
        let rules = RulesInForce(plan: plan, ledger: ledger, whenRoamingUnknown: whenRoamingUnknown, at: now)
        return rules.ruling(
            on: ShownNumber(cli, isRestricted: isRestricted, plan: plan), over: ledger.trunk(trunkClass.rawValue)!,
            callsEmergency: callsEmergency, roaming: roaming)
    }
}

extension CLIRuling {
    var rule: CLIRule? { if case .refused(let rule, _) = self { rule } else { nil } }
}
