package import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Our end of the link to other carriers: listens for them, dials them, and carries messages both ways.
///
/// All of it runs on one event loop, which is not a switch's.
package final class LinkNode: Sendable {
    private let core: NIOLoopBound<LinkCore>
    private let eventLoop: any EventLoop

    /// - Parameters:
    ///   - eventLoop: of its own, so that no peer takes time from a switch.
    ///   - milliseconds: wall clock, since 1970.
    ///   - report: told what an operator may want to know, on the loop.
    package init(
        _ identity: LinkIdentity, tls: LinkTLS, limits: LinkLimits = LinkLimits(), mailbox: LinkMailbox,
        on eventLoop: any EventLoop, milliseconds: @escaping @Sendable () -> Int,
        report: @escaping @Sendable (LinkEvent) -> Void
    ) {
        self.eventLoop = eventLoop
        core = NIOLoopBound.makeBoundLink(
            LinkParts(
                identity: identity, tls: tls, limits: limits, mailbox: mailbox, milliseconds: milliseconds,
                report: report), on: eventLoop)
    }

    /// - Returns: where it listens, with the port the system chose when 0 was asked for.
    package func listen(host: String, port: Int) async throws(LinkFault) -> SocketAddress {
        do { return try await eventLoop.flatSubmit { [core] in core.value.listen(host: host, port: port) }.get() } catch
        {
            throw .notListening(host: host, port: port, "\(error)")
        }
    }

    /// With whom to be linked from now on. Connections to and of others are ended.
    package func setPeers(_ peers: [LinkPeer]) { eventLoop.execute { [core] in core.value.setPeers(peers) } }

    /// From the next connection on. Connections of whoever is revoked by it, or has lost his root, are ended at once.
    package func present(_ tls: LinkTLS) { eventLoop.execute { [core] in core.value.present(tls) } }

    /// Something waits for these peers.
    package func wake(_ peers: [String]) {
        eventLoop.execute { [core] in for peer in peers { core.value.peers[peer]?.wake() } }
    }

    /// Hands calls over. Returns at once; what cannot be sent while the tokens are fresh never is.
    package func handOver(_ calls: [AssertedCall], to peer: String) {
        eventLoop.execute { [core] in core.value.peers[peer]?.handOver(calls) }
    }

    /// By peer.
    package func status() async throws -> [LinkStatus] {
        try await eventLoop.submit { [core] in core.value.status }.get()
    }

    /// Connections that were refused before it was known whose they are, by reason.
    package func strangers() async throws -> [String: Int] {
        try await eventLoop.submit { [core] in core.value.refused }.get()
    }

    /// Ends all connections. What was not acknowledged is sent by the next start.
    package func shutDown() async {
        try? await eventLoop.flatSubmit { [core] in core.value.shutDown() }.get()
    }
}

/// What makes a ``LinkCore``.
struct LinkParts: Sendable {
    let identity: LinkIdentity
    let tls: LinkTLS
    let limits: LinkLimits
    let mailbox: LinkMailbox
    let milliseconds: @Sendable () -> Int
    let report: @Sendable (LinkEvent) -> Void
}

extension NIOLoopBound where Value == LinkCore {
    fileprivate static func makeBoundLink(_ parts: LinkParts, on eventLoop: any EventLoop) -> NIOLoopBound<LinkCore> {
        // A value is bound to a loop on that loop and nowhere else, so that it is made there.
        if eventLoop.inEventLoop { return NIOLoopBound(LinkCore(parts, eventLoop), eventLoop: eventLoop) }
        let made = eventLoop.submit { NIOLoopBound(LinkCore(parts, eventLoop), eventLoop: eventLoop) }
        guard let bound = try? made.wait() else { preconditionFailure("the link's loop has been shut down") }
        return bound
    }
}

/// What all peers share. Belongs to the link's event loop.
final class LinkCore {
    let eventLoop: any EventLoop
    let limits: LinkLimits
    let mailbox: LinkMailbox
    let milliseconds: @Sendable () -> Int
    let report: @Sendable (LinkEvent) -> Void
    private let identity: LinkIdentity
    private var tls: LinkTLS
    private(set) var peers: [String: PeerLink] = [:]
    private var connections: [ObjectIdentifier: LinkConnection] = [:]
    private var listener: (any Channel)?
    private var isStopping = false
    private var hasEnded = false
    private var stopped: EventLoopPromise<Void>?
    private(set) var refused: [String: Int] = [:]
    /// Connections whose other end has not said who it is.
    var strangers = 0
    /// What is done elsewhere and comes back: the loop must be there then.
    private(set) var works = 0
    var writer = LinkWriter()

    init(_ parts: LinkParts, _ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        (identity, tls, limits) = (parts.identity, parts.tls, parts.limits)
        (mailbox, milliseconds, report) = (parts.mailbox, parts.milliseconds, parts.report)
    }

    var status: [LinkStatus] { peers.values.map(\.status).sorted { $0.peer < $1.peer } }

    func revokes(_ certificate: LinkCertificate) -> Bool { tls.revocation.revokes(certificate.certificate) }

