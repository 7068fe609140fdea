internal import Jansson
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import TrunkProtocol

/// One connection to a peer, or to a stranger who has not said yet who he is. Belongs to the link's event loop.
///
/// It reads and writes messages, greets, keeps the heart beating, and lets go of who does not keep to the protocol. What the
/// messages are about is ``PeerLink``'s.
final class LinkConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Stage {
        case shaking
        /// Waits for `hello`, or for its answer.
        case greeting
        case open
        case closed
    }

    /// What an answer is to.
    enum Asked {
        case hello
        case ping(sent: NIODeadline, clock: Int)
        case numbered(Int)
        case assertions(batch: Int, calls: Int)
    }

    private let core: LinkCore
    /// Whom we have dialled; nil where it dialled us.
    let dialled: LinkPeer?
    private var peerLink: PeerLink?
    private(set) var certificate: LinkCertificate?
    private(set) var hello: Hello?
    private var context: ChannelHandlerContext?
    private var decoder: FrameDecoder
    private let jsonLimits: JSONLimits
    private var stage = Stage.shaking
    private var asked: [Int: Asked] = [:]
    private(set) var lastID = 0
    private var inFlight: Set<Int> = []
    private var outgoing = ByteBuffer()
    private var flushIsScheduled = false
    private var lastHeard: NIODeadline
    private var unfinishedSince: NIODeadline?
    private var isUnwritable = false
    private var readIsHeldBack = false
    private var messageBudget, byteBudget: Budget
    private var isPaused = false
    /// What comes behind `hello` waits until that has been considered.
    private var isMeeting = false
    private var faults = 0
    private var timer: Scheduled<Void>?
    private var greetingTimer: Scheduled<Void>?
    private var slowReaderTimer: Scheduled<Void>?
    private var fault: LinkFault?
    /// Bytes of messages that go out together.
    private static let mostGathered = 65_536
    /// Whoever dials is told otherwise that nobody is there.
    private var wasConnected = false

    init(_ core: LinkCore, dialled: LinkPeer?) {
        self.core = core
        self.dialled = dialled
        let limits = core.limits
        var frames = SwitchLimits()
        (frames.longestMessage, frames.deepestNesting) = (limits.longestMessage, limits.deepestNesting)
        decoder = FrameDecoder(limits: frames)
        jsonLimits = JSONLimits(
            bytes: limits.longestMessage, depth: limits.deepestNesting, stringBytes: limits.longestMessage)
        lastHeard = core.eventLoop.now
        messageBudget = Budget(perSecond: limits.messagesPerSecond, at: core.eventLoop.now)
        byteBudget = Budget(perSecond: limits.bytesPerSecond, at: core.eventLoop.now)
    }

    private var limits: LinkLimits { core.limits }
    private var now: NIODeadline { core.eventLoop.now }
    var carrier: String? { certificate?.carrier }
    var isOpen: Bool { stage == .open }
    private var address: String { context?.channel.remoteAddress?.description ?? "an unknown address" }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        core.strangers += 1
        greetingTimer = core.eventLoop.assumeIsolated().scheduleTask(in: limits.greeting) { self.close(.notInTime) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func channelActive(context: ChannelHandlerContext) {
        wasConnected = true
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // In TLS 1.3 we are told only after our handshake that our certificate is refused.
        close(stage == .open ? .closed : .handshake("\(error)"))
    }

    /// Closes for good, and says why.
    func close(_ fault: LinkFault) {
        if self.fault == nil { self.fault = fault }
        let context = context, last = outgoing
        leave()
        guard let context else { return }
        guard last.readableBytes > 0 else { return context.close(promise: nil) }
        // TLS drops what it has not sent when it is told to close: why the connection ends is to be read before it does.
        // Whoever does not read it does not keep the connection by that.
        let sent = core.eventLoop.makePromise(of: Void.self), channel = context.channel
        let deadline = core.eventLoop.assumeIsolated().scheduleTask(in: limits.greeting) { channel.close(promise: nil) }
        sent.futureResult.assumeIsolated().whenComplete { _ in
            deadline.cancel()
            channel.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(last), promise: sent)
    }

    private func leave() {
        guard stage != .closed else { return }
        if stage == .shaking || stage == .greeting { core.strangers -= 1 }
        let wasOpen = stage == .open
        stage = .closed
        greetingTimer?.cancel()
        slowReaderTimer?.cancel()
        timer?.cancel()
        let fault = fault ?? .closed
        core.remove(self)
        guard wasConnected else { return context = nil }
        if let peerLink { peerLink.ended(self, fault, wasOpen: wasOpen) } else { core.failed(self, at: address, fault) }
        context = nil
    }
}

