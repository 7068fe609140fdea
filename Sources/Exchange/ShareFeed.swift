internal import GRDB
package import Ledger
package import Statements

/// What came of a look at what a peer has to be told.
package struct ShareOutcome: Hashable, Sendable {
    /// Statements that were queued.
    package let statements: Int
    /// Entries that there is no room for among those that a peer takes.
    package let leftOut: Int
}

/// Tells peers of our lists: the whole at first, then what is new, and something every few hours, so that what we said counts on.
package struct ShareFeed: Sendable {
    private let store: ExchangeStore
    private let mostEntries: Int

    /// After so long something is said even if there is nothing new; and all of it, in case something was not taken. In seconds.
    static let longestSilence = 21_600, longestBetweenWholes = 43_200

    /// - Parameter mostEntries: beyond which a peer would take none.
    package init(_ store: ExchangeStore, mostEntries: Int = Share.mostEntries) {
        (self.store, self.mostEntries) = (store, mostEntries)
    }

    /// The peers that have been told of lists, or have to be told that none are given any more; and whether all is to be said
    /// again, since they, or we, have lost it.
    package func told() throws(ExchangeFault) -> [String: Bool] {
        try store.read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT peer, due > 0 FROM share_feed WHERE lists <> '' OR due > 0")
            return Dictionary(try rows.map { (try $0.decode(atIndex: 0), try $0.decode(atIndex: 1)) }) { $1 }
        }
    }

    /// Signs and queues what a peer has not been told.
    ///
    /// - Parameters:
    ///   - entries: all that there is on the lists that it is given.
    ///   - lists: those; none takes back what was given.
    ///   - now: Unix time.
    package func tell(
        _ entries: [SharedEntry], of lists: Set<SharedList>, to peer: String, by signer: StatementSigner, at now: Int
    ) async throws(ExchangeFault) -> ShareOutcome {
        let current = Dictionary(entries.map { ($0.id, $0) }) { $0.lasts(longerThan: $1) ? $0 : $1 }
        let kept = current.values.sorted { $0.id < $1.id }.prefix(mostEntries)
        let before = try store.read { db in try ShareFeedState(of: peer, in: db) }
        let shares: [Share]
        if before.isWholeDue(lists, at: now) {
            shares = before.isSilent(lists) ? [] : Share.whole(Array(kept), after: before.number, at: now)
        } else {
            shares = before.news(kept, at: now)
        }
        var signed: [SignedStatement] = []
        for share in shares {
            let statement = share.statement(by: signer.carrier, at: now)
            do throws(StatementFault) { signed.append(try await signer.sign(statement)) } catch {
                throw .notSigned(error)
            }
        }
        let isQueued = try store.queue(signed, shares, lists, to: peer, unlessChangedFrom: before, at: now)
        return ShareOutcome(statements: isQueued ? signed.count : 0, leftOut: current.count - kept.count)
    }
}

extension SharedEntry {
    fileprivate func lasts(longerThan other: SharedEntry) -> Bool {
        guard let end = to else { return true }
        return other.to.map { $0 < end } ?? false
    }
}

/// What a peer has been told.
private struct ShareFeedState: Equatable {
    let number: Int
    private let lists: String
    private let said, whole, due: Int
    private let isBegun: Bool
    /// When each entry ends, by its id.
    private let told: [String: Int?]

    init(of peer: String, in db: Database) throws {
        let row = try Row.fetchOne(db, sql: "SELECT * FROM share_feed WHERE peer = ?", arguments: [peer])
        isBegun = row != nil
        lists = try row?.decode(forColumn: "lists") ?? ""
        (number, said) = (try row?.decode(forColumn: "number") ?? 0, try row?.decode(forColumn: "said") ?? 0)
        (whole, due) = (try row?.decode(forColumn: "whole") ?? 0, try row?.decode(forColumn: "due") ?? 0)
        var told: [String: Int?] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT id, ends FROM share_told WHERE peer = ?", arguments: [peer])
        while let row = try rows.next() { told.updateValue(row[1], forKey: row[0]) }
        self.told = told
    }

