import Certificates
import Forgery
import Foundation
import Ledger
import LibCrypto
import MiniPKI
import NumberPlan
import Originating
import PASSporT
import Policy
import Testing

/// Rows AS-01 to AS-08 and SIG-11: who is given a token, and what it says.
@Suite struct `The authentication service` {
    let desk = Desk()

    /// What the ledger proves, with "Settled" of the design: the level for each class of trunk, each right to the
    /// number.
    @Test(
        arguments: [
            ("enterprise", "own", "A"), ("enterprise", "foreign", nil), ("access", "line", "A"), ("access", "own", "A"),
            ("access", "foreign", "B"), ("interconnect", "own", "C"), ("interconnect", "foreign", "C"),
            ("international", "abroad", "C"),
        ] as [(String, String, String?)])
    func `vouches as far as the ledger proves`(trunk: String, right: String, level: String?) throws {
        let number = ["own": Desk.own, "line": Desk.line, "foreign": Desk.foreign, "abroad": "+442071838750"][right]
        for ceiling in [nil, Attestation.full, .partial, .gateway] {
            let decision = try desk.decide(
                OriginatingCall(
                    orig: number ?? "", dest: [Desk.callee], trunk: trunk, attestationCeiling: ceiling))
            let proven = level.flatMap(Attestation.init(rawValue:))
            if let proven {
                let expected = max(proven.rawValue, ceiling?.rawValue ?? "A")
                #expect(decision.passport?.attestation.rawValue == expected)
            } else {
                #expect(decision.refusal == .cli(CLIRefusal(.notGranted)))
            }
        }
    }

    @Test func `writes the call into the token and nothing else`() throws {
        let decision = try desk.decide(
            OriginatingCall(
                orig: "+12155551212", dest: ["12355551213", "+1-235-555-1213", "12345551111"],
                trunk: "enterprise", originID: "de305d54-75b4-431b-adb2-eb6b9e546014", callID: "call\r\nX: y"))
        let identity = try #require(decision.signed?.identity)
        let parts = identity.prefix { $0 != ";" }.split(separator: ".").map(String.init)
        let header = try #require(Forgery.bytes(ofBase64URL: parts[0]))
        #expect(
            String(decoding: header, as: UTF8.self)
                == #"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"\#(Desk.party.x5u)"}"#)
        let claims = String(decoding: try #require(Forgery.bytes(ofBase64URL: parts[1])), as: UTF8.self)
        let origid = try #require(decision.passport?.originID)
        #expect(
            claims
                == #"{"attest":"A","dest":{"tn":["12345551111","12355551213"]},"iat":\#(Desk.now),"orig":{"tn":"12155551212"},"origid":"\#(origid)"}"#
        )
        #expect(identity.hasSuffix(";info=<\(Desk.party.x5u)>;alg=ES256;ppt=shaken"))
        #expect(!identity.utf8.contains { $0 <= 0x20 || $0 >= 0x7F })
    }

    @Test func `makes a fresh origid for each call, whatever was supplied`() throws {
        var seen: Set<String> = []
        let supplied = "de305d54-75b4-431b-adb2-eb6b9e546014"
        for _ in 0..<100 {
            let decision = try desk.decide(Desk.call { $0.originID = supplied })
            let origid = try #require(decision.passport?.originID)
            #expect(Passport.isUUID(origid) && origid != supplied)
            // Version 4, variant 10 (RFC 9562 §5.4).
            #expect(Array(origid)[14] == "4" && "89ab".contains(Array(origid)[19]))
            seen.insert(origid)
        }
        #expect(seen.count == 100)
    }

