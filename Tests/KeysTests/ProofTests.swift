import Certificates
import Foundation
import Keys
import LibCrypto
import Synchronization
import Testing

/// What was right when a credential was published need not be so when it is switched to.
@Suite struct ProofTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    /// Signs, and another one is prepared.
    private func prepare(publishes: Bool = true) async throws -> (old: StoredCredential, next: StoredCredential) {
        let scope = try TNAuthList([.spc("709J")]), rotation = try workshop.rotation()
        let old = try await rotation.rotate(workshop.certify(), scope: scope, .short)
        try rotation.stage()
        try await rotation.take(from: workshop.certify(), scope: nil)
        if publishes { try await rotation.publish(.short) }
        return (old, try #require(try workshop.store.candidate()))
    }

    private func replaceKey(of credential: StoredCredential) throws {
        let path = workshop.files.path(ofKey: credential.key)
        try FileManager.default.removeItem(atPath: path)
        try IssuedFile.create(path, .generate())
    }

    @Test func `a certificate that has ended since it was published is not switched to`() async throws {
        let (old, next) = try await prepare()
        workshop.world.withLock { $0.now = (next.notAfter ?? 0) + 1 }
        await #expect {
            try await workshop.rotation().activate(.short)
        } throws: {
            if case .notProven(next.id, _) = $0 as? RotationFault { true } else { false }
        }
        #expect(try workshop.store.active()?.id == old.id && workshop.state(next.id) == .published)
    }

    @Test func `a key that has become another is neither published nor switched to`() async throws {
        let (old, next) = try await prepare(publishes: false)
        let path = workshop.files.path(ofKey: next.key), kept = "\(workshop.folder)/kept"
        try FileManager.default.copyItem(atPath: path, toPath: kept)
        try replaceKey(of: next)
        await #expect(throws: (any Error).self) { try await workshop.rotation().publish(.short) }
        #expect(try workshop.state(next.id) == .staged)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: kept, toPath: path)
        try await workshop.rotation().publish(.short)
        try replaceKey(of: next)
        await #expect(throws: (any Error).self) { try await workshop.rotation().activate(.short) }
        #expect(try workshop.store.active()?.id == old.id && workshop.state(next.id) == .published)
    }

    @Test func `a key that is gone since the daemon said it is ready is not switched to`() async throws {
        let (old, next) = try await prepare(), path = workshop.files.path(ofKey: next.key)
        workshop.world.withLock { world in
            world.daemon = { store, now in
                Workshop.ready(store, now)
                try? FileManager.default.removeItem(atPath: path)
            }
        }
        await #expect(throws: KeyFilesFault.self) { try await workshop.rotation().activate(.short) }
        #expect(try workshop.store.readiness(of: next) == .ready && workshop.store.active()?.id == old.id)
    }
}
