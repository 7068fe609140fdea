import Foundation
import Ledger
import NumberPlan
import Policy
import Records
import Testing
import countersign

/// A record, and what becomes of it when its decision is made again.
@Suite struct `A record's decision, made again` {
    private static let plan = DialPlan.china

    /// One customer with one number, one peer, and a trunk of each.
    private static let ledger: LedgerSnapshot = {
        let china = CountryCode("86")!
        func number(_ text: String) -> TelephoneNumber { TelephoneNumber(described: text)! }
        func range(_ first: String, _ last: String) -> NumberRange {
            NumberRange(first: number(first), last: number(last))!
        }
        return LedgerSnapshot(
            version: 3,
            carriers: [
                Carrier(spc: "1001", name: "East", country: china), Carrier(spc: "2002", name: "West", country: china),
            ],
            holdings: [
                ("1001", range("+8657188880000", "+8657188889999")),
                ("2002", range("+8613800000000", "+8613899999999")),
            ],
            customers: [Customer(id: "acme", name: "Acme")],
            trunks: [
                Trunk(name: "ent-17", trunkClass: .enterprise, customer: "acme"),
                Trunk(name: "ic-2", trunkClass: .interconnect, peer: "2002"),
                Trunk(name: "intl", trunkClass: .international),
            ],
            grants: [Grant(id: 7, trunk: "ent-17", range: range("+8657188880000", "+8657188880099"), from: 0)])
    }()

    private func explanation(_ record: String) throws -> Explanation {
        let record = try JSONDecoder().decode(RecordedDecision.self, from: Data(record.utf8))
        return try Explanation(record, plan: Self.plan, ledger: Self.ledger)
    }

