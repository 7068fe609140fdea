import Jansson
import NIOCore
import NIOPosix
import TrunkProtocol

/// A switch's connection to a daemon: bytes out, messages in.
struct Wire {
    private let channel: any Channel
    private let output: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var decoder = FrameDecoder(limits: SwitchLimits())

    static func with<Value: Sendable>(
        _ port: Int, _ body: @Sendable @escaping (inout Wire) async throws -> Value
    ) async throws -> Value {
        let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await connection.executeThenClose { input, output in
            var wire = Wire(channel: connection.channel, output: output, input: input.makeAsyncIterator())
            return try await body(&wire)
        }
    }

    func send(_ bytes: some Sequence<UInt8>) async throws { try await output.write(ByteBuffer(bytes: bytes)) }

    /// Says that nothing more will be asked.
    func finish() { output.finish() }

    /// The next message, or nil when the daemon has said its last.
    mutating func next() async throws -> String? {
        while true {
            if let message = try decoder.next() { return String(buffer: message) }
            decoder.releaseStorage()
            guard let bytes = try await input.next(isolation: #isolation) else { return nil }
            decoder.append(bytes)
        }
    }

    mutating func rest() async throws -> [String] {
        var messages: [String] = []
        while let message = try await next() { messages.append(message) }
        return messages
    }

    /// All that the daemon says to these bytes before it closes: what was asked has then been answered, or never will be.
    static func exchange(_ port: Int, _ pieces: [[UInt8]]) async throws -> [String] {
        try await with(port) { wire in
            for piece in pieces { try await wire.send(piece) }
            wire.finish()
            return try await wire.rest()
        }
    }
}

func netstring(_ text: String) -> [UInt8] { Array("\(text.utf8.count):\(text),".utf8) }

func request(_ id: Int, _ method: String, _ params: String = "{}") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
}

/// What a test wants to know of an answer.
struct Answer: Sendable {
    let text: String
    let id: Int?
    let name: String?
    /// Of an error; nil for a result.
    let code: Int?
    let identity: String?
    let attest: String?
    let origid: String?
    let valid: Bool?
    let action: String?
    let verstat: String?
    let sip: Int?
    let reason: String?
    let record: String?

    init(_ text: String) throws {
        let bytes = Array(text.utf8)
        let message = try JSON(parsing: bytes.span)
        self.text = text
        guard try message.string("jsonrpc") == "2.0", message.contains("result") != message.contains("error") else {
            throw Unexpected("not an answer: \(text)")
        }
        id = try? message.integer("id")
        name = try? message.string("id")
        let isError = message.contains("error")
        let body = try message.object(isError ? "error" : "result")
        code = isError ? try body.integer("code") : nil
        let content = isError ? (try? body.object("data")) ?? JSON.object() : body
        identity = try? content.string("identity")
        attest = try? content.string("attest")
        origid = try? content.string("origid")
        valid = text.contains(#""valid":true"#) ? true : text.contains(#""valid":false"#) ? false : nil
        action = try? content.string("action")
        verstat = try? content.string("verstat")
        sip = try? content.object("sip").integer("code")
        reason = try? content.string("reason")
        record = try? content.string("record")
    }
}
