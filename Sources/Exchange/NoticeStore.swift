internal import GRDB
internal import Records
package import Statements

/// Notices as they are kept, of one peer or of all.
package struct KeptNotice: Hashable, Sendable {
    package enum Direction: String, Sendable {
        case sent, received
    }

    package let peer: String
    package let direction: Direction
    /// Seconds since 1970.
    package let issuedAt: Int
    package let contact: String?
    package let notice: Notice
}

/// What to look for. Nil looks for anything.
package struct NoticeFilter: Sendable {
    package var direction = KeptNotice.Direction.received
    package var peer: String?
    /// Calls not before it, in milliseconds since 1970.
    package var since: Int?
    package var reason: String?
    /// The newest so many.
    package var limit = 100

    package init() {}
}

extension NoticeBoard {
    /// Signs and queues what is due: about once a second, and at the end with `isLast`. What cannot be queued is counted,
    /// and sent with what is counted next.
    ///
    /// - Parameter now: in milliseconds since 1970.
    /// - Returns: why, by peer.
    package func flush(
        at now: Int, by signer: StatementSigner, contact: String?, into store: ExchangeStore, isLast: Bool = false
    ) async -> [(peer: String, fault: ExchangeFault)] {
        let contact = contact.map { NoticeText.shortened($0, to: NoticeText.longestContact) }
        var faults: [(peer: String, fault: ExchangeFault)] = []
        for (peer, notices) in take(at: now, isLast: isLast) {
            var rest = notices[...]
            do throws(ExchangeFault) {
                while !rest.isEmpty {
                    let part = rest.prefix(Notice.mostInStatement)
                    let signed = try await signer.sign(part, contact: contact, at: now / 1_000)
                    try store.send(part, contact, in: signed, to: peer, at: now / 1_000)
                    rest = rest.dropFirst(part.count)
                }
            } catch {
                putBack(Array(rest), for: peer)
                faults.append((peer, error))
            }
        }
        return faults
    }
}

extension ExchangeStore {
    /// Of each peer and direction.
    package static let mostNotices = 100_000

    fileprivate func send(
        _ notices: ArraySlice<Notice>, _ contact: String?, in statement: SignedStatement, to peer: String, at now: Int
    ) throws(ExchangeFault) {
        try write { db in
            try send(statement, .notice, to: peer, at: now, db)
            try keep(Array(notices), .sent, of: peer, contact, issuedAt: now, db)
        }
    }

    /// Takes a peer's message of notices.
    package func take(_ notices: PeerNotices, sequence: Int) throws(ExchangeFault) -> Receipt {
        try take(sequence, from: notices.peer) { db in
            try keep(notices.notices, .received, of: notices.peer, notices.contact, issuedAt: notices.issuedAt, db)
        }
    }

    private func keep(
        _ notices: [Notice], _ direction: KeptNotice.Direction, of peer: String, _ contact: String?, issuedAt: Int,
        _ db: Database
    ) throws {
        let key: StatementArguments = [peer, direction.rawValue]
        var place =
            try Int.fetchOne(db, sql: "SELECT max(place) FROM notice WHERE peer = ? AND direction = ?", arguments: key)
            ?? 0
        for notice in notices {
            place += 1
            try db.execute(
                sql: "INSERT INTO notice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: key + [place, issuedAt] + notice.columns + [contact])
        }
        try db.execute(
            sql: "DELETE FROM notice WHERE peer = ? AND direction = ? AND place <= ?",
            arguments: key + [place - Self.mostNotices])
    }

    /// The newest last: of each peer in the order in which they came, and of several by when they were signed.
    package func notices(_ filter: NoticeFilter) throws(ExchangeFault) -> [KeptNotice] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM notice WHERE direction = ? AND (? IS NULL OR peer = ?) AND (? IS NULL OR last >= ?)
                    AND (? IS NULL OR reason = ?) ORDER BY issued DESC, peer DESC, place DESC LIMIT ?
                    """,
                arguments: [
                    filter.direction.rawValue, filter.peer, filter.peer, filter.since, filter.since, filter.reason,
                    filter.reason, filter.limit,
                ]
            ).reversed().map { try kept($0) }
        }
    }

    private func kept(_ row: Row) throws -> KeptNotice {
        let records: String = try row.decode(atIndex: 13)
        let ids = records.split(separator: " ").compactMap { RecordID(String($0)) }
        guard let direction = KeptNotice.Direction(rawValue: try row.decode(atIndex: 1)),
            let notice = try Notice(row, ids)
        else { throw ExchangeFault.failed(path: path, reason: "a notice in it is not as it was written") }
        return KeptNotice(
            peer: try row.decode(atIndex: 0), direction: direction, issuedAt: try row.decode(atIndex: 3),
            contact: try row.decode(atIndex: 14), notice: notice)
    }
}

extension Notice {
    /// From `first` to `records`, as ``ExchangeSchema`` has them.
    fileprivate var columns: StatementArguments {
        switch self {
        case .call(let call):
            [
                call.at, call.at, 1, call.reason, call.sipCode, call.circuit, call.orig, call.dest, call.tokenDigest,
                call.record.description,
            ]
        case .calls(let calls):
            [
                calls.first, calls.last, calls.count, calls.reason, calls.sipCode, calls.circuit, nil, nil, nil,
                calls.records.map(\.description).joined(separator: " "),
            ]
        }
    }

    /// Of a whole row.
    fileprivate init?(_ row: Row, _ records: [RecordID]) throws {
        let reason: String = try row.decode(atIndex: 7), circuit: String? = try row.decode(atIndex: 9)
        let sipCode: Int = try row.decode(atIndex: 8), first: Int = try row.decode(atIndex: 4)
        let shown: (orig: String?, dest: String?) = (try row.decode(atIndex: 10), try row.decode(atIndex: 11))
        guard let orig = shown.orig, let dest = shown.dest else {
            self = .calls(
                BlockedCalls(
                    circuit: circuit, reason: reason, sipCode: sipCode, first: first,
                    last: try row.decode(atIndex: 5), count: try row.decode(atIndex: 6), records: records))
            return
        }
        guard let record = records.first else { return nil }
        self = .call(
            BlockedCall(
                record: record, at: first, reason: reason, sipCode: sipCode, circuit: circuit, orig: orig, dest: dest,
                tokenDigest: try row.decode(atIndex: 12)))
    }
}
