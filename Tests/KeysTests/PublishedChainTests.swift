import Certificates
import Foundation
import Keys
import Synchronization
import Testing

/// Chains that peers may ask for, in a folder that others can write to.
@Suite struct PublishedChainTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private func first() async throws -> StoredCredential {
        try await workshop.rotation().rotate(workshop.certify(), scope: TNAuthList([.spc("709J")]), .short)
    }

    private func remove(_ id: String) throws {
        try FileManager.default.removeItem(atPath: workshop.files.path(ofChain: id))
    }

    @Test func `one that is gone, or is another by now, is put back`() async throws {
        let revoked = try await first()
        _ = try await workshop.rotation().revoke(revoked.id, workshop.certify(), withoutReplacement: false, .short)
        _ = try await workshop.rotation().rotate(workshop.certify(), .short)
        let rotation = try workshop.rotation(), published = try rotation.stage()
        try await rotation.take(from: workshop.certify(), scope: nil)
        try await rotation.publish(.short)
        let credentials = try workshop.store.credentials()
        #expect(Set(credentials.map(\.state)) == [.revoked, .retiring, .active, .published])
        #expect(credentials.allSatisfy { $0.isToBeUp && workshop.files.isUp($0) })
        for credential in credentials where credential != published { try remove(credential.id) }
        try Data("another".utf8).write(to: URL(filePath: workshop.files.path(ofChain: published.id)))
        #expect(!credentials.contains(where: workshop.files.isUp))
        try rotation.sweep()
        #expect(credentials.allSatisfy(workshop.files.isUp))
        let said = workshop.world.withLock { $0.said }
        for credential in credentials {
            #expect(said.count { $0.hasPrefix("put the chain of \(credential.id) back") } == 1)
        }
    }

    @Test func `one that is to be asked for before the switch is put back before it`() async throws {
        let old = try await first(), rotation = try workshop.rotation(), candidate = try rotation.stage()
        try await rotation.take(from: workshop.certify(), scope: nil)
        try await rotation.publish(.short)
        for id in [old.id, candidate.id] { try remove(id) }
        #expect(try await rotation.rotate(nil, .short).id == candidate.id)
    }

    @Test func `one that is not up yet, or not any more, is not put there`() async throws {
        let old = try await first()
        _ = try await workshop.rotation().rotate(workshop.certify(), .short)
        workshop.world.withLock { $0.now = (old.publishedUntil ?? 0) + 1 }
        let rotation = try workshop.rotation(), staged = try rotation.stage()
        try await rotation.take(from: workshop.certify(), scope: nil)
        for _ in 0..<2 { try rotation.sweep() }
        #expect(try workshop.state(old.id) == .destroyed)
        #expect(workshop.chains.isDisjoint(with: ["\(old.id).pem", "\(staged.id).pem"]))
    }
}
