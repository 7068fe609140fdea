import ACME
import Certificates
import Foundation
import LibCrypto
import NIOPosix
import Testing
import TokenCA

/// ACM-14.
@Suite(.timeLimit(.minutes(5))) struct `A token authority` {
    @Test(arguments: ACMEDialect.TokenRequest.allCases)
    func `is asked in either form`(form: ACMEDialect.TokenRequest) async throws {
        let ca = try TokenCA({ _ in })
        var carrier = try Carrier()
        carrier.dialect.tokenRequest = form
        #expect(try await carrier.chain(carrier.request("709J"), of: ca).certificates.count == 2)
        let question = try #require(ca.questions.first { $0.path == "/at/account/1001/token" })
        #expect(question.fields["content-type"] == "application/json")
        let body = try #require(try JSONSerialization.jsonObject(with: Data(question.body)) as? [String: Any])
        let word = try #require(form == .flat ? body : body["atc"] as? [String: Any])
        #expect(Set(body.keys) == (form == .flat ? ["tktype", "tkvalue", "ca", "fingerprint"] : ["atc"]))
        #expect(word["tktype"] as? String == "TNAuthList" && word["ca"] as? Bool == false)
        #expect(word["fingerprint"] as? String == carrier.account.key.publicKey.fingerprint(.thumbprint))
    }

    @Test func `gives nothing to a stranger, nor to wrong credentials`() async throws {
        for (id, credentials) in [("1002", TokenDesk.credentials), (TokenDesk.account, "Bearer guess")] {
            let ca = try TokenCA({ _ in })
            var carrier = try Carrier()
            carrier.id = id
            carrier.credentials = credentials
            let fault = await #expect(throws: ACMEFault.self) {
                try await carrier.chain(carrier.request("709J"), of: ca)
            }
            #expect(fault?.problem == Problem(type: "unauthorized", detail: "no such account, or not yours"))
            #expect(!ca.questions.contains { $0.path.hasPrefix("/challenge") })
        }
    }

    @Test(arguments: ["", ".", "..", "a/b", "a?b", "1 2", "é"])
    func `is not asked about what cannot be an account`(id: String) async throws {
        let ca = try TokenCA({ _ in })
        var carrier = try Carrier()
        carrier.id = id
        await #expect(throws: ACMEFault.account(id)) { try await carrier.chain(carrier.request("709J"), of: ca) }
        #expect(!ca.questions.contains { $0.path.hasPrefix("/at/") })
    }

    @Test(arguments: [
        "", "a.b", "a.b.c.d", "a..c", "a.b.c\n", "a.b=.c", String(repeating: "a", count: 16_384) + ".b.c",
    ])
    func `gives a token that is text of three parts`(text: String) {
        #expect(throws: ACMEFault.tokenNotText) { try AuthorityToken(text) }
    }

    @Test func `is shown what is on the first line of a file that is its owner's alone`() throws {
        let path = NSTemporaryDirectory() + "credentials-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        func read(_ text: String, mode: Int = 0o600) throws -> String {
            _ = FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
            return try IssuedFile.readCredentials(path)
        }
        #expect(try read("Bearer a\nb") == "Bearer a")
        #expect(try read(String(repeating: "a", count: 4_096)) == String(repeating: "a", count: 4_096))
        for text in ["", "\nBearer a", "Bearer\ta", "Bearer é", String(repeating: "a", count: 4_097)] {
            #expect(throws: FileFault.notCredentials(path)) { try read(text) }
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: FileFault.openToOthers(path)) { try read("Bearer a", mode: 0o640) }
    }
}
