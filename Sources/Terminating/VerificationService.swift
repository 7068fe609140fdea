package import Certificates
package import Ledger
package import NumberPlan
internal import PASSporT
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
        /// Nothing is decided, and nothing remembered, until these certificates have been fetched.
        case waiting(for: [CertificateURL])
    }

    /// Judges `call` by what is at hand.
    ///
    /// - Parameter mayWait: when false, a certificate that is not here counts as one that cannot be had.
    package func judge(
        _ call: TerminatingCall, plan: DialPlan, ledger: LedgerSnapshot, at now: Int, mayWait: Bool
    ) -> Judgement {
        let numbers = CalledAndCalling(call, plan), trunk = call.trunk.flatMap { ledger.trunk($0) }
        func decided(_ finding: Finding, _ action: Verdict.Action) -> Judgement {
            .decided(verdict(finding, action, numbers, trunk))
        }
        if numbers.callsEmergency(plan) { return decided(.emergency, .allow) }
        if call.trunk != nil, trunk == nil { return decided(.unknownTrunk, .block) }
        let identities = IdentityHeader.split(call.identities)
        guard !identities.isEmpty else {
            let isHeldToSign = isHeldToSign(trunk, at: now)
            return isHeldToSign ? decided(.identityMissing, .block) : decided(.identityNotYetRequired, .label)
        }

        var tokens: [Verdict.Token] = [], pending: [CertificateURL] = []
        for identity in identities.prefix(IdentityHeader.mostPerRequest) {
            var judged = TokenJudgement(
                by: self, callID: call.callID, numbers: numbers, plan: plan, ledger: ledger, now: now,
                mayWait: mayWait)
            let token = judged.judge(identity)
            if let url = judged.pending { pending.append(url) }
            tokens.append(token)
        }
        // One token that holds is enough (RFC 8224 §6.2.1), so nobody waits for the certificate of another.
        let isAnyValid = tokens.contains { $0.finding == .valid }
        if !isAnyValid, mayWait, !pending.isEmpty { return .waiting(for: pending) }
        return .decided(verdict(tokens, leftOut: identities.count - tokens.count, numbers, trunk))
    }

    /// Judges `call`, fetching what certificates it needs.
    package func judge(
        _ call: TerminatingCall, plan: DialPlan, ledger: LedgerSnapshot, at now: Int
    ) async -> Verdict {
        switch judge(call, plan: plan, ledger: ledger, at: now, mayWait: true) {
        // Judged once more, a token that was just entered would be its own replay.
        case .decided(let verdict): return verdict
        case .waiting(let urls): for url in urls { _ = await certificates.load(url, at: now) }
        }
        guard case .decided(let verdict) = judge(call, plan: plan, ledger: ledger, at: now, mayWait: false) else {
            preconditionFailure("a judgement that may not wait is decided")
        }
        return verdict
    }
}

extension VerificationService {
    /// Of a call whose tokens, if it has any, were not looked at.
    private func verdict(
        _ finding: Finding, _ action: Verdict.Action, _ numbers: CalledAndCalling, _ trunk: Trunk?
    ) -> Verdict {
        let outcome = Outcome(finding)
        return Verdict(
            numbers, from: trunk?.peer, finding: finding, action: action, outcome: outcome,
            verstat: outcome.verstat(nil, settings))
    }

    /// Default is deny. What relaxes it is a date in the ledger from which the peer must sign, and that calls from
    /// abroad cannot carry a token of ours.
    private func isHeldToSign(_ trunk: Trunk?, at now: Int) -> Bool {
        guard let trunk else { return true }
        return trunk.trunkClass != .international && trunk.enrolledFrom.map { $0 <= now } ?? true
    }

    private func verdict(
        _ tokens: [Verdict.Token], leftOut: Int, _ numbers: CalledAndCalling, _ trunk: Trunk?
    ) -> Verdict {
        let deciding = tokens.first { $0.finding == .valid } ?? Self.furthest(tokens)
        guard let deciding else { return verdict(.identityMissing, .block, numbers, trunk) }
        for token in tokens where token.unverified?.hasTextualTime == true { textual.add(1, ordering: .relaxed) }
        let outcome = Outcome(deciding.finding)
        var notes = (deciding.chain?.notes ?? []) + deciding.notes
        if leftOut > 0 { notes.append("identity_headers_left_out") }
        let action: Verdict.Action =
            deciding.finding != .valid ? .block : deciding.isOutsideSignersNumbers ? .label : .allow
        return Verdict(
            numbers, from: trunk?.peer, finding: deciding.finding, action: action, outcome: outcome,
            verstat: outcome.verstat(deciding.claimed?.attestation, settings), tokens: tokens, deciding: deciding,
            notes: notes)
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
