internal import LibCrypto

/// What ``CertificateCache`` keeps under its lock. Nothing here waits.
struct CertificateCacheState {
    typealias Verdict = CertificateCache.Verdict
    typealias Flight = Task<Verdict, Never>

    enum Step {
        case known(Verdict)
        case underWay(Flight)
    }

    /// A class, so that a look-up counts one reference up and not one for each field.
    private final class Entry: Sendable {
        let url: CertificateURL
        let verdict: Verdict
        let fetched: FetchedChain?
        let generation: Int
        let until: Int
        /// When the URL was asked, or came under suspicion.
        let askedAt: Int
        /// It is to be asked again although it is good.
        let isSuspect: Bool

        init(
            _ url: CertificateURL, _ verdict: Verdict, _ fetched: FetchedChain?, generation: Int, until: Int,
            askedAt: Int, isSuspect: Bool = false
        ) {
            self.url = url
            self.verdict = verdict
            self.fetched = fetched
            self.generation = generation
            self.until = until
            self.askedAt = askedAt
            self.isSuspect = isSuspect
        }

        func suspected(at now: Int) -> Entry {
            Entry(url, verdict, fetched, generation: generation, until: until, askedAt: now, isSuspect: true)
        }

        /// Asked in vain: good a little longer, and then it is asked again.
        func extended(until end: Int, at now: Int) -> Entry {
            Entry(url, verdict, fetched, generation: generation, until: max(until, end), askedAt: now)
        }

        func verdict(at now: Int, generation: Int) -> Verdict? {
            now < until ? standing(at: now, generation: generation) : nil
        }

        /// What has not been judged otherwise and has not ended, fresh or not.
        func standing(at now: Int, generation: Int) -> Verdict? {
            guard self.generation == generation else { return nil }
            if case .success(let chain) = verdict, !chain.holds(at: now) { return nil }
            return verdict
        }
    }

    private(set) var trust: TrustSnapshot
    /// Counts replacements. A snapshot's epoch is its maker's business.
    private(set) var generation = 0
    private let limits: CertificateCacheLimits
    private var chains: OldestFirst<Entry>
    private var failures: OldestFirst<Entry>
    private var flights: [CertificateURL: Flight] = [:]
    /// By key, the path seen last: no more than there were lists.
    private(set) var listIssuers: [[UInt8]: [Certificate]] = [:]

    init(trust: TrustSnapshot, limits: CertificateCacheLimits) {
        self.trust = trust
        self.limits = limits
        chains = OldestFirst(limit: limits.chains)
        failures = OldestFirst(limit: limits.failures)
    }

    func verdict(for url: String, at now: Int) -> Verdict? {
        entry(for: url)?.verdict(at: now, generation: generation)
    }

    /// What is no longer fresh but holds, of a URL that does not answer in time.
    func staleChain(for url: String, at now: Int) -> ValidatedChain? {
        try? entry(for: url)?.standing(at: now, generation: generation)?.get()
    }

    private func entry(for url: String) -> Entry? {
        guard let entry = chains[url] ?? failures[url] else { return nil }
        // `==` on strings is by canonical equivalence: the Kelvin sign equals "K", but is three bytes long.
        guard entry.url.text.utf8.count == url.utf8.count else { return nil }
        return entry
    }

    /// What to wait for. `start` is given what was fetched before, if that is still fresh.
    mutating func step(for url: CertificateURL, at now: Int, start: (FetchedChain?) -> Flight) -> Step {
        let isSuspect = chains[url.text]?.isSuspect == true
        if !isSuspect, let verdict = verdict(for: url.text, at: now) { return .known(verdict) }
        if let flight = flights[url] { return .underWay(flight) }
        guard flights.count < limits.fetches else { return .known(.failure(.overloaded)) }
        let flight = start(refetchable(url, at: now))
        flights[url] = flight
        return .underWay(flight)
    }

