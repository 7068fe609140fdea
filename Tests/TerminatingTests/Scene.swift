import Certificates
import Forgery
import Ledger
import LibCrypto
import MiniPKI
import NumberPlan
import Policy
import Synchronization
import Terminating

/// One call before one verifier, and the whole world that it is judged in. As it is, the call is valid: a test alters
/// the one thing it is about.
struct Scene: Sendable {
    static let now = MiniPKI.now
    static let pki = MiniPKI()
    static let carrier = pki.leaf(.spc("1234"))

    var forgery: Forgery
    /// In the place of the forgery's.
    var identities: [String]?
    var orig = "12155551212"
    var dest = ["12355551213"]
    var trunk: String? = "peer"
    var callID: String?
    var handedOverBy: String?
    /// How often the call is presented; the last time counts.
    var presentations = 1
    var mayWait = true
    var settings = VerificationSettings()
    var plan = DialPlan.nanp
    var roaming: RoamingAnswer? = .unknown
    var whenRoamingUnknown = WhenRoamingUnknown.withhold
    var urlRules = CertificateURLRules.shaken
    /// By URL; one that is not listed answers 404.
    var answers: [String: FetchAnswer] = [:]
    var anchors = Scene.pki.anchors
    /// PEM.
    var revocationLists: [[UInt8]] = []
    var trustSettings = TrustSettings()
    var limits = CertificateCacheLimits()
    var ledger = Scene.ledger()
    var shared = SharedNumbers.none
    var now = Scene.now

    init() {
        forgery = Forgery(key: Self.carrier.key, url: Self.carrier.x5u, iat: Self.now)
        sign(as: Self.carrier)
    }

    /// With that key, and the certificate where the token says it is.
    mutating func sign(as party: MiniPKI.Party) {
        forgery.key = party.key
        forgery.set(url: party.x5u)
        answers[party.x5u] = .body(status: 200, contentType: nil, party.pem)
    }

    /// The same call, but from and to other numbers, in the token and beside it.
    mutating func show(_ orig: String, to dest: String = "12355551213") {
        (self.orig, self.dest) = (orig, [dest])
        forgery.claims["orig"] = "{\"tn\":\"\(orig)\"}"
        forgery.claims["dest"] = "{\"tn\":[\"\(dest)\"]}"
    }

    var call: TerminatingCall {
        TerminatingCall(
            identities: identities ?? [forgery.identity], orig: orig, dest: dest, trunk: trunk, callID: callID,
            handedOverBy: handedOverBy)
    }

    func rules(at now: Int) -> RulesInForce {
        RulesInForce(
            plan: plan, ledger: ledger, shared: shared, whenRoamingUnknown: whenRoamingUnknown, at: now)
    }

    func trust() -> TrustSnapshot {
        TrustSnapshot(
            anchors: anchors,
            revocationLists: revocationLists.flatMap { try! RevocationList.all(inPEM: $0.span, atMost: 10) },
            settings: trustSettings, epoch: 1)
    }
}

extension Scene {
    /// 1234 has told that its number which this call shows is on a list.
    mutating func hear(of list: SharedList) {
        let entry = SharedEntry(list: list, range: Self.global("12155551200", "12155551299"), from: 0, to: Self.now + 1)
        shared = SharedNumbers([SharedNumbers.Told(entry, by: "1234")], leases: ["1234": Self.now + 1])
    }

    static let america = CountryCode("1")!, china = CountryCode("86")!

    static func global(_ first: String, _ last: String) -> NumberRange {
        NumberRange(first: .global(Digits(first)!), last: .global(Digits(last)!))!
    }

    static func code(_ digits: String) -> NumberRange { NumberRange(only: .national(china, Digits(digits)!)) }