    /// A clock that was put back has nobody wait for it.
    func isWholeDue(_ lists: Set<SharedList>, at now: Int) -> Bool {
        !isBegun || due > 0 || self.lists != lists.text
            || lists.isEmpty || !(0..<ShareFeed.longestBetweenWholes).contains(now - whole)
    }

    /// Nothing is given, and the peer knows.
    func isSilent(_ lists: Set<SharedList>) -> Bool { lists.isEmpty && self.lists.isEmpty && due == 0 }

    /// What has ended is not withdrawn: the peer knows when it does.
    func news(_ entries: some Collection<SharedEntry>, at now: Int) -> [Share] {
        let current = Set(entries.map(\.id))
        let added = entries.filter { told[$0.id] != .some($0.to) }
        let withdrawn = told.filter { id, end in !current.contains(id) && end.map { now < $0 } ?? true }.map(\.key)
        if added.isEmpty, withdrawn.isEmpty, (0..<ShareFeed.longestSilence).contains(now - said) { return [] }
        return Share.news(added: Array(added), withdrawn: withdrawn.sorted(), after: number, at: now)
    }
}

extension Set<SharedList> {
    fileprivate var text: String { names.joined(separator: " ") }
}

extension Share {
    fileprivate static func whole(_ entries: [SharedEntry], after number: Int, at now: Int) -> [Share] {
        let pieces = entries.isEmpty ? [[]] : entries.pieces(of: mostInStatement)
        return pieces.enumerated().map { place, piece in
            Share(
                number: number + place + 1, until: now + lease, part: Part(part: place + 1, parts: pieces.count),
                added: piece, withdrawn: [])
        }
    }

    /// What is withdrawn goes first, so that there is room for what comes in its place.
    fileprivate static func news(
        added: [SharedEntry], withdrawn: [String], after number: Int, at now: Int
    ) -> [Share] {
        let pieces: [(added: [SharedEntry], withdrawn: [String])] =
            withdrawn.pieces(of: mostInStatement).map { ([], $0) } + added.pieces(of: mostInStatement).map { ($0, []) }
        return (pieces.isEmpty ? [([], [])] : pieces).enumerated().map { place, piece in
            Share(
                number: number + place + 1, until: now + lease, part: nil, added: piece.added,
                withdrawn: piece.withdrawn)
        }
    }
}

extension Array {
    fileprivate func pieces(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

extension ExchangeStore {
    /// All of it in one transaction with the note of what was said.
    ///
    /// - Returns: false if there was nothing, or if what the peer has been told is not any more what it was: the peer may have been met
    ///   again, and have lost it.
    fileprivate func queue(
        _ signed: [SignedStatement], _ shares: [Share], _ lists: Set<SharedList>, to peer: String,
        unlessChangedFrom before: ShareFeedState, at now: Int
    ) throws(ExchangeFault) -> Bool {
        guard let last = shares.last else { return false }
        return try write { db in
            guard try ShareFeedState(of: peer, in: db) == before else { return false }
            for statement in signed { try send(statement, .share, to: peer, at: now, db) }
            try db.execute(
                sql: """
                    INSERT INTO share_feed (peer, lists, number, said, whole) VALUES (?1, ?2, ?3, ?4, ?4)
                    ON CONFLICT (peer) DO UPDATE SET
                        lists = ?2, number = ?3, said = ?4, whole = iif(?5, ?4, whole), due = iif(?5, 0, due)
                    """, arguments: [peer, lists.text, last.number, now, last.part != nil])
            if last.part != nil { try db.execute(sql: "DELETE FROM share_told WHERE peer = ?", arguments: [peer]) }
            try note(shares, to: peer, at: now, db)
            return true
        }
    }

    private func note(_ shares: [Share], to peer: String, at now: Int, _ db: Database) throws {
        for share in shares {
            for id in share.withdrawn {
                try db.execute(sql: "DELETE FROM share_told WHERE peer = ? AND id = ?", arguments: [peer, id])
            }
            for entry in share.added {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO share_told VALUES (?, ?, ?)", arguments: [peer, entry.id, entry.to])
            }
        }
        try db.execute(sql: "DELETE FROM share_told WHERE peer = ? AND ends <= ?", arguments: [peer, now])
    }
}
