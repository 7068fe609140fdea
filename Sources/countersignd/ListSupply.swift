internal import CertificateRepository
internal import Certificates
internal import NIOCore
internal import NIOPosix

/// Asks for CRLs and trust lists, on a thread of its own, which ends with the process.
struct ListSupply: Sendable {
    private let fetcher: Fetcher

    init(_ settings: Configuration.Verification) throws {
        // No call waits for them, and they may be long.
        var limits = FetchLimits()
        limits.connect = .seconds(5)
        limits.total = .seconds(30)
        fetcher = try Fetcher(settings, limits: limits, group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
    }

    /// - Parameter largest: in bytes.
    func fetch(_ url: CertificateURL, atMost largest: Int, at now: Int) async -> FetchAnswer {
        await fetcher.fetch(url, largestBody: largest, at: now)
    }
}

extension Fetcher {
    /// One that asks whom the configuration lets it ask.
    convenience init(
        _ settings: Configuration.Verification, limits: FetchLimits, group: any EventLoopGroup
    ) throws {
        let fetching = settings.fetching, rules = settings.urlRules
        try self.init(
            roots: try ServerRoots.read(fetching.roots, mayBeNone: rules.allowsCleartext), limits: limits, group: group
        ) { address in
            if fetching.denied?.contains(address) == true { return false }
            return address.isPublic || rules.allowsPrivateHosts || fetching.allowed?.contains(address) == true
        }
    }
}
