import Certificates
import LibCrypto
import MiniPKI
import Testing

@Suite struct `The cache of verdicts` {
    static let pki: MiniPKI = ChainCase.pki
    static let now = pki.now

    private let repository = Repository()
    let leaf = pki.leaf(.spc("709J"))
    let url = try! CertificateURL("https://cr.example.com/709J/cert.pem")

    func trust(_ lists: [RevocationList] = [], epoch: Int = 1) -> TrustSnapshot {
        TrustSnapshot(anchors: Self.pki.anchors, revocationLists: lists, epoch: epoch)
    }

    func cache(_ limits: CertificateCacheLimits = CertificateCacheLimits()) -> CertificateCache {
        let repository = repository
        var limits = limits
        limits.jitter = { 0 }
        return CertificateCache(trust: trust(), limits: limits) { await repository.fetch($0) }
    }

    func serve(_ party: MiniPKI.Party) { repository.serve(.body(status: 200, contentType: nil, party.pem), at: url) }

    @Test func `what is not loaded is not warm, and what is loaded is`() async throws {
        serve(leaf)
        let cache = cache()
        #expect(cache.warm(url.text, at: Self.now) == nil)
        let loaded = try await cache.load(url, at: Self.now).get()
        let warm = try #require(cache.warm(url.text, at: Self.now + 60)).get()
        #expect(warm === loaded)
        _ = await cache.load(url, at: Self.now + 60)
        #expect(repository.count == 1)
    }

