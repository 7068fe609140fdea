internal import AsyncHTTPClient
internal import CertificateRepository
package import LibCrypto
package import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Asks a server that the operator chose, and takes no more from it than such an answer has.
///
/// One connection for one request, in TLS 1.2 or later if the URL says https: no redirect is followed, no proxy asked,
/// nothing unpacked.
package struct WebClient: Sendable {
    private let group: any EventLoopGroup
    private let tls: TLSConfiguration
    private let limits: WebLimits

    /// - Parameter roots: what the servers' own certificates must end at (RFC 9325).
    package init(
        roots: [Certificate], limits: WebLimits = WebLimits(), group: any EventLoopGroup
    ) throws {
        self.group = group
        self.limits = limits
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.trustRoots = .certificates(
            try roots.map { try NIOSSLCertificate(bytes: Array($0.pem.utf8), format: .pem) })
        self.tls = tls
    }

    func answer(to request: WebRequest) async throws(ACMEFault) -> WebAnswer {
        do { return try await answerInTime(request) } catch { throw Self.fault(error, request.url.text) }
    }
}

package struct WebLimits: Sendable {
    /// To the end of the TLS handshake.
    package var connect = TimeAmount.seconds(5)
    /// For one request and its answer.
    package var total = TimeAmount.seconds(30)
    /// In bytes: the status line and the header fields.
    package var head = 16 * 1024
    /// In bytes.
    package var body = 64 * 1024

    package init() {}
}

struct WebRequest: Sendable {
    var method = HTTPMethod.GET
    let url: ServiceURL
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []
}

struct WebAnswer: Sendable {
    let place: ServiceURL
    let status: Int
    let fields: HTTPHeaders
    let body: [UInt8]

    var isSuccess: Bool { (200..<300).contains(status) }
}

extension WebClient {
    private func answerInTime(_ request: WebRequest) async throws -> WebAnswer {
        try await withThrowingTaskGroup(of: WebAnswer.self) { group in
            group.addTask { try await exchange(request) }
            group.addTask {
                try await Task.sleep(for: .nanoseconds(limits.total.nanoseconds))
                throw ACMEFault.timedOut(place: request.url.text)
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw ACMEFault.cancelled }
            return answer
        }
    }

    private func exchange(_ request: WebRequest) async throws -> WebAnswer {
        let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
        // Not waited for: a peer that does not close its end of TLS would hold up the answer.
        defer { client.shutdown { _ in } }
        var message = HTTPClientRequest(url: request.url.text)
        message.method = request.method
        for field in [("Accept-Encoding", "identity"), ("Connection", "close"), ("User-Agent", "countersign")] {
            message.headers.add(name: field.0, value: field.1)
        }
        for field in request.fields { message.headers.add(name: field.name, value: field.value) }
        if !request.body.isEmpty { message.body = .bytes(request.body) }
        let response = try await client.execute(message, deadline: .now() + limits.total)
        guard !(300..<400).contains(response.status.code) else {
            throw ACMEFault.redirected(place: request.url.text, status: Int(response.status.code))
        }
        let body = try await bytes(of: response, at: request.url)
        return WebAnswer(
            place: request.url, status: Int(response.status.code), fields: response.headers, body: body)
    }

    private func bytes(of response: HTTPClientResponse, at url: ServiceURL) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await part in response.body {
            guard part.readableBytes <= limits.body - bytes.count else { throw ACMEFault.tooLarge(place: url.text) }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    private var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: limits.connect),
            proxy: nil, decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        let limits = limits
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.limitAnswer(head: limits.head, body: limits.body)
            }
        }
        return configuration
    }

    private static func fault(_ error: any Error, _ place: String) -> ACMEFault {
        switch error {
        case let fault as ACMEFault: fault
        case FetchFault.bodyTooLarge, FetchFault.headTooLarge: .tooLarge(place: place)
        case let error as HTTPClientError where timeouts.contains(error): .timedOut(place: place)
        case ChannelError.connectTimeout: .timedOut(place: place)
        case is CancellationError: .cancelled
        default: .unreachable(place: place, reason: "\(error)".printable)
        }
    }

    private static let timeouts: [HTTPClientError] = [.connectTimeout, .tlsHandshakeTimeout, .deadlineExceeded]
}
