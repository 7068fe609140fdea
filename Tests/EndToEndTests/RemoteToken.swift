import Foundation
import Glibc
import NIOCore
import NIOPosix
import SoftToken
import Synchronization

/// A token behind a network, as hardware in another room is: p11-kit's server holds it, and between that and the daemon
/// stands a relay that can be slow, silent, or not there.
final class RemoteToken: Sendable {
    /// Debian's `p11-kit-modules`.
    static let module = {
        #if arch(arm64)
            "/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-client.so"
        #else
            "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"
        #endif
    }()

    private struct State {
        var delay = TimeAmount.zero
        var isSilent = false
        var isAway = false
        var unsaid: [(ByteBuffer, NIOLoopBound<Relay>)] = []
        var connections: [any Channel] = []
    }

    private let server: Program
    private let serverSocket, socket: String
    private let state = Mutex(State())

    /// What the daemon's environment has to say.
    var environment: String { "export P11_KIT_SERVER_ADDRESS=unix:path=\(socket)" }

    /// Runs for as long as `body` takes.
    static func with<Value>(_ token: SoftToken, _ body: (RemoteToken) async throws -> Value) async throws -> Value {
        let remote = try RemoteToken(token)
        let listener = try await remote.listen()
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(remote)) } catch { outcome = .failure(error) }
        remote.goAway()
        try await listener.close()
        remote.server.send(SIGTERM)
        await remote.server.ended()
        return try outcome.get()
    }

    private init(_ token: SoftToken) throws {
        socket = "\(token.folder)/relay"
        serverSocket = "\(token.folder)/server"
        server = try Program(
            "/usr/bin/p11-kit",
            ["server", "--provider", SoftToken.module, "--foreground", "--name", serverSocket, "pkcs11:"],
            in: token.folder, log: "\(token.folder)/server.log", after: "export SOFTHSM2_CONF=\(token.configuration)")
    }

    /// Each answer of the token takes so much longer.
    func slowDown(to delay: TimeAmount) { state.withLock { $0.delay = delay } }

    /// It hears, and says nothing until it speaks again.
    func fallSilent() { state.withLock { $0.isSilent = true } }
    func speak() {
        let unsaid = state.withLock { state in
            state.isSilent = false
            defer { state.unsaid = [] }
            return state.unsaid
        }
        for (bytes, relay) in unsaid { relay.eventLoop.execute { relay.value.pass(bytes) } }
    }

    func goAway() {
        let connections = state.withLock { state in
            state.isAway = true
            defer { state.connections = [] }
            return state.connections
        }
        for connection in connections { connection.close(promise: nil) }
    }
    func comeBack() { state.withLock { $0.isAway = false } }

    private func listen() async throws -> any Channel {
        _ = try await eventually("p11-kit server") { FileManager.default.fileExists(atPath: serverSocket) ? true : nil }
        return try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { [self] client in connect(client) }
            .bind(unixDomainSocketPath: socket).get()
    }

    private func connect(_ client: any Channel) -> EventLoopFuture<Void> {
        guard !state.withLock({ $0.isAway }) else { return client.close() }
        return ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .connect(unixDomainSocketPath: serverSocket)
            .flatMapThrowing { [self] server in
                state.withLock { $0.connections += [client, server] }
                try client.pipeline.syncOperations.addHandler(Relay(to: server) { bytes, relay in relay.pass(bytes) })
                try server.pipeline.syncOperations.addHandler(
                    Relay(to: client) { [self] bytes, relay in answer(bytes, relay, client.eventLoop) })
                for channel in [client, server] { channel.setOption(.autoRead, value: true).whenComplete { _ in } }
            }
    }

    private func answer(_ bytes: ByteBuffer, _ relay: Relay, _ eventLoop: any EventLoop) {
        let bound = NIOLoopBound(relay, eventLoop: eventLoop)
        let delay = state.withLock { state -> TimeAmount? in
            guard state.isSilent else { return state.delay }
            state.unsaid.append((bytes, bound))
            return nil
        }
        guard let delay else { return }
        eventLoop.scheduleTask(in: delay) { bound.value.pass(bytes) }
    }

    /// One direction of a connection.
    private final class Relay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel
        private let heard: (ByteBuffer, Relay) -> Void

        init(to other: any Channel, _ heard: @escaping (ByteBuffer, Relay) -> Void) {
            self.other = other
            self.heard = heard
        }

        func pass(_ bytes: ByteBuffer) { other.writeAndFlush(bytes, promise: nil) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { heard(unwrapInboundIn(data), self) }
        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
