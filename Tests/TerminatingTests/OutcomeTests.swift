import Terminating
import Testing

/// Table OUT of the STIR outcomes, a row at a time: every case differs from a valid call in one thing.
@Suite struct `A judged call` {
    @Test(arguments: Case.tokens) func `with a wrong token`(row: Case) async { await expect(row) }

    @Test(arguments: Case.calls) func `with a token that says something else`(row: Case) async { await expect(row) }

    @Test(arguments: Case.certificates) func `with a wrong certificate`(row: Case) async { await expect(row) }

    @Test func `names each case once`() {
        let names = Case.all.map(\.name)
        #expect(Set(names).count == names.count)
    }
}

/// A finding that no case leads to would be a check that nobody tries.
@Suite struct `The cases` {
    @Test func `lead to every finding`() {
        let missing = Set(FindingKind.allCases).subtracting(Case.all.map { FindingKind($0.finding) })
        #expect(missing.isEmpty)
    }

    @Test func `lead to every fault of a token`() {
        let found = Case.all.compactMap { row in
            if case .passport(let fault) = row.finding { PassportFaultKind(fault) } else { nil }
        }
        let missing = Set(PassportFaultKind.allCases).subtracting(found)
        #expect(missing.isEmpty)
    }

    @Test func `lead to every fault of a certificate that is not tried beside the chains`() {
        let found = Case.all.compactMap { row in
            if case .certificate(let fault) = row.finding { CertificateFaultKind(fault) } else { nil }
        }
        let missing = Set(CertificateFaultKind.allCases).subtracting(found)
        #expect(missing == CertificateFaultKind.triedBesideTheChains)
    }

    @Test func `lead to every code`() {
        #expect(Set(Case.all.map(\.code)) == Set(SIPCode.allCases.map(\.number)))
    }

    /// What a switch script branches on is one word for one finding.
    @Test func `give each reason to one kind of finding only`() {
        let kinds = Dictionary(grouping: Case.all, by: \.reason).mapValues { Set($0.map { FindingKind($0.finding) }) }
        #expect(kinds.filter { $0.value.count > 1 }.isEmpty)
        #expect(
            kinds.keys.allSatisfy { $0.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789_".utf8.contains($0) } })
    }
}

extension Case {
    static let all = tokens + calls + certificates
}
