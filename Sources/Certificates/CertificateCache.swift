package import LibCrypto
internal import Synchronization

/// The verdict on the chain behind each URL, so that a call with a known one does no X.509 work at all.
///
/// The key is the URL as it was written (RFC 8226 §7), the value what ``TrustSnapshot/validate(_:at:)`` said, good or bad.
package final class CertificateCache: Sendable {
    package typealias Verdict = Result<ValidatedChain, CertificateFault>

    /// What is known about a URL at one time.
    package struct Known: Sendable {
        package let verdict: Verdict
        /// Whether the chain has verified a signature. Of the first that it does, ``promote(_:at:)`` is to be told.
        package let isProven: Bool
        /// Whether it is good by what its URL answered, rather than because that answers nothing.
        package let isConfirmed: Bool

        package func get() throws(CertificateFault) -> ValidatedChain { try verdict.get() }
    }

    private let state: Mutex<CertificateCacheState>
    private let limits: CertificateCacheLimits
    private let keep: @Sendable (FetchedChain) -> Void
    private let forget: @Sendable (CertificateURL) -> Void
    private let fetch: @Sendable (CertificateURL) async -> FetchAnswer

    /// - Parameters:
    ///   - keep: is told of each chain that was fetched, and of one that has verified its first signature, for
    ///     ``restore(_:at:)`` after a restart. One that does not hold, or has verified none, may not be stored, and what the
    ///     URL answered before is to be forgotten.
    ///   - forget: is told of a URL that answers that there is nothing any more: nor is there to be after a restart.
    package init(
        trust: TrustSnapshot, limits: CertificateCacheLimits = CertificateCacheLimits(),
        keep: @escaping @Sendable (FetchedChain) -> Void = { _ in },
        forget: @escaping @Sendable (CertificateURL) -> Void = { _ in },
        fetch: @escaping @Sendable (CertificateURL) async -> FetchAnswer
    ) {
        state = Mutex(CertificateCacheState(trust: trust, limits: limits))
        self.limits = limits
        self.keep = keep
        self.forget = forget
        self.fetch = fetch
    }

    package var trust: TrustSnapshot { state.withLock { $0.trust } }

    /// How often the trust has been replaced.
    package var trustChanges: Int { state.withLock { $0.generation } }

    /// What is known about the URL now; nil when it must be loaded. One look into a dictionary: made for the event loop.
    package func warm(_ url: String, at now: Int) -> Known? { state.withLock { $0.known(url, at: now) } }

    /// The verdict, fetched if need be. Whoever asks for a URL that is being fetched waits for that fetch.
    package func load(_ url: CertificateURL, at now: Int) async -> Verdict {
        let step = state.withLock { state in
            // Its own task, since its caller may give up and the others still wait for it.
            state.step(for: url, at: now) { body in Task { await self.judge(url, body, at: now) } }
        }
        return switch step {
        case .known(let verdict): verdict
        case .underWay(let flight): await flight.value
        }
    }

    /// The chain that was good when it was fresh, and still holds: for a call that can wait no longer to have it confirmed.
    package func stale(_ url: String, at now: Int) -> Known? { state.withLock { $0.stale(url, at: now) } }

    /// For a chain that was not proven and has now verified a signature: it goes to those that hold against a flood.
    ///
    /// Whoever serves other people's chains at URLs of his own can sign for none of them, so those push out each other only.
    package func promote(_ chain: ValidatedChain, at url: String) {
        if let fetched = state.withLock({ $0.promote(chain, at: url) }) { keep(fetched) }
    }

    /// For a signature that the warm chain does not verify: perhaps its signer has replaced what is at the URL
    /// (RFC 8224 §7.4). The URL, if it is worth asking again: the next load does, while the old chain stays warm.
    ///
    /// Four times, and once more for each minute that has passed: so few bad signatures leave something for the true one.
    /// A flood of them leaves nothing, but has the URL asked every minute itself; later than that no replacement is seen.
    /// Those who come while it is being asked wait for that.
    package func suspect(_ url: String, at now: Int) -> CertificateURL? {
        state.withLock { $0.suspect(url, at: now) }
    }

    /// Takes in what was fetched before a restart, if it holds now. What has been judged since goes before.
    package func restore(_ chain: FetchedChain, at now: Int) throws(CertificateFault) {
        while true {
            let (trust, generation) = state.withLock { ($0.trust, $0.generation) }
            let validated = try trust.validate(chain.bytes, at: now, noting: note)
            if state.withLock({ $0.restore(validated, chain, generation: generation, at: now) }) { return }
        }
    }

    /// Judges what an earlier trust held good and has verified a signature, one after the other, so that few calls have to wait
    /// for that. Those that come first have it judged themselves.
    ///
    /// Ends early when the task is cancelled.
    package func rejudge(now: () -> Int) async {
        for url in state.withLock({ $0.rejudgeable(at: now()) }) where !Task.isCancelled {
            rejudge(url, at: now())
            await Task.yield()
        }
    }

    /// From now on nothing is warm that another trust has judged. What was fetched is kept and judged anew when next asked for.
    package func replaceTrust(_ trust: TrustSnapshot) { state.withLock { $0.replaceTrust(trust) } }

    /// The paths from issuers that turned out to have signed lists, good chains or revoked ones below them: what makes a list
    /// known for its issuer's.
    package var listIssuers: [[Certificate]] { state.withLock { Array($0.listIssuers.values) } }

    private func note(_ issuer: [Certificate]) { state.withLock { $0.note(issuer) } }

    private func judge(_ url: CertificateURL, _ known: FetchedChain?, at now: Int) async -> Verdict {
        // What its repository does not confirm in time is to be good by this trust, and no longer by an earlier one.
        if known == nil { rejudge(url, at: now) }
        let fetched =
            if let known { Result<_, CertificateFault>.success(known) } else { await answer(to: url, at: now) }
        while true {
            let (trust, generation) = state.withLock { ($0.trust, $0.generation) }
            let verdict = fetched.flatMap { chain in
                Result { () throws(CertificateFault) in try trust.validate(chain.bytes, at: now, noting: note) }
            }
            // Had the trust been replaced meanwhile, this verdict would have been flushed: the new one judges again.
            guard state.withLock({ $0.keep(verdict, of: fetched, for: url, generation: generation, at: now) }) else {
                continue
            }
            if known == nil, case .success(var chain) = fetched {
                chain.mayBeStored = chain.mayBeStored && state.withLock { $0.isWorthKeeping(chain) }
                keep(chain)
            } else if case .failure(let fault) = fetched, fault.isWithdrawal,
                !state.withLock({ $0.hasChain(at: url) })
            {
                forget(url)
            }
            return verdict
        }
    }

    private func rejudge(_ url: CertificateURL, at now: Int) {
        while let body = state.withLock({ $0.rejudgeable(url, at: now) }) {
            let (trust, generation) = state.withLock { ($0.trust, $0.generation) }
            let verdict = Result { () throws(CertificateFault) in
                try trust.validate(body.bytes, at: now, noting: note)
            }
            if state.withLock({ $0.rejudge(verdict, body, generation: generation, at: now) }) { return }
        }
    }

    private func answer(to url: CertificateURL, at now: Int) async -> Result<FetchedChain, CertificateFault> {
        let answer = await fetch(url), freshness = answer.freshness
        return Result { () throws(CertificateFault) in
            FetchedChain(
                url: url, bytes: try answer.content, at: now,
                until: now + freshness.lifetime(limits.lifetime, strictly: limits.obeysHTTPStrictly),
                mayBeStored: freshness.mayBeStored)
        }
    }
}

