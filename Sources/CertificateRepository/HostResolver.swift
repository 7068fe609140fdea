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
    ///   - limit: look-ups at one time; beyond, one fails at once.
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
                guard threads.begin() else { return lookup.end(.failure(FetchFault.resolverBusy)) }
                Thread.detachNewThread {
                    // An IPv6 route that leads nowhere costs a whole time to connect, so the others come first.
                    let found = lookUp(host).sorted { $0.count < $1.count }
                    threads.end()
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
    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// False if there are too many already.
    func begin() -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func end() { count.withLock { $0 -= 1 } }
}
