import NIOCore
import NIOPosix
import Synchronization
import TrunkProtocol

/// A connection that reads all the while, or not at all for a time.
struct LoadClient {
    private let channel: any Channel
    private let collected: Collected

    /// The answers, in the order they came.
    final class Collected: Sendable {
        let answers = Mutex<[String]>([])

        var count: Int { answers.withLock { $0.count } }
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let collected: Collected
        private let decoder = Mutex(FrameDecoder(limits: SwitchLimits()))

        init(_ collected: Collected) { self.collected = collected }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let messages = decoder.withLock { decoder in
                decoder.append(unwrapInboundIn(data))
                var messages: [String] = []
                while let message = try? decoder.next() { messages.append(String(buffer: message)) }
                decoder.releaseStorage()
                return messages
            }
            collected.answers.withLock { $0 += messages }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        }
    }

    init(port: Int) async throws {
        let collected = Collected()
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(collected))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        self.collected = collected
    }

    var answers: Int { collected.count }

    func reads(_ isReading: Bool) async throws { try await channel.setOption(.autoRead, value: isReading).get() }

    func send(_ bytes: some Sequence<UInt8>) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Waits while more than `most` of `sent` requests may still be answered. Those that no answer came for in the time
    /// that an answer may take are counted in `lost`.
    func wait(sent: Int, most: Int, lost: inout Int) async throws {
        let end = ContinuousClock.now + .milliseconds(500)
        while sent - lost - answers > most {
            guard ContinuousClock.now < end else { return lost = sent - answers }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Asks nothing more, and returns all answers when the daemon has closed.
    func finish() async throws -> [String] {
        try await channel.close(mode: .output)
        return try await closed()
    }

    /// All answers, when the daemon has closed or died.
    func closed() async throws -> [String] {
        try await channel.closeFuture.get()
        return collected.answers.withLock { $0 }
    }
}
