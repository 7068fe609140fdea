internal import GRDB
package import Statements

/// A message to a peer that has not been acknowledged.
package struct OutgoingMessage: Hashable, Sendable {
    /// From 1 on, without gaps.
    package let sequence: Int
    package let kind: StatementKind
    package let statement: SignedStatement
}

/// Who a peer says to be when a connection to it begins, and what it remembers of us.
package struct PeerGreeting: Hashable, Sendable {
    package let carrier: String
    package let instance: String
    /// The instance of ours that it knows, and the number of our last message that it has.
    package let known: (instance: String, received: Int)?

    package init(carrier: String, instance: String, known: (instance: String, received: Int)?) {
        (self.carrier, self.instance, self.known) = (carrier, instance, known)
    }

    package static func == (one: PeerGreeting, other: PeerGreeting) -> Bool {
        one.carrier == other.carrier && one.instance == other.instance
            && one.known?.instance == other.known?.instance && one.known?.received == other.known?.received
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(carrier)
        hasher.combine(instance)
    }
}

/// What comes of a greeting.
package enum Meeting: Hashable, Sendable {
    case first
    case again
    /// It has other data than before, or less: all that waits was numbered anew, and what it has to know is to be sent again.
    case peerLostData
    /// It has more of us than we do: our data is older than what we sent. Numbers go on behind what it has.
    case ownDataIsOld
}

/// What became of a peer's message.
package enum Receipt: Hashable, Sendable {
    case taken
    /// It had taken effect before.
    case repeated
    /// One before it is missing: nothing was done. The peer begins again behind `received`.
    case outOfOrder(received: Int)
}

extension ExchangeStore {
    /// So many for one peer, and no more are kept: a peer that is gone for good must not fill the disk.
    package static let mostOutgoing = 100_000

    /// Called when a connection begins, before anything is sent over it.
    package func meet(_ peer: PeerGreeting) throws(ExchangeFault) -> Meeting {
        try write { db in
            let stream = try Stream.of(peer.carrier, in: db)
            // What it knows of another instance of ours is about numbers that are not ours any more.
            let theyHave = peer.known.flatMap { $0.instance == instance ? $0.received : nil } ?? 0
            if let theirs = stream.theirs, theirs != peer.instance {
                try db.execute(
                    sql: "UPDATE stream SET theirs = ?, received = 0, losses = losses + 1 WHERE peer = ?",
                    arguments: [peer.instance, peer.carrier])
                try renumber(peer.carrier, after: theyHave, db)
                return .peerLostData
            }
            try db.execute(
                sql: "UPDATE stream SET theirs = ? WHERE peer = ?", arguments: [peer.instance, peer.carrier])
            if theyHave < stream.acknowledged {
                try db.execute(sql: "UPDATE stream SET losses = losses + 1 WHERE peer = ?", arguments: [peer.carrier])
                try renumber(peer.carrier, after: theyHave, db)
                return .peerLostData
            }
            if theyHave > stream.sent {
                try renumber(peer.carrier, after: theyHave, db)
                return .ownDataIsOld
            }
            try acknowledge(peer.carrier, theyHave, db)
            return stream.theirs == nil ? .first : .again
        }
    }

    /// What we say of ourselves to a peer: which instance of it we know, and what we have of it.
    package func known(of peer: String) throws(ExchangeFault) -> (instance: String, received: Int)? {
        try read { db in
            guard let stream = try Stream.found(peer, in: db), let theirs = stream.theirs else { return nil }
            return (theirs, stream.received)
        }
    }

    /// The number of our last message that a peer has; what comes behind it waits.
    package func acknowledged(by peer: String) throws(ExchangeFault) -> Int {
        try read { db in try Stream.found(peer, in: db)?.acknowledged ?? 0 }
    }

