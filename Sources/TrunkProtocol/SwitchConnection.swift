internal import Jansson
package import NIOCore

/// One switch's connection: cuts it into messages, hands over the requests, sends the answers in any order.
///
/// All of it runs on the connection's event loop. An answer lies contiguous in one buffer and goes out in one write();
/// the answers of one batch share it. (A client that needs each answer alone: ``SwitchLimits/flushesEachAnswer``.)
package final class SwitchConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private enum Stage {
        case open
        /// Nothing more is read; what is in flight is still answered.
        case finishing
        /// The last answer is on its way out.
        case closing
        case closed
    }

    private let loop: SwitchLoop
    private let peer: SwitchPeer
    private var context: ChannelHandlerContext?
    private var decoder: FrameDecoder
    private let jsonLimits: JSONLimits
    private var stage = Stage.open
    private var inFlight = 0
    private var outgoing = ByteBuffer()
    private var awaitsFlush = false
    private var lastRead = NIODeadline.distantPast
    private var hasBacklog = false
    /// What is left of the backlog has waited past its deadline.
    private var isLate = false
    private var isUnwritable = false
    private var readIsHeldBack = false
    private var inputIsClosed = false
    private var isDraining = false
    private var unfinishedSince: NIODeadline?
    private var unfinishedTimer: Scheduled<Void>?
    private var slowReaderTimer: Scheduled<Void>?
    private var farewellTimer: Scheduled<Void>?

    package init(loop: SwitchLoop, peer: SwitchPeer) {
        self.loop = loop
        self.peer = peer
        decoder = FrameDecoder(limits: loop.limits)
        jsonLimits = JSONLimits(
            bytes: loop.limits.longestMessage, depth: loop.limits.deepestNesting,
            stringBytes: loop.limits.longestMessage)
    }

    /// The loop's own clock, so that a test can turn it.
    private var now: NIODeadline { loop.eventLoop.now }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    package func handlerRemoved(context: ChannelHandlerContext) { leave() }

    package func channelInactive(context: ChannelHandlerContext) {
        if stage == .open, decoder.isWithinMessage { note(.truncated) }
        leave()
        context.fireChannelInactive()
    }

    /// A reset or a failed write: NIO closes the channel, and nobody needs to hear of it.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func leave() {
        stage = .closed
        context = nil
        unfinishedTimer?.cancel()
        slowReaderTimer?.cancel()
        farewellTimer?.cancel()
        loop.remove(self)
    }
}

