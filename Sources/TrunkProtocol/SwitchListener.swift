internal import Glibc
package import NIOCore
internal import NIOPosix

/// Listens for switches and answers their requests, each on its connection's event loop.
package final class SwitchListener: Sendable {
    /// The address it is bound to, with the port the system chose when 0 was asked for.
    package let address: SocketAddress
    private let channel: any Channel
    private let loops: [NIOLoopBound<SwitchLoop>]

    private init(address: SocketAddress, channel: any Channel, loops: [NIOLoopBound<SwitchLoop>]) {
        self.address = address
        self.channel = channel
        self.loops = loops
    }

    /// - Parameters:
    ///   - name: tells requests of several listeners apart in ``SwitchPeer``.
    ///   - allows: the ACL. An address it refuses is closed before a byte is read.
    ///   - defaultTrunk: the trunk of an address's requests that name none.
    ///   - responder: called once on each event loop of `group`.
    package static func bind(
        host: String, port: Int, name: String = "", limits: SwitchLimits = SwitchLimits(), group: any EventLoopGroup,
        allowing allows: @escaping @Sendable (SocketAddress) -> Bool = { _ in true },
        defaultTrunk: @escaping @Sendable (_ address: String) -> String? = { _ in nil },
        responder: @escaping @Sendable (any EventLoop) -> Responder
    ) async throws -> SwitchListener {
        var loops: [NIOLoopBound<SwitchLoop>] = []
        for eventLoop in group.makeIterator() {
            let loop = eventLoop.submit {
                NIOLoopBound(
                    SwitchLoop(eventLoop: eventLoop, limits: limits, responder: responder(eventLoop)),
                    eventLoop: eventLoop)
            }
            loops.append(try await loop.get())
        }
        let bound = loops
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            // What waits in the kernel is under no deadline and in no counter, so it is to be no more than some milliseconds' work.
            .childChannelOption(.socketOption(.so_rcvbuf), value: 131_072)
            .childChannelOption(ChannelOptions.socket(IPPROTO_TCP, TCP_KEEPIDLE), value: 60)
            .childChannelOption(ChannelOptions.socket(IPPROTO_TCP, TCP_KEEPINTVL), value: 15)
            .childChannelOption(ChannelOptions.socket(IPPROTO_TCP, TCP_KEEPCNT), value: 4)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // About one batch of requests at a time: what a busy loop cannot take yet is better kept by the kernel, which
            // slows the sender.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 2048, maximum: 65_536)
            )
            .childChannelOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(low: limits.unsentLow, high: limits.unsentHigh)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = bound.first(where: { $0.eventLoop === channel.eventLoop })?.value else {
                        throw ChannelError.operationUnsupported
                    }
                    guard let source = Self.admit(channel, to: loop, allowing: allows) else {
                        return channel.close(promise: nil)
                    }
                    let address = source.ipAddress ?? ""
                    let peer = SwitchPeer(
                        listener: name, address: address, port: source.port ?? 0, trunk: defaultTrunk(address))
                    try channel.pipeline.syncOperations.addHandler(SwitchConnection(loop: loop, peer: peer))
                }
            }
        let channel = try await bootstrap.bind(host: host, port: port).get()
        guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
        return SwitchListener(address: address, channel: channel, loops: loops)
    }

    /// Where it comes from; nil if it is not to be served.
    private static func admit(
        _ channel: any Channel, to loop: SwitchLoop, allowing allows: (SocketAddress) -> Bool
    ) -> SocketAddress? {
        // Without an address it was reset before it was accepted.
        guard let source = channel.remoteAddress else { return nil }
        guard allows(source) else {
            loop.counters.notAllowed += 1
            return nil
        }
        guard !loop.isDraining else { return nil }
        guard loop.counters.open < loop.limits.connectionsPerLoop else {
            loop.counters.tooMany += 1
            return nil
        }
        return source
    }

    /// The sum over all event loops, each read at a moment of its own.
    package func counters() async throws -> SwitchCounters {
        var sum = SwitchCounters()
        for loop in loops { sum = sum + (try await loop.eventLoop.submit { loop.value.counters }.get()) }
        return sum
    }

    /// Accepts and reads nothing more, lets what is in flight be answered or expire, and closes (NET-13).
    package func shutDown() async throws {
        if channel.isActive { try? await channel.close() }
        for loop in loops { try await loop.eventLoop.flatSubmit { loop.value.drain() }.get() }
    }
}
