internal import Certificates
internal import NIOCore
internal import NIOHTTP1

/// A connection carries one request: nothing can be smuggled in behind it, and nobody holds one open for long.
final class PublishingConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Stage { case waiting, answering, closing }

    /// In bytes.
    private static let longestSlice = 64 * 1024

    private let loop: PublishingLoop
    private let address: InternetAddress
    private var stage = Stage.waiting
    private var inputIsClosed = false
    private var deadline: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    init(loop: PublishingLoop, address: InternetAddress) {
        self.loop = loop
        self.address = address
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        allow(loop.limits.requestTime)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        deadline?.cancel()
        loop.remove(address)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Whatever comes behind the header is of no interest.
        guard case .head(let head) = unwrapInboundIn(data), stage == .waiting else { return }
        answer(PublishingAnswer(to: head, from: loop))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            inputIsClosed = true
            if stage != .answering { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken TLS handshake and a lost connection cannot be answered.
        guard let fault = error as? HTTPParserError else { return context.close(promise: nil) }
        guard stage == .waiting else { return }
        answer(.refusal(fault == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest))
    }

    private func answer(_ answer: PublishingAnswer) {
        guard let context else { return }
        stage = .answering
        loop.counters[keyPath: answer.counter] += 1
        allow(loop.limits.answerTime)
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers(at: loop.now()))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        send(answer.body ?? ByteBuffer())
    }

    /// A slice after the other, each when the one before has been taken off our hands: TLS makes a copy of what it is given,
    /// and whoever does not read would have it make one of the whole file.
    private func send(_ body: ByteBuffer) {
        guard let context else { return }
        var rest = body
        guard let slice = rest.readSlice(length: min(rest.readableBytes, Self.longestSlice)), slice.readableBytes > 0
        else { return end() }
        let written = context.eventLoop.makePromise(of: Void.self), eventLoop = context.eventLoop
        written.futureResult.assumeIsolated().whenSuccess { [rest] in
            // Not at once, so that others have their turn.
            eventLoop.assumeIsolated().execute { self.send(rest) }
        }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(slice))), promise: written)
    }

    private func end() {
        guard let context else { return }
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.sayFarewell() }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }

    /// Waits a little for the other end's FIN: to close with bytes unread would be a reset, which can overtake the answer.
    private func sayFarewell() {
        guard let context else { return }
        stage = .closing
        allow(loop.limits.farewell)
        context.close(mode: inputIsClosed ? .all : .output, promise: nil)
    }

    /// Until then the connection has to have gone on, or it is closed.
    private func allow(_ time: TimeAmount) {
        guard let context else { return }
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            if self.stage != .closing { self.loop.counters.timedOut += 1 }
            self.context?.close(promise: nil)
        }
    }
}
