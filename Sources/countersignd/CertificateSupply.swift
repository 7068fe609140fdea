internal import CertificateRepository
internal import Certificates
internal import LibCrypto
internal import Logging
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// Where the chains of signers come from: a folder, or the network and what was fetched before the last restart.
struct CertificateSupply: Sendable {
    let cache: CertificateCache
    private let network: Network?
    /// Unix time.
    private let now: @Sendable () -> Int

    init(
        _ settings: Configuration.Verification, trust: TrustSnapshot, data: String, threads: NIOThreadPool,
        logger: Logger, now: @escaping @Sendable () -> Int
    ) throws {
        self.now = now
        if let path = settings.certificates {
            let folder = CertificateFolder(path: path, threads: threads, largestBody: settings.trust.largestBody)
            cache = CertificateCache(trust: trust) { await folder.fetch($0) }
            network = nil
        } else {
            let network = try Network(settings, data: data, threads: threads, logger: logger, now: now)
            var limits = CertificateCacheLimits()
            limits.obeysHTTPStrictly = settings.fetching.strictHTTP
            cache = CertificateCache(
                trust: trust, limits: limits, keep: { network.keep($0) }, forget: { network.forget($0) }
            ) {
                await network.fetcher.fetch($0, largestBody: settings.trust.largestBody, at: now())
            }
            self.network = network
        }
    }

    /// Has what was kept judged anew, while the daemon already listens: a call that comes before waits for a fetch.
    func restore() { network?.restore(to: cache) }
}

extension CertificateSupply: Service {
    /// Looks every quarter of a second whether the trust has changed. What was kept may hold by the new one: the first CRL
    /// and the trust list come when the daemon runs already.
    func run() async {
        await cancelWhenGracefulShutdown {
            var seen = 0
            while !Task.isCancelled {
                let found = cache.trustChanges
                if found != seen {
                    network?.restoreTheRest(to: cache)
                    await cache.rejudge(now: now)
                }
                seen = found
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }
}

/// The fetcher, and what it fetched on the disk.
private final class Network: Sendable {
    let fetcher: Fetcher
    private let kept: KeptChains
    private let rules: CertificateURLRules
    private let threads: NIOThreadPool
    private let logger: Logger
    private let now: @Sendable () -> Int
    /// Whether some of the kept chains may wait for another trust or another time.
    private let someWait = Atomic(true)

    init(
        _ settings: Configuration.Verification, data: String, threads: NIOThreadPool, logger: Logger,
        now: @escaping @Sendable () -> Int
    ) throws {
        var limits = FetchLimits()
        limits.fetchesPerSecond = settings.fetching.perSecond
        limits.fetchesPerSecondPerHost = settings.fetching.perSecondPerHost
        // A thread of its own, so that no handshake with a stranger holds up a switch. It ends with the process, and with it
        // whatever is still being fetched when nobody waits any more.
        fetcher = try Fetcher(settings, limits: limits, group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
        kept = try KeptChains(folder: "\(data)/certificates")
        rules = settings.urlRules
        (self.threads, self.logger, self.now) = (threads, logger, now)
    }

    func keep(_ chain: FetchedChain) {
        threads.submit { [kept, logger] _ in
            do throws(FileFault) { try kept.keep(chain) } catch {
                logger.error(
                    "a chain is not kept for a restart",
                    metadata: ["url": "\(chain.url.text)", "reason": "\(error)"])
            }
        }
    }

    func forget(_ url: CertificateURL) { threads.submit { [kept] _ in kept.remove(url) } }

    func restore(to cache: CertificateCache) {
        threads.submit { [self] _ in
            do throws(FileFault) {
                let chains = try kept.chains(rules: rules) { file, reason in
                    logger.error("a kept chain was removed", metadata: ["file": "\(file)", "reason": "\(reason)"])
                }
                let waiting = chains.count { !restore($0, to: cache) }
                someWait.store(waiting > 0, ordering: .relaxed)
                logger.info(
                    "kept chains were judged anew",
                    metadata: ["chains": "\(chains.count)", "waiting": "\(waiting)"])
            } catch {
                logger.error("kept chains cannot be read", metadata: ["reason": "\(error)"])
            }
        }
    }

    func restoreTheRest(to cache: CertificateCache) { if someWait.load(ordering: .relaxed) { restore(to: cache) } }

    /// False if it may hold later.
    private func restore(_ chain: FetchedChain, to cache: CertificateCache) -> Bool {
        do throws(CertificateFault) {
            try cache.restore(chain, at: now())
            return true
        } catch {
            logger.info(
                "a kept chain does not hold",
                metadata: ["url": "\(chain.url.text)", "reason": "\(error)", "removed": "\(!error.mayPass)"])
            if !error.mayPass { kept.remove(chain.url) }
            return !error.mayPass
        }
    }
}
