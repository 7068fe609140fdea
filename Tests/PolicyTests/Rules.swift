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
    /// What peer P, which holds the numbers from +862152345000 on, has told, and until when that counts.
    var told: [SharedEntry] = []
    var lease = Rules.now + 1
    var peer: Peer? = Peer(carrier: "P", takes: Set(SharedList.allCases))
    var holdings: [(carrier: String, range: NumberRange)] = [
        ("P", range("+862152345000", "+862152345999")), ("Q", range("+862152346000", "+862152346999")),
    ]
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
        let rules = inForce(trunks)
        return rules.ruling(
            on: ShownNumber(cli, isRestricted: isRestricted, plan: plan),
            over: rules.ledger.trunk(trunkClass.rawValue)!, callsEmergency: callsEmergency, roaming: roaming)
    }

    func inForce(_ trunks: [Trunk] = []) -> RulesInForce {
        let carriers = [("P", "86"), ("Q", "86")].map {
            Carrier(spc: $0, name: "Carrier \($0)", country: CountryCode($1)!)
        }
        let ledger = LedgerSnapshot(
            version: 1, carriers: carriers, holdings: holdings, customers: [customer], peers: peer.map { [$0] } ?? [],
            trunks: trunks, grants: grants, listings: listings)
        return RulesInForce(
            plan: plan, ledger: ledger,
            shared: SharedNumbers(told.map { SharedNumbers.Told($0, by: "P") }, leases: ["P": lease]),
            whenRoamingUnknown: whenRoamingUnknown, at: now)
    }
}

extension CLIRuling {
    var rule: CLIRule? { if case .refused(let rule, _) = self { rule } else { nil } }
}
