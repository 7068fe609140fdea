internal import LibCrypto

/// What ``CertificateCache`` keeps under its lock. Nothing here waits.
struct CertificateCacheState {
    typealias Verdict = CertificateCache.Verdict
    typealias Known = CertificateCache.Known
    typealias Flight = Task<Verdict, Never>

    enum Step {
        case known(Verdict)
        case underWay(Flight)
    }

    private(set) var trust: TrustSnapshot
    /// Counts replacements. A snapshot's epoch is its maker's business.
    private(set) var generation = 0
    private let limits: CertificateCacheLimits
    /// Those that have verified a signature; the chain of a URL is here or among the newcomers, never in both.
    private var chains: OldestFirst<String, CachedVerdict>
    private var newcomers: OldestFirst<String, CachedVerdict>
    private var failures: OldestFirst<String, CachedVerdict>
    private var flights: [CertificateURL: (task: Flight, isFetch: Bool)] = [:]
    /// Flights that ask the network.
    private var fetches = 0
    /// By key, the path seen last: no more than there were lists.
    private(set) var listIssuers: [[UInt8]: [Certificate]] = [:]

    init(trust: TrustSnapshot, limits: CertificateCacheLimits) {
        self.trust = trust
        self.limits = limits
        chains = OldestFirst(limit: limits.chains)
        newcomers = OldestFirst(limit: limits.newcomers)
        failures = OldestFirst(limit: limits.failures)
    }

    func known(_ url: String, at now: Int) -> Known? { entry(for: url)?.known(at: now, generation: generation) }

    /// What is no longer fresh but holds, of a URL that does not answer in time.
    func stale(_ url: String, at now: Int) -> Known? {
        guard let known = entry(for: url)?.standing(at: now, generation: generation), case .success = known.verdict
        else { return nil }
        return known
    }

    private func entry(for url: String) -> CachedVerdict? {
        guard let entry = chain(at: url) ?? failures[url] else { return nil }
        // `==` on strings is by canonical equivalence: the Kelvin sign equals "K", but is three bytes long.
        guard entry.url.text.utf8.count == url.utf8.count else { return nil }
        return entry
    }

    private func chain(at url: String) -> CachedVerdict? { chains[url] ?? newcomers[url] }

    private mutating func put(_ entry: CachedVerdict) {
        if entry.course.isProven { chains[entry.url.text] = entry } else { newcomers[entry.url.text] = entry }
    }

    /// What to wait for. `start` is given what was fetched before, if that is still fresh.
    mutating func step(for url: CertificateURL, at now: Int, start: (FetchedChain?) -> Flight) -> Step {
        let isSuspect = chain(at: url.text)?.course.isSuspect == true
        if !isSuspect, let known = known(url.text, at: now) { return .known(known.verdict) }
        if let flight = flights[url] { return .underWay(flight.task) }
        let fetched = outdated(url).flatMap { !$0.course.isSuspect && now < $0.course.until ? $0.fetched : nil }
        // To judge what is here takes no place on the network: after a change of trust that is all there is.
        guard fetched != nil || fetches < limits.fetches else { return .known(.failure(.overloaded)) }
        let flight = start(fetched)
        flights[url] = (flight, isFetch: fetched == nil)
        if fetched == nil { fetches += 1 }
        return .underWay(flight)
    }

    private mutating func endFlight(to url: CertificateURL) {
        if flights.removeValue(forKey: url)?.isFetch == true { fetches -= 1 }
    }

    /// What an earlier trust has judged, and this one is to.
    private func outdated(_ url: CertificateURL) -> CachedVerdict? {
        chain(at: url.text).flatMap { $0.generation == generation ? nil : $0 }
    }

    /// The body of what an earlier trust held good, if that is of any use still.
    func rejudgeable(_ url: CertificateURL, at now: Int) -> FetchedChain? {
        outdated(url).flatMap { now < $0.course.usableUntil ? $0.fetched : nil }
    }

    /// URLs of chains that have verified a signature, of which this trust has not judged what it may.
    func rejudgeable(at now: Int) -> [CertificateURL] {
        chains.all.map(\.url).filter { rejudgeable($0, at: now) != nil }
    }

    /// Takes the verdict of this trust on what an earlier one held good, and nothing else: how long it is good stays as it was.
    /// False if the trust has been replaced meanwhile.
    mutating func rejudge(_ verdict: Verdict, _ body: FetchedChain, generation: Int, at now: Int) -> Bool {
        guard generation == self.generation else { return false }
        // Somebody else may have judged or fetched it since.
        guard let entry = outdated(body.url), entry.fetched == body else { return true }
        if case .success = verdict {
            put(CachedVerdict(entry.url, verdict, body, generation: generation, course: entry.course))
        } else {
            keepFailure(verdict, for: entry.url, at: now)
        }
        return true
    }