// Who is there.
extension LinkConnection {
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { shaken(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func shaken(_ context: ChannelHandlerContext) {
        believe(try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self).peerCertificate)
    }

    /// - Parameter presented: the other end's, whose chain TLS has verified.
    func believe(_ presented: NIOSSLCertificate?) {
        guard stage == .shaking else { return }
        do throws(LinkFault) {
            guard let presented else { throw .certificateNamesNobody }
            let certificate = try LinkCertificate(presented)
            guard !core.revokes(certificate) else { throw .revoked }
            if let dialled, dialled.carrier != certificate.carrier {
                throw .otherCarrier(said: dialled.carrier, certificate: certificate.carrier)
            }
            guard let link = core.peers[certificate.carrier] else { throw .noSuchPeer(certificate.carrier) }
            self.certificate = certificate
            peerLink = link
            stage = .greeting
            if dialled != nil { greet(link) }
        } catch { close(error) }
    }

    private func greet(_ link: PeerLink) {
        link.makeHello { hello in
            guard self.stage == .greeting else { return }
            self.ask(.hello) { id, output in
                self.core.writer.request(id, "hello", to: &output) { $0.members(of: hello) }
            }
        }
    }

    /// The peer has said who it is.
    private func meet(_ hello: Hello, answer id: Int?) {
        guard stage == .greeting, let certificate, let peerLink, self.hello == nil else { return close(.notAHello) }
        guard hello.carrier == certificate.carrier else {
            return refuse(
                id, LinkRefusal(code: LinkRefusal.notAllowed, reason: "the certificate is of \(certificate.carrier)"),
                .otherCarrier(said: hello.carrier, certificate: certificate.carrier))
        }
        self.hello = hello
        isMeeting = true
        peerLink.meet(hello) { outcome in
            guard self.stage == .greeting else { return }
            switch outcome {
            case .failure:
                self.refuse(
                    id, LinkRefusal(code: LinkRefusal.unavailable, reason: "try again later"), .refused("by ourselves"))
            case .success(let own):
                if let id {
                    self.answer(id) { output in self.core.writer.result(id, to: &output) { $0.members(of: own) } }
                }
                self.open(hello)
            }
        }
    }

    /// An error is read before the end of the connection, if there is somebody to send it to.
    private func refuse(_ id: Int?, _ refusal: LinkRefusal, _ fault: LinkFault) {
        if let id { answer(id) { output in self.core.writer.error(id, refusal, to: &output) } }
        close(fault)
    }

    private func open(_ hello: Hello) {
        stage = .open
        core.strangers -= 1
        greetingTimer?.cancel()
        peerLink?.opened(self, hello)
        beat()
        isMeeting = false
        readMessages()
        readAgain()
    }

    private func beat() {
        guard stage == .open else { return }
        timer = core.eventLoop.assumeIsolated().scheduleTask(in: limits.heartbeat) { self.beat() }
        // Of a peer that is not read nothing is heard.
        if isPaused { lastHeard = now }
        guard now < lastHeard + limits.silence else { return close(.silent) }
        if let unfinishedSince, now > unfinishedSince + limits.unfinishedMessage { return close(.unfinishedMessage) }
        guard asked.count < limits.mostUnanswered else { return }
        let clock = core.milliseconds()
        ask(.ping(sent: now, clock: clock)) { id, output in
            self.core.writer.request(id, "ping", to: &output) { params in
                params.raw("\"clock\":")
                params.number(clock)
                params.member(",\"head\":", self.core.mailbox.head())
            }
        }
    }
}

// Reading.
extension LinkConnection {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard stage != .closed else { return }
        lastHeard = now
        let bytes = unwrapInboundIn(data)
        byteBudget.spend(bytes.readableBytes)
        decoder.append(bytes)
        readMessages()
    }

