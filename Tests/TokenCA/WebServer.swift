internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
package import NIOSSL

/// HTTP/1.1 on loopback: one question a connection, put whole to a closure.
package enum WebServer {
    package struct Question: Hashable, Sendable {
        package var method: String
        package var path: String
        package var host: String
        package var fields: [String: String]
        package var body: [UInt8]
    }

    package struct Answer: Hashable, Sendable {
        package var status: Int
        package var fields: [String: String]
        package var body: [UInt8]

        package init(_ status: Int, _ fields: [String: String] = [:], _ body: [UInt8] = []) {
            self.status = status
            self.fields = fields
            self.body = body
        }
    }

    /// Serves for as long as `body` takes, which is given the port.
    package static func serving<Value: Sendable>(
        tls: TLSConfiguration?, _ answer: @escaping @Sendable (Question) async -> Answer,
        _ body: (_ port: Int) async throws -> Value
    ) async throws -> Value {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Conversation(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let value = try await body(channel.localAddress?.port ?? 0)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }
}

private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (WebServer.Question) async -> WebServer.Answer
    private var question: WebServer.Question?

    init(_ answer: @escaping @Sendable (WebServer.Question) async -> WebServer.Answer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let fields = head.headers.map { ($0.name.lowercased(), $0.value) }
            question = .init(
                method: head.method.rawValue, path: head.uri, host: head.headers.first(name: "Host") ?? "",
                fields: Dictionary(fields) { first, _ in first }, body: [])
        case .body(let part): question?.body += part.readableBytesView
        case .end:
            guard let question else { return }
            let answer = answer, bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.makeFutureWithTask { await answer(question) }.whenSuccess { answer in
                let (conversation, context) = bound.value
                conversation.send(answer, to: question, context)
            }
        }
    }

    private func send(_ answer: WebServer.Answer, to question: WebServer.Question, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(answer.fields.map { ($0, $1) })
        headers.add(name: "Content-Length", value: "\(answer.body.count)")
        headers.add(name: "Connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if question.method != "HEAD" {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    /// A client that goes away is no fault of the test.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