    /// The messages that wait for a peer behind `sequence`, in their order.
    package func outgoing(
        to peer: String, after sequence: Int, limit: Int
    ) throws(ExchangeFault) -> [OutgoingMessage] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT seq, kind, statement FROM outgoing WHERE peer = ? AND seq > ? ORDER BY seq LIMIT ?",
                arguments: [peer, sequence, limit]
            ).map { row in
                guard let kind = StatementKind(rawValue: try row.decode(atIndex: 1)) else {
                    throw ExchangeFault.failed(path: path, reason: "a message to \(peer) is of no kind")
                }
                return OutgoingMessage(
                    sequence: try row.decode(atIndex: 0), kind: kind,
                    statement: SignedStatement(unverified: try row.decode(atIndex: 2)))
            }
        }
    }

    /// The peer has all messages up to this one.
    package func acknowledge(_ peer: String, through sequence: Int) throws(ExchangeFault) {
        try write { db in try acknowledge(peer, sequence, db) }
    }

    private func acknowledge(_ peer: String, _ sequence: Int, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE stream SET acknowledged = max(acknowledged, min(?, sent)) WHERE peer = ?",
            arguments: [sequence, peer])
        try db.execute(sql: "DELETE FROM outgoing WHERE peer = ? AND seq <= ?", arguments: [peer, sequence])
    }

    private func renumber(_ peer: String, after start: Int, _ db: Database) throws {
        // What was said of our lists is lost with what the peer had, so that all of it is said again, and not behind what waits: a
        // peer that is another each time would have it pile up.
        try db.execute(sql: "UPDATE share_feed SET due = due + 1 WHERE peer = ?", arguments: [peer])
        try db.execute(
            sql: "DELETE FROM outgoing WHERE peer = ? AND kind = ?",
            arguments: [peer, StatementKind.share.rawValue])
        let waiting = try Int.fetchAll(
            db, sql: "SELECT seq FROM outgoing WHERE peer = ? ORDER BY seq", arguments: [peer])
        // Beyond all of them first, so that none is on another's place.
        let (beyond, overflow) = max(waiting.last ?? 0, start).addingReportingOverflow(waiting.count)
        guard !overflow else { throw ExchangeFault.failed(path: path, reason: "the numbers of \(peer) are used up") }
        for (base, from) in [(beyond, waiting), (start, waiting.indices.map { beyond + $0 + 1 })] {
            for (place, old) in from.enumerated() {
                try db.execute(
                    sql: "UPDATE outgoing SET seq = ? WHERE peer = ? AND seq = ?",
                    arguments: [base + place + 1, peer, old])
            }
        }
        try db.execute(
            sql: "UPDATE stream SET acknowledged = ?, sent = ? WHERE peer = ?",
            arguments: [start, start + waiting.count, peer])
    }
}

extension ExchangeStore {
    /// Queues a message in a transaction that does more.
    func send(_ statement: SignedStatement, _ kind: StatementKind, to peer: String, at now: Int, _ db: Database) throws
    {
        let stream = try Stream.of(peer, in: db)
        guard stream.sent - stream.acknowledged < Self.mostOutgoing else { throw ExchangeFault.full(peer: peer) }
        try db.execute(
            sql: "INSERT INTO outgoing VALUES (?, ?, ?, ?, ?)",
            arguments: [peer, stream.sent + 1, kind.rawValue, statement.text, now])
        try db.execute(sql: "UPDATE stream SET sent = sent + 1 WHERE peer = ?", arguments: [peer])
    }

    /// Whether another message may wait for a peer.
    func hasRoom(for peer: String) throws(ExchangeFault) -> Bool {
        try read { db in
            try Stream.found(peer, in: db).map { $0.sent - $0.acknowledged < Self.mostOutgoing } ?? true
        }
    }

    package func send(
        _ statement: SignedStatement, _ kind: StatementKind, to peer: String, at now: Int
    ) throws(ExchangeFault) {
        try write { db in try send(statement, kind, to: peer, at: now, db) }
    }

    /// Notes a peer's message that has no effect of its own here.
    package func note(_ sequence: Int, from peer: String) throws(ExchangeFault) -> Receipt {
        try take(sequence, from: peer) { _ in }
    }

    /// Takes a peer's message: `body` and the note that it has been taken are one transaction, so that it takes effect once.
    func take(
        _ sequence: Int, from peer: String, _ body: (Database) throws -> Void
    ) throws(ExchangeFault) -> Receipt {
        try write { db in
            let received = try Stream.of(peer, in: db).received
            guard sequence > received else { return .repeated }
            guard sequence == received + 1 else { return .outOfOrder(received: received) }
            try body(db)
            try db.execute(sql: "UPDATE stream SET received = ? WHERE peer = ?", arguments: [sequence, peer])
            return .taken
        }
    }
}

private struct Stream {
    let theirs: String?
    let sent, acknowledged, received: Int

    static func of(_ peer: String, in db: Database) throws -> Stream {
        try db.execute(sql: "INSERT OR IGNORE INTO stream (peer) VALUES (?)", arguments: [peer])
        guard let found = try found(peer, in: db) else { throw ExchangeFault.failed(path: "stream", reason: peer) }
        return found
    }

    static func found(_ peer: String, in db: Database) throws -> Stream? {
        try Row.fetchOne(
            db, sql: "SELECT theirs, sent, acknowledged, received FROM stream WHERE peer = ?", arguments: [peer]
        ).map { row in
            Stream(
                theirs: try row.decode(atIndex: 0), sent: try row.decode(atIndex: 1),
                acknowledged: try row.decode(atIndex: 2), received: try row.decode(atIndex: 3))
        }
    }
}