package struct CertificateCacheLimits: Sendable {
    /// Chains that hold and have verified a signature; the oldest goes first.
    package var chains = 10_000
    /// Chains that hold and have verified none yet, apart from the others, so that a flood of them pushes no proven one out.
    package var newcomers = 1_000
    /// URLs that failed, apart from the others, so that a flood of bad ones pushes no good one out.
    package var failures = 10_000
    /// Fetches over the network at one time; beyond, a load fails at once.
    package var fetches = 256
    /// Seconds for which a chain is good without asking again, unless HTTP says longer (ATIS-1000074: 24 hours).
    package var lifetime = 86_400
    /// HTTP may also say less.
    package var obeysHTTPStrictly = false
    /// Seconds beyond, for which a chain that holds is good while its URL cannot be asked.
    package var longestUnconfirmed = 86_400
    /// How often bad signatures can have a URL asked again at once.
    package var suspicions = 4
    /// Seconds until they can once more.
    package var suspicionPause = 60
    /// Seconds for which a failure is not tried again, to which `jitter` adds, so that not all are tried at once.
    package var failureLifetime = 10
    /// In bytes: a longer chain is fetched again when the trust has been replaced, and after a restart.
    package var longestKeptBody = 8 * 1024
    package var jitter: @Sendable () -> Int = { Int.random(in: 0...3) }

    package init() {}
}

/// What a URL answered, and how long it is good without asking again. Nothing in it is trusted.
package struct FetchedChain: Hashable, Sendable {
    package let url: CertificateURL
    package let bytes: [UInt8]
    /// When it was asked for, and the first second at which it is to be asked for again: Unix time.
    package let at, until: Int
    /// Whether it may be written to a disk.
    package var mayBeStored: Bool

    package init(url: CertificateURL, bytes: [UInt8], at: Int, until: Int, mayBeStored: Bool) {
        self.url = url
        self.bytes = bytes
        self.at = at
        self.until = until
        self.mayBeStored = mayBeStored
    }
}
