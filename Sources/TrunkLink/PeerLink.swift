internal import Jansson
internal import NIOCore

/// All that there is with one peer: its connections, the messages to it in their order, the calls that are handed over to
/// it. Belongs to the link's event loop.
///
/// Each of the two ends dials the other, if it knows where. So there may be two connections; messages to the peer go over the
/// one that we dialled, or else over its own.
final class PeerLink {
    private let core: LinkCore
    private(set) var peer: LinkPeer
    private var connections: [LinkConnection] = []
    private var isDialling = false
    private var isAbandoned = false
    private var pauseBefore: TimeAmount
    private var redial: Scheduled<Void>?
    private(set) var hello: Hello?
    var clock = ClockOffset()
    var counters = LinkCounters()
    private var lastFault: String?

    // Numbered messages to the peer.
    private var lastSent = 0
    private var lastAcknowledged = 0
    /// The highest number that was sent over any connection.
    private var highest = 0
    /// How often they were numbered anew, perhaps.
    private var numbering = 0
    /// What was asked before has been asked again: its refusals are no news.
    private var askedAgainAfter = 0
    private var isFetching = false
    private var isWoken = false
    private var sender: LinkConnection?
    // What is kept of that is written down one after the other, and only the latest.
    private var acknowledging: Int?
    private var isAcknowledging = false

    // Numbered messages of the peer.
    private struct Unworked {
        let message: NumberedMessage
        let id: Int
        let connection: LinkConnection
    }
    private var unworked: [Unworked] = []
    private var isWorking = false
    /// Kinds of messages of which the last was passed over, which was told.
    private var passedOver: Set<String> = []

    private var handovers: Handovers

    /// The peer's process and data, as they were last met by this process.
    private var met: Hello?
    private var greetings: [(hello: Hello, done: (Result<Hello, any Error>) -> Void)] = []
    private var isMeeting = false

    init(_ core: LinkCore, _ peer: LinkPeer) {
        self.core = core
        self.peer = peer
        pauseBefore = core.limits.firstPause
        handovers = Handovers(core.limits)
    }

    private var carrier: String { peer.carrier }
    private var now: NIODeadline { core.eventLoop.now }

    /// The one that messages to the peer go over.
    private var current: LinkConnection? {
        let open = connections.filter(\.isOpen)
        return open.first { $0.dialled != nil } ?? open.first
    }

    var status: LinkStatus {
        let best = clock.best
        return LinkStatus(
            peer: carrier, state: current != nil ? .linked : isDialling ? .dialling : .waiting, hello: hello,
            clockOffset: best?.offset, roundTrip: best?.roundTrip, counters: counters, lastFault: lastFault)
    }
}

// Connections.
extension PeerLink {
    func dial() {
        redial?.cancel()
        redial = nil
        guard !isAbandoned, !isDialling, let address = peer.address, !connections.contains(where: { $0.dialled != nil })
        else { return }
        isDialling = true
        core.connect(peer, address) { problem in
            self.isDialling = false
            guard let problem else { return }
            self.tell(notLinked: problem)
            self.dialLater()
        }
    }

    /// A random part of the pause, which doubles: else all that lost one peer would come back to it at one time.
    private func dialLater() {
        guard !isAbandoned, peer.address != nil, redial == nil else { return }
        let pause = TimeAmount.nanoseconds(Int64.random(in: pauseBefore.nanoseconds / 4...pauseBefore.nanoseconds))
        pauseBefore = min(pauseBefore + pauseBefore, core.limits.longestPause)
        redial = core.eventLoop.assumeIsolated().scheduleTask(in: pause) { self.dial() }
    }

    func update(_ peer: LinkPeer) {
        guard peer != self.peer else { return }
        self.peer = peer
        for connection in connections where connection.dialled != nil { connection.close(.replaced) }
        dial()
    }

    func abandon(_ fault: LinkFault) {
        isAbandoned = true
        redial?.cancel()
        for connection in connections { connection.close(fault) }
    }

    func opened(_ connection: LinkConnection, _ hello: Hello) {
        for other in connections where (other.dialled == nil) == (connection.dialled == nil) { other.close(.replaced) }
        connections.append(connection)
        if self.hello?.boot != hello.boot {
            handovers.forget(sentBefore: true)
        } else {
            handovers.forget(sentBefore: false)
        }
        self.hello = hello
        counters.linked += 1
        pauseBefore = core.limits.firstPause
        lastFault = nil
        core.report(.linked(peer: carrier, hello, isDialled: connection.dialled != nil))
        pump()
    }