    func hello(_ known: Hello.Known?, _ heldHead: String?) -> Hello {
        Hello(
            version: .own, carrier: tls.carrier, instance: identity.instance, boot: identity.boot,
            capabilities: identity.capabilities, clock: milliseconds(), known: known, heldHead: heldHead)
    }

    /// Runs what may wait elsewhere, and comes back.
    func work<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value, _ done: @escaping (Result<Value, any Error>) -> Void
    ) {
        let promise = eventLoop.makePromise(of: Value.self)
        works += 1
        promise.completeWithTask(body)
        promise.futureResult.assumeIsolated().whenComplete { outcome in
            self.works -= 1
            done(outcome)
            self.endIfIdle()
        }
    }
}

// Peers and connections.
extension LinkCore {
    func setPeers(_ wanted: [LinkPeer]) {
        guard !isStopping else { return }
        let names = Set(wanted.map(\.carrier))
        for (name, peer) in peers where !names.contains(name) {
            peers[name] = nil
            peer.abandon(.notAPeerAnyMore)
        }
        // Oneself is nobody's peer.
        for peer in wanted where peer.carrier != tls.carrier {
            if let known = peers[peer.carrier] {
                known.update(peer)
            } else {
                let link = PeerLink(self, peer)
                peers[peer.carrier] = link
                link.dial()
            }
        }
    }

    fileprivate func present(_ tls: LinkTLS) {
        let areRootsGone = tls.lacksRoots(of: self.tls)
        self.tls = tls
        for connection in connections.values {
            if let certificate = connection.certificate?.certificate {
                if tls.revocation.revokes(certificate) { connection.close(.revoked) }
                if areRootsGone, !tls.vouches(for: certificate) { connection.close(.rootGone) }
            } else if areRootsGone {
                // It is being verified by the roots of before.
                connection.close(.rootGone)
            }
        }
    }

    func remove(_ connection: LinkConnection) {
        connections[ObjectIdentifier(connection)] = nil
        endIfIdle()
    }

    /// A connection ended before it was known to be a peer's.
    func failed(_ connection: LinkConnection, at address: String, _ fault: LinkFault) {
        if let dialled = connection.dialled, let link = peers[dialled.carrier] {
            return link.ended(connection, fault, wasOpen: false)
        }
        refused[fault.word, default: 0] += 1
        report(.refused(address: address, fault))
    }

    fileprivate func listen(host: String, port: Int) -> EventLoopFuture<SocketAddress> {
        let core = NIOLoopBound(self, eventLoop: eventLoop)
        return ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.writeBufferWaterMark, value: waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try core.value.admit(channel) }
            }
            .bind(host: host, port: port)
            .flatMapThrowing { channel in
                core.value.listener = channel
                guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
                return address
            }
    }

    private var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: limits.unsentLow, high: limits.unsentHigh)
    }

    private func admit(_ channel: any Channel) throws {
        guard !isStopping, strangers < limits.strangers else {
            refused[LinkFault.strangers.word, default: 0] += 1
            return channel.close(promise: nil)
        }
        try add(NIOSSLServerHandler(context: tls.server), LinkConnection(self, dialled: nil), to: channel)
    }

    private func add(_ handler: some ChannelHandler, _ connection: LinkConnection, to channel: any Channel) throws {
        connections[ObjectIdentifier(connection)] = connection
        try channel.pipeline.syncOperations.addHandlers([handler, connection])
    }

    /// - Parameter done: given what went wrong before there was a connection.
    func connect(_ peer: LinkPeer, _ address: LinkPeer.Address, _ done: @escaping (String?) -> Void) {
        let core = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(limits.greeting)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.writeBufferWaterMark, value: waterMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let core = core.value
                    let handler = try NIOSSLClientHandler(context: core.tls.client, serverHostname: nil)
                    try core.add(handler, LinkConnection(core, dialled: peer), to: channel)
                }
            }
            .connect(host: address.host, port: address.port)
            .assumeIsolated()
            .whenComplete { outcome in
                if case .failure(let error) = outcome { done("cannot connect: \(error)") } else { done(nil) }
            }
    }

    private func endIfIdle() {
        guard isStopping, !hasEnded, connections.isEmpty, works == 0 else { return }
        hasEnded = true
        stopped?.succeed()
    }

    func shutDown() -> EventLoopFuture<Void> {
        if let stopped { return stopped.futureResult }
        let promise = eventLoop.makePromise(of: Void.self)
        stopped = promise
        isStopping = true
        listener?.close(promise: nil)
        listener = nil
        for peer in peers.values { peer.abandon(.stopping) }
        // They know this, as this knows them: nothing else would let go of either.
        peers = [:]
        for connection in connections.values { connection.close(.stopping) }
        endIfIdle()
        return promise.futureResult
    }
}

extension LinkFault {
    /// What to count it by.
    var word: String {
        switch self {
        case .handshake: "handshake"
        case .strangers: "strangers"
        case .noSuchPeer: "noSuchPeer"
        case .certificateNamesNobody: "certificateNamesNobody"
        case .certificateSignsCalls: "certificateSignsCalls"
        case .revoked: "revoked"
        case .rootGone: "rootGone"
        case .notInTime: "notInTime"
        case .notNetstrings: "notNetstrings"
        default: "other"
        }
    }
}
