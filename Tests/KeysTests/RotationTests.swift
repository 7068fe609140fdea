import Certificates
import Foundation
import Keys
import LibCrypto
import MiniPKI
import Synchronization
import Testing

@Suite struct RotationTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private func first() async throws -> StoredCredential {
        try await workshop.rotation().rotate(workshop.certify(), scope: TNAuthList([.spc("709J")]), .short)
    }

    @Test func `a rotation ends with a new key that signs, and the old chain still published`() async throws {
        let old = try await first(), new = try await workshop.rotation().rotate(workshop.certify(), .short)
        #expect(new.state == .active && new.settled != nil)
        let retiring = try workshop.store.credential(old.id)
        #expect(retiring.state == .retiring && retiring.keyDestroyed != nil && retiring.withdrawn == nil)
        #expect(workshop.keyFiles == [new.key])
        #expect(workshop.chains == ["\(old.id).pem", "\(new.id).pem"])
        #expect(old.url != new.url && old.publicKey != new.publicKey)
        let steps = try workshop.store.history(of: new.id).map(\.step)
        #expect(steps == ["staged", "chain accepted", "published", "untried", "active", "settled"])
        #expect(try workshop.store.history().allSatisfy { $0.who == "ann" && !$0.why.isEmpty })
    }

    @Test func `a chain is withdrawn a day after its certificate's end, and not before`() async throws {
        let old = try await first()
        _ = try await workshop.rotation().rotate(workshop.certify(), .short)
        let until = try #require(old.notAfter) + 86_400
        #expect(throws: KeyFault.stillPublished(old.id, until: until)) { try workshop.rotation().retire(old.id) }
        workshop.world.withLock { $0.now = until }
        try workshop.rotation().sweep()
        #expect(try workshop.state(old.id) == .retiring && workshop.chains.contains("\(old.id).pem"))
        workshop.world.withLock { $0.now = until + 1 }
        try workshop.rotation().sweep()
        #expect(try workshop.state(old.id) == .destroyed && !workshop.chains.contains("\(old.id).pem"))
        let steps = try workshop.store.history(of: old.id).suffix(4).map(\.step)
        #expect(steps == ["retiring", "key destroyed", "retired", "destroyed"])
    }

    @Test func `nothing is switched until the URL answers with the chain`() async throws {
        let old = try await first()
        let not: [FetchAnswer] = [
            .body(status: 404, contentType: nil, []), .timedOut, .redirect("https://x.example.com/"),
            .body(status: 200, contentType: nil, Array("other".utf8)),
        ]
        workshop.world.withLock { $0.answers = not }
        await #expect(throws: RotationFault.self) { try await workshop.rotation().rotate(workshop.certify(), .short) }
        #expect(try workshop.store.active()?.id == old.id && workshop.store.candidate()?.state == .staged)
        // And a URL that comes up late, while the command waits.
        workshop.world.withLock { $0.answers = Array(repeating: .body(status: 404, contentType: nil, []), count: 30) }
        let new = try await workshop.rotation().rotate(nil, Rotation.Patience(wait: 30, settle: 0))
        #expect(new.id != old.id && new.state == .active)
    }

    @Test func `it settles before the switch, and is looked at again`() async throws {
        _ = try await first()
        workshop.world.withLock { $0.pauses = [] }
        _ = try await workshop.rotation().rotate(workshop.certify(), Rotation.Patience(wait: 0, settle: 45))
        #expect(workshop.world.withLock { $0.pauses } == [.seconds(45)])
        let rotation = try workshop.rotation(), candidate = try rotation.stage()
        try await rotation.take(from: workshop.certify(), scope: nil)
        let chain = try #require(try workshop.store.credential(candidate.id).chain)
        workshop.world.withLock {
            $0.answers = [
                .body(status: 200, contentType: nil, Array(chain.utf8)), .body(status: 404, contentType: nil, []),
            ]
        }
        await #expect(throws: RotationFault.self) {
            try await rotation.publish(Rotation.Patience(wait: 0, settle: 45))
        }
        #expect(try workshop.state(candidate.id) == .staged)
    }

    @Test func `the old key lives until the daemon says that it signs with the new one`() async throws {
        let old = try await first()
        workshop.world.withLock { $0.daemon = Workshop.ready }
        let store = workshop.store
        await #expect(throws: RotationFault.self) { try await workshop.rotation().rotate(workshop.certify(), .short) }
        let new = try #require(try store.active())
        #expect(new.id != old.id && new.settled == nil && workshop.keyFiles == [old.key, new.key])
        // What it said before the switch does not count.
        try store.noteTakenUp(old.id, workshop.act())
        await #expect(throws: RotationFault.self) { try await workshop.rotation().rotate(workshop.certify(), .short) }
        #expect(workshop.keyFiles == [old.key, new.key])

        workshop.world.withLock { world in
            world.daemon = { store, now in try? store.noteTakenUp(new.id, Act(who: "d", why: "w", at: now)) }
        }
        let same = try await workshop.rotation().rotate(workshop.certify(), .short)
        #expect(same.id == new.id && workshop.keyFiles == [new.key])
        #expect(try store.active()?.settled != nil)
    }

    @Test func `a daemon says it once, and again when something has changed`() async throws {
        let first = try await first(), store = workshop.store
        func told() throws -> Int { try store.history().count { $0.step == "taken up" } }
        for _ in 0..<3 { try store.noteTakenUp(first.id, workshop.act()) }
        #expect(try told() == 1)
        _ = try await workshop.rotation().rotate(workshop.certify(), .short)
        for _ in 0..<3 { try store.noteTakenUp(first.id, workshop.act()) }
        #expect(try told() == 2)
        for _ in 0..<3 { try store.noteTakenUp(nil, workshop.act()) }
        #expect(try told() == 3)
    }

    @Test func `what is to be replaced is replaced once`() async throws {
        let old = try await first()
        let new = try await workshop.rotation().rotate(workshop.certify(), replacing: old.id, .short)
        #expect(new.id != old.id)
        #expect(try await workshop.rotation().rotate(workshop.certify(), replacing: old.id, .short).id == new.id)
        #expect(try workshop.store.credentials().count == 2)
        await #expect(throws: KeyFault.unknown("mistyped")) {
            try await workshop.rotation().rotate(workshop.certify(), replacing: "mistyped", .short)
        }
        _ = try await workshop.rotation().revoke(new.id, nil, withoutReplacement: true, .short)
        await #expect(throws: RotationFault.nothingToReplace(new.id)) {
            try await workshop.rotation().rotate(workshop.certify(), replacing: new.id, .short)
        }
        #expect(try workshop.store.credentials().count == 2)
    }

    @Test func `two persons are needed where that is asked for`() async throws {
        let workshop = try Workshop(twoPersons: true), scope = try TNAuthList([.spc("709J")])
        await #expect(throws: KeyFault.self) {
            try await workshop.rotation().rotate(workshop.certify(), scope: scope, .short)
        }
        let candidate = try #require(try workshop.store.candidate())
        #expect(candidate.state == .published)
        for who in ["ann", " Ann "] {
            #expect(throws: KeyFault.approvedByStager(who)) { try workshop.store.approve(candidate, workshop.act(who)) }
        }
        await #expect(throws: KeyFault.notApproved(candidate.id)) {
            try await workshop.rotation("bob").activate(.short)
        }
        try workshop.store.approve(candidate, workshop.act("bob"))
        #expect(try await workshop.rotation().rotate(nil, .short).id == candidate.id)
    }

    @Test func `what a killed command left behind is destroyed`() async throws {
        let old = try await first(), first = try await workshop.rotation().rotate(workshop.certify(), .short)
        let keys = workshop.files.keys, manager = FileManager.default, end = "\(UUID().uuidString).new"
        try IssuedFile.create("\(keys)/20260101-a.key.\(end)", SigningKey.generate())
        try manager.linkItem(atPath: "\(keys)/\(first.key)", toPath: "\(keys)/\(first.key).\(end)")
        try IssuedFile.create("\(workshop.files.published)/\(first.id).pem.\(end)", "half")
        _ = try await workshop.rotation().rotate(workshop.certify(), replacing: old.id, .short)
        #expect(workshop.keyFiles == [first.key] && workshop.chains == ["\(old.id).pem", "\(first.id).pem"])
        // The second name is gone, and the key is whole.
        _ = try workshop.files.openKey(first.key, passphrase: nil)
    }

    @Test func `what is not known to be abandoned is left alone, and told of`() async throws {
        let first = try await first(), keys = workshop.files.keys
        let names = ["20260101-a.key", "\(first.key).0.new", "\(first.key).bak"]
        for name in names { try IssuedFile.create("\(keys)/\(name)", SigningKey.generate()) }
        let folders = ["old", "\(first.key).\(UUID().uuidString).new"]
        for name in folders {
            try FileManager.default.createDirectory(atPath: "\(keys)/\(name)", withIntermediateDirectories: false)
        }
        let new = try await workshop.rotation().rotate(workshop.certify(), .short)
        #expect(workshop.keyFiles == Set(names + folders + [new.key]))
        for name in names { _ = try workshop.files.openKey(name, passphrase: nil) }
        let said = workshop.world.withLock { $0.said }
        for name in names + folders {
            #expect(said.count { $0.hasPrefix("\(workshop.files.path(ofKey: name)) is no credential's") } == 1)
        }
    }

    @Test func `what is prepared in advance waits until it is time`() async throws {
        #expect(try workshop.rotation().isDue())
        let old = try await first(), rotation = try workshop.rotation()
        try rotation.stage()
        #expect(try !rotation.isDue())
        try await rotation.take(from: workshop.certify(), scope: nil)
        try await rotation.publish(.short)
        #expect(try !rotation.isDue())
        workshop.world.withLock { $0.now = (old.notAfter ?? 0) - 86_400 }
        #expect(try rotation.isDue())
    }

    @Test func `a candidate published earlier is asked for again before the switch`() async throws {
        let old = try await first(), rotation = try workshop.rotation()
        try rotation.stage()
        try await rotation.take(from: workshop.certify(), scope: nil)
        try await rotation.publish(.short)
        workshop.world.withLock { $0.answers = Array(repeating: .body(status: 404, contentType: nil, []), count: 4) }
        await #expect(throws: RotationFault.self) { try await rotation.activate(.short) }
        #expect(try workshop.store.active()?.id == old.id)
        #expect(try await rotation.activate(.short).id != old.id)
    }

    @Test func `a forgotten passphrase does not leave the next key in clear`() async throws {
        let path = "\(workshop.folder)/passphrase"
        try IssuedFile.replace(path, Array("correct horse battery".utf8))
        let passphrase = try IssuedFile.readPassphrase(path)
        let first = try await workshop.rotation(passphrase: passphrase)
            .rotate(workshop.certify(), scope: TNAuthList([.spc("709J")]), .short)
        #expect(throws: KeyFault.passphraseForgotten(first.id)) { try workshop.rotation().stage() }
        #expect(workshop.keyFiles == [first.key])
        try workshop.rotation(passphrase: passphrase).stage()
    }

    @Test func `giving up one candidate leaves other keys alone, and is finished by a second run`() async throws {
        let old = try await first()
        workshop.world.withLock { $0.daemon = Workshop.ready }
        await #expect(throws: RotationFault.self) { try await workshop.rotation().rotate(workshop.certify(), .short) }
        let rotation = try workshop.rotation(), candidate = try rotation.stage()
        try await rotation.take(from: workshop.certify(), scope: nil)
        try await rotation.publish(.short)
        // As a run that was killed leaves it: its key is gone, and the store does not say so yet.
        try workshop.store.move(workshop.store.credential(candidate.id), to: .retired, workshop.act())
        try FileManager.default.removeItem(atPath: workshop.files.path(ofKey: candidate.key))
        try rotation.retire(candidate.id)
        #expect(try workshop.state(candidate.id) == .destroyed)
        #expect(try workshop.keyFiles.contains(old.key) && workshop.store.credential(old.id).keyDestroyed == nil)
        // And before its row said so.
        let next = try rotation.stage()
        try FileManager.default.removeItem(atPath: workshop.files.path(ofKey: next.key))
        try rotation.retire(next.id)
        #expect(try workshop.state(next.id) == .destroyed && workshop.keyFiles.contains(old.key))
    }

    @Test func `a candidate is given up with its key`() async throws {
        _ = try await first()
        for publishes in [false, true] {
            let rotation = try workshop.rotation(), candidate = try rotation.stage()
            if publishes {
                try await rotation.take(from: workshop.certify(), scope: nil)
                try await rotation.publish(.short)
            }
            try rotation.retire(candidate.id)
            #expect(try workshop.state(candidate.id) == .destroyed)
            #expect(!workshop.keyFiles.contains(candidate.key) && !workshop.chains.contains("\(candidate.id).pem"))
        }
        let active = try #require(try workshop.store.active())
        #expect(throws: KeyFault.self) { try workshop.rotation().retire(active.id) }
    }
}

