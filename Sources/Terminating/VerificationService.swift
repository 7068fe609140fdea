package import Certificates
internal import Ledger
package import NumberPlan
internal import PASSporT
package import Policy
internal import Synchronization

/// The terminating side (STI-VS): tells whether a call may show the number it shows, and why.
///
/// A judged call is a ``Verdict``, whatever is wrong with it; nothing here throws. One service serves all event loops:
/// everything in it is immutable but the certificate cache and the replay store, which keep their own locks.
package final class VerificationService: Sendable {
    let certificates: CertificateCache
    let urlRules: CertificateURLRules
    let replays: ReplayStore
    package let settings: VerificationSettings
    private let textual = Atomic(0)

    /// Tokens that were read although their `iat` is a text.
    package var textualTimes: Int { textual.load(ordering: .relaxed) }

    package init(
        certificates: CertificateCache, urlRules: CertificateURLRules, settings: VerificationSettings
    ) {
        self.certificates = certificates
        self.urlRules = urlRules
        self.replays = ReplayStore(capacity: settings.replayCapacity)
        self.settings = settings
    }

    /// How much of the replay store is taken, from 0 to 1. At 1, calls are treated as ``VerificationSettings`` says.
    package var replayStoreUse: Double { Double(replays.count) / Double(settings.replayCapacity) }

    package enum Judgement: Sendable {
        case decided(Verdict)
        /// Nothing is decided, and nothing remembered, until these have been asked for.
        case waiting(for: [CertificateURL], roaming: TelephoneNumber?)
    }

    /// Judges `call` by what is at hand.
    ///
    /// - Parameters:
    ///   - roaming: what was answered about the number that the call shows; nil before anybody was asked.
    ///   - mayWait: when false, a certificate that is not here counts as one that cannot be had, and an answer as unknown.
    package func judge(
        _ call: TerminatingCall, by rules: RulesInForce, roaming: RoamingAnswer? = nil, mayWait: Bool
    ) -> Judgement {
        let plan = rules.plan, ledger = rules.ledger
        let numbers = CalledAndCalling(call, plan)
        let ruling: CLIRuling?, trunk: Trunk?
        // Before the tokens: one that was entered and then waited would be its own replay, and none can save a call whose
        // number is not to be shown at all.
        switch rules.ruling(on: call, numbers, roaming: roaming ?? (mayWait ? nil : .unknown)) {
        case .decided(let conclusion, let found, let over):
            return .decided(verdict(conclusion, numbers, found, over))
        case .asksRoaming(let number): return .waiting(for: [], roaming: number)
        case .open(let found, let over): (ruling, trunk) = (found, over)
        }
        let identities = IdentityHeader.split(call.identities)
        var tokens: [Verdict.Token] = [], pending: [CertificateURL] = []
        for identity in identities.prefix(IdentityHeader.mostPerRequest) {
            var judged = TokenJudgement(
                by: self, of: call, numbers: numbers, plan: plan, ledger: ledger, now: rules.now,
                mayWait: mayWait)
            let token = judged.judge(identity)
            if let url = judged.pending { pending.append(url) }
            tokens.append(token)
        }
        // One token that holds is enough (RFC 8224 §6.2.1), so nobody waits for the certificate of another.
        let isAnyValid = tokens.contains { $0.finding.isValid }
        if !isAnyValid, mayWait, !pending.isEmpty { return .waiting(for: pending, roaming: nil) }
        let deciding = tokens.first { $0.finding.isValid } ?? Self.furthest(tokens)
        let conclusion = CallConclusion(
            ruling, TokenResult(deciding), trunk: trunk,
            isShutByHolder: numbers.caller.map { rules.isShutByHolder($0) } ?? false, ledger: ledger, at: rules.now)
        return .decided(
            verdict(
                conclusion, numbers, ruling, trunk, tokens: tokens, deciding: deciding,
                leftOut: identities.count - tokens.count))
    }

    /// Judges `call`, fetching what certificates it needs.
    package func judge(
        _ call: TerminatingCall, by rules: RulesInForce, roaming: RoamingAnswer = .unknown
    ) async -> Verdict {
        switch judge(call, by: rules, roaming: roaming, mayWait: true) {
        // Judged once more, a token that was just entered would be its own replay.
        case .decided(let verdict): return verdict
        case .waiting(let urls, _): for url in urls { _ = await certificates.load(url, at: rules.now) }
        }
        guard case .decided(let verdict) = judge(call, by: rules, roaming: roaming, mayWait: false) else {
            preconditionFailure("a judgement that may not wait is decided")
        }
        return verdict
    }
}

extension TokenResult {
    fileprivate init(_ deciding: Verdict.Token?) {
        guard let deciding else {
            self = .none
            return
        }
        guard deciding.finding.isValid, let passport = deciding.claimed else {
            self = .failed(deciding.finding)
            return
        }
        self = .valid(passport.attestation, isOutside: deciding.isOutsideSignersNumbers)
    }
}

extension VerificationService {
    private func verdict(
        _ conclusion: CallConclusion, _ numbers: CalledAndCalling, _ ruling: CLIRuling?, _ trunk: Trunk?,
        tokens: [Verdict.Token] = [], deciding: Verdict.Token? = nil, leftOut: Int = 0
    ) -> Verdict {
        for token in tokens where token.unverified?.hasTextualTime == true { textual.add(1, ordering: .relaxed) }
        let outcome = Outcome(conclusion.finding)
        var notes = (deciding?.chain?.notes ?? []) + (deciding?.notes ?? [])
        if leftOut > 0 { notes.append("identity_headers_left_out") }
        if case .refused(_, let fault?) = ruling { notes.append(fault.rawValue) }
        return Verdict(
            numbers, from: trunk?.peer, ruling: ruling, finding: conclusion.finding, action: conclusion.action,
            outcome: outcome, verstat: outcome.verstat(deciding?.claimed?.attestation, settings), tokens: tokens,
            deciding: deciding, notes: notes)
    }

    /// Of several failures the most telling one is answered: that of the token which came furthest, so that 436 is said
    /// only when no certificate could be got for any of them (RFC 8224 §6.2.2).
    private static func furthest(_ tokens: [Verdict.Token]) -> Verdict.Token? {
        let furthest = tokens.max { progress($0) < progress($1) }
        // Another callee than the signed one is what a diversion looks like, and what explains it may be in the token
        // that we cannot read (RFC 8946 §4.2).
        guard furthest?.finding == .calleeDiffers, let unread = tokens.first(where: isUnsupported) else {
            return furthest
        }
        return unread
    }

    /// Whatever the order of the header fields, which means nothing (RFC 8224 §9), the same token is the furthest: within a
    /// step, one whose certificate was got goes before one whose was not, and then the reason decides.
    private static func progress(_ token: Verdict.Token) -> (Int, Int, String) {
        // An unsupported `ppt` is as if it were not there (RFC 8225 §8.1).
        if isUnsupported(token) { return (-1, 0, "") }
        let outcome = Outcome(token.finding)
        let step = token.finding.step.flatMap { VerificationStep.allCases.firstIndex(of: $0) } ?? 0
        return (step, outcome.code == .badIdentityInfo ? 0 : 1, outcome.reason)
    }

    private static func isUnsupported(_ token: Verdict.Token) -> Bool {
        if case .passport(.unsupportedExtension) = token.finding { return true }
        return false
    }
}