    /// The body judged by an earlier trust: the URL itself need not be asked again.
    private func refetchable(_ url: CertificateURL, at now: Int) -> FetchedChain? {
        guard let entry = chains[url.text], entry.generation != generation, !entry.isSuspect, now < entry.until
        else { return nil }
        return entry.fetched
    }

    /// Ends the flight. False, and it goes on, if the trust has been replaced since it judged.
    mutating func keep(
        _ verdict: Verdict, of fetched: Result<FetchedChain, CertificateFault>, for url: CertificateURL,
        generation: Int, at now: Int
    ) -> Bool {
        guard generation == self.generation else { return false }
        flights[url] = nil
        guard case .success = verdict, case .success(let chain) = fetched else {
            keepFailure(verdict, for: url, at: now)
            return true
        }
        chains[url.text] = entry(verdict, chain)
        failures[url.text] = nil
        return true
    }

    private func entry(_ verdict: Verdict, _ chain: FetchedChain) -> Entry {
        let isKept = chain.bytes.count <= limits.longestKeptBody
        return Entry(
            chain.url, verdict, isKept ? chain : nil, generation: generation, until: chain.until, askedAt: chain.at)
    }

    private mutating func keepFailure(_ verdict: Verdict, for url: CertificateURL, at now: Int) {
        guard case .failure(let fault) = verdict else { return }
        // What was not asked may be asked soon.
        let until = now + (fault == .overloaded ? 1 : limits.failureLifetime + limits.jitter())
        // A repository that is down takes away nothing that holds, nor does one that is asked because of a bad signature.
        if let entry = chains[url.text], !fault.isWithdrawal || entry.isSuspect, fault.isUnavailable || entry.isSuspect,
            entry.standing(at: now, generation: generation) != nil
        {
            chains[url.text] = entry.extended(until: until, at: now)
            return
        }
        chains[url.text] = nil
        failures[url.text] = Entry(url, verdict, nil, generation: generation, until: until, askedAt: now)
    }

    mutating func suspect(_ url: String, at now: Int) -> CertificateURL? {
        guard let entry = entry(for: url), case .success = entry.verdict(at: now, generation: generation) else {
            return nil
        }
        if entry.isSuspect || flights[entry.url] != nil { return entry.url }
        guard now - entry.askedAt >= limits.suspicionPause else { return nil }
        chains[url] = entry.suspected(at: now)
        return entry.url
    }

    /// False if the trust has been replaced since `validated` was made.
    mutating func restore(_ validated: ValidatedChain, _ chain: FetchedChain, generation: Int) -> Bool {
        guard generation == self.generation else { return false }
        guard chains[chain.url.text] == nil else { return true }
        if case .failure(let fault) = failures[chain.url.text]?.verdict, !fault.isUnavailable { return true }
        chains[chain.url.text] = entry(.success(validated), chain)
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

/// A dictionary with room for so many; to make room, the entry that was put in first goes.
struct OldestFirst<Value> {
    private let limit: Int
    private var values: [String: (value: Value, turn: Int)] = [:]
    /// Also holds what has been taken out or put in again since: its turn is no longer the one in `values`.
    private var queue: [(key: String, turn: Int)] = []
    private var head = 0, nextTurn = 0

    init(limit: Int) { self.limit = max(1, limit) }

    var count: Int { values.count }

    subscript(key: String) -> Value? {
        get { values[key]?.value }
        set {
            guard let newValue else { return values[key] = nil }
            values[key] = (newValue, nextTurn)
            queue.append((key, nextTurn))
            nextTurn += 1
            trim()
        }
    }

    private mutating func trim() {
        while values.count > limit, head < queue.count {
            let (key, turn) = queue[head]
            head += 1
            if values[key]?.turn == turn { values[key] = nil }
        }
        guard queue.count > 2 * limit + 16 else { return }
        queue = queue[head...].filter { values[$0.key]?.turn == $0.turn }
        head = 0
    }
}