    private func readMessages() {
        do throws(FramingFault) {
            while stage != .closed, !isPaused, !isMeeting, let message = try decoder.next() {
                guard decoder.framing == .netstring else { throw .unknownFraming }
                unfinishedSince = nil
                receive(message)
                if isOverBudget { pause() }
            }
        } catch { return close(.notNetstrings) }
        guard stage != .closed else { return }
        if decoder.framing == .jsonStream { return close(.notNetstrings) }
        decoder.releaseStorage()
        unfinishedSince = decoder.isWithinMessage && !isPaused && !isMeeting ? unfinishedSince ?? now : nil
    }

    private var isOverBudget: Bool {
        messageBudget.isSpent(at: now) || byteBudget.isSpent(at: now) || peerLink?.isBehind == true
    }

    /// What is not read is kept by the kernel, which slows the sender.
    private func pause() {
        isPaused = true
        peerLink?.counters.slowedDown += 1
        core.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { self.resume() }
    }

    private func resume() {
        guard isPaused, stage != .closed else { return }
        guard !isOverBudget else {
            core.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { self.resume() }
            return
        }
        isPaused = false
        // A peer that was not read was not silent.
        lastHeard = now
        readMessages()
        readAgain()
    }

    func read(context: ChannelHandlerContext) {
        if isPaused || isMeeting || isUnwritable { readIsHeldBack = true } else { context.read() }
    }

    private func readAgain() {
        guard readIsHeldBack, !isPaused, !isMeeting, !isUnwritable else { return }
        readIsHeldBack = false
        context?.read()
    }

    private func receive(_ message: ByteBuffer) {
        messageBudget.spend(1)
        do throws(NotALinkMessage) {
            try receive(LinkMessage(message.readableBytesUInt8Span, limits: jsonLimits))
        } catch { note(error.reason) }
    }

    private func receive(_ message: LinkMessage) throws(NotALinkMessage) {
        switch message {
        case .request(let id, let request):
            guard inFlight.insert(id).inserted else { return refuseRepeated(id) }
            try receive(request, id)
        case .foreignHello(let question, let version):
            guard stage == .greeting, hello == nil else { return close(.notAHello) }
            refuse(question, .otherVersion, .otherVersion(version.description))
        case .refused(let id, let refusal):
            guard stage == .open else { return close(.notAHello) }
            refuseRequest(id, refusal)
        case .hello(let id, let hello):
            guard case .hello? = asked.removeValue(forKey: id) else {
                throw NotALinkMessage(reason: "no such question")
            }
            meet(hello, answer: nil)
        case .pong(let id, let clock, let head):
            guard case .ping(let sent, let ours)? = asked.removeValue(forKey: id) else {
                throw NotALinkMessage(reason: "no such question")
            }
            peerLink?.clock.note(
                theirs: clock, oursWhenSent: ours, roundTrip: Int((now - sent).nanoseconds / 1_000_000))
            if let head, let carrier { core.mailbox.takeHead(carrier, head) }
        case .received(let id, let sequence):
            guard case .numbered(sequence)? = asked.removeValue(forKey: id) else {
                throw NotALinkMessage(reason: "no such question, or of another message")
            }
            peerLink?.acknowledged(through: sequence, over: self)
        case .taken(let id, let count):
            guard case .assertions(let batch, let calls)? = asked.removeValue(forKey: id),
                (0...calls).contains(count)
            else { throw NotALinkMessage(reason: "no such question, or of fewer calls") }
            peerLink?.taken(batch, count, over: self)
        case .error(let id, let refusal): try failed(id, refusal)
        }
    }

