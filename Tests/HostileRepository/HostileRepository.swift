package import NIOCore
internal import NIOPosix
package import NIOSSL
internal import Synchronization

/// A server on loopback that says what it is told to, whether that is HTTP or not, and remembers what it was asked.
package final class HostileRepository: Sendable {
    package struct Request: Hashable, Sendable {
        package let method: String
        package let path: String
        /// By name in lower case.
        package let fields: [String: String]
    }

    package enum Conduct: Sendable {
        /// These bytes, and the connection is closed.
        case says([UInt8])
        /// A byte each so often, for ever.
        case drips([UInt8], every: TimeAmount)
        /// The first bytes, then the second so many times, as fast as they are taken.
        case pours([UInt8], then: [UInt8], times: Int)
        /// Nothing at all, and the connection stays.
        case isSilent
    }

    fileprivate struct State {
        var requests: [Request] = []
        var connections = 0
        var sentBytes = 0
    }

    private let channel: any Channel
    private let state: Shared

    fileprivate final class Shared: Sendable {
        let state = Mutex(State())
        let conduct: @Sendable (Request) async -> Conduct

        init(_ conduct: @escaping @Sendable (Request) async -> Conduct) { self.conduct = conduct }
    }

    private init(channel: any Channel, state: Shared) {
        self.channel = channel
        self.state = state
    }

    /// Serves for as long as `body` takes, with TLS if there is a configuration for it.
    package static func serving<Value: Sendable>(
        on host: String = "127.0.0.1", tls: TLSConfiguration? = nil,
        _ conduct: @escaping @Sendable (Request) async -> Conduct,
        _ body: (HostileRepository) async throws -> Value
    ) async throws -> Value {
        let state = Shared(conduct), context = try tls.map { try NIOSSLContext(configuration: $0) }
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(Conversation(state))
                }
            }
            .bind(host: host, port: 0).get()
        let repository = HostileRepository(channel: channel, state: state)
        do {
            let value = try await body(repository)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    package var port: Int { channel.localAddress?.port ?? 0 }
    /// In the order they came.
    package var requests: [Request] { state.state.withLock { $0.requests } }
    /// Those that were accepted, whether they asked anything or not.
    package var connections: Int { state.state.withLock { $0.connections } }
    /// What went into the sockets, TLS apart.
    package var sentBytes: Int { state.state.withLock { $0.sentBytes } }
}

extension HostileRepository.Conduct {
    /// An answer as HTTP has it.
    package static func answers(_ status: Int = 200, _ fields: [String] = [], _ body: [UInt8]) -> Self {
        let head = ["HTTP/1.1 \(status) X", "Content-Length: \(body.count)"] + fields
        return .says(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }
}

/// One connection: reads to the end of a request's head, asks what to do, and does it.
private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let shared: HostileRepository.Shared
    private var received: [UInt8] = []
    private var hasAnswered = false
    private var pouring: (piece: ByteBuffer, left: Int)?

    init(_ shared: HostileRepository.Shared) { self.shared = shared }

    func channelActive(context: ChannelHandlerContext) {
        shared.state.withLock { $0.connections += 1 }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        guard !hasAnswered, let request = HostileRepository.Request(received) else { return }
        hasAnswered = true
        shared.state.withLock { $0.requests.append(request) }
        let shared = shared
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.makeFutureWithTask { await shared.conduct(request) }.whenSuccess { conduct in
            let (conversation, context) = bound.value
            conversation.act(conduct, context)
        }
    }

    private func act(_ conduct: HostileRepository.Conduct, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        switch conduct {
        case .says(let bytes):
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            send(ByteBuffer(bytes: bytes), context).whenComplete { _ in bound.value.close(promise: nil) }
        case .drips(let bytes, let pause): drip(bytes[...], pause, context)
        case .pours(let first, let piece, let times):
            send(ByteBuffer(bytes: first), context).whenFailure { _ in }
            pouring = (ByteBuffer(bytes: piece), times)
            pour(context)
        case .isSilent: break
        }
    }

    @discardableResult
    private func send(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        shared.state.withLock { $0.sentBytes += buffer.readableBytes }
        return context.writeAndFlush(wrapOutboundOut(buffer))
    }

    private func drip(_ bytes: ArraySlice<UInt8>, _ pause: TimeAmount, _ context: ChannelHandlerContext) {
        guard context.channel.isActive, let byte = bytes.first else { return }
        send(ByteBuffer(bytes: [byte]), context)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: pause) {
            let (conversation, context) = bound.value
            conversation.drip(bytes.dropFirst(), pause, context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pour(context)
        context.fireChannelWritabilityChanged()
    }

    private func pour(_ context: ChannelHandlerContext) {
        while context.channel.isActive, context.channel.isWritable, let (piece, left) = pouring {
            guard left > 0 else {
                pouring = nil
                return context.close(promise: nil)
            }
            pouring = (piece, left - 1)
            send(piece, context)
        }
    }

    /// A client that goes away, or finds our certificate wanting, is no fault of the test.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension HostileRepository.Request {
    /// Nil until the head is whole.
    fileprivate init?(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let end = lines.firstIndex(of: ""), let words = lines.first?.split(separator: " "), words.count == 3
        else { return nil }
        method = String(words[0])
        path = String(words[1])
        fields = lines[1..<end].reduce(into: [:]) { fields, line in
            guard let colon = line.firstIndex(of: ":") else { return }
            fields[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
    }
}
