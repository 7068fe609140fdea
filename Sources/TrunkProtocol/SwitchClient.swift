internal import Glibc
internal import Jansson
package import NIOCore
internal import NIOPosix

/// Asks a listener as a switch does: one connection, netstrings, any number of requests under way.
package final class SwitchClient: Sendable {
    package enum Failure: Error, Hashable, Sendable {
        case timedOut, closed
        /// The other end does not read what it was sent before.
        case notTaken
        /// The answer was no JSON-RPC answer to any request under way, or no netstring.
        case unexpectedAnswer
    }

    private let channel: any Channel
    private let calls: NIOLoopBound<ClientCalls>

    private init(channel: any Channel, calls: NIOLoopBound<ClientCalls>) {
        self.channel = channel
        self.calls = calls
    }

    /// `timeout` is what each call may take: what switches give theirs.
    package static func connect(
        host: String, port: Int, group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup,
        connectTimeout: TimeAmount = .seconds(5), timeout: TimeAmount = .milliseconds(500)
    ) async throws -> SwitchClient {
        let (channel, calls) = try await ClientBootstrap(group: group)
            .connectTimeout(connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(ChannelOptions.socket(IPPROTO_TCP, TCP_KEEPIDLE), value: 60)
            .channelOption(ChannelOptions.socket(IPPROTO_TCP, TCP_KEEPINTVL), value: 15)
            .channelOption(ChannelOptions.socket(IPPROTO_TCP, TCP_KEEPCNT), value: 4)
            .connect(host: host, port: port) { channel in
                // Before anything is read, or what comes first would be lost.
                channel.eventLoop.makeCompletedFuture {
                    let calls = ClientCalls(timeout: timeout, eventLoop: channel.eventLoop)
                    try channel.pipeline.syncOperations.addHandler(calls)
                    return (channel, NIOLoopBound(calls, eventLoop: channel.eventLoop))
                }
            }
        return SwitchClient(channel: channel, calls: calls)
    }

    /// The whole answer, result or error, as it came. `params` is a JSON object.
    package func call(_ method: String, params: [UInt8] = Array("{}".utf8)) async throws -> [UInt8] {
        try await channel.eventLoop.flatSubmit { [calls] in calls.value.call(method, params: params) }.get()
    }

    /// Returns when the connection is closed, by whichever end. Closes it if the task is cancelled.
    package func untilClosed() async {
        await withTaskCancellationHandler {
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    package func close() async throws {
        guard channel.isActive else { return }
        try await channel.close()
    }
}

/// The requests under way on a client's connection. Belongs to its event loop.
private final class ClientCalls: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Call {
        let answer: EventLoopPromise<[UInt8]>
        let timeout: Scheduled<Void>
    }

    private let eventLoop: any EventLoop
    private let timeout: TimeAmount
    private var decoder = FrameDecoder(limits: SwitchLimits())
    private var context: ChannelHandlerContext?
    private var waiting: [Int: Call] = [:]
    private var lastID = 0
    private var flushIsScheduled = false

    init(timeout: TimeAmount, eventLoop: any EventLoop) {
        self.timeout = timeout
        self.eventLoop = eventLoop
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        context.fireChannelActive()
    }

    func call(_ method: String, params: [UInt8]) -> EventLoopFuture<[UInt8]> {
        guard let context else { return eventLoop.makeFailedFuture(SwitchClient.Failure.closed) }
        // Else whoever answers what it has not read could have requests pile up here for ever.
        guard context.channel.isWritable else { return eventLoop.makeFailedFuture(SwitchClient.Failure.notTaken) }
        lastID += 1
        let id = lastID
        let answer = context.eventLoop.makePromise(of: [UInt8].self)
        let timeout = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            guard let call = self.waiting.removeValue(forKey: id) else { return }
            call.answer.fail(SwitchClient.Failure.timedOut)
        }
        waiting[id] = Call(answer: answer, timeout: timeout)
        let head = "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"method\":\"\(method)\",\"params\":"
        var request = ByteBuffer()
        request.writeString("\(head.utf8.count + params.count + 1):\(head)")
        request.writeBytes(params)
        request.writeStaticString("},")
        context.write(wrapOutboundOut(request), promise: nil)
        flushLater(context)
        return answer.futureResult
    }

    private func flushLater(_ context: ChannelHandlerContext) {
        guard !flushIsScheduled else { return }
        flushIsScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.flushIsScheduled = false
            self.context?.flush()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data))
        do {
            while let message = try decoder.next() { try receive(message) }
        } catch {
            fail(SwitchClient.Failure.unexpectedAnswer)
            context.close(promise: nil)
        }
        decoder.releaseStorage()
    }

    /// An answer to a call that timed out is dropped.
    private func receive(_ message: ByteBuffer) throws {
        let id = try JSON(parsing: message.readableBytesUInt8Span).integer("id")
        guard id > 0, id <= lastID else { throw SwitchClient.Failure.unexpectedAnswer }
        guard let call = waiting.removeValue(forKey: id) else { return }
        call.timeout.cancel()
        call.answer.succeed(Array(buffer: message))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(SwitchClient.Failure.closed)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { fail(SwitchClient.Failure.closed) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func fail(_ failure: SwitchClient.Failure) {
        context = nil
        let calls = waiting
        waiting = [:]
        for call in calls.values {
            call.timeout.cancel()
            call.answer.fail(failure)
        }
    }
}
