package import NIOCore

/// What the connections of one event loop share: their responder, counters and the end of a read batch.
///
/// Never touched from another thread, so neither it nor anything it holds needs a lock.
package final class SwitchLoop {
    let eventLoop: any EventLoop
    let limits: SwitchLimits
    let responder: Responder
    package internal(set) var counters = SwitchCounters()
    var writer = AnswerWriter()

    private var connections: [ObjectIdentifier: SwitchConnection] = [:]
    private var unflushed: [SwitchConnection] = []
    private var hasHandedOver = false
    private var endIsScheduled = false
    private var drained: EventLoopPromise<Void>?

    package init(eventLoop: any EventLoop, limits: SwitchLimits, responder: Responder) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.responder = responder
    }

    var isDraining: Bool { drained != nil }

    func add(_ connection: SwitchConnection) {
        connections[ObjectIdentifier(connection)] = connection
        counters.connections += 1
        counters.open += 1
    }

    func remove(_ connection: SwitchConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        counters.open -= 1
        if connections.isEmpty { drained?.succeed() }
    }

    func handOver(_ request: SwitchRequest, from peer: SwitchPeer, reply: PendingReply) {
        hasHandedOver = true
        scheduleEnd()
        responder.respond(request, peer, reply)
    }

    func flushLater(_ connection: SwitchConnection) {
        unflushed.append(connection)
        scheduleEnd()
    }

    /// Succeeds when the last connection has closed.
    package func drain() -> EventLoopFuture<Void> {
        if let drained { return drained.futureResult }
        let promise = eventLoop.makePromise(of: Void.self)
        drained = promise
        for connection in connections.values { connection.drain() }
        if connections.isEmpty { promise.succeed() }
        return promise.futureResult
    }

    /// A loop runs what was put to it after it has read every socket that had something, so this is one batch for all of
    /// them: one commit, and one flush for each connection, however many replies are completed in one go.
    private func scheduleEnd() {
        guard !endIsScheduled else { return }
        endIsScheduled = true
        eventLoop.assumeIsolated().execute { self.endBatch() }
    }

    private func endBatch() {
        if hasHandedOver {
            hasHandedOver = false
            responder.readBatchEnded()
        }
        endIsScheduled = false
        var index = 0
        while index < unflushed.count {
            unflushed[index].flush()
            index += 1
        }
        unflushed.removeAll(keepingCapacity: true)
    }
}
