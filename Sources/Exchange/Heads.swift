internal import GRDB
internal import Jansson
package import Records
package import Statements

/// A signed head of somebody's evidence.
package struct SignedHead: Hashable, Sendable {
    package let carrier: String
    package let head: ChainHead
    package let statement: SignedStatement

    /// Nil if it is a statement of something else.
    package init?(_ verified: VerifiedStatement) {
        guard verified.kind == .head, let claims = try? verified.claims(), let head = ChainHead(claims) else {
            return nil
        }
        (carrier, self.head, statement) = (verified.carrier, head, verified.signed)
    }
}

/// What a peer's head says beside the one that is held of it.
package enum HeadNews: Hashable, Sendable {
    case newer
    /// As old as the one that is held, or older and of the same evidence as far as can be told.
    case known
    /// It ends before the one that is held, though it was signed after it: records are gone. Or of one record there are two
    /// hashes. Both heads are kept.
    case contradicts(RecordID)
}

extension ExchangeStore {
    /// Keeps a peer's head if it is the newest.
    ///
    /// - Parameter issued: when it was signed, as it says. In seconds since 1970.
    package func keep(_ signed: SignedHead, issuedAt issued: Int) throws(ExchangeFault) -> HeadNews {
        try write { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT record, hash, issued FROM head WHERE peer = ? AND of = 'peer'",
                arguments: [signed.carrier])
            if let row {
                let held = RecordID(try row.decode(String.self, atIndex: 0)),
                    hash = try row.decode(String.self, atIndex: 1)
                guard let held, held <= signed.head.record, held < signed.head.record || hash == signed.head.hash else {
                    guard let held, issued > (try row.decode(Int.self, atIndex: 2)) else { return .known }
                    try Self.put(signed, "contradiction", issued, db)
                    return .contradicts(held)
                }
                if held == signed.head.record { return .known }
            }
            try Self.put(signed, "peer", issued, db)
            return .newer
        }
    }

    /// A head of our own that a peer holds, and has sent back.
    package func keep(own signed: SignedHead, heldBy peer: String, issuedAt issued: Int) throws(ExchangeFault) {
        try write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO head VALUES (?, 'own', ?, ?, ?, ?)",
                arguments: [
                    peer, signed.head.record.description, signed.head.hash, issued, signed.statement.text,
                ])
        }
    }

    private static func put(_ signed: SignedHead, _ of: String, _ issued: Int, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                signed.carrier, of, signed.head.record.description, signed.head.hash, issued, signed.statement.text,
            ])
    }

    /// The newest head that is held of a peer.
    package func head(of peer: String) throws(ExchangeFault) -> SignedStatement? {
        try read { db in
            try String.fetchOne(
                db, sql: "SELECT statement FROM head WHERE peer = ? AND of = 'peer'", arguments: [peer]
            ).map { SignedStatement(unverified: $0) }
        }
    }

    /// The heads of our own that peers have sent back.
    package func ownHeads() throws(ExchangeFault) -> [(peer: String, statement: SignedStatement)] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT peer, statement FROM head WHERE of = 'own' ORDER BY peer").map { row in
                (try row.decode(atIndex: 0), SignedStatement(unverified: try row.decode(atIndex: 1)))
            }
        }
    }
}
