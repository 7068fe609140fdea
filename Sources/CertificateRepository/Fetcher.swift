internal import AsyncHTTPClient
package import Certificates
internal import Foundation
package import LibCrypto
package import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// Asks what is behind a URL that a stranger wrote, of a server that nobody vouches for.
///
/// One connection for one request, to an address that was checked: no redirect is followed, no proxy asked, nothing
/// unpacked, and nothing taken beyond the limits.
package final class Fetcher: Sendable {
    private let limits: FetchLimits
    private let group: any EventLoopGroup
    private let tls: TLSConfiguration
    private let resolve: HostResolver
    private let isAllowed: @Sendable (InternetAddress) -> Bool
    private let rates: Mutex<FetchRates>

    /// - Parameters:
    ///   - roots: what the servers' own certificates must end at (RFC 9325); nothing to do with the anchors of chains.
    ///   - isAllowed: whether an address may be asked. One that may not closes its host, whatever others it has.
    package init(
        roots: [Certificate], limits: FetchLimits = FetchLimits(), group: any EventLoopGroup,
        resolve: HostResolver? = nil, isAllowed: @escaping @Sendable (InternetAddress) -> Bool = \.isPublic
    ) throws {
        self.limits = limits
        self.group = group
        self.resolve = resolve ?? .system(group)
        self.isAllowed = isAllowed
        rates = Mutex(FetchRates(limits))
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.trustRoots = .certificates(
            try roots.map { try NIOSSLCertificate(bytes: Array($0.pem.utf8), format: .pem) })
        self.tls = tls
    }

    /// - Parameters:
    ///   - largestBody: in bytes; nothing beyond is read.
    ///   - now: Unix time, by which an answer says how old it is.
    package func fetch(_ url: CertificateURL, largestBody: Int, at now: Int) async -> FetchAnswer {
        let deadline = NIODeadline.now() + limits.total
        // An address has many spellings, and is one place.
        let place = InternetAddress(url.host)?.site.description ?? url.host
        guard rates.withLock({ $0.admits(host: place, at: .now()) }) else { return .overloaded }
        return await withTaskGroup(of: FetchAnswer.self) { group in
            group.addTask { await self.ask(url, largestBody, at: now, until: deadline) }
            group.addTask {
                try? await Task.sleep(for: .nanoseconds((deadline - .now()).nanoseconds))
                return .timedOut
            }
            defer { group.cancelAll() }
            return await group.next() ?? .timedOut
        }
    }
}

extension Fetcher {
    private enum Attempt {
        /// The request was sent, or cannot be: another address would only be asked the same.
        case ended(FetchAnswer)
        /// There was no connection, or no TLS: another address of the same host may do better.
        case notConnected(FetchAnswer)
    }

    private func ask(
        _ url: CertificateURL, _ largestBody: Int, at now: Int, until deadline: NIODeadline
    ) async -> FetchAnswer {
        let addresses: [InternetAddress]
        do { addresses = try await self.addresses(of: url.host, until: deadline) } catch { return Self.answer(error) }
        var last = FetchAnswer.timedOut
        for address in addresses where NIODeadline.now() < deadline {
            // Many names may lead to one address, whose owner need not know of any of them.
            guard
                InternetAddress(url.host) != nil || rates.withLock({ $0.admits(address: address, at: .now()) })
            else { return .overloaded }
            switch await request(url, of: address, largestBody, at: now, until: deadline) {
            case .ended(let answer): return answer
            case .notConnected(let answer): last = answer
            }
        }
        return last
    }

    /// At least one, and each one of the host's checked: what is connected to is one of these and is not looked up again.
    private func addresses(of host: String, until deadline: NIODeadline) async throws -> [InternetAddress] {
        let addresses =
            if let literal = InternetAddress(host) { [literal] } else { try await resolve.addresses(host, deadline) }
        guard !addresses.isEmpty else { throw FetchFault.noAddress }
        guard addresses.allSatisfy(isAllowed) else { throw FetchFault.forbiddenAddress }
        return Array(addresses.prefix(limits.addresses))
    }

    private func request(
        _ url: CertificateURL, of address: InternetAddress, _ largestBody: Int, at now: Int,
        until deadline: NIODeadline
    ) async -> Attempt {
        // Read as the client will read it, so that the name it looks for is the one that has its address below.
        guard URL(string: url.text)?.host()?.trimmingCharacters(in: ["[", "]"]) == url.host else {
            return .ended(Self.answer(FetchFault.unreadableURL))
        }
        let isConnected = Atomic(false)
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(group),
            configuration: configuration(url.host, address, largestBody) {
                isConnected.store(true, ordering: .sequentiallyConsistent)
            })
        // Not waited for: a peer that does not close its end of TLS would hold up the answer.
        defer { client.shutdown { _ in } }
        var request = HTTPClientRequest(url: url.text)
        request.headers.add(name: "Accept-Encoding", value: "identity")
        request.headers.add(name: "Connection", value: "close")
        request.headers.add(name: "User-Agent", value: "countersign")
        do {
            let response = try await client.execute(request, deadline: deadline)
            return .ended(try await FetchAnswer(response, largestBody, now: now))
        } catch {
            let answer = Self.answer(error)
            return isConnected.load(ordering: .sequentiallyConsistent) ? .ended(answer) : .notConnected(answer)
        }
    }

    /// - Parameter connected: is called when TLS stands, before anything of the request is sent.
    private func configuration(
        _ host: String, _ address: InternetAddress, _ largestBody: Int, connected: @escaping @Sendable () -> Void
    ) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: limits.connect),
            proxy: nil, decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        // The name stays what is sent, and what the certificate must be for.
        configuration.dnsOverride = [host: address.description]
        let head = limits.head
        configuration.http1_1ConnectionDebugInitializer = { channel in
            connected()
            return channel.eventLoop.makeCompletedFuture {
                try channel.limitAnswer(head: head, body: largestBody)
            }
        }
        return configuration
    }
}

package struct FetchLimits: Sendable {
    /// To the end of the TLS handshake, for each address.
    package var connect = TimeAmount.seconds(1)
    /// For everything, name look-up included.
    package var total = TimeAmount.seconds(2)
    /// In bytes: the status line and the header fields.
    package var head = 8 * 1024
    /// Addresses of one host that are tried.
    package var addresses = 4
    package var fetchesPerSecond = 50
    /// And of one address, whatever names lead to it.
    package var fetchesPerSecondPerHost = 5

    package init() {}
}
