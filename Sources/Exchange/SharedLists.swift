internal import GRDB
package import Ledger
internal import NumberPlan

/// A peer that has told of its lists.
package struct ShareSource: Hashable, Sendable {
    package let peer: String
    /// Until when its entries count. Unix time.
    package let until: Int
    /// Another value than before means that its entries are others.
    package let changes: Int
}

/// What peers tell of their lists. Who takes what of it is not asked here, since the ledger may say otherwise tomorrow.
extension ExchangeStore {
    /// Takes a peer's message. One that is missing may have withdrawn something: then nothing prolongs what is here until all is
    /// said again.
    package func take(
        _ news: PeerShare, sequence: Int, at now: Int
    ) throws(ExchangeFault) -> (receipt: Receipt, fault: ShareFault?) {
        var fault: ShareFault?
        let receipt = try take(sequence, from: news.peer) { db in
            if let standing = try ShareStanding(of: news.peer, in: db) {
                fault = try standing.take(news, at: now, db)
            } else {
                fault = try ShareStanding.begin(news, at: now, db)
            }
        }
        return (receipt, fault)
    }

    /// Removes what was exchanged of lists with all others: they are no peers any more.
    ///
    /// - Returns: those of which there was something.
    package func forgetLists(ofAllBut peers: Set<String>) throws(ExchangeFault) -> Set<String> {
        let known = try read { db in
            try Set(String.fetchAll(db, sql: "SELECT peer FROM share_source UNION SELECT peer FROM share_feed"))
        }
        let gone = known.subtracting(peers)
        guard !gone.isEmpty else { return [] }
        try write { db in
            for peer in gone {
                for table in ["share_entry", "share_staged", "share_source", "share_told", "share_feed"] {
                    try db.execute(sql: "DELETE FROM \(table) WHERE peer = ?", arguments: [peer])
                }
            }
        }
        return gone
    }

