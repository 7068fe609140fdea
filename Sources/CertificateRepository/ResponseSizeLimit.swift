package import NIOCore
internal import NIOHTTP1

extension Channel {
    /// Ends the connection of an answer whose header is longer than `head`, or that is longer than a body of `body` bytes
    /// can come to.
    package func limitAnswer(head: Int, body: Int) throws {
        try ResponseSizeLimit.add(to: self, head: head, body: body)
    }
}

/// Stands between the socket and the reader of HTTP, which keeps up to 2 MB of header fields.
///
/// Bodies are counted as they are read; here the whole of what comes is held to twice the largest body, since chunks
/// can be mostly frame.
final class ResponseSizeLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let longestHead, longest: Int
    private var received = 0
    private var head = Head()

    init(head: Int, body: Int) {
        longestHead = head
        longest = head + 2 * body
    }

    fileprivate static func add(to channel: any Channel, head: Int, body: Int) throws {
        let pipeline = channel.pipeline.syncOperations
        let reader = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(ResponseSizeLimit(head: head, body: body), position: .before(reader))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        for byte in buffer.readableBytesView {
            guard head.take(byte) else { break }
            guard head.count <= longestHead else { return close(context, .headTooLarge) }
        }
        received += buffer.readableBytes
        guard received <= longest else { return close(context, .bodyTooLarge) }
        context.fireChannelRead(data)
    }

    private func close(_ context: ChannelHandlerContext, _ fault: FetchFault) {
        context.fireErrorCaught(fault)
        context.close(promise: nil)
    }

    /// Finds where the header of the answer ends: each one that only informs (1xx) is a header of its own before it.
    private struct Head {
        /// Bytes of this header so far.
        private(set) var count = 0
        private var lineEnds = 0
        private var isInformational = false
        private var hasEnded = false

        /// False when the byte belongs to the body.
        mutating func take(_ byte: UInt8) -> Bool {
            guard !hasEnded else { return false }
            // A line may also end in "\n" alone, and empty ones may come first (RFC 9112 §2.2).
            let isLineEnd = byte == UInt8(ascii: "\n"), isEmpty = isLineEnd || byte == UInt8(ascii: "\r")
            guard count > 0 || !isEmpty else { return true }
            count += 1
            // "HTTP/1.1 1"
            if count == 10 { isInformational = byte == UInt8(ascii: "1") }
            lineEnds = isLineEnd ? lineEnds + 1 : isEmpty ? lineEnds : 0
            guard lineEnds == 2 else { return true }
            if isInformational { self = Head() } else { hasEnded = true }
            return true
        }
    }
}
