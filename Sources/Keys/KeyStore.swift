internal import Foundation
internal import GRDB

/// What is known of a carrier's signing keys: one SQLite file in the data folder, and beside it the keys' own files.
///
/// The operator's tool changes it, the daemon follows. Whoever can write the file decides which of the keys signs.
package final class KeyStore: Sendable {
    package static let fileName = "keys.sqlite"

    let database: DatabaseQueue
    /// `PRAGMA data_version` tells a connection of others' changes only, so this one makes none.
    private let watch: DatabaseQueue

    private init(path: String) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        database = try DatabaseQueue(path: path, configuration: configuration)
        // After opening, since GRDB then asks for less: a key must never be gone while the switch that ended it is not
        // on the disk.
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        guard try database.read({ try !KeySchema.migrator.hasBeenSuperseded($0) }) else { throw KeyFault.newer(path) }
        try KeySchema.migrator.migrate(database)
        watch = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Makes a store without keys. An existing one is left alone.
    package static func create(at folder: String, _ settings: KeySettings, _ act: Act) throws -> KeyStore {
        let path = "\(folder)/\(fileName)", temporary = "\(path).new"
        guard !FileManager.default.fileExists(atPath: path) else { throw KeyFault.exists(path) }
        // SQLite would take up in the new store what the log of the old one holds.
        for log in ["\(path)-wal", "\(path)-shm"] where FileManager.default.fileExists(atPath: log) {
            throw KeyFault.remains(log)
        }
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: temporary + suffix) }
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: temporary]) }
        // Whole or not there: a store without its settings would be of no use, and would keep a new one from being made.
        try { try KeyStore(path: temporary).begin(settings, act) }()
        try FileManager.default.moveItem(atPath: temporary, toPath: path)
        return try KeyStore(path: path)
    }

    /// Never creates: a mistyped folder must not become a carrier without keys.
    package static func open(at folder: String) throws -> KeyStore {
        let path = "\(folder)/\(fileName)"
        guard FileManager.default.fileExists(atPath: path) else { throw KeyFault.missing(path) }
        return try KeyStore(path: path)
    }

    /// For those who change keys: what another user writes the daemon's could not read.
    package static func open(at folder: String, ownedBy user: UInt32) throws -> KeyStore {
        let path = "\(folder)/\(fileName)"
        guard FileManager.default.fileExists(atPath: path) else { throw KeyFault.missing(path) }
        let attributes = try FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        let owner = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value
        guard owner == user else {
            let number = owner.map { "user \($0)" } ?? "somebody else"
            throw KeyFault.othersStore(path, owner: attributes[.ownerAccountName] as? String ?? number)
        }
        return try open(at: folder)
    }

    /// Another value than before means that another connection has changed the store.
    package func dataVersion() throws -> Int {
        try watch.read { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    }

    private func begin(_ settings: KeySettings, _ act: Act) throws {
        try database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO settings (id, base_url, private_network, anchors, rotate_days, two_persons)
                    VALUES (1, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    settings.baseURL, settings.allowsPrivateNetwork, settings.anchors, settings.rotateDays,
                    settings.needsTwoPersons,
                ])
            try Self.note("made", nil, act, in: db)
        }
        // The file alone is moved: nothing may be left in its log.
        try database.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        try database.close()
        try watch.close()
    }
}

extension KeyStore {
    package func settings() throws -> KeySettings { try database.read { try Self.settings($0) } }

    static func settings(_ db: Database) throws -> KeySettings {
        let sql = "SELECT base_url, private_network, anchors, rotate_days, two_persons FROM settings"
        guard let row = try Row.fetchOne(db, sql: sql) else { throw KeyFault.damaged("settings", "they are gone") }
        return try KeySettings(
            baseURL: row[0], allowsPrivateNetwork: row[1], anchors: row[2], rotateDays: row[3], needsTwoPersons: row[4])
    }

    /// The oldest first.
    package func credentials() throws -> [StoredCredential] {
        try database.read { try Self.credentials($0, "ORDER BY rowid") }
    }

    package func credential(_ id: String) throws -> StoredCredential {
        try database.read { try Self.credential(id, $0) }
    }

    /// The one that signs.
    package func active() throws -> StoredCredential? {
        try database.read { try Self.credentials($0, "WHERE state = 'active'").first }
    }

    /// The one that is to sign next.
    package func candidate() throws -> StoredCredential? { try database.read { try Self.candidate($0) } }

    static func candidate(_ db: Database) throws -> StoredCredential? {
        try credentials(db, "WHERE state IN ('staged', 'published')").first
    }

    /// The newest last.
    package func history(of id: String? = nil) throws -> [HistoryEntry] {
        try database.read { db in
            let sql = """
                SELECT seq, at, who, why, step, credential, from_state, to_state FROM history
                WHERE ?1 IS NULL OR credential = ?1 ORDER BY seq
                """
            return try Row.fetchAll(db, sql: sql, arguments: [id]).map { row in
                HistoryEntry(
                    seq: row[0], at: row[1], who: row[2], why: row[3], step: row[4], credential: row[5],
                    from: (row[6] as String?).flatMap(CredentialState.init),
                    to: (row[7] as String?).flatMap(CredentialState.init))
            }
        }
    }

    static func credential(_ id: String, _ db: Database) throws -> StoredCredential {
        guard let found = try credentials(db, "WHERE id = ?", [id]).first else { throw KeyFault.unknown(id) }
        return found
    }

    private static func credentials(
        _ db: Database, _ condition: String, _ arguments: StatementArguments = []
    ) throws -> [StoredCredential] {
        let columns = """
            id, state, epoch, key, public_key, url, chain, not_before, not_after, staged_by, approved_by, settled,
            key_destroyed, withdrawn
            """
        return try Row.fetchAll(db, sql: "SELECT \(columns) FROM credential \(condition)", arguments: arguments).map {
            row in
            guard let state = CredentialState(rawValue: row[1]) else { throw KeyFault.damaged(row[0], "its state") }
            return StoredCredential(
                id: row[0], state: state, epoch: row[2], key: row[3], publicKey: [UInt8](row[4] as Data), url: row[5],
                chain: row[6], notBefore: row[7], notAfter: row[8], stagedBy: row[9], approvedBy: row[10],
                settled: row[11], keyDestroyed: row[12], withdrawn: row[13])
        }
    }
}
