internal import Certificates
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Serves ``PublishedFiles`` over HTTP, with TLS or behind something that has it, to whoever asks.
package final class PublishingListener: Sendable {
    /// The address it is bound to, with the port the system chose when 0 was asked for.
    package let address: SocketAddress
    private let channel: any Channel
    private let loop: NIOLoopBound<PublishingLoop>

    private init(address: SocketAddress, channel: any Channel, loop: NIOLoopBound<PublishingLoop>) {
        self.address = address
        self.channel = channel
        self.loop = loop
    }

    /// - Parameters:
    ///   - prefix: what stands before a file's name in the path of its URL, with a slash at both ends.
    ///   - eventLoop: of its own, so that strangers' requests take no time from switches.
    ///   - now: wall clock, in seconds since 1970.
    package static func bind(
        host: String, port: Int, files: PublishedFiles, prefix: String = "/", identity: PublishingIdentity? = nil,
        limits: PublishingLimits = PublishingLimits(), on eventLoop: any EventLoop, now: @escaping @Sendable () -> Int
    ) async throws(PublishingFault) -> PublishingListener {
        do {
            let loop = try await eventLoop.submit {
                NIOLoopBound(
                    PublishingLoop(files: files, identity: identity, prefix: prefix, limits: limits, now: now),
                    eventLoop: eventLoop)
            }.get()
            let channel = try await ServerBootstrap(group: eventLoop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                // An answer that is not read waits in one place, the file's own bytes, which all share.
                .childChannelOption(.socketOption(.so_sndbuf), value: 65_536)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.maxMessagesPerRead, value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try Self.admit(channel, to: loop.value) }
                }
                .bind(host: host, port: port).get()
            guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
            return PublishingListener(address: address, channel: channel, loop: loop)
        } catch { throw .notListening(host: host, port: port, "\(error)") }
    }

    private static func admit(_ channel: any Channel, to loop: PublishingLoop) throws {
        // Without an address it was reset before it was accepted.
        guard let text = channel.remoteAddress?.ipAddress, let address = InternetAddress(text),
            loop.admit(from: address)
        else {
            return channel.close(promise: nil)
        }
        do { try add(PublishingConnection(loop: loop, address: address), to: channel, of: loop) } catch {
            loop.remove(address)
            throw error
        }
    }

    private static func add(
        _ connection: PublishingConnection, to channel: any Channel, of loop: PublishingLoop
    ) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = loop.limits.headerBytes
        limits.maxHeaderListSize = loop.limits.headerBytes
        let pipeline = channel.pipeline.syncOperations
        if let identity = loop.identity { try pipeline.addHandler(NIOSSLServerHandler(context: identity.context)) }
        try pipeline.addHandlers([
            HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)), connection,
        ])
    }
}

extension PublishingListener {
    /// From the next request on.
    package func publish(_ files: PublishedFiles) async throws {
        try await loop.eventLoop.submit { [loop] in loop.value.files = files }.get()
    }

    /// From the next connection on.
    package func present(_ identity: PublishingIdentity) async throws {
        try await loop.eventLoop.submit { [loop] in loop.value.identity = identity }.get()
    }

    package func counters() async throws -> PublishingCounters {
        try await loop.eventLoop.submit { [loop] in loop.value.counters }.get()
    }

    /// Accepts no more; what is being answered goes on until its loop is shut down.
    package func shutDown() async { try? await channel.close() }
}
