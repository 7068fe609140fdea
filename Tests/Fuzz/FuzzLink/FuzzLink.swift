import Dispatch
import Foundation
import Jansson
import LibCrypto
import MiniPKI
import NIOCore
import NIOEmbedded
import NIOSSL
import TrunkProtocol

/// What comes over a connection of the link once TLS stands, in pieces as long as the second byte says. By the first byte it is
/// of who has not greeted, of a peer that has, or of one that we dialled.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return -1 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let done = DispatchSemaphore(value: 0)
    Task {
        try! await FuzzedLink.run(input)
        done.signal()
    }
    done.wait()
    return 0
}

private struct FuzzedLink: Sendable {
    let loop: NIOAsyncTestingEventLoop
    let channel: NIOAsyncTestingChannel
    let core: NIOLoopBound<LinkCore>

    static func run(_ input: [UInt8]) async throws {
        let link = try await FuzzedLink(isDialled: input[0] & 2 != 0)
        if input[0] & 1 != 0 { try await link.read(greeting(isAnswer: input[0] & 2 != 0)) }
        var rest = input.dropFirst(2)
        while !rest.isEmpty {
            try await link.read(rest.prefix(1 + 16 * Int(input[1])))
            rest = rest.dropFirst(1 + 16 * Int(input[1]))
        }
        try await link.requireWholeMessages()
        // Whatever was said, the timers find nothing out of order, and all ends that was begun.
        await link.loop.advanceTime(by: .seconds(6))
        try await link.settle()
        try await link.loop.flatSubmit { [core = link.core] in core.value.shutDown() }.get()
        _ = try await link.channel.finish(acceptAlreadyClosed: true)
        await link.loop.shutdownGracefully()
    }

    private init(isDialled: Bool) async throws {
        let loop = NIOAsyncTestingEventLoop(), channel = NIOAsyncTestingChannel(loop: loop)
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 7_443)).get()
        (self.loop, self.channel) = (loop, channel)
        core = try await loop.executeInContext {
            let core = LinkCore(Own.parts, loop), peer = LinkPeer(carrier: "1001")
            core.setPeers([peer])
            let connection = LinkConnection(core, dialled: isDialled ? peer : nil)
            try channel.pipeline.syncOperations.addHandler(connection)
            channel.pipeline.fireChannelActive()
            connection.believe(Own.peer)
            core.peers[peer.carrier]?.wake()
            core.peers[peer.carrier]?.handOver(Own.calls)
            return NIOLoopBound(core, eventLoop: loop)
        }
        try await settle()
    }

    private func read(_ bytes: some Sequence<UInt8> & Sendable) async throws {
        try await loop.executeInContext { [channel] in
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
            channel.pipeline.fireChannelReadComplete()
        }
        try await settle()
    }

    /// Until nothing is done elsewhere that comes back.
    private func settle() async throws {
        repeat { await loop.run() } while try await loop.executeInContext { [core] in core.value.works > 0 }
        await loop.run()
    }

    /// What we say to whoever says anything is what our peers can read.
    private func requireWholeMessages() async throws {
        var frames = SwitchLimits()
        frames.longestMessage = LinkLimits().longestMessage
        var decoder = FrameDecoder(limits: frames)
        while let bytes = try await channel.readOutbound(as: ByteBuffer.self) { decoder.append(bytes) }
        while let message = try decoder.next() {
            let limits = JSONLimits(bytes: message.readableBytes, depth: 8, stringBytes: message.readableBytes)
            _ = try LinkMessage(message.readableBytesUInt8Span, limits: limits)
        }
        precondition(!decoder.isWithinMessage)
    }

    private static func greeting(isAnswer: Bool) -> [UInt8] {
        let hello = Hello(
            version: .own, carrier: "1001", instance: "200096d4-0b45-47b4-ac29-adc7513e7a37", boot: "boot",
            capabilities: [], clock: 1, known: nil, heldHead: nil)
        var writer = LinkWriter(), bytes = ByteBuffer()
        if isAnswer {
            writer.result(1, to: &bytes) { $0.members(of: hello) }
        } else {
            writer.request(1_000, "hello", to: &bytes) { $0.members(of: hello) }
        }
        return Array(buffer: bytes)
    }
}

/// Carrier 2002, whose messages to its peer 1001 wait in memory.
private enum Own {
    static let peer = try! NIOSSLCertificate(bytes: pki.linkParty("1001").certificate.der, format: .der)
    static let parts = LinkParts(
        identity: LinkIdentity(instance: "5ed44195-6fcc-464c-adfb-852db2cc1fc3", boot: "boot"), tls: tls,
        limits: LinkLimits(), mailbox: mailbox, milliseconds: { MiniPKI.now * 1_000 }, report: { _ in })
    static let calls = [
        AssertedCall(circuit: "c", orig: "+8657188880000", dest: ["95588"], identity: "eyJ", call: "k"),
        AssertedCall(circuit: "c", orig: "\"\u{1}é", dest: [], identity: "", call: nil),
    ]
    private static let pki = MiniPKI()

    private static let tls: LinkTLS = {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "fuzz-link-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try! FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func file(_ name: String, _ content: some Sequence<UInt8>) -> String {
            let path = folder.appending(path: name).path
            precondition(
                FileManager.default.createFile(
                    atPath: path, contents: Data(content), attributes: [.posixPermissions: 0o600]))
            return path
        }
        let party = pki.linkParty("2002")
        return try! LinkTLS(
            chainFile: file("chain", party.pem), keyFile: file("key", party.key.pem()),
            roots: file("roots", pki.root.certificate.pem.utf8), revocationLists: nil)
    }()

    private static let mailbox = LinkMailbox(
        known: { _ in Hello.Known(instance: "200096d4-0b45-47b4-ac29-adc7513e7a37", received: 2) },
        meet: { _, hello in hello.known?.received ?? 0 },
        outgoing: { _, after, limit in
            guard after < 100 else { return [] }
            return (after + 1...100).prefix(limit).map {
                NumberedMessage(sequence: $0, kind: "notice", statement: "eyJ")
            }
        },
        acknowledge: { _, _ in },
        take: { _, message in
            switch message.sequence {
            case ...3: .taken
            case 4: .refused("no \"statement\"")
            default: .outOfOrder(received: 3)
            }
        },
        assertions: { _, calls in calls.count / 2 },
        head: { "eyJ" }, heldHead: { _ in "eyJ" })
}
