internal import NIOCore
internal import NIOHTTP1

/// Stands between the socket and the reader of HTTP, which keeps up to 2 MB of header fields.
///
/// Bodies are counted as they are read; here the whole of what comes is held to twice the largest body, since chunks
/// can be mostly frame.
final class ResponseSizeLimit: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let head, total: Int
    private var received = 0
    /// How much of the empty line that ends the head has come, as bytes of "\r\n\r\n".
    private var matched = 0
    private var hasHead = false

    init(head: Int, body: Int) {
        self.head = head
        total = head + 2 * body
    }

    static func add(to channel: any Channel, head: Int, body: Int) throws {
        let pipeline = channel.pipeline.syncOperations
        let reader = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(ResponseSizeLimit(head: head, body: body), position: .before(reader))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if !hasHead { lookForEnd(of: buffer.readableBytesView.prefix(max(0, head - received))) }
        received += buffer.readableBytes
        guard hasHead || received <= head else { return close(context, .headTooLarge) }
        guard received <= total else { return close(context, .bodyTooLarge) }
        context.fireChannelRead(data)
    }

    private func lookForEnd(of bytes: ByteBufferView) {
        for byte in bytes where !hasHead {
            // A line may also end in "\n" alone (RFC 9112 §2.2).
            switch byte {
            case UInt8(ascii: "\n"): matched += 1
            case UInt8(ascii: "\r"): continue
            default: matched = 0
            }
            hasHead = matched == 2
        }
    }

    private func close(_ context: ChannelHandlerContext, _ fault: FetchFault) {
        context.fireErrorCaught(fault)
        context.close(promise: nil)
    }
}
