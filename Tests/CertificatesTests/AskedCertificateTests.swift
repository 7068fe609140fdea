import Certificates
import LibCrypto
import MiniPKI
import Testing

/// What a CA answers, held against what it was asked for: each case is refused by one check alone.
@Suite struct `A CA's answer` {
    static let pki = MiniPKI()
    static let forbidding = Certificate.Extension.claimConstraints(try! ClaimConstraints(mustExclude: ["rcd"]))
    let leaf = pki.leaf(.spc("709J"))

    private func fault(
        _ chain: [Certificate], constraints: Set<Certificate.Extension>? = nil, isForAuthority: Bool = false
    ) throws -> AnswerFault? {
        let asked = try AskedCertificate(
            key: leaf.key.verifyingKey.point, tnAuthList: TNAuthList([.spc("709J")]), constraints: constraints,
            isForAuthority: isForAuthority)
        do throws(AnswerFault) { try asked.requireAnswer(chain) } catch { return error }
        return nil
    }

    private func party(
        _ scope: MiniPKI.Scope = .spc("709J"), alter: (inout MiniPKI.Recipe) -> Void = { _ in }
    ) -> MiniPKI.Party {
        Self.pki.leaf(scope) {
            $0.key = .of(leaf.key)
            alter(&$0)
        }
    }

    @Test func `is what was asked for, with the root or without`() throws {
        #expect(try fault(leaf.chain) == nil)
        #expect(try fault(leaf.chain + Self.pki.anchors) == nil)
        #expect(try fault([leaf.certificate]) == nil)
    }

    @Test func `is for the key, and for the numbers, that were asked for`() throws {
        let other = Self.pki.leaf(.spc("709J")), elsewhere = party(.spc("505K"))
        #expect(try fault(other.chain) == .otherKey(other.certificate.subjectText))
        #expect(try fault(elsewhere.chain) == .otherScope(elsewhere.certificate.subjectText))
        let silent = party { $0.remove(TNAuthList.oid) }
        #expect(try fault(silent.chain) == .otherScope(silent.certificate.subjectText))
    }

    @Test func `is a CA's if that was asked for, and no other`() throws {
        let authority = Self.pki.authority(.spc("709J")) { $0.key = .of(leaf.key) }
        #expect(try fault(authority.chain) == .authority(authority.certificate.subjectText))
        #expect(try fault(authority.chain, isForAuthority: true) == nil)
        #expect(try fault(leaf.chain, isForAuthority: true) == .noAuthority(leaf.certificate.subjectText))
    }

    @Test func `has the constraints that were asked for, and its CA's own where none were`() throws {
        let constrained = party { $0.replace(Self.forbidding) }, subject = constrained.certificate.subjectText
        #expect(try fault(constrained.chain) == nil)
        #expect(try fault(constrained.chain, constraints: [Self.forbidding]) == nil)
        #expect(try fault(constrained.chain, constraints: []) == .otherConstraints(subject))
        #expect(try fault(leaf.chain, constraints: [Self.forbidding]) == .otherConstraints(subject))
    }

    @Test func `is in order`() throws {
        let provider = Self.pki.provider.certificate, root = Self.pki.root.certificate
        #expect(try fault([leaf.certificate, root, provider]) == .certificate(.unordered(1)))
        #expect(try fault([leaf.certificate, provider, provider]) == .certificate(.duplicateCertificate))
        #expect(try fault([]) == .certificate(.noCertificate))
    }
}