    /// 1234 and 5678 hold numbers next to each other, and one of 1234's block was ported to 5678; CN01 is in another
    /// country and holds its short code.
    static func ledger(holdings: [(carrier: String, range: NumberRange)] = holdings) -> LedgerSnapshot {
        let spcs = [
            ("1234", america), ("5678", america), ("9012", america), ("3456", america), ("CN01", china),
            ("CN02", china),
        ]
        let carriers = spcs.map { spc, country in
            Carrier(
                spc: spc, name: "Carrier \(spc)", country: country, isGateway: spc == "9012",
                enrolledFrom: spc == "3456" ? now + 86_400 : nil)
        }
        let trunks = [
            Trunk(name: "peer", trunkClass: .interconnect, peer: "1234", enrolledFrom: 0),
            Trunk(name: "undated", trunkClass: .interconnect, peer: "1234"),
            Trunk(name: "tomorrow", trunkClass: .interconnect, peer: "1234", enrolledFrom: now + 86_400),
            Trunk(name: "abroad", trunkClass: .international),
            Trunk(name: "gateway", trunkClass: .interconnect, peer: "9012"),
            Trunk(name: "later", trunkClass: .interconnect, peer: "3456"),
            Trunk(name: "suspended", trunkClass: .interconnect, state: .suspended, peer: "1234"),
            Trunk(name: "pbx", trunkClass: .enterprise),
            Trunk(name: "line", trunkClass: .access),
        ]
        let delegations = [("13035551300", nil), ("13035551302", now), ("13035551303", nil)].enumerated().map {
            Delegation(
                id: $0 + 1, delegator: .carrier("5678"), delegate: .carrier("1234"), range: global($1.0, $1.0),
                purpose: "resale", from: 0, to: $1.1)
        }
        return LedgerSnapshot(
            version: 1, carriers: carriers, holdings: holdings,
            ported: [("13035551400", "1234"), ("12155551400", "5678"), ("13035551303", "9012")].map {
                (.global(Digits($0)!), $1)
            },
            peers: [
                Peer(carrier: "1234", takes: Set(SharedList.allCases)), Peer(carrier: "5678"),
                Peer(carrier: "9012", isTransit: true),
                Peer(carrier: "3456", state: .suspended, isTransit: true),
            ],
            trunks: trunks,
            grants: [Grant(id: 1, trunk: "pbx", range: global("12155551212", "12155551212"), from: 0)],
            delegations: delegations)
    }

    static let holdings = [
        (carrier: "1234", range: global("12155550000", "12155559999")),
        (carrier: "5678", range: global("13035550000", "13035559999")),
        (carrier: "5678", range: global("12155560000", "12155560099")),
        (carrier: "5678", range: global("12155551999", "12155551999")),
        (carrier: "CN01", range: code("95588")),
        (carrier: "CN01", range: global("8657188880000", "8657188889999")),
    ]
}

/// A verifier at work in a scene, that counts what it fetches.
final class Verifier: Sendable {
    let scene: Scene
    let cache: CertificateCache
    let service: VerificationService
    private let log = FetchLog()

    init(_ scene: Scene) {
        self.scene = scene
        let answers = scene.answers, log = log
        cache = CertificateCache(trust: scene.trust(), limits: scene.limits) { url in
            log.fetched.withLock { $0.append(url.text) }
            return answers[url.text] ?? .body(status: 404, contentType: nil, [])
        }
        service = VerificationService(
            certificates: cache, urlRules: scene.urlRules, settings: scene.settings)
    }

    var fetched: [String] { log.fetched.withLock { $0 } }

    func judge(_ call: TerminatingCall? = nil, at now: Int? = nil) async -> Verdict {
        await service.judge(
            call ?? scene.call, by: scene.rules(at: now ?? scene.now), roaming: scene.roaming ?? .unknown)
    }

    /// As often as the scene says.
    func judgeAll() async -> Verdict {
        if !scene.mayWait,
            case .decided(let verdict) = service.judge(scene.call, by: scene.rules(at: scene.now), mayWait: false)
        {
            return verdict
        }
        let call = scene.call
        for _ in 1..<scene.presentations { _ = await judge(call) }
        return await judge(call)
    }
}

private final class FetchLog: Sendable {
    let fetched = Mutex<[String]>([])
}

extension Scene {
    func verdict() async -> Verdict { await Verifier(self).judgeAll() }
}
