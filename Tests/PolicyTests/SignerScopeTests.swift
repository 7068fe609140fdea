import Ledger
import NumberPlan
import PASSporT
import Policy
import Testing

/// Who may attest what (RFC 8226 §3, RFC 9060 §4); that portability goes before allocation, and what delegation adds.
@Suite struct `Whom a signer may speak for` {
    static let now = 1_000
    static let china = CountryCode("86")!, america = CountryCode("1")!

    /// East holds a block of which a number was ported to West, and has delegated numbers of it to South, and South, as far
    /// as it may, to North.
    static let ledger = LedgerSnapshot(
        version: 1,
        carriers: [
            Carrier(spc: "EAST", name: "East", country: china), Carrier(spc: "WEST", name: "West", country: china),
            Carrier(spc: "SOUTH", name: "South", country: china), Carrier(spc: "NORTH", name: "North", country: china),
            Carrier(spc: "US", name: "America", country: america),
        ],
        holdings: [("EAST", range("+8657188880000", "+8657188889999")), ("EAST", only("86:95588"))],
        ported: [(number("+8657188880001"), "WEST"), (number("+8657188880023"), "WEST")],
        delegations: [
            delegation(1, "EAST", "SOUTH", "+8657188880010", isOnward: true),
            delegation(2, "SOUTH", "NORTH", "+8657188880010", parent: 1),
            delegation(3, "EAST", "SOUTH", "+8657188880020"),
            delegation(4, "SOUTH", "NORTH", "+8657188880020", parent: 3),
            delegation(5, "EAST", "SOUTH", "+8657188880021", to: now),
            delegation(6, "EAST", "SOUTH", "+8657188880022", from: now + 1),
            delegation(7, "EAST", "SOUTH", "+8657188880023"),
            delegation(8, "EAST", "SOUTH", "+8657188880024", to: now, isOnward: true),
            delegation(9, "SOUTH", "NORTH", "+8657188880024", parent: 8),
            delegation(10, "SOUTH", "NORTH", "+8657188880025"),
        ])

    static func delegation(
        _ id: Int, _ delegator: String, _ delegate: String, _ text: String, from: Int = 0, to: Int? = nil,
        isOnward: Bool = false, parent: Int? = nil
    ) -> Delegation {
        Delegation(
            id: id, delegator: .carrier(delegator), delegate: .carrier(delegate), range: only(text), purpose: "resale",
            from: from, to: to, isOnward: isOnward, parent: parent)
    }

    func scope(
        _ code: String, _ text: String, _ attestation: Attestation = .full, unallocatedFails: Bool = false
    ) -> Result<SignerScope, ScopeFault> {
        let authority = SignerAuthority(
            serviceProviderCodes: [code], namesNumber: false, codesOfPath: [code], obligations: [])
        return Result { () throws(ScopeFault) in
            try Self.ledger.scope(
                of: authority, over: number(text), attested: attestation, unallocatedFails: unallocatedFails,
                at: Self.now)
        }
    }

    @Test(
        arguments: [
            ("EAST", "+8657188880000", .success(.byLedger)), ("WEST", "+8657188880000", .failure(.notSignersNumber)),
            ("WEST", "+8657188880001", .success(.byLedger)), ("EAST", "+8657188880001", .failure(.notSignersNumber)),
            ("SOUTH", "+8657188880010", .success(.byDelegation)), ("NORTH", "+8657188880010", .success(.byDelegation)),
            ("EAST", "+8657188880010", .success(.byLedger)), ("SOUTH", "+8657188880020", .success(.byDelegation)),
            ("NORTH", "+8657188880020", .failure(.notSignersNumber)),
            ("SOUTH", "+8657188880021", .failure(.notSignersNumber)),
            ("SOUTH", "+8657188880022", .failure(.notSignersNumber)),
            ("SOUTH", "+8657188880023", .failure(.notSignersNumber)),
            ("WEST", "+8657188880023", .success(.byLedger)), ("NORTH", "+8657188880024", .failure(.notSignersNumber)),
            ("NORTH", "+8657188880025", .failure(.notSignersNumber)), ("EAST", "86:95588", .success(.byLedger)),
            ("WEST", "86:95588", .failure(.notSignersNumber)), ("US", "86:95588", .failure(.foreignShortCode)),
            ("EAST", "+442071838750", .failure(.notSignersNumber)),
        ] as [(String, String, Result<SignerScope, ScopeFault>)])
    func `is the ledger's to say`(code: String, text: String, expected: Result<SignerScope, ScopeFault>) {
        #expect(scope(code, text) == expected)
        guard expected == .failure(.notSignersNumber) else { return }
        for level in [Attestation.partial, .gateway] { #expect(scope(code, text, level) == .success(.outside)) }
    }

    @Test func `is nobody's number only where the ledger knows every one`() {
        #expect(scope("EAST", "+442071838750", .gateway) == .success(.outside))
        #expect(scope("EAST", "+442071838750", .gateway, unallocatedFails: true) == .failure(.unallocated))
    }

    static let authorities = [
        SignerAuthority(serviceProviderCodes: [], namesNumber: true, codesOfPath: [], obligations: []),
        SignerAuthority(serviceProviderCodes: ["1001"], namesNumber: false, codesOfPath: ["1001"], obligations: []),
        SignerAuthority(
            serviceProviderCodes: ["a b", "c,d"], namesNumber: true, codesOfPath: ["a b", "c,d", "2002", "x\"y"],
            obligations: [
                .init(
                    serviceProviderCodes: ["2002"],
                    ranges: [range("+8657188880000", "+8657188889999"), only("86:95588")],
                    isConcerned: true),
                .init(serviceProviderCodes: ["x\"y", "z"], ranges: [only("+442071838750")], isConcerned: false),
            ]),
    ]

    @Test(arguments: authorities) func `is kept in a record whole`(authority: SignerAuthority) {
        let others = [(name: "listener", value: "switch"), (name: "date", value: "x")]
        #expect(SignerAuthority(inputs: others + authority.inputs + others) == authority)
    }

    @Test(arguments: ["+1 +2 +3", "+1", "junk junk", "+12 +1"]) func `is not read from what is none`(range: String) {
        #expect(SignerAuthority(inputs: [("delegated", "with the number"), ("delegatedRange", range)]) == nil)
        #expect(SignerAuthority(inputs: [("delegatedRange", "+1 +1")]) == nil)
    }
}
