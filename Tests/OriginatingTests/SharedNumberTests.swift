import Ledger
import NumberPlan
import Originating
import Policy
import Testing

/// A number whose holder has told that its trunk is shut is signed for by whoever can prove it, and by nobody else.
@Suite struct SharedNumberTests {
    private static let number = TelephoneNumber.global(Digits(Desk.own)!)
    private static let range = NumberRange(only: number)

    private func ruling(
        over trunk: String, _ list: SharedList, to dest: String = Desk.callee, hearing: Bool = true
    ) -> SigningRuling {
        let trunks = TrunkClass.allCases.map { Trunk(name: $0.rawValue, trunkClass: $0) }
        let ledger = LedgerSnapshot(
            version: 1, carriers: ["1234", "5678"].map { Carrier(spc: $0, name: $0, country: CountryCode("1")!) },
            holdings: [("5678", Self.range)], peers: [Peer(carrier: "5678", takes: Set(SharedList.allCases))],
            trunks: trunks, grants: [Grant(id: 1, trunk: "enterprise", range: Self.range, from: 0)])
        let entry = SharedEntry(list: list, range: Self.range, from: 0, to: Desk.now + 1)
        let shared = SharedNumbers(
            hearing ? [SharedNumbers.Told(entry, by: "5678")] : [], leases: ["5678": Desk.now + 1])
        let rules = RulesInForce(
            plan: .nanp, ledger: ledger, shared: shared, whenRoamingUnknown: .withhold, at: Desk.now)
        return rules.ruling(on: Desk.call { ($0.trunk, $0.dest) = (trunk, [dest]) }, signer: nil, roaming: nil)
    }

    private func reason(_ ruling: SigningRuling) -> String? {
        if case .refused(let refusal) = ruling { refusal.reason } else { nil }
    }

    @Test(arguments: ["access", "interconnect"]) func `is refused where nothing proves it`(trunk: String) {
        #expect(reason(ruling(over: trunk, .shutTrunk)) == "do_not_originate")
        #expect(ruling(over: trunk, .shutTrunk, hearing: false).right != nil)
    }

    @Test func `is signed for under a grant`() {
        #expect(ruling(over: "enterprise", .shutTrunk).right?.grant == 1)
        #expect(reason(ruling(over: "enterprise", .badNumber)) == "listed_bad_number")
    }

    @Test func `calls emergency numbers all the same`() {
        guard case .emergency(let right) = ruling(over: "access", .shutTrunk, to: "911") else {
            return #expect(Bool(false), "no emergency")
        }
        #expect(right != nil)
    }
}
