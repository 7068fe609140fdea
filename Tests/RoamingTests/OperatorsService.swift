import Jansson
import NIOCore
import NIOPosix
import Synchronization
import TrunkProtocol

/// An operator's service on loopback, which does with each question what it is told to.
final class OperatorsService: Sendable {
    struct Question: Sendable {
        /// From 1.
        let connection: Int
        let id: Int
        let number: String
        /// As it came.
        let text: String
    }

    enum Act: Sendable {
        case send(String)
        case close
    }

    private let channel: any Channel
    private let connections: Count

    var port: Int { channel.localAddress!.port! }
    var connectionsSoFar: Int { connections.value.load(ordering: .relaxed) }

    private final class Count: Sendable {
        let value = Atomic(0)

        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }

    init(
        port: Int = 0, first: [Act] = [], _ acts: @escaping @Sendable (Question) -> [Act]
    ) async throws {
        let connections = Count()
        self.connections = connections
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Conversation(connections.next(), first, acts))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }

    func stop() async throws { try await channel.close() }

    static func answer(_ question: Question, _ result: String) -> Act {
        .send(netstring(#"{"jsonrpc":"2.0","id":\#(question.id),"result":\#(result)}"#))
    }
}

func netstring(_ text: String) -> String { "\(text.utf8.count):\(text)," }

private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var decoder = FrameDecoder(limits: SwitchLimits())
    private let connection: Int
    private let first: [OperatorsService.Act]
    private let acts: @Sendable (OperatorsService.Question) -> [OperatorsService.Act]

    init(
        _ connection: Int, _ first: [OperatorsService.Act],
        _ acts: @escaping @Sendable (OperatorsService.Question) -> [OperatorsService.Act]
    ) {
        self.connection = connection
        self.first = first
        self.acts = acts
    }

    func channelActive(context: ChannelHandlerContext) { perform(first, context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data))
        while let message = try! decoder.next() {
            let json = try! JSON(parsing: message.readableBytesUInt8Span)
            let question = OperatorsService.Question(
                connection: connection, id: try! json.integer("id"),
                number: try! json.object("params").string("tn"), text: String(buffer: message))
            perform(acts(question), context)
        }
        decoder.releaseStorage()
    }

    private func perform(_ acts: [OperatorsService.Act], _ context: ChannelHandlerContext) {
        for act in acts {
            switch act {
            case .send(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .close: context.close(promise: nil)
            }
        }
    }
}
