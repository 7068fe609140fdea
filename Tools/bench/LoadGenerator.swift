import NIOCore
import NIOPosix
import TrunkProtocol

/// Asks a daemon over one connection, keeping so many requests under way.
final class LoadGenerator: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Ids of one width, so that the result stands at one place in every answer.
    private static let firstID = 1_000_000
    private static let resultOffset = #"{"jsonrpc":"2.0","id":1000000,"#.utf8.count

    private let requests: [ByteBuffer]
    private let expected: [UInt8]
    private let done: EventLoopPromise<Void>
    private var decoder = FrameDecoder(limits: SwitchLimits())
    private var sent = 0, answered = 0

    private init(requests: [ByteBuffer], expected: String, done: EventLoopPromise<Void>) {
        self.requests = requests
        self.expected = Array(expected.utf8)
        self.done = done
    }

    /// One netstring for each of `params`, which are JSON objects.
    static func requests(_ method: String, _ params: some Collection<String>) -> [ByteBuffer] {
        zip(firstID..., params).map { id, params in
            let message = #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
            return ByteBuffer(string: "\(message.utf8.count):\(message),")
        }
    }

    /// Returns when all are answered; throws at the first answer that does not begin with `expected`.
    static func run(
        _ requests: [ByteBuffer], expecting expected: String, inFlight: Int, port: Int, on group: any EventLoopGroup
    ) async throws {
        let eventLoop = group.next()
        let done = eventLoop.makePromise(of: Void.self)
        // A request that is never answered would be waited for for ever.
        let watchdog = eventLoop.scheduleTask(in: .seconds(60)) {
            done.fail(BenchError.daemon("not all requests were answered within a minute"))
        }
        let channel = try await ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        LoadGenerator(requests: requests, expected: expected, done: done))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        defer { watchdog.cancel() }
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: LoadGenerator.self).send(inFlight, on: channel)
        }.get()
        let outcome = Result { () in done.futureResult }
        try await outcome.get().get()
        try await channel.close()
    }

    private func send(_ count: Int, on channel: any Channel) {
        let end = min(sent + count, requests.count)
        guard sent < end else { return }
        while sent < end {
            channel.write(requests[sent], promise: nil)
            sent += 1
        }
        channel.flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data))
        var count = 0
        do {
            while let answer = try decoder.next() {
                let start = answer.readableBytesView.dropFirst(Self.resultOffset)
                guard start.starts(with: expected) else { throw BenchError.daemon(String(buffer: answer)) }
                count += 1
            }
        } catch {
            return done.fail(error)
        }
        decoder.releaseStorage()
        answered += count
        if answered == requests.count { return done.succeed() }
        send(count, on: context.channel)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { done.fail(error) }

    func channelInactive(context: ChannelHandlerContext) { done.fail(BenchError.daemon("closed the connection")) }
}
