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
        let fetched: FetchedBody?
        let generation: Int
        let until: Int

        init(_ url: CertificateURL, _ verdict: Verdict, _ fetched: FetchedBody?, generation: Int, until: Int) {
            self.url = url
            self.verdict = verdict
            self.fetched = fetched
            self.generation = generation
            self.until = until
        }

        func verdict(at now: Int, generation: Int) -> Verdict? {
            guard self.generation == generation, now < until else { return nil }
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

    init(trust: TrustSnapshot, limits: CertificateCacheLimits) {
        self.trust = trust
        self.limits = limits
        chains = OldestFirst(limit: limits.chains)
        failures = OldestFirst(limit: limits.failures)
    }

    func verdict(for url: String, at now: Int) -> Verdict? {
        guard let entry = chains[url] ?? failures[url] else { return nil }
        // `==` on strings is by canonical equivalence: the Kelvin sign equals "K", but is three bytes long.
        guard entry.url.text.utf8.count == url.utf8.count else { return nil }
        return entry.verdict(at: now, generation: generation)
    }

    /// What to wait for. `start` is given what was fetched before, if that is still fresh.
    mutating func step(for url: CertificateURL, at now: Int, start: (FetchedBody?) -> Flight) -> Step {
        if let verdict = verdict(for: url.text, at: now) { return .known(verdict) }
        if let flight = flights[url] { return .underWay(flight) }
        guard flights.count < limits.fetches else { return .known(.failure(.overloaded)) }
        let flight = start(refetchable(url, at: now))
        flights[url] = flight
        return .underWay(flight)
    }

    /// The body judged by an earlier trust: the URL itself need not be asked again.
    private func refetchable(_ url: CertificateURL, at now: Int) -> FetchedBody? {
        guard let entry = chains[url.text], entry.generation != generation, now < entry.until else { return nil }
        return entry.fetched
    }

    /// Ends the flight. False, and it goes on, if the trust has been replaced since it judged.
    mutating func keep(
        _ verdict: Verdict, of fetched: Result<FetchedBody, CertificateFault>, for url: CertificateURL,
        generation: Int, at now: Int
    ) -> Bool {
        guard generation == self.generation else { return false }
        let body = try? fetched.get()
        let holds = if case .success = verdict { true } else { false }
        let until = holds ? (body?.at ?? now) + limits.lifetime : now + limits.failureLifetime + limits.jitter()
        let isKept = holds && (body?.bytes.count ?? 0) <= limits.longestKeptBody
        let entry = Entry(url, verdict, isKept ? body : nil, generation: generation, until: until)
        chains[url.text] = holds ? entry : nil
        failures[url.text] = holds ? nil : entry
        flights[url] = nil
        return true
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