    private func receive(_ request: LinkRequest, _ id: Int) throws(NotALinkMessage) {
        if case .hello(let hello) = request {
            guard dialled == nil else { return close(.notAHello) }
            return meet(hello, answer: id)
        }
        guard stage == .open, let peerLink, let carrier else { return close(.notAHello) }
        switch request {
        case .hello: break
        case .ping(_, let head):
            if let head { core.mailbox.takeHead(carrier, head) }
            answer(id) { output in
                self.core.writer.result(id, to: &output) { result in
                    result.raw("\"clock\":")
                    result.number(self.core.milliseconds())
                    result.member(",\"head\":", self.core.mailbox.head())
                }
            }
        case .assert(let calls):
            messageBudget.spend(calls.count)
            peerLink.counters.assertionsRead += calls.count
            guard calls.count <= limits.largestBatch else { return refuseRequest(id, .invalid("calls: too many")) }
            let count = core.mailbox.assertions(carrier, calls)
            peerLink.counters.assertionsTaken += count
            answer(id) { output in
                self.core.writer.result(id, to: &output) { result in
                    result.raw("\"taken\":")
                    result.number(count)
                }
            }
        case .numbered(let kind, let sequence, let statement):
            peerLink.take(NumberedMessage(sequence: sequence, kind: kind, statement: statement), id, over: self)
        }
    }

    private func failed(_ id: Int, _ refusal: LinkRefusal) throws(NotALinkMessage) {
        switch asked.removeValue(forKey: id) {
        case nil: throw NotALinkMessage(reason: "no such question")
        case .hello?: close(.refused(refusal.reason))
        case .ping?: note("an error for a heartbeat: \(refusal.reason)")
        case .numbered(let sequence)?: peerLink?.refused(sequence, asked: id, refusal, over: self)
        case .assertions(let batch, _)?: peerLink?.taken(batch, 0, over: self)
        }
    }

    /// The first of them stays in flight.
    private func refuseRepeated(_ id: Int) {
        send { output in self.core.writer.error(id, .repeatedID, to: &output) }
        note(LinkRefusal.repeatedID.reason)
    }

    private func refuseRequest(_ id: Int, _ refusal: LinkRefusal) {
        answer(id) { output in self.core.writer.error(id, refusal, to: &output) }
        // What a later minor version asks is no fault.
        if refusal != .unknownMethod { note(refusal.reason) }
    }

    /// Something of the peer's was wrong. One that goes on like that is let go.
    func note(_ what: String) {
        faults += 1
        peerLink?.counters.faults += 1
        if stage != .open || faults > limits.mostFaults { close(.faults(what)) }
    }
}

// Writing.
extension LinkConnection {
    func ask(_ what: Asked, _ write: (Int, inout ByteBuffer) -> Void) {
        lastID += 1
        let id = lastID
        asked[id] = what
        send { output in write(id, &output) }
    }

    func answer(_ id: Int, _ write: (inout ByteBuffer) -> Void) {
        inFlight.remove(id)
        send(write)
    }

    private func send(_ write: (inout ByteBuffer) -> Void) {
        guard stage != .closed else { return }
        write(&outgoing)
        // So that whoever sends much sees when it is too much.
        if outgoing.readableBytes < Self.mostGathered { flushLater() } else { flush() }
    }

    func answer(_ id: Int, received sequence: Int) {
        answer(id) { output in
            core.writer.result(id, to: &output) { result in
                result.raw("\"received\":")
                result.number(sequence)
            }
        }
    }

    func answer(_ id: Int, _ refusal: LinkRefusal) {
        answer(id) { output in core.writer.error(id, refusal, to: &output) }
    }

    /// Whether more can be sent without piling up.
    var isWritable: Bool { stage == .open && !isUnwritable && asked.count < limits.mostUnanswered }

    private func flushLater() {
        guard !flushIsScheduled else { return }
        flushIsScheduled = true
        core.eventLoop.assumeIsolated().execute {
            self.flushIsScheduled = false
            self.flush()
        }
    }

    private func flush() {
        guard outgoing.readableBytes > 0, let context else { return }
        let bytes = outgoing
        outgoing = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isUnwritable = !context.channel.isWritable
        slowReaderTimer?.cancel()
        slowReaderTimer = nil
        if isUnwritable {
            slowReaderTimer = core.eventLoop.assumeIsolated().scheduleTask(in: limits.slowReader) {
                self.close(.slowReader)
            }
        } else {
            readAgain()
            peerLink?.pump()
        }
        context.fireChannelWritabilityChanged()
    }
}
