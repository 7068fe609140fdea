import CertificateRepository
import Certificates
import Foundation
import MiniPKI
import Synchronization
import Testing

@Suite struct `Chains kept on a disk` {
    private static let pki = MiniPKI()
    private static let now = pki.now
    private static let leaf = pki.leaf(.spc("709J"))

    /// Removes itself.
    private final class Folder: Sendable {
        let path = NSTemporaryDirectory() + "countersign-\(UUID().uuidString)"

        deinit { try? FileManager.default.removeItem(atPath: path) }

        var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
    }

    private let folder = Folder()

    private func chain(_ number: Int = 0, at: Int = now, mayBeStored: Bool = true) throws -> FetchedChain {
        FetchedChain(
            url: try CertificateURL("https://cr.example.com/\(number)"), bytes: Self.leaf.pem, at: at,
            until: at + 86_400, mayBeStored: mayBeStored)
    }

    private func kept(limit: Int = 100) throws -> KeptChains { try KeptChains(folder: folder.path, limit: limit) }

    /// What a daemon that starts then finds, and what it is told of.
    private func found() throws -> (chains: [FetchedChain], refused: [String]) {
        var refused: [String] = []
        let chains = try kept().chains(rules: .shaken) { refused.append("\($0): \($1)") }
        return (chains, refused)
    }

    @Test func `are there after a restart, and nobody else's`() throws {
        let first = try chain(1), second = try chain(2)
        let kept = try kept()
        try kept.keep(second)
        try kept.keep(first)
        #expect(try Set(found().chains) == [first, second])
        #expect(try found().refused.isEmpty)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        for name in folder.names {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `are one for each URL, the last`() throws {
        let kept = try kept()
        try kept.keep(chain(at: Self.now - 50))
        try kept.keep(chain(at: Self.now))
        #expect(try found().chains == [chain(at: Self.now)])
    }

    @Test func `are not kept against the will of their repository`() throws {
        let kept = try kept()
        try kept.keep(chain(at: Self.now - 50))
        try kept.keep(chain(mayBeStored: false))
        #expect(folder.names.isEmpty)
    }

    @Test func `are so many at the most, and the oldest makes room, a restart between or not`() throws {
        for number in 0..<8 {
            if number == 4 { #expect(try found().chains.count == 3) }
            let kept = try kept(limit: 3)
            _ = try kept.chains(rules: .shaken) { _, _ in }
            try kept.keep(chain(number, at: Self.now + (number % 2 == 0 ? number : 10 - number)))
        }
        // Fetched at 0, 9, 2, 7, 4, 5, 6, 3.
        #expect(try Set(found().chains.map { $0.at - Self.now }) == [9, 7, 6])
    }

    @Test func `are removed when they do not hold`() throws {
        let kept = try kept()
        try kept.keep(chain(1))
        try kept.keep(chain(2))
        kept.remove(try chain(1).url)
        #expect(try found().chains == [chain(2)])
    }

    @Test(arguments: [
        "", "countersign chain 1", "countersign chain 2|URL|AT UNTIL 3|abc",
        "countersign chain 1|URL|AT UNTIL 4|abc",
        "countersign chain 1|URL|AT UNTIL 2|abc", "countersign chain 1|URL|AT AT 3|abc",
        "countersign chain 1|URL|-1 UNTIL 3|abc", "countersign chain 1|URL|AT UNTIL|abc",
        "countersign chain 1|URL|AT 99999999999999999999 3|abc", "countersign chain 1|URL|AT UNTIL 3 3|abc",
        "countersign chain 1|URL|AT 9223372036854775807 3|abc",
        "countersign chain 1|https://cr.example.com/1|AT UNTIL 3|abc",
        "countersign chain 1|https://cr.example.com/0?x|AT UNTIL 3|abc", "countersign chain 1||AT UNTIL 3|abc",
    ])
    func `that are no longer as they were written are told of and removed`(content: String) throws {
        try kept().keep(chain())
        let name = try #require(folder.names.first), path = "\(folder.path)/\(name)"
        let text = content.replacing("|", with: "\n").replacing("URL", with: "https://cr.example.com/0")
            .replacing("AT", with: "\(Self.now)").replacing("UNTIL", with: "\(Self.now + 9)")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let found = try found()
        #expect(found.chains.isEmpty)
        #expect(found.refused.count == 1 && found.refused[0].hasPrefix(path))
        #expect(folder.names.isEmpty)
    }

    @Test func `that a crash cut short are removed, and what is not ours is left`() throws {
        try kept().keep(chain())
        let name = try #require(folder.names.first)
        for other in ["\(name).1234.new", "README"] {
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(other)"))
        }
        #expect(try found().chains.count == 1)
        #expect(folder.names == [name, "README"].sorted())
    }

    @Test func `that are too long are not read`() throws {
        try kept().keep(chain())
        let name = try #require(folder.names.first)
        let long =
            Array("countersign chain 1\nhttps://cr.example.com/0\n\(Self.now) \(Self.now + 9) 200000\n".utf8)
            + Array(repeating: 0x41, count: 200_000)
        try Data(long).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
        #expect(try found().refused.count == 1)
    }

    @Test func `from a laboratory are not taken into service`() throws {
        let url = try CertificateURL("http://127.0.0.1/1", rules: .laboratory)
        try kept().keep(
            FetchedChain(url: url, bytes: [1], at: Self.now, until: Self.now + 9, mayBeStored: true))
        #expect(try found().chains.isEmpty)
        #expect(folder.names.isEmpty)
    }

    @Test func `are gone after a restart once their repository has answered that there is nothing`() async throws {
        let kept = try kept(), url = try chain().url, day = Self.now + 86_400
        let answers = Mutex<[FetchAnswer]>([
            .body(status: 200, contentType: nil, Self.leaf.pem), .body(status: 404, contentType: nil, []),
        ])
        let trust = TrustSnapshot(anchors: Self.pki.anchors, epoch: 1)
        let before = CertificateCache(trust: trust, keep: { try? kept.keep($0) }, forget: { kept.remove($0) }) { _ in
            answers.withLock { $0.removeFirst() }
        }
        before.promote(try await before.load(url, at: Self.now).get(), at: url.text)
        #expect(try found().chains == [chain()])
        _ = await before.load(url, at: day)
        let after = CertificateCache(trust: trust) { _ in .timedOut }
        for chain in try found().chains { try after.restore(chain, at: day) }
        await #expect(throws: CertificateFault.timedOut) { try await after.load(url, at: day).get() }
        #expect(after.stale(url.text, at: day) == nil)
    }

    @Test func `need a folder that can be written`() throws {
        try Data().write(to: URL(fileURLWithPath: folder.path))
        #expect(throws: FileFault.self) { try self.kept() }
    }
}
