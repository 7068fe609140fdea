import Certificates
import LibCrypto
import MiniPKI
import Synchronization
import Testing

/// When what a URL answered is asked for again, and what becomes of it until then.
@Suite struct `A chain in the cache` {
    private static let pki: MiniPKI = ChainCase.pki
    private static let now = pki.now

    private let repository = Repository()
    private let kept = Kept()
    private let leaf = pki.leaf(.spc("709J")), next = pki.leaf(.spc("709J"))
    private let url = try! CertificateURL("https://cr.example.com/709J/cert.pem")

    private final class Kept: Sendable {
        let chains = Mutex<[FetchedChain]>([])
        let forgotten = Mutex<[CertificateURL]>([])
    }

    private func cache(
        anchors: [Certificate] = pki.anchors, _ alter: (inout CertificateCacheLimits) -> Void = { _ in }
    ) -> CertificateCache {
        let repository = repository, kept = kept
        var limits = CertificateCacheLimits()
        limits.jitter = { 0 }
        alter(&limits)
        return CertificateCache(
            trust: TrustSnapshot(anchors: anchors, epoch: 1), limits: limits,
            keep: { chain in kept.chains.withLock { $0.append(chain) } },
            forget: { url in kept.forgotten.withLock { $0.append(url) } }
        ) { await repository.fetch($0) }
    }

    private func serve(_ party: MiniPKI.Party, freshFor seconds: Int? = nil, mayBeStored: Bool = true) {
        let freshness = HTTPFreshness(seconds: seconds, mayBeStored: mayBeStored)
        repository.serve(.body(status: 200, contentType: nil, party.pem, freshness: freshness), at: url)
    }

    private func warm(_ cache: CertificateCache, after seconds: Int) -> String? {
        cache.warm(url.text, at: Self.now + seconds)?.certificateID
    }

    // X5U-09, X5U-10.

    @Test(
        arguments: [
            (nil, 86_400, 86_400), (60, 86_400, 60), (0, 86_400, 5), (604_800, 604_800, 604_800),
            (.max / 4, 30 * 86_400 + 1, 30 * 86_400 + 1),
        ] as [(Int?, Int, Int)])
    func `is good as long as its answer says, and a day at least`(seconds: Int?, usual: Int, strict: Int) async {
        serve(leaf, freshFor: seconds)
        for (isStrict, end) in [(false, usual), (true, strict)] {
            let cache = cache { $0.obeysHTTPStrictly = isStrict }
            _ = await cache.load(url, at: Self.now)
            #expect(warm(cache, after: end - 1) != nil)
            // The certificate ends after 30 days, whatever its repository says.
            #expect(warm(cache, after: end) == nil)
        }
    }

    // X5U-12.

