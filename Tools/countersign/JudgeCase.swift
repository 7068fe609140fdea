import Certificates
import LibCrypto
import Ledger
import NumberPlan
import Policy
import Terminating

/// One line of a cases file: a call, and the whole world it is judged in.
struct JudgeCase: Decodable {
    struct Request: Decodable {
        let orig: String
        let dest: [String]
        /// The verifier's clock, Unix seconds.
        let now: Int
    }

    struct Answer: Decodable {
        let status: Int?
        let body: String?
        let redirect: String?
        let timeout: Bool?
    }

    struct Presentation: Decodable { let identity: String? }

    let id: String
    let identity: String?
    let request: Request
    /// By URL. One that is not listed answers 404.
    let fetch: [String: Answer]?
    /// PEM of the anchors.
    let trust: [String]?
    /// PEM of the CRLs.
    let crls: [String]?
    /// By service provider code: the first and last number of each range that the carrier holds.
    let ledger: [String: [[String]]]?
    /// Presented in this order to one verifier; the last one's verdict is the case's.
    let sequence: [Presentation]?
}

extension JudgeCase {
    private static let trunk = "judge"

    /// Judges the case by the same service that the daemon runs, at the case's own time, with nothing contacted.
    func verdict() async throws -> Verdict {
        let answers = fetch ?? [:]
        let cache = CertificateCache(trust: trustSnapshot()) { url in (answers[url.text] ?? .absent).fetched }
        var settings = VerificationSettings()
        settings.unallocatedFails = true
        let service = VerificationService(certificates: cache, urlRules: .shaken, settings: settings)
        // No clock shows a time before 1970 or after the year 9999, which X.509 cannot write (RFC 5280 §4.1.2.5).
        let now = min(max(request.now, 0), 253_402_300_799)
        let rules = RulesInForce(
            plan: .none, ledger: try ledgerSnapshot(), whenRoamingUnknown: .block, at: now)
        var verdict: Verdict?
        for identity in sequence?.map(\.identity) ?? [identity] {
            let call = TerminatingCall(
                identities: identity.map { [$0] } ?? [], orig: request.orig, dest: request.dest, trunk: Self.trunk)
            verdict = await service.judge(call, by: rules)
        }
        guard let verdict else { throw CaseError(reason: "the sequence is empty") }
        return verdict
    }

    private func trustSnapshot() -> TrustSnapshot {
        // What cannot be read says nothing, as what is not there.
        let anchors = (trust ?? []).flatMap {
            (try? Certificate.all(inPEM: Array($0.utf8).span, atMost: 1_000)) ?? []
        }
        let lists = (crls ?? []).flatMap { (try? RevocationList.all(inPEM: Array($0.utf8).span, atMost: 1_000)) ?? [] }
        return TrustSnapshot(anchors: anchors, revocationLists: lists, epoch: 1)
    }

    /// One interconnect trunk, whose peer has long been held to sign.
    private func ledgerSnapshot() throws -> LedgerSnapshot {
        guard let country = CountryCode("1") else { throw CaseError(reason: "no country") }
        var carriers: [Carrier] = [], holdings: [(carrier: String, range: NumberRange)] = []
        for (spc, ranges) in (ledger ?? [:]).sorted(by: { $0.key < $1.key }) {
            carriers.append(Carrier(spc: spc, name: spc, country: country))
            for range in ranges {
                guard range.count == 2, let first = Digits(range[0]), let last = Digits(range[1]),
                    let range = NumberRange(first: .global(first), last: .global(last))
                else {
                    throw CaseError(reason: "ledger of \(spc): a range is two numbers of one length, first and last")
                }
                holdings.append((spc, range))
            }
        }
        let trunk = Trunk(name: Self.trunk, trunkClass: .interconnect, enrolledFrom: 0)
        return LedgerSnapshot(version: 1, carriers: carriers, holdings: holdings, trunks: [trunk], grants: [])
    }
}

struct CaseError: Error, CustomStringConvertible {
    let reason: String

    var description: String { reason }
}

extension JudgeCase.Answer {
    fileprivate static let absent = JudgeCase.Answer(status: 404, body: nil, redirect: nil, timeout: nil)

    fileprivate var fetched: FetchAnswer {
        if timeout == true { return .timedOut }
        if let redirect { return .redirect(redirect) }
        return .body(status: status ?? 200, contentType: nil, Array((body ?? "").utf8))
    }
}