    /// By peer.
    package func shareSources() throws(ExchangeFault) -> [ShareSource] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT peer, until, changes FROM share_source ORDER BY peer").map { row in
                ShareSource(
                    peer: try row.decode(atIndex: 0), until: try row.decode(atIndex: 1),
                    changes: try row.decode(atIndex: 2))
            }
        }
    }

    /// What one peer has told, or all have, whether it counts or not.
    package func sharedEntries(of peer: String? = nil) throws(ExchangeFault) -> [(peer: String, entry: SharedEntry)] {
        try read { db in
            var entries: [(peer: String, entry: SharedEntry)] = []
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT peer, list, first, last, starts, ends FROM share_entry WHERE ? IS NULL OR peer = ?
                    ORDER BY peer, list, length(first), first, length(last), last, starts
                    """, arguments: [peer, peer])
            while let row = try rows.next() {
                guard let list = SharedList(rawValue: try row.decode(atIndex: 1)),
                    let range = NumberRange(described: try row.decode(atIndex: 2), try row.decode(atIndex: 3))
                else { throw ExchangeFault.failed(path: path, reason: "what a peer shares is not as it was written") }
                let entry = SharedEntry(
                    list: list, range: range, from: try row.decode(atIndex: 4), to: try row.decode(atIndex: 5))
                entries.append((try row.decode(atIndex: 0), entry))
            }
            return entries
        }
    }
}

/// How far a peer has come with what it says. What is refused changes nothing.
private struct ShareStanding {
    private let number, issuedAt: Int
    /// The last part that is here of a whole that is being said.
    private let staged: Share.Part?

    init?(of peer: String, in db: Database) throws {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT number, issued, part, parts FROM share_source WHERE peer = ?", arguments: [peer])
        else { return nil }
        (number, issuedAt) = (try row.decode(atIndex: 0), try row.decode(atIndex: 1))
        let part: Int? = try row.decode(atIndex: 2), parts: Int? = try row.decode(atIndex: 3)
        staged = part.flatMap { part in parts.map { Share.Part(part: part, parts: $0) } }
    }

    /// Of a peer of which nothing is here yet.
    static func begin(_ news: PeerShare, at now: Int, _ db: Database) throws -> ShareFault? {
        guard let part = news.share.part, part.part == 1 else { return .gap }
        try db.execute(
            sql: "INSERT INTO share_source (peer, number, issued) VALUES (?, ?, ?)",
            arguments: [news.peer, news.share.number, news.issuedAt])
        try news.stage(part, at: now, db)
        return nil
    }

    func take(_ news: PeerShare, at now: Int, _ db: Database) throws -> ShareFault? {
        if news.share.part?.part == 1 {
            // A whole of long ago, sent again by whoever kept it, would bring back what was withdrawn.
            guard (issuedAt, number) < (news.issuedAt, news.share.number) else { return .older }
        } else {
            guard news.share.number - 1 == number, isNext(news.share.part) else { return .gap }
        }
        try db.execute(
            sql: "UPDATE share_source SET number = ?, issued = max(issued, ?) WHERE peer = ?",
            arguments: [news.share.number, news.issuedAt, news.peer])
        if let part = news.share.part {
            try news.stage(part, at: now, db)
            return nil
        }
        return try news.apply(at: now, db)
    }

    private func isNext(_ part: Share.Part?) -> Bool {
        guard let part else { return staged == nil }
        return staged == Share.Part(part: part.part - 1, parts: part.parts)
    }
}

extension PeerShare {
    /// Sets a part aside. With the last one the whole takes the place of what was there.
    fileprivate func stage(_ part: Share.Part, at now: Int, _ db: Database) throws {
        if part.part == 1 { try db.execute(sql: "DELETE FROM share_staged WHERE peer = ?", arguments: [peer]) }
        try add(to: "share_staged", db)
        guard part.part == part.parts else {
            try db.execute(
                sql: "UPDATE share_source SET part = ?, parts = ? WHERE peer = ?",
                arguments: [part.part, part.parts, peer])
            return
        }
        for statement in [
            "DELETE FROM share_entry WHERE peer = ?",
            "INSERT INTO share_entry SELECT * FROM share_staged WHERE peer = ?",
            "DELETE FROM share_staged WHERE peer = ?",
            "UPDATE share_source SET part = NULL, parts = NULL, changes = changes + 1 WHERE peer = ?",
        ] { try db.execute(sql: statement, arguments: [peer]) }
        try prolong(at: now, db)
    }

    /// Takes what is new. Beyond what is kept of a peer nothing is added, but all is withdrawn that is to be.
    fileprivate func apply(at now: Int, _ db: Database) throws -> ShareFault? {
        for id in share.withdrawn {
            try db.execute(sql: "DELETE FROM share_entry WHERE peer = ? AND id = ?", arguments: [peer, id])
        }
        try prolong(at: now, db)
        if share.added.isEmpty, share.withdrawn.isEmpty { return nil }
        try db.execute(sql: "UPDATE share_source SET changes = changes + 1 WHERE peer = ?", arguments: [peer])
        var kept = 0
        try db.inSavepoint {
            try add(to: "share_entry", db)
            kept = try Int.fetchOne(db, sql: "SELECT count(*) FROM share_entry WHERE peer = ?", arguments: [peer]) ?? 0
            return kept <= Share.mostEntries ? .commit : .rollback
        }
        return kept <= Share.mostEntries ? nil : .full(kept)
    }

    /// All that is here counts until then. What has ended counts no more, and goes.
    private func prolong(at now: Int, _ db: Database) throws {
        try db.execute(sql: "UPDATE share_source SET until = ? WHERE peer = ?", arguments: [share.until, peer])
        try db.execute(sql: "DELETE FROM share_entry WHERE peer = ? AND ends <= ?", arguments: [peer, now])
    }

    private func add(to table: String, _ db: Database) throws {
        for entry in share.added {
            try db.execute(
                sql: "INSERT OR REPLACE INTO \(table) VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    peer, entry.id, entry.list.rawValue, entry.range.first.description, entry.range.last.description,
                    entry.from, entry.to,
                ])
        }
    }
}