    @Test func `is replaced when a signature fails and another is at its URL`() async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        serve(next)
        #expect(cache.suspect(url.text, at: Self.now + 60) == url)
        // Nobody whose signature holds waits for it.
        #expect(warm(cache, after: 60) == leaf.certificate.fingerprint)
        let loaded = try? await cache.load(url, at: Self.now + 60).get()
        #expect(loaded?.certificateID == next.certificate.fingerprint)
        #expect(warm(cache, after: 60) == next.certificate.fingerprint)
        #expect(repository.count == 2)
    }

    @Test(arguments: [FetchAnswer.timedOut, .body(status: 200, contentType: nil, pki.leaf(.spc("709J")).pem)])
    func `is asked for again four times and then once a minute, whatever is signed badly`(answer: FetchAnswer) async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        repository.serve(answer, at: url)
        for second in 0..<600 {
            for _ in 0..<10 where cache.suspect(url.text, at: Self.now + second) != nil {
                _ = await cache.load(url, at: Self.now + second)
            }
        }
        #expect(repository.count == 1 + 4 + 9)
    }

    @Test func `is replaced at once, although somebody signs badly every minute`() async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        for minute in 0..<10 {
            #expect(cache.suspect(url.text, at: Self.now + 60 * minute) == url)
            _ = await cache.load(url, at: Self.now + 60 * minute)
        }
        serve(next)
        #expect(cache.suspect(url.text, at: Self.now + 541) == url)
        _ = await cache.load(url, at: Self.now + 541)
        #expect(warm(cache, after: 541) == next.certificate.fingerprint)
    }

    @Test func `has everybody wait who doubts it while it is asked for again`() async {
        serve(leaf)
        let cache = cache(), url = url, later = Self.now + 60
        _ = await cache.load(url, at: Self.now)
        serve(next)
        repository.close()
        #expect(cache.suspect(url.text, at: later) == url)
        #expect(cache.suspect(url.text, at: later) == url)
        let first = Task { await cache.load(url, at: later) }
        await repository.asked(2)
        #expect(cache.suspect(url.text, at: later) == url)
        let second = Task { await cache.load(url, at: later) }
        repository.open()
        for load in [first, second] {
            let loaded = try? await load.value.get()
            #expect(loaded?.certificateID == next.certificate.fingerprint)
        }
        #expect(repository.count == 2)
    }

    @Test(arguments: [
        FetchAnswer.timedOut, .failed("refused"), .overloaded, .tooLarge, .body(status: 500, contentType: nil, []),
        .body(status: 200, contentType: nil, Array("no certificate".utf8)),
        .body(status: 200, contentType: nil, pki.leaf(.spc("709J"), notAfter: pki.now - 1).pem),
    ])
    func `is kept when a bad signature has it asked for again in vain`(answer: FetchAnswer) async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        repository.serve(answer, at: url)
        #expect(cache.suspect(url.text, at: Self.now + 60) != nil)
        #expect(await cache.load(url, at: Self.now + 60).fault != nil)
        #expect(warm(cache, after: 60) == leaf.certificate.fingerprint)
    }

    @Test func `is not doubted unless it is there and good`() async {
        let cache = cache()
        #expect(cache.suspect(url.text, at: Self.now) == nil)
        repository.serve(.timedOut, at: url)
        _ = await cache.load(url, at: Self.now)
        #expect(cache.suspect(url.text, at: Self.now + 9) == nil)
        #expect(cache.suspect("https://cr.example.com/709J/cert.pe\u{212A}", at: Self.now) == nil)
    }

    // A repository that is dead.

    @Test func `that holds outlasts its repository, and not its own end`() async {
        let short = Self.pki.leaf(.spc("709J"), notAfter: Self.now + 86_500)
        serve(short)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        repository.serve(.timedOut, at: url)
        #expect(warm(cache, after: 86_400) == nil)
        #expect(cache.stale(url.text, at: Self.now + 86_400) != nil)
        _ = await cache.load(url, at: Self.now + 86_400)
        #expect(warm(cache, after: 86_409) == short.certificate.fingerprint)
        #expect(warm(cache, after: 86_410) == nil)
        #expect(cache.stale(url.text, at: Self.now + 86_500) != nil)
        #expect(cache.stale(url.text, at: Self.now + 86_501) == nil)
        #expect(await cache.load(url, at: Self.now + 86_501).fault == .timedOut)
        #expect(cache.stale(url.text, at: Self.now + 86_499) == nil)
    }

    @Test func `that holds outlasts its repository by a day, and tells that it does`() async throws {
        serve(leaf)
        let cache = cache(), day = Self.now + 86_400
        _ = await cache.load(url, at: Self.now)
        #expect(cache.warm(url.text, at: day - 1)?.isConfirmed == true)
        #expect(cache.stale(url.text, at: day)?.isConfirmed == false)
        repository.serve(.timedOut, at: url)
        for seconds in [0, 20_000, 86_395] {
            _ = await cache.load(url, at: day + seconds)
            #expect(cache.warm(url.text, at: day + seconds)?.isConfirmed == false)
        }
        #expect(warm(cache, after: 2 * 86_400 - 1) == leaf.certificate.fingerprint)
        #expect(warm(cache, after: 2 * 86_400) == nil)
        #expect(cache.stale(url.text, at: day + 86_399) != nil)
        #expect(cache.stale(url.text, at: day + 86_400) == nil)
        #expect(await cache.load(url, at: day + 86_400).fault == .timedOut)
        #expect(cache.warm(url.text, at: day + 86_400)?.fault == .timedOut)
        serve(leaf)
        #expect(await cache.load(url, at: day + 86_410).fault == nil)
        #expect(cache.warm(url.text, at: day + 86_410)?.isConfirmed == true)
    }

    @Test func `from before a restart is good for no longer than without one`() async throws {
        let last = Self.now + 49 + 86_400
        for (now, isThere) in [(last, true), (last + 1, false)] {
            let cache = cache()
            try cache.restore(chain(leaf), at: now)
            #expect((cache.stale(url.text, at: last) != nil) == isThere)
        }
    }

    @Test(arguments: [404, 410]) func `does not outlast its own withdrawal`(status: Int) async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        repository.serve(.body(status: status, contentType: nil, []), at: url)
        #expect(await cache.load(url, at: Self.now + 86_400).fault == .status(status))
        #expect(cache.stale(url.text, at: Self.now + 86_400) == nil)
        #expect(kept.forgotten.withLock { $0 } == [url])
        // Nor does what a restart finds before it is told.
        try? cache.restore(
            FetchedChain(
                url: url, bytes: leaf.pem, at: Self.now, until: Self.now + 86_400, mayBeStored: true),
            at: Self.now + 86_400)
        #expect(cache.stale(url.text, at: Self.now + 86_400) == nil)
    }

    @Test func `is forgotten by no answer but that there is nothing, nor for a bad signature`() async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        repository.serve(.body(status: 404, contentType: nil, []), at: url)
        #expect(cache.suspect(url.text, at: Self.now + 60) == url)
        #expect(await cache.load(url, at: Self.now + 60).fault == .status(404))
        repository.serve(.body(status: 500, contentType: nil, []), at: url)
        #expect(await cache.load(url, at: Self.now + 86_400).fault == .status(500))
        #expect(kept.forgotten.withLock { $0.isEmpty })
    }

    @Test func `does not outlast a repository that answers otherwise, nor the trust that judged it`() async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        let other = MiniPKI(now: Self.now).leaf(.spc("709J"))
        serve(other)
        #expect(await cache.load(url, at: Self.now + 86_400).fault == .untrusted)
        #expect(cache.stale(url.text, at: Self.now + 86_400) == nil)
        serve(leaf)
        _ = await cache.load(url, at: Self.now + 90_000)
        cache.replaceTrust(TrustSnapshot(anchors: [], epoch: 2))
        #expect(cache.stale(url.text, at: Self.now + 90_000) == nil)
    }

    @Test func `outlasts a repository that is down, by each new trust, if that holds it good`() async throws {
        let revocation = Self.pki.revocationList(of: leaf), day = Self.now + 86_400
        let lists = try RevocationList.all(inPEM: revocation.span, atMost: 1)
        for (lists, isGood) in [([], true), (lists, false)] {
            serve(leaf)
            let cache = cache()
            _ = await cache.load(url, at: Self.now)
            cache.replaceTrust(TrustSnapshot(anchors: Self.pki.anchors, revocationLists: lists, epoch: 2))
            #expect(cache.stale(url.text, at: day) == nil)
            repository.serve(.timedOut, at: url)
            #expect(await cache.load(url, at: day).fault == .timedOut)
            #expect((cache.stale(url.text, at: day)?.trustEpoch == 2) == isGood)
            #expect((cache.warm(url.text, at: day)?.fault == .timedOut) == !isGood)
        }
    }

    @Test func `that was not asked for is asked for a second later`() async {
        repository.serve(.overloaded, at: url)
        let cache = cache()
        #expect(await cache.load(url, at: Self.now).fault == .overloaded)
        #expect(cache.warm(url.text, at: Self.now)?.fault == .overloaded)
        serve(leaf)
        #expect(await cache.load(url, at: Self.now + 1).fault == nil)
    }

    // Kept for a restart.

    @Test func `is handed on to be kept as its answer has it, once it has verified a signature`() async throws {
        for mayBeStored in [false, true] {
            serve(leaf, freshFor: 100_000, mayBeStored: mayBeStored)
            let cache = cache()
            kept.chains.withLock { $0 = [] }
            let chain = try await cache.load(url, at: Self.now).get()
            var expected = fetched(freshFor: 100_000, mayBeStored: false)
            #expect(kept.chains.withLock { $0 } == [expected])
            for _ in 0..<2 { cache.promote(chain, at: url.text) }
            expected.mayBeStored = mayBeStored
            #expect(kept.chains.withLock { $0 }.dropFirst() == [expected])
            // Asked again it has to prove nothing.
            let later = Self.now + 100_000
            _ = await cache.load(url, at: later)
            #expect(kept.chains.withLock { $0.last } == fetched(at: later, freshFor: 100_000, mayBeStored: mayBeStored))
        }
    }

    private func fetched(at: Int = now, freshFor seconds: Int, mayBeStored: Bool) -> FetchedChain {
        FetchedChain(url: url, bytes: leaf.pem, at: at, until: at + seconds, mayBeStored: mayBeStored)
    }

    @Test func `that was not fetched is not handed on`() async {
        serve(leaf, freshFor: 100_000)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        cache.replaceTrust(TrustSnapshot(anchors: Self.pki.anchors, epoch: 2))
        // Judged anew, and not fetched.
        _ = await cache.load(url, at: Self.now)
        let bad = try! CertificateURL("https://cr.example.com/absent")
        _ = await cache.load(bad, at: Self.now)
        #expect(kept.chains.withLock { $0 } == [fetched(freshFor: 100_000, mayBeStored: false)])
    }

    @Test func `is not to be kept any more when its URL answers with another that does not hold`() async throws {
        serve(leaf)
        let cache = cache(), day = Self.now + 86_400
        cache.promote(try await cache.load(url, at: Self.now).get(), at: url.text)
        repository.serve(.body(status: 200, contentType: nil, [1]), at: url)
        _ = await cache.load(url, at: day)
        let chains = kept.chains.withLock { $0 }
        #expect(chains.map(\.mayBeStored) == [false, true, false])
        #expect(chains.map(\.at) == [Self.now, Self.now, day])
    }

    private func chain(_ party: MiniPKI.Party) -> FetchedChain {
        FetchedChain(url: url, bytes: party.pem, at: Self.now - 100, until: Self.now + 50, mayBeStored: true)
    }

    @Test func `is warm after a restart, for the rest of its time, without a fetch`() async throws {
        let cache = cache()
        try cache.restore(chain(leaf), at: Self.now)
        #expect(warm(cache, after: 49) == leaf.certificate.fingerprint)
        #expect(warm(cache, after: 50) == nil)
        #expect(repository.count == 0)
        #expect(kept.chains.withLock { $0 }.isEmpty)
        #expect(cache.warm(url.text, at: Self.now)?.isProven == true)
        #expect(cache.suspect(url.text, at: Self.now) == url)
    }

    @Test func `is judged anew after a restart`() {
        #expect(throws: CertificateFault.untrusted) { try self.cache(anchors: []).restore(chain(leaf), at: Self.now) }
        let expired = chain(Self.pki.leaf(.spc("709J"), notAfter: Self.now - 1))
        let cache = cache()
        #expect(throws: CertificateFault.expired(0)) { try cache.restore(expired, at: Self.now) }
        #expect(cache.warm(url.text, at: Self.now) == nil)
    }

    @Test func `from before a restart gives way to what has been judged since`() async throws {
        serve(next)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        try cache.restore(chain(leaf), at: Self.now)
        #expect(warm(cache, after: 0) == next.certificate.fingerprint)
        serve(MiniPKI(now: Self.now).leaf(.spc("709J")))
        let other = self.cache()
        _ = await other.load(url, at: Self.now)
        try other.restore(chain(leaf), at: Self.now)
        #expect(other.warm(url.text, at: Self.now)?.fault == .untrusted)
    }

    @Test func `from before a restart does without its repository, fresh or not`() async throws {
        repository.serve(.timedOut, at: url)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        try cache.restore(chain(leaf), at: Self.now)
        #expect(warm(cache, after: 0) == leaf.certificate.fingerprint)
        let late = self.cache()
        try late.restore(chain(leaf), at: Self.now + 50)
        #expect(warm(late, after: 50) == nil)
        #expect(late.stale(url.text, at: Self.now + 50)?.certificateID == leaf.certificate.fingerprint)
    }
}
