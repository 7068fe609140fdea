package import Certificates
package import NIOCore
internal import NIOPosix

/// Finds the addresses of a host.
package struct HostResolver: Sendable {
    /// Returns or throws by the deadline.
    package let addresses: @Sendable (_ host: String, _ deadline: NIODeadline) async throws -> [InternetAddress]

    package init(
        _ addresses: @escaping @Sendable (_ host: String, _ deadline: NIODeadline) async throws -> [InternetAddress]
    ) { self.addresses = addresses }

    /// The machine's own (getaddrinfo). It blocks a thread of its own for as long as it likes; its caller goes on at
    /// the deadline. IPv4 addresses come first, since an IPv6 route that leads nowhere costs a whole time to connect.
    package static func system(_ group: any EventLoopGroup) -> HostResolver {
        HostResolver { host, deadline in
            let loop = group.any(), found = loop.makePromise(of: [SocketAddress].self)
            let resolver = NIORandomizedDNSResolver(loop: loop)
            let sixes = resolver.initiateAAAAQuery(host: host, port: 0)
            let timer = loop.scheduleTask(deadline: deadline) { found.fail(FetchFault.resolverTimedOut) }
            resolver.initiateAQuery(host: host, port: 0).and(sixes).whenComplete { result in
                timer.cancel()
                found.completeWith(result.map { fours, sixes in fours + sixes })
            }
            return try await found.futureResult.get().compactMap { address in
                address.ipAddress.flatMap { InternetAddress(ipv4: $0) ?? InternetAddress(ipv6: $0) }
            }
        }
    }
}
