internal import CertificateRepository
internal import Certificates
internal import LibCrypto
internal import Logging
internal import NIOPosix

/// Where the chains of signers come from: a folder, or the network and what was fetched before the last restart.
struct CertificateSupply: Sendable {
    let cache: CertificateCache
    private let network: Network?

    /// - Parameter now: Unix time.
    init(
        _ settings: Configuration.Verification, trust: TrustSnapshot, data: String, threads: NIOThreadPool,
        logger: Logger, now: @escaping @Sendable () -> Int
    ) throws {
        if let path = settings.certificates {
            let folder = CertificateFolder(path: path, threads: threads, largestBody: settings.trust.largestBody)
            cache = CertificateCache(trust: trust) { await folder.fetch($0) }
            network = nil
        } else {
            let network = try Network(settings, data: data, threads: threads, logger: logger, now: now)
            var limits = CertificateCacheLimits()
            limits.obeysHTTPStrictly = settings.fetching.strictHTTP
            cache = CertificateCache(trust: trust, limits: limits, keep: { network.keep($0) }) {
                await network.fetcher.fetch($0, largestBody: settings.trust.largestBody, at: now())
            }
            self.network = network
        }
    }

    /// Has what was kept judged anew, while the daemon already listens: a call that comes before waits for a fetch.
    func restore() { network?.restore(to: cache) }
}

/// The fetcher, and what it fetched on the disk.
private struct Network: Sendable {
    let fetcher: Fetcher
    private let kept: KeptChains
    private let rules: CertificateURLRules
    private let threads: NIOThreadPool
    private let logger: Logger
    private let now: @Sendable () -> Int

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
        threads.submit { _ in
            do throws(FileFault) { try kept.keep(chain) } catch {
                logger.error(
                    "a chain is not kept for a restart",
                    metadata: ["url": "\(chain.url.text)", "reason": "\(error)"])
            }
        }
    }

    func restore(to cache: CertificateCache) {
        threads.submit { _ in
            do throws(FileFault) {
                let chains = try kept.chains(rules: rules) { file, reason in
                    logger.error("a kept chain was removed", metadata: ["file": "\(file)", "reason": "\(reason)"])
                }
                for chain in chains { restore(chain, to: cache) }
                logger.info("kept chains were judged anew", metadata: ["chains": "\(chains.count)"])
            } catch {
                logger.error("kept chains cannot be read", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func restore(_ chain: FetchedChain, to cache: CertificateCache) {
        do throws(CertificateFault) { try cache.restore(chain, at: now()) } catch {
            logger.info(
                "a kept chain holds no longer", metadata: ["url": "\(chain.url.text)", "reason": "\(error)"])
            kept.remove(chain.url)
        }
    }
}
