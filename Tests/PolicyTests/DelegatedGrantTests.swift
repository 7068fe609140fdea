import Ledger
import NumberPlan
import Policy
import Testing

/// A bank lets a call centre show its code: for as long as it may itself, and no longer.
@Suite struct `A grant by delegation` {
    static let now = Rules.now

    /// - Parameter alter: what differs from a ledger in which it counts.
    static func ruling(_ alter: (inout World) -> Void = { _ in }) -> CLIRuling {
        var world = World()
        alter(&world)
        let ledger = LedgerSnapshot(
            version: 1, carriers: [Carrier(spc: "1001", name: "East", country: CountryCode("86")!)],
            holdings: [("1001", only("86:95588"))],
            customers: [Customer(id: "bank", name: "Bank"), Customer(id: "centre", name: "Centre", kind: .callCentre)],
            trunks: [
                Trunk(name: "bank-1", trunkClass: .enterprise, state: world.state, customer: "bank", use: .service),
                Trunk(name: "centre-1", trunkClass: .enterprise, customer: world.user, use: .service),
            ],
            grants: [
                Grant(id: 1, trunk: "bank-1", range: world.granted, from: 0, to: world.end),
                Grant(id: 2, trunk: "centre-1", range: only("86:95588"), from: 0, delegation: 1),
            ], delegations: [world.delegation])
        let rules = RulesInForce(plan: .china, ledger: ledger, whenRoamingUnknown: .withhold, at: now)
        return rules.ruling(
            on: ShownNumber("95588", isRestricted: false, plan: .china), over: ledger.trunk("centre-1")!,
            callsEmergency: false, roaming: nil)
    }

    struct World {
        var state = TrunkState.active
        var user = "centre"
        var granted = only("86:95588")
        var end: Int?
        var delegator = Party.customer("bank")
        var delegated = only("86:95588")
        var delegatedTo: Int?

        var delegation: Delegation {
            Delegation(
                id: 1, delegator: delegator, delegate: .customer("centre"), range: delegated, purpose: "service",
                from: 0, to: delegatedTo)
        }
    }

    @Test func `counts while its delegator may show the number`() {
        #expect(Self.ruling() == .proven(grant: 2))
        #expect(Self.ruling { $0.delegator = .carrier("1001") } == .proven(grant: 2))
    }

    @Test(
        arguments: [
            { @Sendable in $0.state = .shut }, { @Sendable in $0.end = now }, { @Sendable in $0.user = "bank" },
            { @Sendable in $0.granted = only("86:95599") }, { @Sendable in $0.delegator = .carrier("2002") },
            { @Sendable in $0.delegator = .customer("nobody") }, { @Sendable in $0.delegated = only("86:95599") },
            { @Sendable in $0.delegatedTo = now },
        ] as [@Sendable (inout World) -> Void])
    func `does not once that is over`(alter: @Sendable (inout World) -> Void) {
        #expect(Self.ruling(alter) == .refused(.codeNotGranted, .delegationNotInForce))
    }
}
