package import Certificates
internal import Foundation
internal import GRDB
package import LibCrypto

/// Every change is one transaction with its line of history, and is made only to the credential that was seen: whoever
/// comes second is told so, and changes nothing.
extension KeyStore {
    /// A new credential, whose key is on the disk already, or in its token.
    package func stage(_ id: String, key: String, _ publicKey: VerifyingKey, url: CertificateURL, _ act: Act) throws {
        try database.write { db in
            let ahead = "SELECT id FROM credential WHERE state IN ('staged', 'published')"
            if let other = try String.fetchOne(db, sql: ahead) { throw KeyFault.candidateExists(other) }
            // The schema would refuse it too, in words that help nobody.
            let before = "SELECT id FROM credential WHERE key = ? OR public_key = ?"
            if let other = try String.fetchOne(db, sql: before, arguments: [key, Data(publicKey.point)]) {
                throw KeyFault.keyUsedBefore(key, by: other)
            }
            try db.execute(
                sql: """
                    INSERT INTO credential (id, state, epoch, key, public_key, url, staged_by)
                    VALUES (?, 'staged', 0, ?, ?, ?, ?)
                    """,
                arguments: [id, key, Data(publicKey.point), url.text, act.who])
            try Self.note("staged", id, act, to: .staged, in: db)
        }
    }

    /// What its CA answered, which the caller has judged.
    package func accept(_ chain: [Certificate], for credential: StoredCredential, _ act: Act) throws {
        guard let leaf = chain.first else { throw KeyFault.noChain(credential.id) }
        guard credential.chain == nil else { throw KeyFault.chainExists(credential.id) }
        try change(credential, "chain accepted", act) { db in
            try db.execute(
                sql: "UPDATE credential SET chain = ?, not_before = ?, not_after = ?, epoch = epoch + 1 WHERE id = ?",
                arguments: [chain.map(\.pem).joined(), leaf.notBefore, leaf.notAfter, credential.id])
        }
    }

    /// Changes what holds for all credentials.
    ///
    /// - Returns: a text for each change; the history has them too.
    package func change(to new: KeySettings, _ act: Act) throws -> [String] {
        try database.write { db in
            let old = try Self.settings(db), changes = new.changes(from: old)
            // What one person could take back would not bind one person.
            guard new.needsTwoPersons || !old.needsTwoPersons else { throw KeyFault.twoPersonsStay }
            // Its URL is a part of it, and is where its chain is asked for.
            if let other = try Self.candidate(db), new.baseURL != old.baseURL {
                throw KeyFault.candidateExists(other.id)
            }
            try db.execute(
                sql: """
                    UPDATE settings SET base_url = ?, private_network = ?, anchors = ?, rotate_days = ?, two_persons = ?
                    """,
                arguments: [
                    new.baseURL, new.allowsPrivateNetwork, new.anchors, new.rotateDays, new.needsTwoPersons,
                ])
            for change in changes { try Self.note("set", nil, act.because("\(change); \(act.why)"), in: db) }
            return changes
        }
    }

    package func approve(_ credential: StoredCredential, _ act: Act) throws {
        guard Self.person(act.who) != Self.person(credential.stagedBy) else { throw KeyFault.approvedByStager(act.who) }
        guard credential.state.isCandidate else {
            throw KeyFault.forbidden(id: credential.id, from: credential.state, to: .active)
        }
        guard credential.chain != nil else { throw KeyFault.noChain(credential.id) }
        try change(credential, "approved", act) { db in
            try db.execute(
                sql: "UPDATE credential SET approved_by = ?, epoch = epoch + 1 WHERE id = ?",
                arguments: [act.who, credential.id])
        }
    }

    /// However the name is typed.
    private static func person(_ who: String) -> String {
        who.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    }

    package func move(_ credential: StoredCredential, to state: CredentialState, _ act: Act) throws {
        try database.write { try Self.move(credential, to: state, act, $0) }
    }

    /// Lets `successor` sign, and has `predecessor`, if there is one, sign no more, in one step.
    package func activate(
        _ successor: StoredCredential, replacing predecessor: StoredCredential?, as end: CredentialState = .retiring,
        _ act: Act
    ) throws {
        let twoPersons = try settings().needsTwoPersons
        guard !twoPersons || successor.approvedBy != nil else { throw KeyFault.notApproved(successor.id) }
        try database.write { db in
            if let predecessor { try Self.move(predecessor, to: end, act, db) }
            // The index would refuse it too, in words that help nobody.
            let signing = "SELECT id FROM credential WHERE state = 'active'"
            if let other = try String.fetchOne(db, sql: signing) { throw KeyFault.changedMeanwhile(other) }
            try Self.move(successor, to: .active, act, db)
        }
    }

