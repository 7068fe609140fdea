import Certificates
import LibCrypto
import MiniPKI
import NumberPlan
import Testing

@Suite struct `Delegation` {
    static let pki: MiniPKI = ChainCase.pki

    /// From the topmost authority that has a list down to the signer.
    struct Line: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let scopes: [[MiniPKI.Scope]]
        let expected: String?
        var obligations: [String] = []
    }

    static let lines: [Line] = [
        Line(
            testDescription: "equal", scopes: [[.range("12125551000", 1000)], [.range("12125551000", 1000)]],
            expected: nil),
        Line(
            testDescription: "inside (RFC 9060)",
            scopes: [[.range("12125551000", 1000)], [.range("12125551500", 100)]], expected: nil),
        Line(
            testDescription: "one inside (RFC 9060)", scopes: [[.range("12125551000", 1000)], [.one("12125551824")]],
            expected: nil),
        Line(
            testDescription: "one number too wide above", scopes: [[.range("100", 50)], [.range("101", 50)]],
            expected: "delegation_outside_scope"),
        Line(
            testDescription: "one number too wide below", scopes: [[.range("100", 50)], [.range("099", 50)]],
            expected: "delegation_outside_scope"),
        Line(
            testDescription: "same value, other width", scopes: [[.range("0100", 50)], [.one("100")]],
            expected: "delegation_outside_scope"),
        Line(
            testDescription: "across two adjacent",
            scopes: [[.range("100", 50), .range("150", 50)], [.range("120", 60)]], expected: nil),
        Line(
            testDescription: "across a gap of one",
            scopes: [[.range("100", 50), .range("151", 49)], [.range("120", 60)]], expected: "delegation_outside_scope"),
        Line(
            testDescription: "one of two outside", scopes: [[.range("100", 50)], [.one("100"), .one("150")]],
            expected: "delegation_outside_scope"),
        Line(testDescription: "special number", scopes: [[.one("*69")], [.one("*69")]], expected: nil),
        Line(
            testDescription: "special number outside", scopes: [[.range("100", 50)], [.one("1*9")]],
            expected: "delegation_outside_scope"),
        Line(testDescription: "the same code", scopes: [[.spc("709J"), .spc("1")], [.spc("709J")]], expected: nil),
        Line(
            testDescription: "another code", scopes: [[.spc("709J")], [.spc("709K")]],
            expected: "delegation_outside_scope"),
        Line(
            testDescription: "a code from numbers", scopes: [[.range("100", 50)], [.spc("709J")]],
            expected: "delegation_outside_scope"),
        Line(
            testDescription: "numbers from a code", scopes: [[.spc("709J")], [.range("100", 50)]], expected: nil,
            obligations: ["709J: 100-149"]),
        Line(
            testDescription: "part from a code",
            scopes: [[.spc("709J"), .range("100", 30)], [.range("100", 50), .one("7")]], expected: nil,
            obligations: ["709J: 7 130-149"]),
        Line(
            testDescription: "wide grandchild under narrow child",
            scopes: [[.range("100", 50)], [.range("100", 10)], [.range("100", 20)]],
            expected: "delegation_outside_scope"),
        Line(
            testDescription: "wide child under narrow grandparent",
            scopes: [[.range("100", 10)], [.range("100", 20)], [.range("100", 5)]],
            expected: "delegation_outside_scope"),
        Line(
            testDescription: "three generations", scopes: [[.spc("709J")], [.range("100", 20)], [.one("105")]],
            expected: nil,
            obligations: ["709J: 100-119"]),
        Line(testDescription: "a gap", scopes: [[.range("100", 50)], [], [.one("100")]], expected: "delegation_gap"),
        Line(
            testDescription: "a gap of two", scopes: [[.range("100", 50)], [], [], [.one("100")]],
            expected: "delegation_gap"),
        Line(testDescription: "no list above", scopes: [[], [.range("100", 50)], [.one("100")]], expected: nil),
        Line(testDescription: "the signer has none", scopes: [[.range("100", 50)], []], expected: "tnauthlist_absent"),
    ]

    static func signer(_ scopes: [[MiniPKI.Scope]]) -> MiniPKI.Party {
        var issuer = pki.provider
        for (depth, scope) in scopes.dropLast().enumerated() {
            issuer = pki.authority(by: issuer) { recipe in
                recipe.subject = .init(country: "US", organization: "Test STI", commonName: "Delegate \(depth)")
                if !scope.isEmpty {
                    recipe.replace(.init(TNAuthList.oid, isCritical: false, value: MiniPKI.Scope.der(scope)))
                }
            }
        }
        return pki.leaf(by: issuer) { recipe in
            if let scope = scopes.last, !scope.isEmpty {
                recipe.replace(.init(TNAuthList.oid, isCritical: false, value: MiniPKI.Scope.der(scope)))
            }
        }
    }

    @Test(arguments: lines) func `along the whole path`(_ line: Line) throws {
        let one = ChainCase(line.testDescription, Self.signer(line.scopes).chain, expected: line.expected)
        one.check()
        guard line.expected == nil else { return }
        let chain = try one.outcome().get()
        #expect(chain.path.count == line.scopes.filter { !$0.isEmpty }.count)
        let obligations = chain.obligations.map {
            $0.serviceProviderCodes.joined(separator: "+") + ": "
                + $0.numbers.blocks.map(\.description).joined(separator: " ")
        }
        #expect(obligations == line.obligations)
    }

    @Test func `an anchor with a list binds what is below`() throws {
        let delegate = Self.pki.authority(.range("100", 50))
        for (scope, expected) in [(MiniPKI.Scope.one("149"), nil), (.one("150"), "delegation_outside_scope")] {
            let leaf = Self.pki.leaf(scope, by: delegate)
            ChainCase("\(scope)", [leaf.certificate], anchors: [delegate.certificate], expected: expected).check()
        }
    }

    @Test func `a malformed list of an issuer is refused`() {
        let delegate = Self.pki.authority { $0.replace(.tnAuthList()) }
        ChainCase("empty", Self.pki.leaf(.one("1"), by: delegate).chain, expected: "tnauthlist_malformed").check()
    }
}
