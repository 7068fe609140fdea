import Certificates
import Foundation
import GRDB
import Keys
import LibCrypto
import Testing

@Suite struct KeyStoreTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private func sql(_ statement: String) throws {
        let database = try DatabaseQueue(path: "\(workshop.folder)/keys.sqlite")
        try database.write { try $0.execute(sql: statement) }
    }

    /// A credential in this state, taken there by the steps that lead to it.
    private func credential(in state: CredentialState) async throws -> StoredCredential {
        let rotation = try workshop.rotation(), id = try rotation.stage().id
        switch state {
        case .staged: break
        case .destroyed: try rotation.retire(id)
        case .revoked: _ = try await rotation.revoke(id, nil, withoutReplacement: false, .short)
        case .published, .retired, .active, .retiring:
            try await rotation.take(from: workshop.certify(), scope: TNAuthList([.spc("709J")]))
            try await rotation.publish(.short)
            if state == .retired {
                try workshop.store.move(workshop.store.credential(id), to: .retired, workshop.act())
            }
            guard state == .active || state == .retiring else { break }
            _ = try await rotation.activate(.short)
            if state == .retiring { _ = try await rotation.rotate(workshop.certify(), .short) }
        }
        return try workshop.store.credential(id)
    }

    @Test(arguments: CredentialState.allCases)
    func `a credential goes where its state leads, and nowhere else`(from: CredentialState) async throws {
        for to in CredentialState.allCases where !from.successors.contains(to) {
            let workshop = try Workshop(), tests = KeyStoreTests(workshop)
            let credential = try await tests.credential(in: from), history = try workshop.store.history().count
            #expect(credential.state == from)
            #expect(throws: KeyFault.forbidden(id: credential.id, from: from, to: to)) {
                try workshop.store.move(credential, to: to, workshop.act())
            }
            guard to != from else { continue }
            // The schema says the same to whoever comes by other ways.
            #expect(throws: DatabaseError.self) {
                try tests.sql(
                    """
                    UPDATE credential SET state = '\(to.rawValue)', epoch = epoch + 1, key_destroyed = 1
                    WHERE id = '\(credential.id)'
                    """)
            }
            #expect(try workshop.store.credential(credential.id) == credential)
            #expect(try workshop.store.history().count == history)
        }
    }

    private init(_ workshop: Workshop) { self.workshop = workshop }

    @Test func `of two who change the same, the second is told`() throws {
        let seen = try workshop.rotation().stage()
        try workshop.store.move(seen, to: .revoked, workshop.act())
        #expect(throws: KeyFault.changedMeanwhile(seen.id)) {
            try workshop.store.move(seen, to: .destroyed, workshop.act())
        }
        #expect(throws: KeyFault.changedMeanwhile(seen.id)) {
            try workshop.store.noteKeyDestroyed(seen, workshop.act())
        }
        #expect(try workshop.state(seen.id) == .revoked)
    }

    @Test(arguments: [
        "UPDATE history SET why = 'another'", "DELETE FROM history", "DELETE FROM credential",
        "INSERT OR REPLACE INTO history (seq, at, who, why, step) VALUES (1, 1, 'a', 'b', 'c')",
        "UPDATE credential SET epoch = 7", "UPDATE credential SET url = 'https://other/', epoch = epoch + 1",
        "UPDATE credential SET key = 'other', epoch = epoch + 1",
        "UPDATE credential SET public_key = zeroblob(65), epoch = epoch + 1",
        "UPDATE credential SET key_destroyed = 1, epoch = epoch + 1",
        "UPDATE credential SET withdrawn = 1, epoch = epoch + 1",
        "UPDATE credential SET chain = 'x', epoch = epoch + 1",
        "UPDATE credential SET state = 'published', epoch = epoch + 1",
        "UPDATE credential SET approved_by = staged_by, epoch = epoch + 1",
        "UPDATE credential SET staged_by = 'other', epoch = epoch + 1",
        """
        INSERT INTO credential (id, state, epoch, key, public_key, url, staged_by)
        VALUES ('20260101-a', 'staged', 0, 'k', zeroblob(65), 'u', 'ann')
        """,
        """
        INSERT INTO credential (id, state, epoch, key, public_key, url, staged_by)
        VALUES ('20260101-a', 'active', 0, 'k', zeroblob(65), 'u', 'ann')
        """,
        "INSERT OR REPLACE INTO credential SELECT * FROM credential", "INSERT INTO settings SELECT 2, * FROM settings",
        "UPDATE settings SET base_url = 'ftp://x/'", "UPDATE settings SET anchors = 'here'",
    ])
    func `the schema refuses`(statement: String) throws {
        try workshop.rotation().stage()
        #expect(throws: DatabaseError.self) { try sql(statement) }
    }

    @Test func `there is one candidate, and one that signs`() async throws {
        let first = try await credential(in: .active), second = try workshop.rotation().stage()
        #expect(throws: KeyFault.candidateExists(second.id)) { try workshop.rotation().stage() }
        #expect(throws: DatabaseError.self) {
            try sql("UPDATE credential SET state = 'active', epoch = epoch + 1 WHERE id = '\(second.id)'")
        }
        #expect(try workshop.store.active() == first && workshop.store.candidate() == second)
    }

    @Test func `opening does not create, and creating leaves what exists alone`() throws {
        let path = "\(workshop.folder)/keys.sqlite", settings = try workshop.store.settings()
        #expect(throws: KeyFault.exists(path)) { try KeyStore.create(at: workshop.folder, settings, workshop.act()) }
        let other = "\(workshop.folder)/other"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        for log in ["keys.sqlite-wal", "keys.sqlite-shm"] {
            try IssuedFile.create("\(other)/\(log)", "of a store that is gone")
            #expect(throws: KeyFault.remains("\(other)/\(log)")) {
                try KeyStore.create(at: other, settings, workshop.act())
            }
            try FileManager.default.removeItem(atPath: "\(other)/\(log)")
        }
        #expect(throws: KeyFault.missing("\(workshop.folder)/none/keys.sqlite")) {
            try KeyStore.open(at: "\(workshop.folder)/none")
        }
        try sql("INSERT INTO grdb_migrations (identifier) VALUES ('999 of the future')")
        #expect(throws: KeyFault.newer(path)) { try KeyStore.open(at: workshop.folder) }
    }

    @Test func `the store and the keys are their owner's alone`() throws {
        let credential = try workshop.rotation().stage()
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode("\(workshop.folder)/keys.sqlite") == 0o600)
        #expect(try mode(workshop.files.keys) == 0o700)
        #expect(try mode(workshop.files.path(ofKey: credential.key)) == 0o600)
        for open in [0o640, 0o604, 0o660] {
            let path = workshop.files.path(ofKey: credential.key)
            try FileManager.default.setAttributes([.posixPermissions: open], ofItemAtPath: path)
            #expect(throws: KeyFilesFault.file(.openToOthers(path))) {
                try workshop.files.openKey(credential.key, passphrase: nil)
            }
        }
    }

    @Test func `only the owner of the store changes keys`() throws {
        let path = "\(workshop.folder)/keys.sqlite"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let user = try #require(attributes[.ownerAccountID] as? NSNumber).uint32Value
        let owner = try #require(attributes[.ownerAccountName] as? String)
        _ = try KeyStore.open(at: workshop.folder, ownedBy: user)
        #expect(throws: KeyFault.othersStore(path, owner: owner)) {
            try KeyStore.open(at: workshop.folder, ownedBy: user + 1)
        }
    }

    @Test func `a command at a time works on the keys`() throws {
        let lock = try KeyLock(data: workshop.folder)
        #expect(throws: KeyFault.inUse(workshop.folder)) { try KeyLock(data: workshop.folder) }
        lock.release()
        _ = try KeyLock(data: workshop.folder)
    }

    private func settings(
        url: String = "https://cert.example.com/shaken", rotateDays: Int = 0, twoPersons: Bool = false
    ) throws -> KeySettings {
        try KeySettings(
            baseURL: url, anchors: "\(workshop.folder)/anchors", rotateDays: rotateDays, needsTwoPersons: twoPersons)
    }

    @Test func `what init has set is changed, with a line for each change`() throws {
        let new = try settings(url: "https://other.example.com", rotateDays: 40, twoPersons: true)
        let changes = try workshop.store.change(to: new, workshop.act())
        #expect(try workshop.store.settings() == new)
        #expect(
            changes == [
                "url: https://other.example.com/, before: https://cert.example.com/shaken/",
                "rotate-days: 40, before: 0", "two-persons: true, before: false",
            ])
        let lines = try workshop.store.history().filter { $0.step == "set" }
        #expect(lines.map(\.why) == changes.map { "\($0); a test" } && lines.allSatisfy { $0.who == "ann" })
        #expect(try workshop.store.change(to: new, workshop.act()).isEmpty)
    }

    @Test func `what is not for one person, or not for now, stays as it is`() throws {
        _ = try workshop.store.change(to: settings(twoPersons: true), workshop.act())
        #expect(throws: KeyFault.twoPersonsStay) { try workshop.store.change(to: settings(), workshop.act()) }
        let candidate = try workshop.rotation().stage()
        #expect(throws: KeyFault.candidateExists(candidate.id)) {
            try workshop.store.change(
                to: settings(url: "https://other.example.com", twoPersons: true), workshop.act())
        }
        _ = try workshop.store.change(to: settings(rotateDays: 36_500, twoPersons: true), workshop.act())
        for days in [-1, 36_501] { #expect(throws: KeyFault.rotateDays(days)) { try settings(rotateDays: days) } }
        #expect(try workshop.store.settings() == settings(rotateDays: 36_500, twoPersons: true))
    }

    @Test(arguments: [
        ("http://cert.example.com/", false), ("https://cert.example.com:99/", false), ("https://10.0.0.1/", false),
        ("https://cert.example.com/a?b", false), ("https://cert.example.com", true),
        ("https://cert.example.com:8443/x/", true),
    ])
    func `a base that verifiers would refuse is refused`(url: String, isGood: Bool) {
        #expect(((try? KeySettings(baseURL: url, anchors: "/a")) != nil) == isGood)
    }
}