    func ended(_ connection: LinkConnection, _ fault: LinkFault, wasOpen: Bool) {
        connections.removeAll { $0 === connection }
        unworked.removeAll { $0.connection === connection }
        lastFault = "\(fault)"
        if wasOpen {
            counters.ended += 1
            core.report(.ended(peer: carrier, fault))
        } else {
            tell(notLinked: "\(fault)")
        }
        if sender === connection { sender = nil }
        handovers.lost(connection)
        if connection.dialled != nil { dialLater() }
        pump()
    }

    private func tell(notLinked why: String) {
        lastFault = why
        core.report(.notLinked(peer: carrier, why))
    }
}

// Greeting.
extension PeerLink {
    func makeHello(_ done: @escaping (Hello) -> Void) {
        let carrier = carrier, mailbox = core.mailbox
        core.work({ (try await mailbox.known(carrier), try await mailbox.heldHead(carrier)) }) { outcome in
            switch outcome {
            case .success(let (known, head)): done(self.core.hello(known, head))
            case .failure(let error): self.core.report(.mailboxFailed(peer: carrier, "\(error)"))
            }
        }
    }

    /// Gives our own word for an answer.
    func meet(_ hello: Hello, _ done: @escaping (Result<Hello, any Error>) -> Void) {
        greetings.append((hello, done))
        meetNext()
    }

    /// One after the other, and after what has been acknowledged is written down: what waits may be numbered anew by it.
    private func meetNext() {
        guard !isMeeting, !isAcknowledging, !greetings.isEmpty else { return }
        isMeeting = true
        let (hello, done) = greetings.removeFirst()
        let carrier = carrier, mailbox = core.mailbox
        // A process that was met before has lost nothing since. What a second hello of it says of our messages may be older
        // than its acknowledgements over the first connection, and would be taken for a loss.
        let isKnown = met?.boot == hello.boot && met?.instance == hello.instance
        core.work({
            let after = isKnown ? nil : try await mailbox.meet(carrier, hello)
            return (try await mailbox.known(carrier), try await mailbox.heldHead(carrier), after)
        }) { outcome in
            self.isMeeting = false
            switch outcome {
            case .success(let (_, _, after?)): self.goOn(after: after, with: hello)
            case .success: break
            case .failure(let error): self.core.report(.mailboxFailed(peer: carrier, "\(error)"))
            }
            done(outcome.map { self.core.hello($0.0, $0.1) })
            self.keepAcknowledgement()
            self.meetNext()
        }
    }

    private func goOn(after sequence: Int, with hello: Hello) {
        met = hello
        // Of another process nothing more can come.
        for other in connections { other.close(.replaced) }
        (lastSent, lastAcknowledged, highest) = (sequence, sequence, sequence)
        (acknowledging, sender) = (nil, nil)
        numbering += 1
    }
}

// Messages to the peer.
extension PeerLink {
    /// Something waits for it.
    func wake() {
        isWoken = true
        pump()
    }

    func pump() {
        guard let connection = current, connection.isWritable else { return }
        if sender !== connection {
            // Nothing of what was under way over another connection is certain to have come.
            sender = connection
            lastSent = lastAcknowledged
            askedAgainAfter = 0
            isWoken = true
        }
        sendHandovers(over: connection)
        fetch(for: connection)
    }

    private func fetch(for connection: LinkConnection) {
        let room = core.limits.window - (lastSent - lastAcknowledged)
        guard isWoken, !isFetching, room > 0 else { return }
        isFetching = true
        isWoken = false
        let carrier = carrier, mailbox = core.mailbox, after = lastSent, numbering = numbering
        core.work({ try await mailbox.outgoing(carrier, after, room) }) { outcome in
            self.isFetching = false
            switch outcome {
            case .success(let messages) where numbering == self.numbering:
                self.send(messages, over: connection, after: after, room: room)
            case .success: self.isWoken = true
            case .failure(let error): self.core.report(.mailboxFailed(peer: carrier, "\(error)"))
            }
            self.pump()
        }
    }

    private func send(_ messages: [NumberedMessage], over connection: LinkConnection, after: Int, room: Int) {
        // While they were fetched the connection may have ended, or begun again from elsewhere.
        guard connection === sender, connection.isOpen, after == lastSent else { return isWoken = true }
        for message in messages {
            connection.ask(.numbered(message.sequence)) { id, output in
                core.writer.numbered(id, message.kind, message.sequence, message.statement, to: &output)
            }
            if message.sequence > highest { counters.sent += 1 } else { counters.sentAgain += 1 }
            highest = max(highest, message.sequence)
            lastSent = message.sequence
        }
        if messages.count == room { isWoken = true }
    }