// Reading.
extension SwitchConnection {
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard stage == .open else { return }
        decoder.append(unwrapInboundIn(data))
        guard !hasBacklog else { return }
        lastRead = now
        isLate = false
        readMessages()
    }

    /// Reading waits for a slow reader and for a backlog: the kernel then slows the sender down.
    package func read(context: ChannelHandlerContext) {
        if stage == .open, isUnwritable || hasBacklog {
            readIsHeldBack = true
        } else {
            context.read()
        }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            inputIsClosed = true
            if !hasBacklog { endOfInput() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func endOfInput() {
        if stage == .open, decoder.isWithinMessage { refuse(.truncated) }
        finish()
    }

    private func readMessages() {
        var budget = loop.limits.messagesPerBatch
        do throws(FramingFault) {
            while stage == .open, budget > 0, let message = try decoder.next() {
                budget -= 1
                receive(message)
            }
        } catch {
            refuse(error)
        }
        if budget < loop.limits.messagesPerBatch { unfinishedSince = nil }
        hasBacklog = stage == .open && budget == 0 && decoder.isWithinMessage
        if hasBacklog { readBacklogLater() }
        decoder.releaseStorage()
        watchUnfinished()
    }

    private func readBacklogLater() {
        loop.eventLoop.assumeIsolated().execute {
            guard self.stage == .open, self.hasBacklog, !self.isUnwritable else { return }
            self.isLate = self.now >= self.lastRead + self.loop.limits.answerDeadline
            self.readMessages()
            guard !self.hasBacklog else { return }
            if self.inputIsClosed { self.endOfInput() }
            if self.isDraining { self.finish() }
            self.resumeReading()
        }
    }

    private func resumeReading() {
        guard readIsHeldBack, !isUnwritable, !hasBacklog else { return }
        readIsHeldBack = false
        context?.read()
    }

    private func receive(_ message: ByteBuffer) {
        loop.counters.messages += 1
        switch Envelope(parsing: message.readableBytesUInt8Span, limits: jsonLimits) {
        case .request(let id, let request):
            loop.counters.requests += 1
            admit(request, id: id)
        case .refused(let id, let error):
            loop.counters.requests += 1
            loop.counters.refused += 1
            send(.error(error), to: id)
        case .notification:
            loop.counters.notifications += 1
        case .unanswerable(let error):
            loop.counters.unanswerable += 1
            guard decoder.framing == .jsonStream else { return }
            send(.error(error), to: nil)
            if error == .parseError { finish() }
        }
    }

    private func admit(_ request: SwitchRequest, id: RequestID) {
        guard !isLate else {
            loop.counters.expired += 1
            return
        }
        let isFull =
            inFlight >= loop.limits.inFlightPerConnection || loop.counters.inFlight >= loop.limits.inFlightPerLoop
        guard !isFull || loop.responder.isUrgent(request) else {
            loop.counters.busy += 1
            send(.error(.busy), to: id)
            return
        }
        inFlight += 1
        loop.counters.inFlight += 1
        let reply = PendingReply(id: id, arrival: lastRead, connection: NIOLoopBound(self, eventLoop: loop.eventLoop))
        loop.handOver(request, from: peer, reply: reply)
    }

    private func refuse(_ fault: FramingFault) {
        note(fault)
        if decoder.framing == .jsonStream { send(.error(.parseError), to: nil) }
        finish()
    }

    private func note(_ fault: FramingFault) { loop.counters.framingFaults[fault, default: 0] += 1 }

    /// One timer that looks again, rather than one made and cancelled for each message that came in two pieces.
    private func watchUnfinished() {
        unfinishedSince = stage == .open && decoder.isWithinMessage && !hasBacklog ? unfinishedSince ?? lastRead : nil
        guard let since = unfinishedSince, unfinishedTimer == nil else { return }
        let limit = loop.limits.unfinishedMessage
        unfinishedTimer = loop.eventLoop.assumeIsolated().scheduleTask(deadline: since + limit) {
            self.unfinishedTimer = nil
            guard self.stage == .open, let since = self.unfinishedSince else { return }
            if self.isUnwritable {
                self.unfinishedSince = self.now
            } else if since + limit <= self.now {
                return self.refuse(.unfinished)
            }
            self.watchUnfinished()
        }
    }
}

// Answering.
extension SwitchConnection {
    func awaits(_ reply: PendingReply) -> Bool {
        stage != .closed && stage != .closing && now < reply.arrival + loop.limits.answerDeadline
    }

    func answer(_ reply: PendingReply, with answer: SwitchReply) -> Bool {
        defer { settle() }
        guard isInTime(reply) else { return false }
        send(answer, to: reply.id)
        return true
    }

    func answer(_ reply: PendingReply, with text: RawSpan, _ ending: String) -> Bool {
        defer { settle() }
        guard isInTime(reply), let framing = decoder.framing else { return false }
        let longest = loop.limits.longestAnswer
        if AnswerWriter.append(text, ending, framing: framing, longest: longest, output: &outgoing) {
            outgoingHasGrown()
        } else {
            loop.counters.overlong += 1
            send(.error(.internalError), to: reply.id)
        }
        return true
    }

    private func isInTime(_ reply: PendingReply) -> Bool {
        if now >= reply.arrival + loop.limits.answerDeadline {
            loop.counters.expired += 1
            return false
        }
        guard stage == .open || stage == .finishing else {
            loop.counters.orphaned += 1
            return false
        }
        loop.counters.answered += 1
        return true
    }

    func abandon() {
        loop.counters.abandoned += 1
        settle()
    }

    func noteAnsweredTwice() { loop.counters.answeredTwice += 1 }

    private func settle() {
        inFlight -= 1
        loop.counters.inFlight -= 1
        if stage == .finishing, inFlight == 0 { sayFarewell() }
    }

    private func send(_ reply: SwitchReply, to id: RequestID?) {
        guard let framing = decoder.framing else { return }
        let longest = loop.limits.longestAnswer
        if !loop.writer.append(reply, to: id, framing: framing, longest: longest, output: &outgoing) {
            loop.counters.overlong += 1
            _ = loop.writer.append(
                .error(.internalError), to: id, framing: framing, longest: longest, output: &outgoing)
        }
        outgoingHasGrown()
    }

    private func outgoingHasGrown() {
        if loop.limits.flushesEachAnswer {
            flush()
        } else if !awaitsFlush {
            awaitsFlush = true
            loop.flushLater(self)
        }
    }

    func flush() {
        awaitsFlush = false
        guard outgoing.readableBytes > 0, let context else { return }
        let answers = outgoing
        outgoing = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(answers), promise: nil)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isUnwritable = !context.channel.isWritable
        slowReaderTimer?.cancel()
        slowReaderTimer = nil
        if isUnwritable {
            // Not renewed by progress: whoever cannot take the difference of the two marks in this time is too slow.
            slowReaderTimer = loop.eventLoop.assumeIsolated().scheduleTask(in: loop.limits.slowReader) {
                self.loop.counters.slowReaders += 1
                self.context?.close(promise: nil)
            }
        } else if hasBacklog {
            readBacklogLater()
        } else {
            resumeReading()
        }
        context.fireChannelWritabilityChanged()
    }
}

// Closing.
extension SwitchConnection {
    /// What has been read but not yet handed over is asked as much as what has.
    func drain() {
        isDraining = true
        if !hasBacklog { finish() }
    }

    /// Reads nothing more, answers what is in flight, then closes. What has not been answered by its deadline never will be.
    func finish() {
        guard stage == .open else { return }
        stage = .finishing
        hasBacklog = false
        if readIsHeldBack {
            readIsHeldBack = false
            context?.read()
        }
        if inFlight == 0 { return sayFarewell() }
        farewellTimer = loop.eventLoop.assumeIsolated().scheduleTask(in: loop.limits.answerDeadline) {
            self.sayFarewell()
        }
    }

    /// Sends what is left, then FIN, and waits a little for the other end's: to close with bytes unread would be a reset,
    /// and a reset can overtake the last answers.
    private func sayFarewell() {
        guard stage == .finishing, let context else { return }
        stage = .closing
        closeLater(loop.limits.slowReader)
        let sent = loop.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in
            guard let context = self.context else { return }
            self.closeLater(self.loop.limits.farewell)
            context.close(mode: self.inputIsClosed ? .all : .output, promise: nil)
        }
        let answers = outgoing
        outgoing = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(answers), promise: sent)
    }

    private func closeLater(_ time: TimeAmount) {
        farewellTimer?.cancel()
        farewellTimer = loop.eventLoop.assumeIsolated().scheduleTask(in: time) { self.context?.close(promise: nil) }
    }
}
