import Exchange
import Foundation
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
import Statements
import Synchronization
import Testing
import TrunkLink

/// The PKI of the link, whose certificates are valid now: TLS asks the machine's clock.
let linkPKI = MiniPKI(now: Int(Date().timeIntervalSince1970))

/// One carrier's end of the link, with its store on disk.
final class Station: Sendable {
    let carrier: String
    let folder: String
    let node: LinkNode
    let store: ExchangeStore
    let port: Int
    private let group: MultiThreadedEventLoopGroup
    private let state = Mutex(State())

    struct State {
        var taken: [String] = []
        var assertions: [AssertedCall] = []
        var events: [LinkEvent] = []
        var heads: [String] = []
        /// Numbered messages are refused, or not answered at all.
        var refusal: String?
        var isPassingOver = false
        var stuck: Set<String> = []
        var fails = false
        var isEnded = false
    }

    /// - Parameters:
    ///   - folder: with the data of an earlier one, or where to make new.
    ///   - port: to listen on; 0 takes a free one.
    ///   - ahead: by how much its clock is ahead, in milliseconds.
    init(
        _ carrier: String, in folder: String? = nil, port: Int = 0, party: MiniPKI.Party? = nil,
        roots: [Certificate] = linkPKI.anchors, limits: LinkLimits = .quick, head: String? = nil,
        boot: String = UUID().uuidString, ahead: Int = 0
    ) async throws {
        self.carrier = carrier
        self.folder = folder ?? NSTemporaryDirectory() + "station-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        let store = try ExchangeStore(folder: self.folder)
        self.store = store
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let tls = try Self.tls(party ?? linkPKI.linkParty(carrier), roots, in: self.folder)
        let inbox = Inbox()
        var mailbox = LinkMailbox(
            known: { peer in
                try store.known(of: peer).map { Hello.Known(instance: $0.instance, received: $0.received) }
            },
            meet: { peer, hello in
                _ = try store.meet(
                    PeerGreeting(
                        carrier: peer, instance: hello.instance, known: hello.known.map { ($0.instance, $0.received) }))
                return try store.acknowledged(by: peer)
            },
            outgoing: { peer, after, limit in
                try store.outgoing(to: peer, after: after, limit: limit).map {
                    NumberedMessage(sequence: $0.sequence, kind: $0.kind.rawValue, statement: $0.statement.text)
                }
            },
            acknowledge: { peer, through in try store.acknowledge(peer, through: through) },
            take: { peer, message in try await inbox.station?.take(message, from: peer) ?? .refused("nobody is here") },
            assertions: { _, calls in
                inbox.station?.state.withLock { $0.assertions += calls }
                return calls.count
            })
        mailbox.head = { head }
        mailbox.takeHead = { _, head in inbox.station?.state.withLock { $0.heads.append(head) } }
        node = LinkNode(
            LinkIdentity(instance: store.instance, boot: boot), tls: tls, limits: limits, mailbox: mailbox,
            on: group.next(), milliseconds: { Int(Date().timeIntervalSince1970 * 1_000) + ahead }
        ) { event in inbox.station?.state.withLock { $0.events.append(event) } }
        self.port = try #require(try await node.listen(host: "127.0.0.1", port: port).port)
        inbox.hold(self)
    }

    /// So that the mailbox, which is made before the station, finds it.
    private final class Inbox: Sendable {
        private let held = Mutex<Weak?>(nil)
        var station: Station? { held.withLock { $0?.station } }
        func hold(_ station: Station) { held.withLock { $0 = Weak(station: station) } }
    }

    private struct Weak {
        weak var station: Station?
    }

    static func tls(
        _ party: MiniPKI.Party, _ roots: [Certificate], in folder: String, lists: String? = nil
    ) throws -> LinkTLS {
        func file(_ name: String, _ text: String) -> String {
            let path = "\(folder)/\(name)"
            _ = FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
            return path
        }
        return try LinkTLS(
            chainFile: file("link.pem", String(decoding: party.pem, as: UTF8.self)),
            keyFile: file("link.key", String(decoding: party.key.pem(), as: UTF8.self)),
            roots: file("roots.pem", roots.map(\.pem).joined()), revocationLists: lists)
    }

    private func take(_ message: NumberedMessage, from peer: String) async throws -> MessageOutcome {
        if let refusal = state.withLock({ $0.refusal }) { return .refused(refusal) }
        while state.withLock({ $0.stuck.contains(peer) }) { try await Task.sleep(for: .milliseconds(5)) }
        if state.withLock({ $0.fails }) { throw NeverCame(what: "room on the disk") }
        switch try store.note(message.sequence, from: peer) {
        case .taken:
            return state.withLock { state in
                state.taken.append(message.statement)
                return state.isPassingOver ? .passedOver("one before it is missing") : .taken
            }
        case .repeated: return .taken
        case .outOfOrder(let received): return .outOfOrder(received: received)
        }
    }

    var taken: [String] { state.withLock { $0.taken } }
    var assertions: [AssertedCall] { state.withLock { $0.assertions } }
    var events: [LinkEvent] { state.withLock { $0.events } }
    var heads: [String] { state.withLock { $0.heads } }
    func refuse(_ why: String?) { state.withLock { $0.refusal = why } }
    func passOver(_ isPassing: Bool) { state.withLock { $0.isPassingOver = isPassing } }
    func stick(_ isStuck: Bool, peer: String = "1001") {
        state.withLock { state in
            if isStuck { state.stuck.insert(peer) } else { state.stuck.remove(peer) }
        }
    }
    /// As a disk that is full.
    func fail(_ fails: Bool) { state.withLock { $0.fails = fails } }

    func peer(with other: Station, dials: Bool = true, port: Int? = nil) {
        node.setPeers([
            LinkPeer(
                carrier: other.carrier,
                address: dials ? LinkPeer.Address(host: "127.0.0.1", port: port ?? other.port) : nil)
        ])
    }

    func send(_ texts: some Sequence<String>, to other: Station) throws {
        for text in texts {
            try store.send(SignedStatement(unverified: text), .notice, to: other.carrier, at: 1)
        }
        node.wake([other.carrier])
    }

    func handOver(_ texts: [String], to other: Station) {
        node.handOver(
            texts.map { AssertedCall(circuit: "c", orig: "1", dest: ["2"], identity: $0, call: nil) }, to: other.carrier
        )
    }

    func status(of other: Station) async throws -> LinkStatus? {
        try await node.status().first { $0.peer == other.carrier }
    }

    /// As a process that ends: connections break, files stay.
    func end() async {
        let isFirst = state.withLock { state in
            defer { state.isEnded = true }
            return !state.isEnded
        }
        guard isFirst else { return }
        await node.shutDown()
        try? await group.shutdownGracefully()
    }

    func remove() async {
        await end()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

extension LinkLimits {
    /// So that what takes seconds of an operator's time takes a test little.
    static var quick: LinkLimits {
        var limits = LinkLimits()
        limits.heartbeat = .milliseconds(100)
        // But TLS takes a busy machine long.
        limits.greeting = .seconds(15)
        limits.firstPause = .milliseconds(40)
        limits.longestPause = .milliseconds(200)
        return limits
    }
}

/// What never comes is an error, but only after a time that no busy machine takes.
@discardableResult
func eventually<Value>(_ what: String, _ value: () async throws -> Value?) async throws -> Value {
    for _ in 0..<6_000 {
        if let value = try await value() { return value }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw NeverCame(what: what)
}

struct NeverCame: Error {
    let what: String
}
