import Certificates
import Foundation
import Keys
import LibCrypto
import Synchronization
import Testing

/// Credentials whose keys are in hardware: what names mean there is the test's to say.
@Suite struct HardwareKeyTests {
    let workshop: Workshop
    private let token = Token()

    init() throws { workshop = try Workshop() }

    private final class Token: Sendable {
        private let keys = Mutex<[String: SigningKey]>([:])

        func hold(_ key: SigningKey, as object: String) throws -> TokenURI {
            let uri = try TokenURI("pkcs11:token=carrier;object=\(object)")
            keys.withLock { $0[uri.description] = key }
            return uri
        }

        func key(_ uri: TokenURI) throws -> SigningKey {
            guard let key = keys.withLock({ $0[uri.description] }) else { throw TokenFault.noSuchKey(uri) }
            return key
        }
    }

    private func rotation() throws -> Rotation { try workshop.rotation(token: { [token] in try token.key($0) }) }

    /// Signs with a key in hardware.
    private func first() async throws -> StoredCredential {
        let rotation = try rotation()
        try rotation.stage(token.hold(.generate(), as: "one"))
        return try await rotation.rotate(workshop.certify(), scope: TNAuthList([.spc("709J")]), .short)
    }

    @Test func `they go through the same states, and no file is touched`() async throws {
        let old = try await first(), path = workshop.files.path(ofKey: old.key)
        #expect(workshop.keyFiles.isEmpty && old.key == "pkcs11:token=carrier;object=one")
        try FileManager.default.createDirectory(atPath: workshop.files.keys, withIntermediateDirectories: false)
        try IssuedFile.create(path, SigningKey.generate())
        let rotation = try rotation()
        try rotation.stage(token.hold(.generate(), as: "two"))
        _ = try await rotation.rotate(workshop.certify(), .short)
        #expect(try workshop.state(old.id) == .retiring && workshop.store.credential(old.id).keyDestroyed == nil)
        workshop.world.withLock { $0.now = (old.notAfter ?? 0) + 86_401 }
        try rotation.sweep()
        #expect(try workshop.state(old.id) == .destroyed)
        #expect(workshop.world.withLock { $0.said }.contains { $0.contains("still in its token, as \(old.key)") })
        _ = try IssuedFile.readKey(path, passphrase: nil)
        let steps = try workshop.store.history(of: old.id).map(\.step)
        #expect(steps.suffix(3) == ["retiring", "retired", "destroyed"])
    }

    @Test(arguments: [false, true]) func `one that is given up stays in its token`(isPublished: Bool) async throws {
        _ = try await first()
        let rotation = try rotation(), next = try rotation.stage(token.hold(.generate(), as: "two"))
        if isPublished {
            try await rotation.take(from: workshop.certify(), scope: nil)
            try await rotation.publish(.short)
        }
        try rotation.retire(next.id)
        #expect(try workshop.state(next.id) == .destroyed)
        #expect(workshop.world.withLock { $0.said }.contains { $0.contains("still in its token, as \(next.key)") })
    }

    @Test func `staging one again goes on with it`() async throws {
        let rotation = try rotation(), uri = try token.hold(.generate(), as: "one"), candidate = try rotation.stage(uri)
        #expect(try rotation.stage(uri) == candidate)
        let other = try token.hold(.generate(), as: "two")
        #expect(throws: KeyFault.candidateExists(candidate.id)) { try rotation.stage(other) }
    }

    @Test func `a key in a file does not follow on one in hardware unawares`() async throws {
        let old = try await first()
        await #expect(throws: KeyFault.keyInHardware(old.id)) {
            try await rotation().rotate(workshop.certify(), .short)
        }
        #expect(try workshop.store.candidate() == nil && workshop.store.active()?.id == old.id)
        let next = try rotation().stage(leavesHardware: true)
        #expect(try await rotation().rotate(workshop.certify(), .short).id == next.id)
    }

    @Test func `a key is used for one certificate, whatever its name`() async throws {
        let key = try SigningKey.generate(), rotation = try rotation()
        let one = try rotation.stage(token.hold(key, as: "one"))
        try rotation.retire(one.id)
        let renamed = try token.hold(key, as: "two"), replaced = try token.hold(.generate(), as: "one")
        for uri in [renamed, replaced] {
            #expect(throws: KeyFault.keyUsedBefore("\(uri)", by: one.id)) { try rotation.stage(uri) }
        }
    }

    @Test func `a name that has come to mean another key is refused`() async throws {
        let rotation = try rotation(), uri = try token.hold(.generate(), as: "one"), candidate = try rotation.stage(uri)
        try await rotation.take(from: workshop.certify(), scope: TNAuthList([.spc("709J")]))
        _ = try token.hold(.generate(), as: "one")
        await #expect(throws: KeyFault.otherKeyInToken(candidate.id, "\(uri)")) { try await rotation.publish(.short) }
        #expect(try workshop.state(candidate.id) == .staged)
    }

    @Test func `one is not opened by whoever was not told how`() async throws {
        let uri = try token.hold(.generate(), as: "one")
        #expect(throws: KeyFault.tokenUnsaid("\(uri)")) { try workshop.rotation().stage(uri) }
    }

    @Test func `a revocation waits until no daemon signs with it`() async throws {
        let old = try await first()
        workshop.world.withLock { $0.daemon = { _, _ in } }
        await #expect(throws: RotationFault.self) {
            try await rotation().revoke(old.id, nil, withoutReplacement: true, .short)
        }
        workshop.world.withLock { world in
            world.daemon = { store, now in try? store.noteTakenUp(nil, Act(who: "d", why: "w", at: now)) }
        }
        _ = try await rotation().revoke(old.id, nil, withoutReplacement: true, .short)
        #expect(workshop.world.withLock { $0.said }.contains { $0.contains("still in its token, as \(old.key)") })
    }
}