    @Test func `is believed by a verifier that has its certificate`() throws {
        let decision = try desk.decide(Desk.call())
        let token = try UnverifiedPassport(IdentityHeader(parsing: try #require(decision.signed?.identity)))
        #expect(try token.verified(by: Desk.party.key.verifyingKey).passport == decision.passport)
        #expect(token.isCanonical)
        #expect(desk.certificateID == Desk.party.certificate.fingerprint)
    }
}

/// What is refused, and with which word.
@Suite struct `A call is not signed` {
    let desk = Desk()

    @Test(arguments: RefusedCall.all) func `and the switch is told why`(row: RefusedCall) throws {
        let decision = try desk.decide(Desk.call(row.alter))
        #expect(decision.refusal == row.refusal)
        #expect(decision.refusal?.sipCode == row.code)
        #expect(decision.refusal?.culprit == .caller)
        #expect(decision.signed == nil)
    }

    @Test(arguments: [-60, -59, 0, 59, 60]) func `but is within 60 s of the clock`(offset: Int) throws {
        let dated = try desk.decide(Desk.call { $0.date = Desk.date(offset) })
        #expect(dated.passport?.issuedAt == Desk.now + offset)
        let timed = try desk.decide(Desk.call { $0.issuedAt = Desk.now + offset })
        #expect(timed.passport?.issuedAt == Desk.now + offset)
        let both = try desk.decide(Desk.call { ($0.date, $0.issuedAt) = (Desk.date(offset), Desk.now) })
        #expect(both.passport?.issuedAt == Desk.now)
    }

    @Test func `before a grant begins and once it has ended`() throws {
        let call = Desk.call { $0.orig = Desk.brief }
        #expect(try desk.decide(call, at: Desk.now - 1).refusal == .cli(CLIRefusal(.notGranted, .notBegun)))
        #expect(try desk.decide(call, at: Desk.now).passport?.attestation == .full)
        #expect(try desk.decide(call, at: Desk.now + 9).passport?.attestation == .full)
        #expect(try desk.decide(call, at: Desk.now + 10).refusal == .cli(CLIRefusal(.notGranted, .ended)))
    }

    @Test func `once a grant is gone from the ledger`() throws {
        #expect(try desk.decide(Desk.call()).passport != nil)
        #expect(try desk.decide(Desk.call(), ledger: Desk.ledger(grants: [])).refusal == .cli(CLIRefusal(.notGranted)))
    }

    @Test(
        arguments: [
            (-1, .certificateNotYetValid), (0, nil), (3_600, nil), (3_601, .certificateExpired),
        ] as [(Int, Refusal?)])
    func `outside the certificate's validity`(offset: Int, refusal: Refusal?) throws {
        let hour = Desk.pki.leaf(.spc("1234"), notBefore: Desk.now, notAfter: Desk.now + 3_600)
        let decision = try Desk(hour).decide(Desk.call(), at: Desk.now + offset)
        #expect(decision.refusal == refusal)
        if let refusal {
            #expect(refusal.culprit == .credential && refusal.sipCode == 503)
        }
    }

    /// The certificate ends between the two: each of them alone would let the call through.
    @Test func `when date or clock alone lies outside the certificate's validity`() throws {
        let leaf = Desk.pki.leaf(.spc("1234"), notBefore: Desk.now, notAfter: Desk.now + 3_600)
        let early = Desk.call { $0.issuedAt = Desk.now - 1 }
        #expect(try Desk(leaf).decide(early).refusal == .certificateNotYetValid)
        let late = Desk.call { $0.issuedAt = Desk.now + 3_601 }
        #expect(try Desk(leaf).decide(late, at: Desk.now + 3_600).refusal == .certificateExpired)
        let clockLate = Desk.call { $0.issuedAt = Desk.now + 3_600 }
        #expect(try Desk(leaf).decide(clockLate, at: Desk.now + 3_601).refusal == .certificateExpired)
        let clockEarly = Desk.call { $0.issuedAt = Desk.now }
        #expect(try Desk(leaf).decide(clockEarly, at: Desk.now - 1).refusal == .certificateNotYetValid)
    }

    @Test func `when the certificate names other numbers`() throws {
        let range = Desk.pki.leaf(.range(Desk.own, 10)), beside = Desk.pki.leaf(.range("12155551213", 10))
        #expect(try Desk(range).decide(Desk.call()).passport != nil)
        #expect(try Desk(beside).decide(Desk.call()).refusal == .outsideCertificate)
        let gateway = Desk.call { ($0.trunk, $0.orig) = ("interconnect", Desk.foreign) }
        #expect(try Desk(range).decide(gateway).refusal == .outsideCertificate)
        #expect(try desk.decide(gateway).passport?.attestation == .gateway)
    }

    @Test func `beyond so many a second on one trunk`() throws {
        let rates = CallRates(limit: 3), desk = Desk(rates: rates)
        for _ in 0..<3 { #expect(try desk.decide(Desk.call()).passport != nil) }
        #expect(try desk.decide(Desk.call()).refusal == .tooManyCalls)
        #expect(try desk.decide(Desk.call { $0.trunk = "access" }).passport != nil)
        #expect(try desk.decide(Desk.call(), at: Desk.now + 1).passport != nil)
        // Numbers that the trunk may not show count for nothing, so nobody is shut out by them.
        let other = Desk(rates: CallRates(limit: 1))
        for _ in 0..<5 {
            #expect(try other.decide(Desk.call { $0.orig = Desk.foreign }).refusal == .cli(CLIRefusal(.notGranted)))
        }
        #expect(try other.decide(Desk.call()).passport != nil)
    }
}

/// Row N16: whatever stands in its way, a call to an emergency number goes on, signed if it can be.
@Suite struct `An emergency call` {
    let desk = Desk()

    @Test(arguments: ["911", "9-1-1", "urn:service:sos", "URN:service:sos.police", "tel:911;phone-context=+1"])
    func `is known as one`(dest: String) throws {
        let decision = try desk.decide(Desk.call { ($0.dest, $0.orig) = ([dest], "junk") })
        guard case .emergency = decision else {
            Issue.record("\(dest) is not taken for an emergency")
            return
        }
    }

    @Test func `is signed where that can be`() throws {
        let own = try desk.decide(Desk.call { $0.dest = ["911"] })
        #expect(own.emergencyPassport?.attestation == .full)
        #expect(own.emergencyPassport?.destinations.map(\.description) == ["911"])
        let foreign = try desk.decide(Desk.call { ($0.dest, $0.orig) = (["911"], Desk.foreign) })
        #expect(foreign.emergencyPassport?.attestation == .partial)
    }

    @Test(
        arguments: [
            { $0.trunk = nil }, { $0.trunk = "nowhere" }, { $0.orig = "junk" }, { $0.date = "junk" },
            { $0.issuedAt = 0 },
        ] as [@Sendable (inout OriginatingCall) -> Void])
    func `goes on unsigned where it cannot be`(alter: @Sendable (inout OriginatingCall) -> Void) throws {
        let decision = try desk.decide(
            Desk.call { call in
                call.dest = ["911"]; alter(&call)
            })
        guard case .emergency(nil) = decision else {
            Issue.record("\(decision)")
            return
        }
    }

    @Test func `is counted before the key is used, and goes on without a token past the limit`() throws {
        let desk = Desk(rates: CallRates(limit: 1))
        #expect(try desk.decide(Desk.call { $0.dest = ["911"] }).emergencyPassport != nil)
        guard case .emergency(nil) = try desk.decide(Desk.call { $0.dest = ["911"] }) else {
            Issue.record("refused, or signed past the limit")
            return
        }
    }

    /// Or a token for the victim's number could be had by calling 911 and the victim's bank at once.
    @Test(arguments: [["911", "12155550001"], ["12155550001", "urn:service:sos"]])
    func `opens nothing for another callee beside it`(dest: [String]) throws {
        let decision = try desk.decide(Desk.call { ($0.dest, $0.orig) = (dest, Desk.foreign) })
        guard case .refused = decision else {
            Issue.record("\(decision)")
            return
        }
    }

    @Test func `goes on when the certificate has expired`() throws {
        let expired = Desk.pki.leaf(.spc("1234"), notAfter: Desk.now - 1)
        guard case .emergency(nil) = try Desk(expired).decide(Desk.call { $0.dest = ["911"] }) else {
            Issue.record("refused, or signed with an expired certificate")
            return
        }
    }

    @Test func `goes on when nothing signs, and no other call does`() throws {
        let emergency = Desk.call { $0.dest = ["911"] }
        guard
            case .emergency(nil) = AuthenticationService.decideWithoutCredential(
                Desk.rules().ruling(on: emergency, signer: nil, roaming: nil))
        else {
            Issue.record("refused")
            return
        }
        for dest in [[Desk.callee], ["911", Desk.callee], []] {
            let ruling = Desk.rules().ruling(on: Desk.call { $0.dest = dest }, signer: nil, roaming: nil)
            let decision = AuthenticationService.decideWithoutCredential(ruling)
            #expect(decision.refusal == .noCredential)
        }
        #expect(Refusal.noCredential.culprit == .credential && Refusal.noCredential.sipCode == 503)
    }
}

struct RefusedCall: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let refusal: Refusal
    let code: Int
    let alter: @Sendable (inout OriginatingCall) -> Void

    init(_ name: String, _ refusal: Refusal, _ code: Int, alter: @escaping @Sendable (inout OriginatingCall) -> Void) {
        testDescription = name
        self.refusal = refusal
        self.code = code
        self.alter = alter
    }

    static let all: [RefusedCall] = [
        RefusedCall("without a trunk", .noTrunk, 403) { $0.trunk = nil },
        RefusedCall("on a trunk not in the ledger", .unknownTrunk, 403) { $0.trunk = "nowhere" },
        RefusedCall("from nobody", .cli(CLIRefusal(.hidden)), 403) { $0.orig = "" },
        RefusedCall("from a name", .cli(CLIRefusal(.syntax)), 484) { $0.orig = "alice" },
        RefusedCall("from an injected header", .cli(CLIRefusal(.syntax)), 484) {
            $0.orig = "1215\r\n5551212"
        },
        RefusedCall("to nobody", .noCallee, 484) { $0.dest = [] },
        RefusedCall("to one that is no number", .calleeNotANumber(.forbiddenCharacter), 484) {
            $0.dest = [Desk.callee, "x y"]
        },
        RefusedCall("with a date that is none", .dateUnreadable, 403) { $0.date = "today" },
        RefusedCall("with a date 61 s back", .dateNotFresh, 403) { $0.date = Desk.date(-61) },
        RefusedCall("with a date 61 s ahead", .dateNotFresh, 403) { $0.date = Desk.date(61) },
        RefusedCall("with an iat 61 s back", .issuedAtNotFresh, 403) { $0.issuedAt = Desk.now - 61 },
        RefusedCall("with an iat 61 s ahead", .issuedAtNotFresh, 403) { $0.issuedAt = Desk.now + 61 },
        RefusedCall("with an iat in milliseconds", .issuedAtNotFresh, 403) { $0.issuedAt = Desk.now * 1_000 },
        RefusedCall("with a good date and a bad iat", .issuedAtNotFresh, 403) {
            ($0.date, $0.issuedAt) = (Desk.date(0), 0)
        },
        RefusedCall("with a bad date and a good iat", .dateNotFresh, 403) {
            ($0.date, $0.issuedAt) = (Desk.date(99), Desk.now)
        },
        RefusedCall("with a number not granted", .cli(CLIRefusal(.notGranted)), 403) { $0.orig = Desk.foreign },
    ]
}