    package func noteSettled(_ credential: StoredCredential, _ act: Act) throws {
        try change(credential, "settled", act) { db in
            try db.execute(
                sql: "UPDATE credential SET settled = ?, epoch = epoch + 1 WHERE id = ?",
                arguments: [act.at, credential.id])
        }
    }

    package func noteKeyDestroyed(_ credential: StoredCredential, _ act: Act) throws {
        try change(credential, "key destroyed", act) { db in
            try db.execute(
                sql: "UPDATE credential SET key_destroyed = ?, epoch = epoch + 1 WHERE id = ?",
                arguments: [act.at, credential.id])
        }
    }

    /// Of a revoked one, which stays what it is.
    package func noteWithdrawn(_ credential: StoredCredential, _ act: Act) throws {
        try change(credential, "chain withdrawn", act) { db in
            try db.execute(
                sql: "UPDATE credential SET withdrawn = ?, epoch = epoch + 1 WHERE id = ?",
                arguments: [act.at, credential.id])
        }
    }

    /// The daemon signs with this one from now on, and with no other; nil for none. Nothing is written if it said so
    /// before and nothing has changed since.
    package func noteTakenUp(_ id: String?, _ act: Act) throws {
        try database.write { db in
            let said = try Row.fetchOne(
                db, sql: "SELECT seq, credential FROM history WHERE step = ? ORDER BY seq DESC LIMIT 1",
                arguments: [Self.takenUp])
            if let said, said[1] == id {
                let since = "SELECT 1 FROM history WHERE seq > ? AND (from_state = 'active' OR to_state = 'active')"
                guard try Int.fetchOne(db, sql: since, arguments: [said[0] as Int]) != nil else { return }
            }
            try Self.note(Self.takenUp, id, act, in: db)
        }
    }

    /// Whether a daemon has said, since this credential was to sign no more, that it signs with another or with none.
    package func hasBeenLetGo(_ credential: StoredCredential) throws -> Bool {
        let entries = try history()
        guard let end = entries.last(where: { $0.credential == credential.id && $0.from == .active }) else {
            return true
        }
        guard let said = entries.last(where: { $0.step == Self.takenUp }) else { return false }
        return said.seq > end.seq && said.credential != credential.id
    }

    /// Whether a daemon has said that it signs with this one.
    package func isTakenUp(_ credential: StoredCredential) throws -> Bool {
        try history().last { $0.step == Self.takenUp }?.credential == credential.id
    }

    static let takenUp = "taken up"
}

extension KeyStore {
    private func change(
        _ credential: StoredCredential, _ step: String, _ act: Act, _ body: (Database) throws -> Void
    ) throws {
        try database.write { db in
            guard try Self.credential(credential.id, db).epoch == credential.epoch else {
                throw KeyFault.changedMeanwhile(credential.id)
            }
            try body(db)
            try Self.note(step, credential.id, act, in: db)
        }
    }

    private static func move(
        _ credential: StoredCredential, to state: CredentialState, _ act: Act, _ db: Database
    ) throws {
        guard credential.state.successors.contains(state) else {
            throw KeyFault.forbidden(id: credential.id, from: credential.state, to: state)
        }
        // What makes it so has been done to the files before: a retired one's chain, a destroyed one's key are gone.
        try db.execute(
            sql: """
                UPDATE credential SET state = ?1, epoch = epoch + 1,
                    withdrawn = iif(?1 = 'retired', ?5, withdrawn),
                    key_destroyed = iif(?1 = 'destroyed', ifnull(key_destroyed, ?5), key_destroyed)
                WHERE id = ?2 AND state = ?3 AND epoch = ?4
                """,
            arguments: [state.rawValue, credential.id, credential.state.rawValue, credential.epoch, act.at])
        guard db.changesCount == 1 else { throw KeyFault.changedMeanwhile(credential.id) }
        try note(state.rawValue, credential.id, act, from: credential.state, to: state, in: db)
    }

    static func note(
        _ step: String, _ id: String?, _ act: Act, from: CredentialState? = nil, to: CredentialState? = nil,
        in db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO history (at, who, why, step, credential, from_state, to_state) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [act.at, act.who, act.why, step, id, from?.rawValue, to?.rawValue])
    }
}
