internal import Certificates
internal import Exchange
internal import Logging
internal import NIOPosix
internal import Statements
internal import TrunkLink

/// Takes what peers say to where it is kept, once it has been checked that they say it, and gives the link what waits for them.
struct Exchanging: Sendable {
    let store: ExchangeStore
    /// Where may be waited for the disk.
    let threads: NIOThreadPool
    let heads: HeadExchange
    let newest: NewestHead
    let noticed: NoticeTally
    let logger: Logger
    let trust: @Sendable () -> TrustSnapshot
    /// Unix time.
    let now: @Sendable () -> Int

    /// - Parameters:
    ///   - carrier: our own.
    ///   - assertions: called on the link's loop.
    func mailbox(
        of carrier: String, assertions: @escaping @Sendable (_ peer: String, [AssertedCall]) -> Int
    ) -> LinkMailbox {
        LinkMailbox(
            known: { peer in
                try await kept { store in
                    try store.known(of: peer).map { Hello.Known(instance: $0.instance, received: $0.received) }
                }
            },
            meet: { peer, hello in
                let known = hello.known.map { ($0.instance, $0.received) }
                return try await kept { store in
                    if let held = hello.heldHead { heads.check(own: held, heldBy: peer, carrier: carrier) }
                    tell(try store.meet(PeerGreeting(carrier: peer, instance: hello.instance, known: known)), peer)
                    return try store.acknowledged(by: peer)
                }
            },
            outgoing: { peer, after, limit in
                try await kept { store in
                    try store.outgoing(to: peer, after: after, limit: limit).map { message in
                        NumberedMessage(
                            sequence: message.sequence, kind: message.kind.rawValue, statement: message.statement.text)
                    }
                }
            },
            acknowledge: { peer, through in try await kept { try $0.acknowledge(peer, through: through) } },
            take: { peer, message in try await threads.runIfActive { try take(message, from: peer) } },
            assertions: assertions,
            head: { newest.statement },
            heldHead: { peer in try await kept { try $0.head(of: peer)?.text } },
            takeHead: { peer, head in
                threads.submit { isActive in if case .active = isActive { heads.take(head, from: peer) } }
            })
    }

    private func tell(_ meeting: Meeting, _ peer: String) {
        switch meeting {
        case .first, .again: break
        case .peerLostData:
            logger.error(
                "a peer has lost what it was told: what waits for it is sent from the beginning",
                metadata: ["peer": "\(peer)"])
        case .ownDataIsOld:
            logger.error(
                "a peer has more of us than we know of: data/exchange.sqlite is older than what was sent",
                metadata: ["peer": "\(peer)"])
        }
    }

    private func kept<Value: Sendable>(
        _ body: @escaping @Sendable (ExchangeStore) throws -> Value
    ) async throws -> Value {
        try await threads.runIfActive { try body(store) }
    }

    private func take(_ message: NumberedMessage, from peer: String) throws -> MessageOutcome {
        let sequence = message.sequence
        guard let kind = StatementKind(rawValue: message.kind) else { return try refuse(sequence, peer, "of no kind") }
        let verified: VerifiedStatement
        do throws(StatementFault) {
            verified = try VerifiedStatement(
                SignedStatement(unverified: message.statement), as: kind, trust: trust(), at: now())
        } catch { return try refuse(sequence, peer, "\(error)") }
        switch kind {
        case .notice: return try takeNotices(verified, sequence, from: peer)
        case .traceQuestion, .traceAnswer:
            let (receipt, refused) = try store.takeTrace(verified, sequence: sequence, from: peer, at: now())
            let outcome = MessageOutcome(receipt)
            return outcome == .taken ? refused.map { .refused($0) } ?? .taken : outcome
        case .share: return try takeShare(verified, sequence, from: peer)
        // It comes with every heartbeat.
        case .head: return try refuse(sequence, peer, "a statement of this kind is not taken here")
        }
    }

    private func takeNotices(
        _ verified: VerifiedStatement, _ sequence: Int, from peer: String
    ) throws -> MessageOutcome {
        let notices: PeerNotices
        do throws(NoticeFault) { notices = try PeerNotices(verified, from: peer) } catch {
            return try refuse(sequence, peer, "\(error)")
        }
        let receipt = try store.take(notices, sequence: sequence)
        if receipt == .taken { noticed.add(notices.count, of: peer) }
        return MessageOutcome(receipt)
    }

    private func takeShare(_ verified: VerifiedStatement, _ sequence: Int, from peer: String) throws -> MessageOutcome {
        let news: PeerShare
        do throws(ShareFault) { news = try PeerShare(verified, from: peer) } catch {
            return try refuse(sequence, peer, "\(error)")
        }
        let (receipt, fault) = try store.take(news, sequence: sequence, at: now())
        guard receipt == .taken, let fault else { return MessageOutcome(receipt) }
        switch fault {
        case .gap, .full: return .passedOver("\(fault)")
        default: return .refused("\(fault)")
        }
    }

    /// It counts as received, unless it is not its turn.
    private func refuse(_ sequence: Int, _ peer: String, _ reason: String) throws -> MessageOutcome {
        let outcome = MessageOutcome(try store.note(sequence, from: peer))
        return outcome == .taken ? .refused(reason) : outcome
    }
}

extension MessageOutcome {
    init(_ receipt: Receipt) {
        switch receipt {
        case .taken, .repeated: self = .taken
        case .outOfOrder(let received): self = .outOfOrder(received: received)
        }
    }
}