    /// Ends the flight. False, and it goes on, if the trust has been replaced since it judged.
    mutating func keep(
        _ verdict: Verdict, of fetched: Result<FetchedChain, CertificateFault>, for url: CertificateURL,
        generation: Int, at now: Int
    ) -> Bool {
        guard generation == self.generation else { return false }
        endFlight(to: url)
        guard case .success = verdict, case .success(let chain) = fetched else {
            keepFailure(verdict, for: url, at: now)
            return true
        }
        // A URL that has proved itself has one place, whatever it answers, and asking it again makes it no less suspect.
        let before = self.chain(at: url.text)?.course
        put(
            entry(verdict, chain).altered { course in
                (course.isProven, course.suspicions) = (before?.isProven ?? false, before?.suspicions ?? Suspicions())
            })
        failures[url.text] = nil
        return true
    }

    private func entry(_ verdict: Verdict, _ chain: FetchedChain) -> CachedVerdict {
        let isKept = chain.bytes.count <= limits.longestKeptBody
        return CachedVerdict(
            chain.url, verdict, isKept ? chain : nil, generation: generation,
            course: .init(until: chain.until, andUnconfirmedFor: limits.longestUnconfirmed))
    }

    private mutating func keepFailure(_ verdict: Verdict, for url: CertificateURL, at now: Int) {
        guard case .failure(let fault) = verdict else { return }
        // What was not asked may be asked soon.
        let until = now + (fault == .overloaded ? 1 : limits.failureLifetime + limits.jitter())
        // A repository that is down takes away nothing that holds, nor does one that is asked because of a bad signature.
        if let entry = chain(at: url.text), entry.standing(at: now, generation: generation) != nil,
            entry.course.isSuspect || fault.isUnavailable && !fault.isWithdrawal
        {
            // Good a little longer, and then it is asked again.
            put(entry.altered { ($0.until, $0.isSuspect) = (max($0.until, until), false) })
            return
        }
        chains[url.text] = nil
        newcomers[url.text] = nil
        failures[url.text] = CachedVerdict(
            url, verdict, nil, generation: generation, course: .init(until: until, andUnconfirmedFor: 0))
    }

    /// Returns what is to be kept for a restart, the first time.
    mutating func promote(_ chain: ValidatedChain, at url: String) -> FetchedChain? {
        guard let entry = newcomers[url], case .success(let newcomer) = entry.verdict, newcomer === chain else {
            return nil
        }
        newcomers[url] = nil
        put(entry.altered { $0.isProven = true })
        return entry.fetched
    }

    /// Whether this is what is to be found after a restart.
    func isWorthKeeping(_ chain: FetchedChain) -> Bool { chains[chain.url.text]?.fetched == chain }

    /// Whether a chain is there, whatever is said of it.
    func hasChain(at url: CertificateURL) -> Bool { chain(at: url.text) != nil }

    mutating func suspect(_ url: String, at now: Int) -> CertificateURL? {
        guard let entry = entry(for: url), case .success = entry.known(at: now, generation: generation)?.verdict
        else { return nil }
        if entry.course.isSuspect || flights[entry.url] != nil { return entry.url }
        var suspicions = entry.course.suspicions
        guard suspicions.take(of: limits.suspicions, every: limits.suspicionPause, at: now) else { return nil }
        put(entry.altered { ($0.suspicions, $0.isSuspect) = (suspicions, true) })
        return entry.url
    }

    /// False if the trust has been replaced since `validated` was made.
    mutating func restore(
        _ validated: ValidatedChain, _ chain: FetchedChain, generation: Int, at now: Int
    ) -> Bool {
        guard generation == self.generation else { return false }
        let restored = entry(.success(validated), chain).altered { $0.isProven = true }
        guard self.chain(at: chain.url.text) == nil, now < restored.course.usableUntil else { return true }
        if case .failure(let fault) = failures[chain.url.text]?.verdict, !fault.isUnavailable || fault.isWithdrawal {
            return true
        }
        put(restored)
        failures[chain.url.text] = nil
        return true
    }

    mutating func note(_ issuer: [Certificate]) {
        guard let key = issuer.first?.keyOrWhole else { return }
        listIssuers[key] = issuer
    }

    mutating func replaceTrust(_ trust: TrustSnapshot) {
        self.trust = trust
        generation += 1
    }
}
