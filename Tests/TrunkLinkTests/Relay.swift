import NIOCore
import NIOPosix
import Synchronization

/// The network between two carriers, with the faults that a test gives it.
final class Relay: Sendable {
    enum Conduct: Hashable, Sendable {
        case passes
        /// Nothing arrives any more, and neither end is told: half-open.
        case swallows
        /// Everything arrives so much later, each way.
        case delays(milliseconds: Int64)
        /// Nothing arrives until the conduct is another; then all of it does.
        case stalls
        /// One byte at a time.
        case crumbles
    }

    private let listener: any Channel
    private let state: Shared

    fileprivate final class Shared: Sendable {
        let loop: any EventLoop
        let port: Int
        private let state = Mutex((conduct: Conduct.passes, pipes: [NIOLoopBound<Pipe>]()))

        init(_ loop: any EventLoop, port: Int) { (self.loop, self.port) = (loop, port) }

        var conduct: Conduct { state.withLock { $0.conduct } }
        var pipes: [NIOLoopBound<Pipe>] { state.withLock { $0.pipes } }
        func add(_ pipe: NIOLoopBound<Pipe>) { state.withLock { $0.pipes.append(pipe) } }

        func change(_ conduct: Conduct) {
            state.withLock { $0.conduct = conduct }
            for pipe in pipes { loop.execute { pipe.value.release() } }
        }

        func cut() {
            let pipes = state.withLock { state in
                defer { state.pipes = [] }
                return state.pipes
            }
            for pipe in pipes { loop.execute { pipe.value.cut() } }
        }
    }

    /// - Parameter port: on loopback, where what comes here goes.
    init(to port: Int) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let state = Shared(loop, port: port)
        self.state = state
        listener = try await ServerBootstrap(group: loop)
            .childChannelInitializer { near in
                // Neither end is read before there is somewhere for it to go.
                @Sendable func join(_ from: any Channel, _ to: any Channel) throws {
                    let pipe = Pipe(state, to: to)
                    try from.pipeline.syncOperations.addHandler(pipe)
                    state.add(NIOLoopBound(pipe, eventLoop: loop))
                }
                return ClientBootstrap(group: loop)
                    .channelInitializer { far in far.eventLoop.makeCompletedFuture { try join(far, near) } }
                    .connect(host: "127.0.0.1", port: state.port)
                    .flatMapThrowing { far in try join(near, far) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var port: Int { listener.localAddress?.port ?? 0 }

    /// From now on.
    func change(_ conduct: Conduct) { state.change(conduct) }

    /// Ends the connections that there are.
    func cut() { state.cut() }

    func close() async {
        cut()
        try? await listener.close()
    }
}

/// One direction of one connection.
private final class Pipe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let shared: Relay.Shared
    private let far: any Channel
    private var near: (any Channel)?
    private var held: [ByteBuffer] = []

    init(_ shared: Relay.Shared, to far: any Channel) { (self.shared, self.far) = (shared, far) }

    func handlerAdded(context: ChannelHandlerContext) { near = context.channel }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        // What a stall held back goes first.
        release()
        switch shared.conduct {
        case .passes: far.writeAndFlush(bytes, promise: nil)
        case .swallows: break
        case .delays(let milliseconds):
            let far = far
            shared.loop.scheduleTask(in: .milliseconds(milliseconds)) { far.writeAndFlush(bytes, promise: nil) }
        case .stalls: held.append(bytes)
        case .crumbles:
            for byte in bytes.readableBytesView { far.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil) }
        }
    }

    func release() {
        guard shared.conduct != .stalls else { return }
        for bytes in held { far.writeAndFlush(bytes, promise: nil) }
        held = []
    }

    func channelInactive(context: ChannelHandlerContext) {
        if shared.conduct != .swallows { far.close(promise: nil) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func cut() {
        near?.close(promise: nil)
        far.close(promise: nil)
    }
}
