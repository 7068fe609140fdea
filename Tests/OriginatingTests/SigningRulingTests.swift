import Ledger
import NumberPlan
import Originating
import PASSporT
import Policy
import Testing

/// What the rules for the number that is shown come to where it would be signed.
@Suite struct SigningRulingTests {
    private static let mobile = "+8613800138000", code = "95588", abroad = "+442071838750"

    private func ruling(
        showing orig: String, over kind: TrunkClass, state: TrunkState = .active, isFromGateway: Bool = false,
        roaming: RoamingAnswer? = nil
    ) -> SigningRuling {
        let china = CountryCode("86")!, granted = Digits(String(Self.mobile.dropFirst()))!
        let ledger = LedgerSnapshot(
            version: 1, carriers: [Carrier(spc: "5678", name: "Peer", country: china, isGateway: isFromGateway)],
            trunks: [Trunk(name: "it", trunkClass: kind, state: state, peer: kind.isOfOtherCarrier ? "5678" : nil)],
            grants: [Grant(id: 1, trunk: "it", range: NumberRange(only: .global(granted)), from: 0)])
        let rules = RulesInForce(plan: .china, ledger: ledger, whenRoamingUnknown: .withhold, at: Desk.now)
        return rules.ruling(
            on: OriginatingCall(orig: orig, dest: ["+8613900139000"], trunk: "it"), signer: nil, roaming: roaming)
    }

    private func refusal(_ ruling: SigningRuling) -> Refusal? {
        if case .refused(let refusal) = ruling { refusal } else { nil }
    }

    @Test(arguments: TrunkState.allCases) func `a call over a trunk that is not active is refused`(state: TrunkState) {
        let ruling = ruling(showing: Self.mobile, over: .enterprise, state: state)
        #expect(refusal(ruling) == (state == .active ? nil : .trunkClosed(.state(state))))
        #expect((ruling.right != nil) == (state == .active))
    }

    @Test func `a code of another's, which its holder would have signed, is refused`() {
        let refused = refusal(ruling(showing: Self.code, over: .interconnect))
        #expect(refused == .cli(CLIRefusal(.codeNotGranted)))
        #expect(ruling(showing: Self.mobile, over: .interconnect).right?.attestation == .gateway)
    }

    @Test func `another country's number is a gateway's to let in`() {
        let refused = refusal(ruling(showing: Self.abroad, over: .interconnect))
        #expect(refused == .cli(CLIRefusal(.notFromGateway)))
        let admitted = ruling(showing: Self.abroad, over: .interconnect, isFromGateway: true)
        #expect(admitted.right?.attestation == .gateway)
    }

    @Test func `of a subscriber abroad nothing is signed where nobody knows whether he is`() {
        let unknown = ruling(showing: Self.mobile, over: .international, roaming: .unknown)
        #expect(refusal(unknown) == .numberWithheld)
        let known = ruling(showing: Self.mobile, over: .international, roaming: .abroad)
        #expect(known.right?.attestation == .gateway)
        guard case .asksRoaming = ruling(showing: Self.mobile, over: .international) else {
            Issue.record("nobody is asked")
            return
        }
    }
}
