/// What is known of a URL. A class, so that a look-up counts one reference up and not one for each field.
final class CachedVerdict: Sendable {
    /// What becomes of it while it is kept.
    struct Course: Sendable {
        /// The first second at which it is no longer good by what its repository said, and the first at which it is of no
        /// use even if the repository says nothing: Unix time.
        let confirmedUntil, usableUntil: Int
        /// The first second at which it is to be asked for again.
        var until: Int
        var suspicions = Suspicions()
        /// It is to be asked again although it is good.
        var isSuspect = false
        /// The chain has verified a signature.
        var isProven = false

        init(until: Int, andUnconfirmedFor seconds: Int) {
            let (end, overflow) = until.addingReportingOverflow(seconds)
            confirmedUntil = until
            usableUntil = overflow ? .max : end
            self.until = until
        }
    }

    let url: CertificateURL
    let verdict: CertificateCache.Verdict
    let fetched: FetchedChain?
    let generation: Int
    let course: Course

    init(
        _ url: CertificateURL, _ verdict: CertificateCache.Verdict, _ fetched: FetchedChain?, generation: Int,
        course: Course
    ) {
        self.url = url
        self.verdict = verdict
        self.fetched = fetched
        self.generation = generation
        self.course = course
    }

    func altered(_ alter: (inout Course) -> Void) -> CachedVerdict {
        var course = course
        alter(&course)
        return CachedVerdict(url, verdict, fetched, generation: generation, course: course)
    }

    func known(at now: Int, generation: Int) -> CertificateCache.Known? {
        now < course.until ? standing(at: now, generation: generation) : nil
    }

    /// What has not been judged otherwise and has not ended, fresh or not.
    func standing(at now: Int, generation: Int) -> CertificateCache.Known? {
        guard self.generation == generation, now < course.usableUntil else { return nil }
        if case .success(let chain) = verdict, !chain.holds(at: now) { return nil }
        return CertificateCache.Known(
            verdict: verdict, isProven: course.isProven, isConfirmed: now < course.confirmedUntil)
    }
}

/// How often bad signatures may have a URL asked again: a token bucket, of which the time at which it is full tells all.
struct Suspicions: Sendable {
    /// Unix time.
    private var fullAt = 0

    /// Takes one of `most`, of which one comes back every so many seconds. False if none is left.
    mutating func take(of most: Int, every pause: Int, at now: Int) -> Bool {
        let next = max(fullAt, now) + pause
        guard next <= now + most * pause else { return false }
        fullAt = next
        return true
    }
}
