import Foundation
import HostileRepository
import LibCrypto
import MiniPKI
import Synchronization
import Testing
import TokenCA

/// Keys certified by a CA at a distance, with the tool that was built.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ACMERotationTests {
    /// A carrier whose chains a web server publishes, and which trusts the CA; for as long as `body` takes.
    private func with<Value: Sendable>(
        _ ca: TokenCA, _ body: (_ carrier: Carrier, _ rotate: [String]) async throws -> Value
    ) async throws -> Value {
        let carrier = try Carrier(MiniPKI(now: Carrier.now).leaf(.spc("709J")), trusting: [])
        return try await HostileRepository.serving { [folder = carrier.folder] request in
            let chain = FileManager.default.contents(atPath: "\(folder)/data/published\(request.path)")
            return .answers(chain == nil ? 404 : 200, [], Array(chain ?? Data()))
        } _: { server in
            try carrier.write("anchors/root.pem", ca.root.pem)
            try carrier.write("web.pem", ca.roots.map(\.pem).joined())
            try carrier.write("credentials", TokenDesk.credentials + "\n", mode: 0o600)
            try await carrier.tool(
                "keys", "init", "--data", "data", "--url", "http://127.0.0.1:\(server.port)/", "--anchors",
                "anchors", "--private-network")
            return try await ca.serving { base in
                try await body(
                    carrier,
                    [
                        "keys", "rotate", "--data", "data", "--settle", "0", "--wait", "120", "--spc", "709J",
                        "--without-daemon",
                        "--acme", "\(base)/directory", "--server-roots", "web.pem",
                    ])
            }
        }
    }

    private func authority(_ ca: TokenCA) throws -> [String] {
        let question = try #require(ca.questions.first { $0.path == "/directory" })
        return [
            "--token-authority", "https://\(question.host)", "--token-account", TokenDesk.account,
            "--token-credentials", "credentials",
        ]
    }

    private func signer(_ carrier: Carrier) async throws -> (id: String, leaf: Certificate) {
        let (_, output) = try await Program.run(
            "countersign", ["keys", "status", "--data", "data", "--json"], in: carrier.folder)
        let lines = try output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        let id = try #require(lines.first { $0["state"] as? String == "active" }?["id"] as? String)
        let chain = Array(carrier.read("data/published/\(id).pem").utf8)
        return (id, try #require(try Certificate.all(inPEM: chain.span, atMost: 3).first))
    }

    /// The first run learns what the token must say; the key that it made is the one that is certified.
    @Test func `a token that is wanted is told of, and fetched on the next run`() async throws {
        let ca = try TokenCA(authorities: MiniPKI(now: Carrier.now))
        try await with(ca) { carrier, rotate in
            let (refused, words) = try await Program.run("countersign", rotate, in: carrier.folder)
            #expect(refused == 1 && words.contains(#""tkvalue":"MAigBhYENzA5Sg""#), "\(words)")
            let (status, output) = try await Program.run(
                "countersign", rotate + authority(ca), in: carrier.folder)
            #expect(status == 0, "\(output)")
            let first = try await signer(carrier)
            #expect(first.leaf.issuerText.contains("SHAKEN TEST CA"))
            #expect(words.contains("staged \(first.id)"))
            let mode = try FileManager.default.attributesOfItem(atPath: carrier.folder + "/data/acme.key")
            #expect(mode[.posixPermissions] as? Int == 0o600)

            let (again, more) = try await Program.run("countersign", rotate + authority(ca), in: carrier.folder)
            #expect(again == 0, "\(more)")
            let second = try await signer(carrier)
            #expect(second.id != first.id)
            #expect(try second.leaf.verifyingKey.point != first.leaf.verifyingKey.point)
        }
        // One account for all of it.
        #expect(Set(ca.questions.filter { $0.path == "/new-account" }.map(\.body)).count == 3)
        #expect(!ca.questions.contains { $0.path == "/account/1" })
    }

    @Test func `a key is kept in reserve, and one that was stolen replaced, by a CA at a distance`() async throws {
        let ca = try TokenCA(authorities: MiniPKI(now: Carrier.now))
        try await with(ca) { carrier, rotate in
            _ = try await Program.run("countersign", rotate, in: carrier.folder)
            let (status, words) = try await Program.run("countersign", rotate + authority(ca), in: carrier.folder)
            #expect(status == 0, "\(words)")
            let first = try await signer(carrier).id, directory = try #require(rotate.firstIndex(of: "--acme")) + 1
            let data = ["--data", "data"]
            let acme = try ["--acme", rotate[directory], "--server-roots", "web.pem"] + authority(ca)
            let (staged, output) = try await Program.run(
                "countersign", ["keys", "stage"] + data + acme, in: carrier.folder)
            #expect(staged == 0 && output.contains("took a chain for"), "\(output)")
            let spare = try #require(output.split(separator: "\n").last)
            let revoke = ["keys", "revoke", "--why", "stolen", "--yes", "--wait", "120"] + data
            for (more, next) in [([], String(spare)), (acme, nil)] {
                let (ended, said) = try await Program.run("countersign", revoke + more, in: carrier.folder)
                #expect(ended == 0, "\(said)")
                let id = try await signer(carrier).id
                #expect(next == nil ? id != spare && id != first : id == next, "\(said)")
            }
        }
    }

    @Test func `what CAs do otherwise is set by options`() async throws {
        let ca = try TokenCA(authorities: MiniPKI(now: Carrier.now)) {
            $0.takesPublicKeyFingerprints = true
            $0.takesOldResponse = true
            $0.tokenTypes = ["TnAuthList"]
        }
        try await with(ca) { carrier, rotate in
            _ = try await Program.run("countersign", rotate, in: carrier.folder)
            let dialect = [
                "--fingerprint", "public-key", "--challenge-response", "atc", "--token-type", "TnAuthList",
                "--token-request", "wrapped",
            ]
            let (status, output) = try await Program.run(
                "countersign", rotate + authority(ca) + dialect, in: carrier.folder)
            #expect(status == 0, "\(output)")
        }
        let wish = try #require(ca.questions.first { $0.path.hasPrefix("/at/") })
        #expect(String(decoding: wish.body, as: UTF8.self).hasPrefix(#"{"atc":{"#))
    }

    @Test func `credentials that others can read are not sent`() async throws {
        let ca = try TokenCA(authorities: MiniPKI(now: Carrier.now))
        try await with(ca) { carrier, rotate in
            _ = try await Program.run("countersign", rotate, in: carrier.folder)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o640], ofItemAtPath: carrier.folder + "/credentials")
            let (status, output) = try await Program.run(
                "countersign", rotate + authority(ca), in: carrier.folder)
            #expect(status == 1 && output.contains("chmod 600 credentials"), "\(output)")
        }
        #expect(!ca.questions.contains { $0.path.hasPrefix("/at/") })
    }

    @Test(arguments: [
        ["--ca", "ca"], ["--token", "t", "--token-authority", "https://a.example.com"], ["--token-account", "1"],
    ])
    func `ways that exclude each other are refused`(more: [String]) async throws {
        let (status, output) = try await Program.run(
            "countersign", ["keys", "rotate", "--acme", "https://ca.example.com/directory"] + more,
            in: FileManager.default.temporaryDirectory.path)
        #expect(status == 64, "\(output)")
    }
}
