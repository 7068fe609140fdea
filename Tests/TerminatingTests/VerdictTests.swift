import Certificates
import Forgery
import MiniPKI
import PASSporT
import Terminating
import Testing

/// What a verdict tells beside its code.
@Suite struct `A verdict` {
    @Test(arguments: Noted.all) func `notes what did not change it`(row: Noted) async {
        var scene = Scene()
        row.alter(&scene)
        let verdict = await scene.verdict()
        #expect(verdict.isValid)
        #expect(verdict.notes.contains(row.note))
    }

    @Test func `has nothing to note of a call that is in order`() async {
        var scene = Scene()
        scene.revocationLists = [
            Scene.pki.revocationList(), Scene.pki.revocationList(by: Scene.pki.root),
        ]
        #expect(await scene.verdict().notes == ["scope_by_ledger"])
    }

    @Test func `vouches for a passport only when it is valid`() async {
        let scene = Scene(), verifier = Verifier(scene)
        let valid = await verifier.judge(), replayed = await verifier.judge()
        #expect(valid.passport?.originID == "de305d54-75b4-431b-adb2-eb6b9e546014")
        #expect(valid.deciding?.chain?.serviceProviderCode == "1234")
        #expect(replayed.passport == nil)
        #expect(replayed.deciding?.claimed?.origin == valid.passport?.origin)
    }

    /// P-42: nothing that a caller sent comes back in what goes into headers and logs.
    @Test(arguments: Case.all) func `never repeats what was sent`(row: Case) async {
        let verdict = await row.scene().verdict()
        for text in [verdict.outcome.reason, verdict.verstat] + verdict.checks {
            #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && text.utf8.count <= 64)
        }
    }

    @Test(
        arguments: zip(
            SIPCode.allCases,
            [
                "OK", "Forbidden", "Stale Date", "Use Identity Header", "Bad Identity Info", "Unsupported Credential",
                "Invalid Identity Header",
            ]
        ))
    func `has the phrase of its RFC`(code: SIPCode, phrase: String) { #expect(code.phrase == phrase) }
}

struct Noted: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let note: String
    let alter: @Sendable (inout Scene) -> Void

    init(_ note: String, of name: String, alter: @escaping @Sendable (inout Scene) -> Void) {
        testDescription = name
        self.note = note
        self.alter = alter
    }

    static let all: [Noted] = [
        Noted("not_canonical", of: "a claim more") { $0.forgery.claims["extra"] = "1" },
        Noted("not_canonical", of: "a header in another order") { $0.forgery.header.list.reverse() },
        Noted("origid_not_uuid", of: "an origid of its own kind") { $0.forgery.claims["origid"] = #""call 7""# },
        Noted("scope_by_ledger", of: "a carrier's own number") { _ in },
        Noted("scope_by_certificate", of: "the certificate's own number") {
            $0.sign(as: Scene.pki.leaf(.one("12155551212")))
        },
        Noted("crl missing", of: "no list") { _ in },
        Noted("crl stale", of: "a list an hour too old") {
            $0.revocationLists = [
                Scene.pki.revocationList(thisUpdate: Scene.now - MiniPKI.day, nextUpdate: Scene.now - 3_600)
            ]
        },
        Noted("number_outside_signers_numbers", of: "another carrier's number") {
            $0.forgery.claims["attest"] = #""B""#
            $0.show("13035551212")
        },
    ]
}
