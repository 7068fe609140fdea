import Certificates
import Ledger
import MiniPKI
import NumberPlan
import Originating
import PASSporT
import Policy
import Testing

/// N14 before there is a token: a number that the ledger gives to another carrier is not called ours.
@Suite struct `A number of another carrier` {
    private static let number = TelephoneNumber.global(Digits(Desk.own)!)
    private static let range = NumberRange(only: number)
    private static let us = "1234", other = "5678"

    /// What the ledger knows of the number. It is granted to the trunks of both kinds of customers, and the line's own.
    struct Known: Sendable {
        var holder: String?
        var ported: String?
        var delegations: [Delegation] = []
        /// By which it is granted.
        var delegation: Int?
    }

    private static func ledger(_ known: Known) -> LedgerSnapshot {
        let trunks = [
            Trunk(name: "enterprise", trunkClass: .enterprise, customer: "c"),
            Trunk(name: "access", trunkClass: .access, customer: "c"),
            Trunk(name: "line", trunkClass: .access, line: number),
            Trunk(name: "subscribers", trunkClass: .access),
            Trunk(name: "interconnect", trunkClass: .interconnect, peer: other),
            Trunk(name: "lender", trunkClass: .enterprise, customer: "d"),
        ]
        var grants = ["enterprise", "access"].enumerated().map { place, trunk in
            Grant(id: place + 1, trunk: trunk, range: range, from: 0, delegation: known.delegation)
        }
        grants.append(Grant(id: 3, trunk: "lender", range: range, from: 0))
        return LedgerSnapshot(
            version: 1, carriers: [us, other, "9999"].map { Carrier(spc: $0, name: $0, country: CountryCode("1")!) },
            holdings: known.holder.map { [($0, range)] } ?? [], ported: known.ported.map { [(number, $0)] } ?? [],
            customers: ["c", "d"].map { Customer(id: $0, name: $0) }, trunks: trunks, grants: grants,
            delegations: known.delegations)
    }

    private static func lent(
        _ id: Int = 1, _ delegator: Party = .carrier(other), to delegate: Party, until end: Int? = nil,
        parent: Int? = nil
    ) -> Delegation {
        Delegation(
            id: id, delegator: delegator, delegate: delegate, range: range, purpose: "test", from: 0, to: end,
            isOnward: true, parent: parent)
    }

    private func decision(
        _ known: Known, over trunk: String = "enterprise", by party: MiniPKI.Party = Desk.party,
        _ alter: (inout OriginatingCall) -> Void = { _ in }
    ) throws -> AuthenticationService.Decision {
        try Desk(party).decide(
            Desk.call { call in
                call.trunk = trunk
                alter(&call)
            }, ledger: Self.ledger(known))
    }

    @Test(
        arguments: [
            (Known(), true), (Known(holder: us), true), (Known(holder: other), false),
            (Known(holder: us, ported: other), false), (Known(holder: other, ported: us), true),
            (Known(holder: other, delegations: [lent(to: .carrier(us))]), true),
            (Known(holder: other, delegations: [lent(to: .carrier("9999"))]), false),
            (Known(holder: other, delegations: [lent(to: .carrier(us), until: Desk.now)]), false),
            (Known(holder: other, delegations: [lent(1, .carrier("9999"), to: .carrier(us))]), false),
            (Known(holder: other, delegations: [lent(to: .customer("c"))], delegation: 1), true),
            (
                Known(
                    holder: other,
                    delegations: [
                        lent(to: .carrier("9999")), lent(2, .carrier("9999"), to: .customer("c"), parent: 1),
                    ], delegation: 2), true
            ),
            (
                Known(holder: other, delegations: [lent(1, .customer("d"), to: .customer("c"))], delegation: 1),
                false
            ),
            (Known(holder: us, delegations: [lent(1, .customer("d"), to: .customer("c"))], delegation: 1), true),
        ])
    func `is attested A only if it was lent`(known: Known, isSigned: Bool) throws {
        for trunk in ["enterprise", "access"] {
            let decision = try decision(known, over: trunk)
            #expect(decision.passport?.attestation == (isSigned ? .full : nil))
            #expect(decision.refusal == (isSigned ? nil : .heldByAnother))
        }
    }

    @Test func `is no line's, either`() throws {
        #expect(try decision(Known(holder: Self.us), over: "line").passport?.attestation == .full)
        #expect(try decision(Known(holder: Self.other), over: "line").refusal == .heldByAnother)
    }

    @Test func `is let in as any other, where no more is said of it`() throws {
        let known = Known(holder: Self.other)
        #expect(try decision(known, over: "subscribers").passport?.attestation == .partial)
        #expect(try decision(known, over: "interconnect").passport?.attestation == .gateway)
        for level in [Attestation.partial, .gateway] {
            #expect(try decision(known) { $0.attestationCeiling = level }.passport?.attestation == level)
        }
        #expect(try decision(known) { $0.attestationCeiling = .full }.refusal == .heldByAnother)
    }

    @Test func `calls for help, and less is said of it`() throws {
        #expect(
            try decision(Known(holder: Self.us)) { $0.dest = ["911"] }.emergencyPassport?.attestation == .full)
        #expect(
            try decision(Known(holder: Self.other)) { $0.dest = ["911"] }.emergencyPassport?.attestation == .partial)
    }

    @Test func `is ours if the certificate names it, and no carrier's question if that names numbers only`() throws {
        let known = Known(holder: Self.other)
        let named = Desk.pki.leaf(.range(Desk.own, 10)), beside = Desk.pki.leaf(.range("12155551213", 10))
        #expect(try decision(known, by: named).passport?.attestation == .full)
        #expect(try decision(known, by: beside).refusal == .outsideCertificate)
        let both = try TNAuthList([.spc(Self.us), .one(try #require(Digits(Desk.own)))])
        let ruling = Desk.rules(Self.ledger(known)).ruling(on: Desk.call(), signer: both, roaming: nil)
        #expect(ruling.right?.attestation == .full)
    }

    @Test func `is told to the switch by a reason of its own, and counted as what peers would have blocked`() {
        let refusal = Refusal.heldByAnother
        #expect(refusal.reason == "number_held_by_another" && refusal.sipCode == 403 && refusal.culprit == .caller)
        #expect(refusal.rule == .outsideSignersNumbers)
    }

    @Test func `is nobody's question where nothing signs`() {
        let ruling = Desk.rules(Self.ledger(Known(holder: Self.other))).ruling(
            on: Desk.call(), signer: nil, roaming: nil)
        #expect(ruling.right?.attestation == .full)
    }
}
