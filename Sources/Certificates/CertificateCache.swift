internal import Synchronization

/// The verdict on the chain behind each URL, so that a call with a known one does no X.509 work at all.
///
/// The key is the URL as it was written (RFC 8226 §7), the value what ``TrustSnapshot/validate(_:at:)`` said, good or bad.
package final class CertificateCache: Sendable {
    package typealias Verdict = Result<ValidatedChain, CertificateFault>

    private let state: Mutex<CertificateCacheState>
    private let fetch: @Sendable (CertificateURL) async -> FetchAnswer

    package init(
        trust: TrustSnapshot, limits: CertificateCacheLimits = CertificateCacheLimits(),
        fetch: @escaping @Sendable (CertificateURL) async -> FetchAnswer
    ) {
        state = Mutex(CertificateCacheState(trust: trust, limits: limits))
        self.fetch = fetch
    }

    package var trust: TrustSnapshot { state.withLock { $0.trust } }

    /// What is known about the URL now; nil when it must be loaded. One look into a dictionary: made for the event loop.
    package func warm(_ url: String, at now: Int) -> Verdict? { state.withLock { $0.verdict(for: url, at: now) } }

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

    /// From now on nothing is warm that another trust has judged. What was fetched is kept and judged anew when next asked for.
    package func replaceTrust(_ trust: TrustSnapshot) { state.withLock { $0.replaceTrust(trust) } }

    private func judge(_ url: CertificateURL, _ known: FetchedBody?, at now: Int) async -> Verdict {
        let fetched =
            if let known { Result<_, CertificateFault>.success(known) } else { await answer(to: url, at: now) }
        while true {
            let (trust, generation) = state.withLock { ($0.trust, $0.generation) }
            let verdict = fetched.flatMap { body in
                Result { () throws(CertificateFault) in try trust.validate(body.bytes, at: now) }
            }
            // Had the trust been replaced meanwhile, this verdict would have been flushed: the new one judges again.
            let isKept = state.withLock { $0.keep(verdict, of: fetched, for: url, generation: generation, at: now) }
            if isKept { return verdict }
        }
    }

    private func answer(to url: CertificateURL, at now: Int) async -> Result<FetchedBody, CertificateFault> {
        let answer = await fetch(url)
        return Result { () throws(CertificateFault) in FetchedBody(bytes: try answer.content, at: now) }
    }
}

package struct CertificateCacheLimits: Sendable {
    /// Chains that hold; the oldest goes first.
    package var chains = 10_000
    /// URLs that failed, apart from the others, so that a flood of bad ones pushes no good one out.
    package var failures = 10_000
    /// Fetches at one time; beyond, a load fails at once.
    package var fetches = 256
    /// Seconds for which a chain is good without asking again (ATIS-1000074: 24 hours).
    package var lifetime = 86_400
    /// Seconds for which a failure is not tried again, to which `jitter` adds, so that not all are tried at once.
    package var failureLifetime = 10
    /// In bytes: a longer chain is fetched again when the trust has been replaced.
    package var longestKeptBody = 8 * 1024
    package var jitter: @Sendable () -> Int = { Int.random(in: 0...3) }

    package init() {}
}

/// What a URL answered, and when.
struct FetchedBody: Sendable {
    let bytes: [UInt8]
    let at: Int
}
