import NIOCore
import NIOEmbedded
import TrunkProtocol

/// One switch's connection without a socket, on a loop whose clock the test turns.
final class SwitchWire {
    /// Who completes the replies.
    enum Answering {
        /// The responder, as soon as it is asked.
        case atOnce(@Sendable (SwitchRequest) -> SwitchReply)
        /// The responder, when the read batch has ended, last request first.
        case backwards(@Sendable (SwitchRequest) -> SwitchReply)
        /// The test.
        case byHand
    }

    let channel = EmbeddedChannel()
    private(set) var held: [(request: SwitchRequest, reply: PendingReply)] = []
    private(set) var requests: [SwitchRequest] = []
    private(set) var batches = 0
    private let loop: SwitchLoop

    var counters: SwitchCounters { loop.counters }

    init(_ answering: Answering = .byHand, limits: SwitchLimits = SwitchLimits()) {
        let heldBy = Held()
        loop = SwitchLoop(
            eventLoop: channel.embeddedEventLoop, limits: limits,
            responder: Responder(
                respond: { request, _, reply in heldBy.wire?.take(request, reply, answering) },
                readBatchEnded: { heldBy.wire?.endBatch(answering) }))
        heldBy.wire = self
        let peer = SwitchPeer(listener: "test", address: "127.0.0.1", port: 5060)
        try! channel.pipeline.syncOperations.addHandler(SwitchConnection(loop: loop, peer: peer))
        try! channel.connect(to: SocketAddress(unixDomainSocketPath: "/switch")).wait()
    }

    /// A pipeline and its channel hold each other until it closes.
    deinit {
        held.removeAll()
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
    }

    private final class Held { weak var wire: SwitchWire? }

    private func take(_ request: SwitchRequest, _ reply: PendingReply, _ answering: Answering) {
        requests.append(request)
        switch answering {
        case .atOnce(let answer): reply.complete(with: answer(request))
        case .backwards, .byHand: held.append((request, reply))
        }
    }

    private func endBatch(_ answering: Answering) {
        batches += 1
        guard case .backwards(let answer) = answering else { return }
        while let (request, reply) = held.popLast() { reply.complete(with: answer(request)) }
    }

    /// What the connection said to `bytes`, as text.
    @discardableResult
    func exchange(_ bytes: [UInt8]) -> String {
        try! channel.writeInbound(ByteBuffer(bytes: bytes))
        return received()
    }

    @discardableResult
    func exchange(_ text: String) -> String { exchange(Array(text.utf8)) }

    /// What was said since it was last asked, one element for each write().
    func writes() -> [String] {
        channel.embeddedEventLoop.run()
        var writes: [String] = []
        while let bytes = try! channel.readOutbound(as: ByteBuffer.self) {
            if bytes.readableBytes > 0 { writes.append(String(buffer: bytes)) }
        }
        return writes
    }

    @discardableResult
    func received() -> String { writes().joined() }

    func release() { held.removeAll() }

    var isClosed: Bool {
        channel.embeddedEventLoop.run()
        return !channel.isActive
    }
}

func netstring(_ text: String) -> String { "\(text.utf8.count):\(text)," }

/// Small deterministic randomness (SplitMix64), so that a failure can be run again.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