    private static let signed =
        #"{"at":1795395600000,"attest":"A","dest":["+8613800138000"],"inputs":[["grant","7"],["signerCode","1001"]],"kind":"signed","ledger":3,"#
        + #""plan":"cn-2026.1","rawOrig":"+8657188880001","trunk":"ent-17","verdict":"signed"}"#
    private static let refused =
        #"{"at":1795395600000,"dest":["+8613800138000"],"kind":"signRefused","ledger":3,"rawOrig":"+8657188881234","#
        + #""reason":"cli_not_authorised_for_trunk","sip":403,"trunk":"ent-17","verdict":"refused"}"#
    private static let anothers = signed.replacing(
        #""attest":"A","#, with: #""reason":"number_held_by_another","sip":403,"#
    )
    .replacing(#"["grant","7"],["signerCode","1001"]"#, with: #"["signerCode","2002"]"#)
    .replacing(#""kind":"signed""#, with: #""kind":"signRefused""#)
    .replacing(#""verdict":"signed""#, with: #""verdict":"refused""#)
    private static let verified =
        #"{"at":1795395600000,"attest":"A","dest":["+8657188880001"],"inputs":[["signerCode","2002"]],"kind":"verified","#
        + #""rawOrig":"+8613800138000","reason":"valid","sip":200,"tokens":["x;info=<https://x/>"],"trunk":"ic-2","#
        + #""verdict":"allow"}"#

    @Test(arguments: [signed, refused, anothers, verified]) func `comes out as it was recorded`(record: String) throws {
        let explanation = try explanation(record)
        #expect(explanation.isReproduced, "\(explanation.again)")
        #expect(explanation.foundOtherwise == nil)
    }

    /// Each differs from a record that holds in one thing, which is not what the ledger has it be.
    @Test(
        arguments: [
            (signed, #""attest":"A""#, #""attest":"B""#), (signed, #"["grant","7"]"#, #"["grant","8"]"#),
            (signed, "+8657188880001", "+8657188880100"), (signed, #""trunk":"ent-17""#, #""trunk":"ent-18""#),
            (signed, #"["signerCode","1001"]"#, #"["signerCode","2002"]"#),
            (anothers, #"["signerCode","2002"]"#, #"["signerCode","1001"]"#),
            (anothers, #"["signerCode","2002"]"#, #"["signerCode",""]"#),
            (anothers, "+8657188880001", "+8657188880100"),
            (signed, #""inputs":["#, #""inputs":[["presentation","restricted"],"#),
            (refused, "+8657188881234", "+8657188880001"), (refused, #""sip":403"#, #""sip":484"#),
            (refused, "cli_not_authorised_for_trunk", "code_outbound_not_granted"),
            (verified, #"["signerCode","2002"]"#, #"["signerCode","1001"]"#),
            (verified, #""verdict":"allow""#, #""verdict":"label""#), (verified, "+8613800138000", "+8615400001234"),
            (verified, #""trunk":"ic-2""#, #""trunk":"intl""#),
        ] as [(String, String, String)])
    func `does not, once it has been changed`(record: String, old: String, new: String) throws {
        let changed = record.replacing(old, with: new)
        #expect(changed != record)
        let explanation = try? explanation(changed)
        #expect(explanation?.isReproduced != true, "\(changed)")
    }

    /// Those that were made before anybody asked, and those of a certificate that names the number itself.
    @Test(arguments: [
        signed.replacing(#","inputs":[["grant","7"],["signerCode","1001"]]"#, with: #","inputs":[["grant","7"]]"#),
        signed.replacing(#"["signerCode","1001"]"#, with: #"["signerCode","2002"],["signerNamesNumber","yes"]"#),
    ])
    func `comes out so whatever carrier signed`(record: String) throws {
        #expect(try explanation(record).isReproduced)
    }

    /// What nobody can ask again is as it was recorded; that the ledger had nothing against the call is not.
    @Test(arguments: ["too_many_calls", "date_not_fresh", "certificate_expired", "no_credential"])
    func `tells what was not for the ledger to say`(reason: String) throws {
        let late = Self.refused.replacing("cli_not_authorised_for_trunk", with: reason)
        #expect(try explanation(late).isReproduced == (reason == "no_credential"))
        let granted = late.replacing("+8657188881234", with: "+8657188880001")
            .replacing(#""dest""#, with: #""inputs":[["grant","7"]],"dest""#)
        #expect(try explanation(granted).isReproduced)
        #expect(try explanation(granted).foundOtherwise == reason)
    }

    @Test func `takes from the record how far a token got`() throws {
        let early = Self.verified.replacing(
            #""reason":"valid","sip":200"#, with: #""reason":"stale_iat","sip":403,"step":"freshness""#
        )
        .replacing("allow", with: "block")
        #expect(try explanation(early).isReproduced)
        #expect(try explanation(early).foundOtherwise == "stale_iat")
        let late = Self.verified.replacing(
            #""reason":"valid","sip":200"#, with: #""reason":"replayed","sip":438,"step":"replay""#
        )
        .replacing("allow", with: "block")
        #expect(try explanation(late).isReproduced)
        #expect(try !explanation(late.replacing("2002", with: "1001")).isReproduced)
    }

    @Test(
        arguments: [
            ("home", "intl_plus86_mobile_not_roaming", 403, "block", ""),
            ("abroad", "roaming_abroad", 200, "allow", ""),
            ("unknown", "number_withheld", 200, "label", ""), ("unknown", "roaming_unknown", 200, "label", "pass"),
        ] as [(String, String, Int, String, String)])
    func `takes from the record where a subscriber was`(
        answer: String, reason: String, sip: Int, verdict: String, policy: String
    ) throws {
        let record =
            #"{"at":1795395600000,"dest":["+8657188880001"],"inputs":[["roaming","\#(answer)"],"#
            + #"["whenRoamingUnknown","\#(policy.isEmpty ? "withhold" : policy)"]],"kind":"verified","#
            + #""rawOrig":"+8613800138000","reason":"\#(reason)","sip":\#(sip),"trunk":"intl","verdict":"\#(verdict)"}"#
        #expect(try explanation(record).isReproduced)
        #expect(throws: ExplanationFault.incomplete("what was answered about the number")) {
            try explanation(record.replacing("roaming\",", with: "wandering\","))
        }
    }

    @Test(arguments: [("signed", "emergency_call"), ("passed", "emergency_call_unsigned")])
    func `lets an emergency call pass, signed or not`(verdict: String, reason: String) throws {
        let isSigned = verdict == "signed"
        let record = Self.signed.replacing("+8613800138000", with: "86:110")
            .replacing(
                #""kind":"signed""#, with: #""kind":"\#(isSigned ? "signed" : "signRefused")","reason":"\#(reason)""#
            )
            .replacing(#""verdict":"signed""#, with: #""verdict":"\#(verdict)""#)
            .replacing(#""attest":"A","#, with: isSigned ? #""attest":"A","# : "")
        let explanation = try explanation(record)
        #expect(explanation.isReproduced, "\(explanation.again)")
        #expect(explanation.rule == .emergencyCall)
    }

    @Test func `is of a decision only`() {
        #expect(throws: ExplanationFault.notADecision("expired")) {
            try explanation(#"{"at":1,"kind":"expired","of":"20261123-000000001"}"#)
        }
        #expect(throws: ExplanationFault.incomplete("who called")) { try explanation(#"{"at":1,"kind":"signed"}"#) }
        #expect(throws: ExplanationFault.incomplete("for whom the token's certificate speaks")) {
            try explanation(Self.verified.replacing(#""attest":"A","#, with: ""))
        }
    }
}