/// Keys that others may have.
@Suite struct RevocationOfKeysTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private func first() async throws -> StoredCredential {
        try await workshop.rotation().rotate(workshop.certify(), scope: TNAuthList([.spc("709J")]), .short)
    }

    @Test(arguments: [false, true])
    func `what is staged, or a new one, signs at once, and the old chain stays up`(isStaged: Bool) async throws {
        let old = try await first()
        if isStaged {
            try workshop.rotation().stage()
            try await workshop.rotation().take(from: workshop.certify(), scope: nil)
        }
        workshop.world.withLock { $0.pauses = [] }
        let revoked = try await workshop.rotation().revoke(
            old.id, isStaged ? nil : workshop.certify(), withoutReplacement: false,
            Rotation.Patience(wait: 3, settle: 60))
        #expect(revoked.state == .revoked && revoked.keyDestroyed != nil && revoked.withdrawn == nil)
        #expect(workshop.world.withLock { $0.pauses } == [])
        let new = try #require(try workshop.store.active())
        #expect(workshop.keyFiles == [new.key])
        #expect(workshop.chains == ["\(old.id).pem", "\(new.id).pem"])
        workshop.world.withLock { $0.now = (old.notAfter ?? 0) + 86_401 }
        try workshop.rotation().sweep()
        #expect(!workshop.chains.contains("\(old.id).pem"))
        #expect(try workshop.store.credential(old.id).withdrawn != nil && workshop.state(old.id) == .revoked)
    }

    @Test func `without anything to replace it a key goes on, unless one says otherwise`() async throws {
        let old = try await first(), rotation = try workshop.rotation()
        await #expect(throws: RotationFault.noReplacement(old.id)) {
            try await rotation.revoke(old.id, nil, withoutReplacement: false, .short)
        }
        #expect(try workshop.store.active()?.id == old.id)
        _ = try await rotation.revoke(old.id, nil, withoutReplacement: true, .short)
        #expect(try workshop.store.active() == nil && workshop.keyFiles.isEmpty)
        // A second time changes nothing.
        #expect(try await rotation.revoke(old.id, nil, withoutReplacement: true, .short).state == .revoked)
        // And the next one must still be what that one was.
        await #expect(throws: AnswerFault.self) { try await rotation.rotate(workshop.certify(.spc("505K")), .short) }
    }

    @Test(arguments: [false, true])
    func `a revocation that was interrupted goes on with the same key`(withoutReplacement: Bool) async throws {
        let old = try await first()
        #expect(try workshop.rotation().credentialToRevoke().id == old.id)
        workshop.world.withLock { $0.daemon = Workshop.ready }
        let certify = withoutReplacement ? nil : workshop.certify()
        await #expect(throws: RotationFault.self) {
            try await workshop.rotation().revoke(old.id, certify, withoutReplacement: withoutReplacement, .short)
        }
        let new = try workshop.store.active(), serial = try #require(try old.certificates.first).serialNumber
        #expect(try workshop.state(old.id) == .revoked && (new == nil) == withoutReplacement)
        #expect(workshop.world.withLock { $0.said }.contains("revoked \(old.id), serial number \(serial)"))
        #expect(try workshop.rotation().credentialToRevoke().id == old.id)
        // The key is destroyed, and what signs has not been said to be settled.
        try workshop.store.noteKeyDestroyed(workshop.store.credential(old.id), workshop.act())
        #expect(try workshop.rotation().credentialToRevoke().id == old.id)
        workshop.world.withLock { $0.daemon = nil }
        _ = try await workshop.rotation().revoke(old.id, certify, withoutReplacement: withoutReplacement, .short)
        #expect(try workshop.store.active()?.id == new?.id)
        // Now that it has come to its end, the next one is meant.
        #expect(try workshop.rotation().credentialToRevoke().id == new?.id ?? old.id)
    }

    @Test func `what a second person has not approved takes no place, and is not begun`() async throws {
        let workshop = try Workshop(twoPersons: true), rotation = try workshop.rotation()
        try rotation.stage()
        try await rotation.take(from: workshop.certify(), scope: TNAuthList([.spc("709J")]))
        try workshop.store.approve(#require(try workshop.store.candidate()), workshop.act("bob"))
        let old = try await rotation.rotate(nil, .short)
        func expectRefusal(by candidate: String?) async {
            await #expect(throws: RotationFault.replacementNotApproved(old.id, by: candidate)) {
                try await rotation.revoke(old.id, workshop.certify(), withoutReplacement: false, .short)
            }
        }
        await expectRefusal(by: nil)
        #expect(try workshop.store.candidate() == nil)
        let next = try rotation.stage()
        await expectRefusal(by: next.id)
        #expect(try workshop.store.candidate() == next)
        try await rotation.take(from: workshop.certify(), scope: nil)
        try workshop.store.approve(#require(try workshop.store.candidate()), workshop.act("bob"))
        _ = try await rotation.revoke(old.id, nil, withoutReplacement: false, .short)
        #expect(try workshop.store.active()?.id == next.id)
    }

    @Test func `without the anchors a key can still be given up`() async throws {
        let old = try await first()
        try FileManager.default.removeItem(atPath: "\(workshop.folder)/anchors")
        let unasked: Rotation.Certifier = { _, _ in
            Issue.record("a CA was asked for what could not be judged")
            return []
        }
        await #expect {
            try await workshop.rotation().revoke(old.id, unasked, withoutReplacement: false, .short)
        } throws: {
            if case .anchorsUnread = $0 as? KeyFault { true } else { false }
        }
        _ = try await workshop.rotation().revoke(old.id, nil, withoutReplacement: true, .short)
        #expect(try workshop.state(old.id) == .revoked && workshop.keyFiles.count == 1)
    }

    @Test func `a staged key can be revoked too`() async throws {
        let old = try await first(), staged = try workshop.rotation().stage()
        _ = try await workshop.rotation().revoke(staged.id, nil, withoutReplacement: false, .short)
        #expect(try workshop.state(staged.id) == .revoked && workshop.keyFiles == [old.key])
    }
}
