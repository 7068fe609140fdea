import Certificates
import Foundation
import Ledger
import LibCrypto
import MiniPKI
import NumberPlan
import Originating
import PASSporT
import Policy

/// A carrier's signing side: one trunk of each class, named for it, all with the same grants.
struct Desk: Sendable {
    static let now = MiniPKI.now
    static let pki = MiniPKI()
    static let party = pki.leaf(.spc("1234"))

    static let own = "12155551212", line = "12155550001", foreign = "13035551212", callee = "12355551213"
    /// Granted from ``now`` on for ten seconds.
    static let brief = "12155559000"

    let party: MiniPKI.Party
    let rates: CallRates

    init(_ party: MiniPKI.Party = Desk.party, rates: CallRates = CallRates(limit: 1_000)) {
        self.party = party
        self.rates = rates
    }

    static func service(
        _ party: MiniPKI.Party, rates: CallRates = CallRates(limit: 1_000)
    ) throws -> AuthenticationService {
        let credential = try Credential(key: party.key, chain: party.chain, url: try CertificateURL(party.x5u))
        return try AuthenticationService(credential: credential, rates: rates)
    }

    var certificateID: String { (try? Self.service(party).certificateID) ?? "" }

    func decide(
        _ call: OriginatingCall, ledger: LedgerSnapshot = Desk.ledger(), at now: Int = Desk.now
    ) throws -> AuthenticationService.Decision {
        try Self.service(party, rates: rates).decision(call, ledger: ledger, at: now)
    }
}

extension Desk {
    static func call(_ alter: (inout OriginatingCall) -> Void = { _ in }) -> OriginatingCall {
        var call = OriginatingCall(orig: own, dest: [callee], trunk: "enterprise")
        alter(&call)
        return call
    }

    static func ledger(grants: [String] = TrunkClass.allCases.map(\.rawValue)) -> LedgerSnapshot {
        func only(_ number: String) -> NumberRange { NumberRange(only: .global(Digits(number)!)) }
        let carrier = Carrier(spc: "1234", name: "Carrier", country: CountryCode("1")!)
        let trunks = TrunkClass.allCases.map { kind in
            Trunk(name: kind.rawValue, trunkClass: kind, line: kind == .access ? .global(Digits(line)!) : nil)
        }
        let granted = grants.enumerated().flatMap { place, trunk in
            [
                Grant(id: place * 2, trunk: trunk, range: only(own), from: 0),
                Grant(id: place * 2 + 1, trunk: trunk, range: only(brief), from: now, to: now + 10),
            ]
        }
        return LedgerSnapshot(version: 1, carriers: [carrier], holdings: [], trunks: trunks, grants: granted)
    }

    static func rules(_ ledger: LedgerSnapshot = ledger(), at now: Int = now) -> RulesInForce {
        RulesInForce(plan: .nanp, ledger: ledger, whenRoamingUnknown: .withhold, at: now)
    }

    /// A Date header field's value, that far from ``now``.
    static func date(_ offset: Int) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: Date(timeIntervalSince1970: TimeInterval(now + offset)))
    }
}

extension AuthenticationService {
    /// Of a service whose key is in memory, which has nothing to wait for.
    func decision(_ call: OriginatingCall, ledger: LedgerSnapshot, at now: Int) throws -> Decision {
        let ruling = Desk.rules(ledger, at: now).ruling(on: call, signer: tnAuthList, roaming: nil)
        let step = decide(call, ruling, at: now)
        guard case .decided(let decision) = step else { throw NotDecided() }
        return decision
    }

    private struct NotDecided: Error {}
}

extension AuthenticationService.Decision {
    var signed: SignedPassport? { if case .signed(let signed) = self { signed } else { nil } }
    var passport: Passport? { signed?.passport }
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
    var emergencyPassport: Passport? { if case .emergency(let signed) = self { signed?.passport } else { nil } }
}
