import Certificates
import Foundation
import Keys
import LibCrypto
import MiniPKI
import Synchronization
import Testing

/// What a CA may answer, and be refused for, each by one check alone.
@Suite struct SuccessionTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private static let constraints = Certificate.Extension.claimConstraints(
        try! ClaimConstraints(mustInclude: [], permittedValues: [], mustExclude: ["rcd"]))

    private func first(_ alter: @escaping @Sendable (inout MiniPKI.Recipe) -> Void = { _ in }) async throws {
        _ = try await workshop.rotation().rotate(
            workshop.certify(alter: alter), scope: TNAuthList([.spc("709J")]), .short)
    }

    private func refusal(
        _ certify: @escaping Rotation.Certifier, scope: TNAuthList? = nil
    ) async throws -> (any Error)? {
        let before = try workshop.store.active()
        do {
            _ = try await workshop.rotation().rotate(certify, scope: scope, .short)
            return nil
        } catch {
            #expect(try workshop.store.active() == before && workshop.store.candidate()?.chain == nil)
            #expect(workshop.chains == ["\(before?.id ?? "").pem"])
            return error
        }
    }

    @Test func `another key's certificate is refused`() async throws {
        try await first()
        let error = try await refusal(workshop.certify { $0.key = .fresh })
        guard case .otherKey = error as? AnswerFault else { throw error ?? KeyFault.noCandidate }
    }

    @Test func `one that speaks for others is refused, unless that is asked for`() async throws {
        try await first()
        let error = try await refusal(workshop.certify(.spc("505K")))
        guard case .otherScope = error as? AnswerFault else { throw error ?? KeyFault.noCandidate }
        let wanted = try TNAuthList([.spc("505K")])
        #expect(try await refusal(workshop.certify(.spc("505K")), scope: wanted) == nil)
    }

    @Test func `one that was prepared for others than are named now is not switched to`() async throws {
        try await first()
        let rotation = try workshop.rotation(), candidate = try rotation.stage(), before = try workshop.store.active()
        try await rotation.take(from: workshop.certify(), scope: nil)
        for certify in [nil, workshop.certify(.spc("505K"))] {
            await #expect(throws: RotationFault.preparedForOthers(candidate.id)) {
                try await rotation.rotate(certify, scope: TNAuthList([.spc("505K")]), .short)
            }
        }
        #expect(try workshop.store.active() == before)
        #expect(try await rotation.rotate(nil, scope: TNAuthList([.spc("709J")]), .short).id == candidate.id)
    }

    @Test func `a first one must be told whom it speaks for`() async throws {
        await #expect(throws: RotationFault.scopeUnsaid) {
            try await workshop.rotation().rotate(workshop.certify(), .short)
        }
    }

    @Test func `one that sheds, or gains, constraints is refused`() async throws {
        try await first { $0.replace(Self.constraints) }
        let shed = try await refusal(workshop.certify())
        guard case .otherConstraints = shed as? AnswerFault else { throw shed ?? KeyFault.noCandidate }
        #expect(try await refusal(workshop.certify { $0.replace(Self.constraints) }) == nil)
        let free = try SuccessionTests()
        try await free.first()
        let error = try await free.refusal(free.workshop.certify { $0.replace(Self.constraints) })
        guard case .otherConstraints = error as? AnswerFault else { throw error ?? KeyFault.noCandidate }
    }

    @Test func `one that would have to be replaced at once is refused`() async throws {
        try await first()
        let end = MiniPKI.now + 5 * MiniPKI.day
        let error = try await refusal(
            workshop.certify {
                $0.notBefore = end - 30 * MiniPKI.day
                $0.notAfter = end
            })
        #expect(error as? RotationFault == .endsTooSoon(end))
    }

    @Test func `one that peers would refuse is refused`() async throws {
        try await first()
        let stranger = MiniPKI().leaf(.spc("709J")).pem
        #expect(try await refusal { _, _ in stranger } is CertificateFault)
        let good = workshop.certify()
        let shuffled: Rotation.Certifier = { credential, key in
            let pem = try await good(credential, key)
            let chain = try Certificate.all(inPEM: pem.span, atMost: 5)
            return chain.reversed().flatMap { Array($0.pem.utf8) }
        }
        #expect(try await refusal(shuffled) is CertificateFault)
        #expect(try await refusal(workshop.certify { $0.notAfter = MiniPKI.now - 1 }) is CertificateFault)
        #expect(try await refusal(good) == nil)
    }
}
