import Certificates
import Foundation
import Keys
import LibCrypto
import MiniPKI
import Synchronization

/// A data folder with keys, a CA in memory, and a world that a test decides on.
final class Workshop: Sendable {
    let folder: String
    let pki = MiniPKI()
    let store: KeyStore
    let world: Mutex<World>

    struct World {
        var now = MiniPKI.now
        /// Nil for no daemon; else what it says when it is waited for.
        var daemon: (@Sendable (KeyStore, Int) -> Void)?
        var mayLackDaemon = true
        /// What the public URL answers; nil for the published file.
        var answers: [FetchAnswer] = []
        var pauses: [Duration] = []
        var said: [String] = []
    }

    var files: KeyFiles { KeyFiles(data: folder) }

    init(twoPersons: Bool = false, rotateDays: Int = 0) throws {
        folder = NSTemporaryDirectory() + "countersign-keys-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: "\(folder)/anchors", withIntermediateDirectories: true)
        try IssuedFile.create("\(folder)/anchors/root.pem", pki.anchors[0].pem)
        let settings = try KeySettings(
            baseURL: "https://cert.example.com/shaken", anchors: "\(folder)/anchors", rotateDays: rotateDays,
            needsTwoPersons: twoPersons)
        store = try KeyStore.create(at: folder, settings, Act(who: "ann", why: "begin", at: MiniPKI.now))
        world = Mutex(World())
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func act(_ who: String = "ann") -> Act { Act(who: who, why: "a test", at: world.withLock { $0.now }) }

    func rotation(
        _ who: String = "ann", passphrase: Passphrase? = nil, token: Keyring.OpenToken? = nil
    ) throws -> Rotation {
        try Rotation(
            store, Keyring(files, passphrase: passphrase, token: token), who: who, why: "a test",
            Rotation.Outside(
                fetch: {
                    { [self] url in
                        let next = world.withLock { $0.answers.isEmpty ? nil : $0.answers.removeFirst() }
                        return next ?? published(url)
                    }
                },
                isDaemonRunning: { [self] in world.withLock { $0.daemon != nil } },
                mayLackDaemon: world.withLock { $0.mayLackDaemon },
                pause: { [self] duration in
                    let (daemon, now) = world.withLock { world in
                        world.pauses.append(duration)
                        world.now += Int(duration / .seconds(1))
                        return (world.daemon, world.now)
                    }
                    daemon?(store, now)
                },
                now: { [self] in world.withLock { $0.now } },
                say: { [self] text in world.withLock { $0.said.append(text) } }))
    }

    /// A daemon that can sign with all that it is asked about, and never says what it signs with.
    static let ready: @Sendable (KeyStore, Int) -> Void = { store, now in
        if let candidate = try? store.questioned() { try? store.note(.ready, of: candidate, at: now) }
    }

    private func published(_ url: CertificateURL) -> FetchAnswer {
        let name = url.text.split(separator: "/").last.map(String.init) ?? ""
        guard let data = FileManager.default.contents(atPath: "\(files.published)/\(name)") else {
            return .body(status: 404, contentType: nil, [])
        }
        return .body(status: 200, contentType: nil, Array(data))
    }

    /// The CA's answer for a key; `alter` has the last word.
    func certify(
        _ scope: MiniPKI.Scope = .spc("709J"), alter: @escaping @Sendable (inout MiniPKI.Recipe) -> Void = { _ in }
    ) -> Rotation.Certifier {
        { [pki, self] _, key in
            let now = world.withLock { $0.now }
            return MiniPKI.leaf(pki, scope, key, now, alter).pem
        }
    }

    var chains: Set<String> {
        Set(((try? FileManager.default.contentsOfDirectory(atPath: files.published)) ?? []))
    }

    var keyFiles: Set<String> {
        Set(((try? FileManager.default.contentsOfDirectory(atPath: files.keys)) ?? []))
    }

    func state(_ id: String) throws -> CredentialState { try store.credential(id).state }
}

extension MiniPKI {
    fileprivate static func leaf(
        _ pki: MiniPKI, _ scope: Scope, _ key: SigningKey, _ now: Int, _ alter: (inout Recipe) -> Void
    ) -> Party {
        pki.leaf(scope) { recipe in
            recipe.key = .of(key)
            recipe.notBefore = now - 600
            recipe.notAfter = now + 30 * day
            alter(&recipe)
        }
    }
}

extension Rotation.Patience {
    static let short = Rotation.Patience(wait: 3, settle: 0)
}
