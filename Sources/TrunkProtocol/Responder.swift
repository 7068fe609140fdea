package import NIOCore

/// What answers the requests of one event loop, on that loop and never elsewhere.
package struct Responder {
    /// Called for each request as it is decoded. It completes the reply at once, or later on the same event loop.
    package let respond: (SwitchRequest, SwitchPeer, PendingReply) -> Void
    /// Called when all that the sockets of this loop had to read has been handed to `respond`: the moment to
    /// commit a batch. What is completed in here is sent together with what was completed before.
    package let readBatchEnded: () -> Void
    /// Whether a request must be decided although there are too many already: a call to an emergency number.
    package let isUrgent: (SwitchRequest) -> Bool

    package init(
        respond: @escaping (SwitchRequest, SwitchPeer, PendingReply) -> Void,
        readBatchEnded: @escaping () -> Void = {}, isUrgent: @escaping (SwitchRequest) -> Bool = { _ in false }
    ) {
        self.respond = respond
        self.readBatchEnded = readBatchEnded
        self.isUrgent = isUrgent
    }
}

/// The answer a switch is waiting for.
///
/// It belongs to its connection's event loop. To carry it through another thread and back, wrap it in a `NIOLoopBound`.
package final class PendingReply {
    package let id: RequestID
    package let arrival: NIODeadline
    private let connection: NIOLoopBound<SwitchConnection>
    private var isComplete = false

    init(id: RequestID, arrival: NIODeadline, connection: NIOLoopBound<SwitchConnection>) {
        self.id = id
        self.arrival = arrival
        self.connection = connection
    }

    /// A responder that forgets a request must not hold up the draining of its connection.
    deinit {
        guard !isComplete else { return }
        let connection = connection
        if connection.eventLoop.inEventLoop {
            connection.value.abandon()
        } else {
            connection.eventLoop.execute { connection.value.abandon() }
        }
    }

    /// Whether an answer would still be sent. Asking saves the work for one that would not.
    package var isAwaited: Bool { !isComplete && connection.value.awaits(self) }

    /// False when nobody waits any more and nothing is sent: the deadline has passed or the connection is gone.
    @discardableResult
    package func complete(with reply: SwitchReply) -> Bool {
        take()?.answer(self, with: reply) ?? false
    }

    /// With an answer that has been written already.
    func complete(withText text: RawSpan, _ ending: String) -> Bool {
        guard let connection = take() else { return false }
        return connection.answer(self, with: text, ending)
    }

    private func take() -> SwitchConnection? {
        let connection = connection.value
        guard !isComplete else {
            connection.noteAnsweredTwice()
            return nil
        }
        isComplete = true
        return connection
    }
}
