import Foundation
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
import NIOSSL
import TrunkProtocol

/// The other end of a link, which says what a test has it say.
final class Stranger {
    private let channel: any Channel
    private var heard: AsyncStream<ByteBuffer>.Iterator
    private var decoder = FrameDecoder(limits: SwitchLimits())

    private init(_ channel: any Channel, _ heard: AsyncStream<ByteBuffer>) {
        (self.channel, self.heard) = (channel, heard.makeAsyncIterator())
    }

    /// A frame around the JSON of one message.
    func say(_ message: String) async throws { try await shout("\(message.utf8.count):\(message),") }

    /// These bytes and no others.
    func shout(_ bytes: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: bytes)) }

    /// The next message in which there is this text, or, of an id, the next answer; nil when the connection ends before it comes.
    func hear(_ text: String = "") async throws -> String? {
        while true {
            while let message = try decoder.next() {
                let message = String(buffer: message)
                // What the other end asks has ids of its own.
                let isAsked = message.contains("\"method\"") && text.hasPrefix("\"id\"")
                if text.isEmpty || !isAsked && message.contains(text) { return message }
            }
            decoder.releaseStorage()
            guard let bytes = await heard.next(isolation: #isolation) else { return nil }
            decoder.append(bytes)
        }
    }

    /// Leaves what comes where it is.
    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    /// Whether the connection is ended by the other side, whatever it says before.
    func isLetGo() async -> Bool {
        while (try? await hear()) != nil {}
        return true
    }
}

extension Stranger {
    static func hello(
        _ carrier: String, version: String = "1.0", instance: String = UUID().uuidString, boot: String = "boot",
        id: Int = 1, more: String = ""
    ) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"hello","params":\#(word(carrier, version, instance, boot, more))}"#
    }

    static func helloBack(_ carrier: String, version: String = "1.0", to id: Int = 1) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":\#(word(carrier, version, UUID().uuidString, "boot", ""))}"#
    }

    private static func word(
        _ carrier: String, _ version: String, _ instance: String, _ boot: String, _ more: String
    ) -> String {
        #"{"version":"\#(version)","carrier":"\#(carrier)","instance":"\#(instance)","boot":"\#(boot)","#
            + #""capabilities":[],"clock":1\#(more)}"#
    }

    static func notice(_ sequence: Int, id: Int, statement: String = "text") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"notice","params":{"seq":\#(sequence),"statement":"\#(statement)"}}"#
    }

    static func ping(id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"ping","params":{"clock":1}}"# }
}

extension Stranger {
    /// Dials a carrier of the link.
    static func dialling<Value: Sendable>(
        _ port: Int, as party: MiniPKI.Party?, _ body: @Sendable (Stranger) async throws -> Value
    ) async throws -> Value {
        let context = try NIOSSLContext(configuration: party.client),
            (heard, ear) = AsyncStream<ByteBuffer>.makeStream()
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: nil)
                    try channel.pipeline.syncOperations.addHandlers([tls, Ear(ear)])
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        defer { channel.close(promise: nil) }
        return try await body(Stranger(channel, heard))
    }

    /// Waits to be dialled, and answers each time that it is.
    static func listening(
        as party: MiniPKI.Party, _ answer: @escaping @Sendable (Stranger) async throws -> Void,
        _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let context = try NIOSSLContext(configuration: party.server)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (heard, ear) = AsyncStream<ByteBuffer>.makeStream()
                    try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context), Ear(ear)])
                    channel.eventLoop.makeFutureWithTask { try await answer(Stranger(channel, heard)) }
                        .whenComplete { _ in channel.close(promise: nil) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        defer { listener.close(promise: nil) }
        try await body(listener.localAddress?.port ?? 0)
    }

    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let heard: AsyncStream<ByteBuffer>.Continuation

        init(_ heard: AsyncStream<ByteBuffer>.Continuation) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { heard.yield(unwrapInboundIn(data)) }
        func handlerRemoved(context: ChannelHandlerContext) { heard.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension MiniPKI.Party? {
    /// Whom it talks to is nothing to it.
    fileprivate var client: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        guard let self else { return configuration }
        configuration.certificateChain = self.certificates
        configuration.privateKey = self.privateKey
        return configuration
    }
}

extension MiniPKI.Party {
    fileprivate var server: TLSConfiguration {
        TLSConfiguration.makeServerConfiguration(certificateChain: certificates, privateKey: privateKey)
    }

    fileprivate var certificates: [NIOSSLCertificateSource] {
        chain.map { .certificate(try! NIOSSLCertificate(bytes: $0.der, format: .der)) }
    }

    fileprivate var privateKey: NIOSSLPrivateKeySource {
        .privateKey(try! NIOSSLPrivateKey(bytes: key.pem(), format: .pem))
    }
}