    /// P-19: host case, default port, dot segments and escapes make another URL.
    @Test(arguments: [
        "https://CR.example.com/709J/cert.pem", "https://cr.example.com:443/709J/cert.pem",
        "https://cr.example.com/709J/./cert.pem", "https://cr.example.com/709%4A/cert.pem",
        "https://cr.example.com/709J/cert.pem/", "https://cr.example.com/709J/cert.pe\u{6D}\u{200B}",
    ])
    func `another spelling is another URL`(other: String) async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        #expect(cache.warm(other, at: Self.now) == nil)
    }

    @Test func `a URL that only Unicode holds equal is another`() async throws {
        let plain = try CertificateURL("https://cr.example.com/709K")
        repository.serve(.body(status: 200, contentType: nil, leaf.pem), at: plain)
        let cache = cache()
        _ = await cache.load(plain, at: Self.now)
        #expect("https://cr.example.com/709\u{212A}" == plain.text)
        #expect(cache.warm("https://cr.example.com/709\u{212A}", at: Self.now) == nil)
        #expect(cache.warm(plain.text, at: Self.now) != nil)
    }

    @Test func `a thousand at once are one fetch`() async throws {
        serve(leaf)
        let cache = cache(), url = url
        repository.close()
        let verdicts = await withTaskGroup(of: CertificateCache.Verdict.self) { group in
            for _ in 0..<1_000 { group.addTask { await cache.load(url, at: Self.now) } }
            await repository.asked(1)
            repository.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(repository.count == 1)
        let first = try verdicts[0].get()
        #expect(try verdicts.allSatisfy { try $0.get() === first })
    }

    @Test func `one who gives up does not take the answer from the others`() async throws {
        serve(leaf)
        let cache = cache(), url = url
        repository.close()
        let impatient = Task { await cache.load(url, at: Self.now) }
        await repository.asked(1)
        let patient = Task { await cache.load(url, at: Self.now) }
        impatient.cancel()
        repository.open()
        await #expect(throws: Never.self) { try await patient.value.get() }
        #expect(repository.count == 1)
    }

    @Test func `a failure is not tried again for ten seconds`() async {
        let cache = cache()
        repository.serve(.timedOut, at: url)
        #expect(await cache.load(url, at: Self.now).fault == .timedOut)
        serve(leaf)
        #expect(cache.warm(url.text, at: Self.now + 9)?.fault == .timedOut)
        #expect(await cache.load(url, at: Self.now + 9).fault == .timedOut)
        #expect(cache.warm(url.text, at: Self.now + 10) == nil)
        #expect(await cache.load(url, at: Self.now + 10).fault == nil)
        #expect(repository.count == 2)
    }

    @Test func `jitter makes it longer`() async {
        var limits = CertificateCacheLimits()
        limits.jitter = { 3 }
        let cache = CertificateCache(trust: trust(), limits: limits) { _ in .timedOut }
        _ = await cache.load(url, at: Self.now)
        #expect(cache.warm(url.text, at: Self.now + 12) != nil)
        #expect(cache.warm(url.text, at: Self.now + 13) == nil)
    }

    @Test func `a chain is asked for again after a day`() async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        #expect(cache.warm(url.text, at: Self.now + 86_399) != nil)
        #expect(cache.warm(url.text, at: Self.now + 86_400) == nil)
        _ = await cache.load(url, at: Self.now + 86_400)
        #expect(repository.count == 2)
    }

    /// P-20, P-48: what has ended is not believed for having been cached.
    @Test func `a chain is not warm beyond its end, nor before its beginning`() async {
        serve(Self.pki.leaf(.spc("709J"), notBefore: Self.now - 5, notAfter: Self.now + 5))
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        #expect(cache.warm(url.text, at: Self.now + 5)?.fault == nil)
        #expect(cache.warm(url.text, at: Self.now + 6) == nil)
        #expect(cache.warm(url.text, at: Self.now - 6) == nil)
        #expect(await cache.load(url, at: Self.now + 6).fault == .expired(0))
        #expect(cache.warm(url.text, at: Self.now + 6)?.fault == .expired(0))
    }

    /// CHN-17.
    @Test func `a certificate revoked while cached fails at the next call, without another fetch`() async {
        serve(leaf)
        let cache = cache()
        _ = await cache.load(url, at: Self.now)
        let pem = Self.pki.revocationList(of: leaf)
        let lists = try! RevocationList.all(inPEM: pem.span, atMost: 1)
        cache.replaceTrust(trust(lists, epoch: 2))
        #expect(cache.warm(url.text, at: Self.now) == nil)
        #expect(await cache.load(url, at: Self.now).fault == .revoked(0))
        #expect(cache.warm(url.text, at: Self.now)?.fault == .revoked(0))
        #expect(repository.count == 1)
        cache.replaceTrust(trust(epoch: 3))
        #expect(cache.warm(url.text, at: Self.now) == nil)
        #expect(await cache.load(url, at: Self.now).trustEpoch == 3)
    }

    @Test func `a change of trust takes no place on the network for what is here`() async throws {
        var limits = CertificateCacheLimits()
        limits.fetches = 1
        let cache = cache(limits), urls = try (0..<3).map { try CertificateURL("https://cr.example.com/\($0)") }
        for url in urls { repository.serve(.body(status: 200, contentType: nil, leaf.pem), at: url) }
        for url in urls.prefix(2) { _ = await cache.load(url, at: Self.now) }
        cache.replaceTrust(trust(epoch: 2))
        repository.close()
        let fetch = Task { await cache.load(urls[2], at: Self.now) }
        await repository.asked(3)
        for url in urls.prefix(2) { #expect(await cache.load(url, at: Self.now).trustEpoch == 2) }
        repository.open()
        #expect(await fetch.value.trustEpoch == 2)
        // And that leaves the place as it was.
        let other = try CertificateURL("https://cr.example.com/other")
        #expect(await cache.load(other, at: Self.now).fault == .status(404))
        #expect(repository.count == 4)
    }

    @Test func `what has verified a signature is judged by a new trust before it is asked for`() async throws {
        let cache = cache(), proven = try (0..<3).map { try CertificateURL("https://cr.example.com/\($0)") }
        let revoked = Self.pki.leaf(.spc("709J"))
        for (url, party) in zip(proven + [url], [leaf, revoked, leaf, leaf]) {
            repository.serve(.body(status: 200, contentType: nil, party.pem), at: url)
            let chain = try await cache.load(url, at: Self.now).get()
            if url != self.url { cache.promote(chain, at: url.text) }
        }
        let pem = Self.pki.revocationList(of: revoked)
        cache.replaceTrust(trust(try RevocationList.all(inPEM: pem.span, atMost: 1), epoch: 2))
        #expect(proven.allSatisfy { cache.warm($0.text, at: Self.now) == nil })
        await cache.rejudge { Self.now + 60 }
        #expect(proven.map { cache.warm($0.text, at: Self.now + 60)?.trustEpoch } == [2, nil, 2])
        #expect(cache.warm(proven[1].text, at: Self.now + 60)?.fault == .revoked(0))
        #expect(cache.warm(proven[0].text, at: Self.now + 60)?.isProven == true)
        #expect(cache.warm(url.text, at: Self.now + 60) == nil)
        // For no longer than before.
        #expect(cache.warm(proven[0].text, at: Self.now + 86_399) != nil)
        #expect(cache.warm(proven[0].text, at: Self.now + 86_400) == nil)
        #expect(repository.count == 4)
    }

    @Test func `what was fetched under an older trust is judged by the new one`() async {
        serve(leaf)
        let cache = cache(), url = url
        repository.close()
        let load = Task { await cache.load(url, at: Self.now) }
        await repository.asked(1)
        cache.replaceTrust(TrustSnapshot(anchors: [], epoch: 2))
        repository.open()
        #expect(await load.value.fault == .untrusted)
        #expect(cache.warm(url.text, at: Self.now)?.fault == .untrusted)
    }

    @Test func `the oldest makes room, and bad ones push no good one out`() async throws {
        var limits = CertificateCacheLimits()
        (limits.newcomers, limits.failures) = (3, 3)
        let cache = cache(limits)
        let urls = try (0..<5).map { try CertificateURL("https://cr.example.com/\($0)") }
        for url in urls.prefix(4) {
            repository.serve(.body(status: 200, contentType: nil, leaf.pem), at: url)
            _ = await cache.load(url, at: Self.now)
        }
        #expect(urls.prefix(4).map { cache.warm($0.text, at: Self.now) != nil } == [false, true, true, true])
        for number in 0..<50 {
            _ = await cache.load(try CertificateURL("https://bad.example.com/\(number)"), at: Self.now)
        }
        #expect(urls.prefix(4).map { cache.warm($0.text, at: Self.now) != nil } == [false, true, true, true])
        #expect(cache.warm("https://bad.example.com/46", at: Self.now) == nil)
        #expect(cache.warm("https://bad.example.com/47", at: Self.now) != nil)
    }

    @Test func `what has verified a signature is pushed out by nothing that has not`() async throws {
        var limits = CertificateCacheLimits()
        (limits.chains, limits.newcomers) = (2, 3)
        let cache = cache(limits), urls = try (0..<50).map { try CertificateURL("https://cr.example.com/\($0)") }
        func load(_ urls: some Sequence<CertificateURL>, at now: Int = Self.now) async throws -> [ValidatedChain] {
            var chains: [ValidatedChain] = []
            for url in urls { chains.append(try await cache.load(url, at: now).get()) }
            return chains
        }
        func warm(at now: Int = Self.now) -> [Int] {
            urls.indices.filter { cache.warm(urls[$0].text, at: now) != nil }
        }
        for url in urls { repository.serve(.body(status: 200, contentType: nil, leaf.pem), at: url) }
        let chains = try await load(urls.prefix(3))
        for place in 0..<2 { cache.promote(chains[place], at: urls[place].text) }
        _ = try await load(urls.dropFirst(3))
        #expect(warm() == [0, 1, 47, 48, 49])
        #expect(cache.warm(urls[0].text, at: Self.now)?.isProven == true)
        #expect(cache.warm(urls[49].text, at: Self.now)?.isProven == false)
        // Asked again, judged again or doubted, it stays what it is.
        let day = Self.now + 86_400
        cache.replaceTrust(trust(epoch: 2))
        _ = try await load(urls.prefix(2))
        _ = try await load(urls.prefix(2), at: day)
        #expect(cache.suspect(urls[0].text, at: day + 60) != nil)
        _ = try await load(urls.dropFirst(2), at: day + 60)
        #expect(warm(at: day + 60) == [0, 1, 47, 48, 49])
        // Those that have are the oldest first among themselves.
        cache.promote(try await load([urls[49]], at: day + 60)[0], at: urls[49].text)
        #expect(warm(at: day + 60) == [0, 47, 48, 49])
    }

    @Test func `a chain speaks for no other that has taken its place, nor for another URL`() async throws {
        serve(leaf)
        let cache = cache(), other = try CertificateURL("https://cr.example.com/other")
        repository.serve(.body(status: 200, contentType: nil, leaf.pem), at: other)
        let old = try await cache.load(url, at: Self.now).get()
        _ = await cache.load(other, at: Self.now)
        serve(Self.pki.leaf(.spc("709J")))
        _ = await cache.load(url, at: Self.now + 86_400)
        cache.promote(old, at: url.text)
        cache.promote(old, at: other.text)
        #expect(cache.warm(url.text, at: Self.now + 86_400)?.isProven == false)
        #expect(cache.warm(other.text, at: Self.now)?.isProven == false)
    }

    @Test func `more fetches than are allowed at one time fail at once and are not remembered`() async throws {
        var limits = CertificateCacheLimits()
        limits.fetches = 1
        serve(leaf)
        let cache = cache(limits), url = url, other = try CertificateURL("https://cr.example.com/other")
        repository.serve(.body(status: 200, contentType: nil, leaf.pem), at: other)
        repository.close()
        let first = Task { await cache.load(url, at: Self.now) }
        await repository.asked(1)
        #expect(await cache.load(other, at: Self.now).fault == .overloaded)
        repository.open()
        #expect(await first.value.fault == nil)
        #expect(await cache.load(other, at: Self.now).fault == nil)
    }

    @Test func `a URL serves its new chain once the old has left`() async throws {
        serve(leaf)
        let cache = cache(), next = Self.pki.leaf(.spc("709J"))
        let old = try await cache.load(url, at: Self.now).get()
        serve(next)
        let new = try await cache.load(url, at: Self.now + 86_400).get()
        #expect(old.certificateID == leaf.certificate.fingerprint)
        #expect(new.certificateID == next.certificate.fingerprint)
    }

    /// FRS-03.
    @Test func `a token from before its certificate is told`() async throws {
        serve(leaf)
        let chain = try await cache().load(url, at: Self.now).get()
        #expect(!chain.isValid(issuedAt: chain.notBefore - 1))
        #expect(chain.isValid(issuedAt: chain.notBefore))
        #expect(chain.isValid(issuedAt: chain.notAfter))
        #expect(!chain.isValid(issuedAt: chain.notAfter + 1))
    }

    @Test func `many loads, many replacements, one truth at the end`() async {
        serve(leaf)
        let cache = cache(), url = url, trusts = (2..<40).map { trust(epoch: $0) }
        await withTaskGroup { group in
            for trust in trusts {
                group.addTask { cache.replaceTrust(trust) }
                for _ in 0..<5 {
                    group.addTask {
                        let verdict = await cache.load(url, at: Self.now)
                        #expect(verdict.fault == nil)
                    }
                }
            }
        }
        cache.replaceTrust(trust(epoch: 99))
        #expect(await cache.load(url, at: Self.now).trustEpoch == 99)
        #expect(cache.warm(url.text, at: Self.now)?.trustEpoch == 99)
        #expect(repository.count == 1)
    }
}
