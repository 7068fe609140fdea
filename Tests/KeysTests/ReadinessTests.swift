import Certificates
import Keys
import Synchronization
import Testing

/// Nothing is switched to that the daemon cannot sign with.
@Suite struct ReadinessTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private func first() async throws -> StoredCredential {
        try await workshop.rotation().rotate(workshop.certify(), scope: TNAuthList([.spc("709J")]), .short)
    }

    /// A daemon that answers each question so, and follows each switch.
    private func daemon(saying readiness: @escaping @Sendable (StoredCredential) -> Readiness) {
        workshop.world.withLock { world in
            world.daemon = { store, now in
                if let candidate = try? store.questioned() {
                    try? store.note(readiness(candidate), of: candidate, at: now)
                }
                try? store.noteTakenUp(store.active()?.id, Act(who: "d", why: "w", at: now))
            }
        }
    }

    private func expectNothingSwitched(from old: StoredCredential) throws {
        #expect(try workshop.store.active()?.id == old.id && workshop.store.candidate()?.state == .published)
        #expect(try workshop.store.active().map { workshop.keyFiles.contains($0.key) } == true)
    }

    @Test func `what the daemon can open is switched to`() async throws {
        let old = try await first()
        daemon { _ in .ready }
        let new = try await workshop.rotation().rotate(workshop.certify(), .short)
        let steps = try workshop.store.history(of: new.id).map(\.step)
        #expect(steps == ["staged", "chain accepted", "published", "asked", "ready", "active", "taken up", "settled"])
        #expect(try workshop.state(old.id) == .retiring)
    }

    @Test func `what it cannot open is not, until it can`() async throws {
        let old = try await first()
        daemon { _ in .refused("no passphrase") }
        let error = await #expect(throws: RotationFault.self) {
            try await workshop.rotation().rotate(workshop.certify(), .short)
        }
        let candidate = try #require(try workshop.store.candidate())
        #expect(error == .refused(candidate.id, "no passphrase"))
        try expectNothingSwitched(from: old)
        // It is asked anew: an earlier answer does not count.
        daemon { _ in .ready }
        #expect(try await workshop.rotation().rotate(nil, .short).id == candidate.id)
        let words = try workshop.store.history(of: candidate.id).map(\.step).filter {
            ["asked", "ready", "refused"].contains($0)
        }
        #expect(words == ["asked", "refused", "asked", "ready"])
    }

    @Test func `one that does not answer is not taken for one that can`() async throws {
        let old = try await first()
        workshop.world.withLock { $0.daemon = { _, _ in } }
        await #expect(throws: RotationFault.self) { try await workshop.rotation().rotate(workshop.certify(), .short) }
        let candidate = try #require(try workshop.store.candidate())
        await #expect(throws: RotationFault.untried(candidate.id)) { try await workshop.rotation().activate(.short) }
        try expectNothingSwitched(from: old)
    }

    @Test func `while none runs, nothing that signs is replaced unless one says so`() async throws {
        workshop.world.withLock { $0.mayLackDaemon = false }
        // Nothing signs yet, so nothing can be lost.
        let old = try await first()
        await #expect(throws: RotationFault.self) { try await workshop.rotation().rotate(workshop.certify(), .short) }
        let candidate = try #require(try workshop.store.candidate())
        await #expect(throws: RotationFault.noDaemon(candidate.id)) { try await workshop.rotation().activate(.short) }
        try expectNothingSwitched(from: old)
        workshop.world.withLock { $0.mayLackDaemon = true }
        #expect(try await workshop.rotation().activate(.short).id == candidate.id)
        #expect(try workshop.store.history(of: candidate.id).contains { $0.step == "untried" })
    }

    @Test func `a key that others may have is replaced without it, but not by what it refuses`() async throws {
        let old = try await first()
        daemon { _ in .refused("no passphrase") }
        await #expect(throws: RotationFault.self) {
            try await workshop.rotation().revoke(old.id, workshop.certify(), withoutReplacement: false, .short)
        }
        try expectNothingSwitched(from: old)
        workshop.world.withLock { ($0.daemon, $0.mayLackDaemon) = (nil, false) }
        _ = try await workshop.rotation().revoke(old.id, workshop.certify(), withoutReplacement: false, .short)
        #expect(try workshop.state(old.id) == .revoked && workshop.store.active() != nil)
    }

    @Test func `only the candidate is asked about, and a long reason is cut`() async throws {
        _ = try await first()
        let rotation = try workshop.rotation(), gone = try rotation.stage()
        try workshop.store.ask(about: gone, workshop.act())
        #expect(try workshop.store.questioned()?.id == gone.id)
        try rotation.retire(gone.id)
        #expect(try workshop.store.questioned() == nil)
        let next = try rotation.stage()
        #expect(try workshop.store.questioned() == nil && workshop.store.readiness(of: next) == nil)
        try workshop.store.note(.refused(String(repeating: "é", count: 2_000)), of: next, at: 1)
        #expect(try workshop.store.readiness(of: next) == .refused(String(repeating: "é", count: 1_000)))
    }
}