    func acknowledged(through sequence: Int, over connection: LinkConnection) {
        guard connection === sender, sequence > lastAcknowledged else { return }
        counters.acknowledged += sequence - lastAcknowledged
        keep(sequence)
        lastSent = max(lastSent, sequence)
        isWoken = true
        pump()
    }

    private func keep(_ sequence: Int) {
        lastAcknowledged = sequence
        acknowledging = sequence
        keepAcknowledgement()
    }

    private func keepAcknowledgement() {
        guard !isAcknowledging, !isMeeting, let sequence = acknowledging else { return }
        acknowledging = nil
        isAcknowledging = true
        let carrier = carrier, mailbox = core.mailbox
        core.work({ try await mailbox.acknowledge(carrier, sequence) }) { outcome in
            self.isAcknowledging = false
            if case .failure(let error) = outcome { self.core.report(.mailboxFailed(peer: carrier, "\(error)")) }
            self.meetNext()
            self.keepAcknowledgement()
        }
    }

    /// The peer could not take a message: all behind the last that it has are sent again, after a while if it is the peer's
    /// trouble.
    func refused(_ sequence: Int, asked id: Int, _ refusal: LinkRefusal, over connection: LinkConnection) {
        guard connection === sender, sequence > lastAcknowledged, id > askedAgainAfter else { return }
        askedAgainAfter = connection.lastID
        if refusal.code == LinkRefusal.outOfOrder, let received = refusal.received, received < sequence {
            if received > lastAcknowledged { keep(received) }
            lastSent = lastAcknowledged
            isWoken = true
            return pump()
        }
        lastSent = min(lastSent, sequence - 1)
        core.eventLoop.assumeIsolated().scheduleTask(in: core.limits.firstPause) { self.wake() }
    }
}

// Messages of the peer.
extension PeerLink {
    /// Whether so much of the peer waits that no more is to be read of it.
    var isBehind: Bool { unworked.count >= core.limits.mostUnworked }

    func take(_ message: NumberedMessage, _ id: Int, over connection: LinkConnection) {
        unworked.append(Unworked(message: message, id: id, connection: connection))
        work()
    }

    private func work() {
        guard !isWorking, !unworked.isEmpty else { return }
        isWorking = true
        let next = unworked.removeFirst(), carrier = carrier, mailbox = core.mailbox, message = next.message
        core.work({ try await mailbox.take(carrier, message) }) { outcome in
            self.isWorking = false
            self.answer(next, outcome)
            self.work()
        }
    }

    private func answer(_ worked: Unworked, _ outcome: Result<MessageOutcome, any Error>) {
        let connection = worked.connection, sequence = worked.message.sequence
        switch outcome {
        case .success(.taken):
            counters.taken += 1
            passedOver.remove(worked.message.kind)
            connection.answer(worked.id, received: sequence)
        case .success(.refused(let reason)):
            counters.refused += 1
            core.report(.statementRefused(peer: carrier, kind: worked.message.kind, reason: reason))
            connection.answer(worked.id, received: sequence)
            connection.note(reason)
        case .success(.passedOver(let reason)):
            counters.refused += 1
            let kind = worked.message.kind
            if passedOver.insert(kind).inserted {
                core.report(.statementPassedOver(peer: carrier, kind: kind, reason: reason))
            }
            connection.answer(worked.id, received: sequence)
        case .success(.outOfOrder(let received)):
            counters.outOfOrder += 1
            var refusal = LinkRefusal(code: LinkRefusal.outOfOrder, reason: "out of order")
            refusal.received = received
            connection.answer(worked.id, refusal)
        case .failure(let error):
            core.report(.mailboxFailed(peer: carrier, "\(error)"))
            connection.answer(worked.id, LinkRefusal(code: LinkRefusal.unavailable, reason: "try again later"))
        }
    }
}

// Calls that are handed over.
extension PeerLink {
    func handOver(_ calls: [AssertedCall]) {
        counters.handedOver += calls.count
        handovers.add(calls, at: now)
        guard let connection = current, connection.isWritable else { return }
        sendHandovers(over: connection)
    }

    private func sendHandovers(over connection: LinkConnection) {
        counters.handoversExpired += handovers.expire(at: now)
        while connection.isWritable, let batch = handovers.next(for: connection) {
            connection.ask(.assertions(batch: batch.number, calls: batch.calls)) { id, output in
                let text = batch.text
                core.writer.assert(id, text.readableBytesSpan, to: &output)
            }
        }
    }

    func taken(_ batch: Int, _ count: Int, over connection: LinkConnection) {
        counters.handoversTaken += count
        handovers.acknowledge(batch)
        sendHandovers(over: connection)
    }
}
