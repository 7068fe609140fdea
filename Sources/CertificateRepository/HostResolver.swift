package import Certificates
internal import Foundation
internal import LibCrypto
package import NIOCore
internal import Synchronization

/// Finds the addresses of a host.
package struct HostResolver: Sendable {
    /// Returns or throws by the deadline.
    package let addresses: @Sendable (_ host: String, _ deadline: NIODeadline) async throws -> [InternetAddress]

    package init(
        _ addresses: @escaping @Sendable (_ host: String, _ deadline: NIODeadline) async throws -> [InternetAddress]
    ) { self.addresses = addresses }

    /// The machine's own. Each look-up blocks a thread that it has to itself, so that a name server that is silent holds up
    /// nobody else; its caller goes on at the deadline.
    ///
    /// - Parameters:
    ///   - limit: look-ups at one time, and an eighth as many in one zone, so that the name servers of one, when they are
    ///     silent, take no thread from the names of others; beyond, one fails at once.
    ///   - lookUp: the addresses of a host, 4 or 16 bytes each. It may block.
    package static func system(
        _ group: any EventLoopGroup, atMost limit: Int = 64,
        lookUp: @escaping @Sendable (_ host: String) -> [[UInt8]] = HostLookup.addresses
    ) -> HostResolver {
        let threads = LookupThreads(limit: limit)
        return HostResolver { host, deadline in
            try await withCheckedThrowingContinuation { continuation in
                let lookup = Lookup(continuation)
                let timer = group.any().scheduleTask(deadline: deadline) {
                    lookup.end(.failure(FetchFault.resolverTimedOut))
                }
                let zone = HostZone(of: host)
                guard threads.begin(in: zone) else { return lookup.end(.failure(FetchFault.resolverBusy)) }
                Thread.detachNewThread {
                    // An IPv6 route that leads nowhere costs a whole time to connect, so the others come first.
                    let found = lookUp(host).sorted { $0.count < $1.count }
                    threads.end(in: zone)
                    timer.cancel()
                    lookup.end(.success(found.compactMap { InternetAddress(bytes: $0) }))
                }
            }
        }
    }
}

/// Whoever comes first, the answer or the deadline, ends it.
private final class Lookup: Sendable {
    private let continuation: Mutex<CheckedContinuation<[InternetAddress], any Error>?>

    init(_ continuation: CheckedContinuation<[InternetAddress], any Error>) { self.continuation = Mutex(continuation) }

    func end(_ result: Result<[InternetAddress], any Error>) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: result)
    }
}

private final class LookupThreads: Sendable {
    private struct Counts {
        var total = 0
        var zones: [HostZone: Int] = [:]
    }

    private let limit: Int
    private let counts = Mutex(Counts())

    init(limit: Int) { self.limit = limit }

    /// False if there are too many already.
    func begin(in zone: HostZone) -> Bool {
        counts.withLock { counts in
            let inZone = counts.zones[zone, default: 0]
            guard counts.total < limit, inZone < max(1, limit / 8) else { return false }
            counts.total += 1
            counts.zones[zone] = inZone + 1
            return true
        }
    }

    func end(in zone: HostZone) {
        counts.withLock { counts in
            let left = counts.zones[zone, default: 1] - 1
            counts.total -= 1
            counts.zones[zone] = left > 0 ? left : nil
        }
    }
}
