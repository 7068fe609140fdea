package import Certificates
internal import Foundation
package import LibCrypto

/// Takes a carrier from one signing key to the next, a step at a time.
///
/// Each step looks at the store and at the disk for what there is to do, and does only what is left. So a run that was
/// killed, wherever it was, is finished by the next one.
package struct Rotation: Sendable {
    package let store: KeyStore
    package let settings: KeySettings
    package let keyring: Keyring
    let who, why: String
    package let outside: Outside

    /// What lies outside the folder.
    package struct Outside: Sendable {
        /// Made only where something is fetched: what it is made of may be missing, and a stolen key has to be revoked
        /// all the same.
        package var fetch: @Sendable () throws -> Fetch
        package var isDaemonRunning: @Sendable () -> Bool
        /// Whether to switch even while no daemon runs that could try the new key.
        package var mayLackDaemon: Bool
        package var pause: @Sendable (Duration) async throws -> Void
        /// Unix time.
        package var now: @Sendable () -> Int
        /// For the people who watch.
        package var say: @Sendable (String) -> Void

        /// As a peer would.
        package typealias Fetch = @Sendable (CertificateURL) async -> FetchAnswer

        package init(
            fetch: @escaping @Sendable () throws -> Fetch,
            isDaemonRunning: @escaping @Sendable () -> Bool, mayLackDaemon: Bool = false,
            pause: @escaping @Sendable (Duration) async throws -> Void, now: @escaping @Sendable () -> Int,
            say: @escaping @Sendable (String) -> Void
        ) {
            self.fetch = fetch
            self.isDaemonRunning = isDaemonRunning
            self.mayLackDaemon = mayLackDaemon
            self.pause = pause
            self.now = now
            self.say = say
        }
    }

    /// How long things outside may take, in seconds.
    package struct Patience: Sendable {
        /// Until the new URL answers, and until the daemon has taken the new key up.
        package var wait: Int
        /// Between the first good answer of the new URL and the switch, for caches in between that may still deny it.
        package var settle: Int

        package init(wait: Int, settle: Int) {
            self.wait = wait
            self.settle = settle
        }
    }

    package init(_ store: KeyStore, _ keyring: Keyring, who: String, why: String, _ outside: Outside) throws {
        self.store = store
        self.keyring = keyring
        settings = try store.settings()
        self.who = who
        self.why = why
        self.outside = outside
    }

    package var files: KeyFiles { keyring.files }
    var act: Act { Act(who: who, why: why, at: outside.now()) }

    /// What peers hold a chain against.
    func trust() throws -> TrustSnapshot { TrustSnapshot(anchors: try settings.readAnchors(), epoch: 0) }
}

extension Rotation {
    /// Asks a CA for the chain of a key.
    package typealias Certifier = @Sendable (StoredCredential, SigningKey) async throws -> [UInt8]

    /// All of it, from a new key to the end of the old one, or what an interrupted run has left of it.
    ///
    /// - Parameters:
    ///   - certify: nil if the chain is to come by other ways.
    ///   - replacing: the credential that is to be replaced; nothing is begun if another one signs by now.
    package func rotate(
        _ certify: Certifier?, replacing old: String? = nil, scope: TNAuthList? = nil, _ patience: Patience
    ) async throws -> StoredCredential {
        if let old { _ = try store.credential(old) }
        try removeStrays()
        try putBack()
        if let active = try store.active() {
            if active.settled == nil {
                outside.say("\(active.id) signs since a run that was interrupted: doing what was left")
                try await settle(patience)
                try sweep()
                return active
            }
            if let old, active.id != old {
                outside.say("\(old) does not sign any more: nothing to replace")
                try sweep()
                return active
            }
        } else if let old {
            throw RotationFault.nothingToReplace(old)
        }
        if try store.candidate() == nil { try makeCandidate() }
        try await take(from: certify, scope: scope)
        try await publish(patience)
        let active = try await activate(patience)
        try sweep()
        return active
    }

    /// Makes a key, in a file, for the credential that is to sign next.
    ///
    /// - Parameter leavesHardware: whether one in a file may follow on one in hardware.
    @discardableResult
    package func stage(leavesHardware: Bool = false) throws -> StoredCredential {
        try removeStrays()
        return try makeCandidate(leavesHardware: leavesHardware)
    }

    /// Takes a key that its owner has made in a token for the credential that is to sign next. If it is that already,
    /// nothing is done.
    @discardableResult
    package func stage(_ uri: TokenURI) throws -> StoredCredential {
        try removeStrays()
        if let candidate = try store.candidate() {
            guard candidate.key == uri.description else { throw KeyFault.candidateExists(candidate.id) }
            return candidate
        }
        let id = newID()
        try store.stage(id, key: "\(uri)", keyring.key(in: uri).verifyingKey, url: settings.url(of: id), act)
        outside.say("staged \(id), with the key \(uri)")
        return try store.credential(id)
    }

    @discardableResult
    private func makeCandidate(leavesHardware: Bool = false) throws -> StoredCredential {
        if let other = try store.candidate() { throw KeyFault.candidateExists(other.id) }
        if let old = try store.predecessor() { try check(leavesHardware: leavesHardware, after: old) }
        let id = newID(), key = try SigningKey.generate(), name = KeyFiles.keyName(of: id)
        try files.createKey(name, key, encryptedWith: keyring.passphrase)
        try store.stage(id, key: name, key.verifyingKey, url: settings.url(of: id), act)
        outside.say("staged \(id), with a key in \(files.path(ofKey: name))")
        return try store.credential(id)
    }

    /// The next key is not to be kept worse than the last one was.
    private func check(leavesHardware: Bool, after old: StoredCredential) throws {
        if old.isInHardware {
            guard leavesHardware else { throw KeyFault.keyInHardware(old.id) }
        } else if keyring.passphrase == nil, old.keyDestroyed == nil {
            guard try !files.isKeyEncrypted(old.key) else { throw KeyFault.passphraseForgotten(old.id) }
        }
    }

    private func newID() -> String {
        let random = (0..<6).map { _ in UInt8.random(in: .min ... .max) }
        let digits = random.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return "\(UTC.day(outside.now()))-\(digits)"
    }

    /// Has the candidate's key certified, unless it is; then for nobody else than `scope`, if that is not nil.
    package func take(from certify: Certifier?, scope: TNAuthList?) async throws {
        guard let candidate = try store.candidate() else { return }
        guard candidate.chain == nil else {
            guard try scope == nil || candidate.certificates.first?.tnAuthList == scope else {
                throw RotationFault.preparedForOthers(candidate.id)
            }
            return
        }
        guard let certify else { return }
        // A CA's answer that could not be judged would be lost, and the token that it was given for too.
        _ = try trust()
        try take(await certify(candidate, key(of: candidate)), scope: scope)
    }

    /// Takes a CA's answer for the candidate, if it is fit to follow on the certificate that signs.
    ///
    /// - Parameter scope: whom it must speak for; that of its predecessor if nil.
    package func take(_ pem: [UInt8], scope: TNAuthList?) throws {
        guard let candidate = try store.candidate() else { throw KeyFault.noCandidate }
        let chain = try Succession(
            candidate: candidate, predecessor: store.predecessor(), scope: scope, rotateDays: settings.rotateDays
        ).chain(pem, trust(), at: outside.now())
        if let had = candidate.chain {
            guard had == chain.map(\.pem).joined() else { throw KeyFault.chainExists(candidate.id) }
            return
        }
        try store.accept(chain, for: candidate, act)
        outside.say("took a chain for \(candidate.id), valid until \(UTC.text(chain[0].notAfter))")
    }

    /// Writes a request for the candidate's certificate.
    package func request(for holder: Holder, into path: String) throws {
        guard let candidate = try store.candidate() else { throw KeyFault.noCandidate }
        guard candidate.chain == nil else { throw KeyFault.chainExists(candidate.id) }
        try IssuedFile.create(path, Self.request(for: holder, by: key(of: candidate)).pem)
        outside.say("wrote a request for \(candidate.id): send it to the CA, and take the answer with --chain")
    }

    /// The CA gives the subject; the request's own only has to be a name (RFC 2986 §4.1).
    package static func request(for holder: Holder, by key: SigningKey) throws -> CertificationRequest {
        let name = DistinguishedName(country: "US", organization: holder.name, commonName: "SHAKEN \(holder.name)")
        return try CertificationRequest(for: holder, subject: name, by: key)
    }

    package func urgency(of credential: StoredCredential) -> RotationUrgency? {
        credential.urgency(rotateDays: settings.rotateDays, at: outside.now())
    }

    /// Whether a timer has to rotate: it is time, nothing signs, or an interrupted run has left something to do after
    /// the switch. What is prepared in advance waits until then.
    package func isDue() throws -> Bool {
        guard let active = try store.active(), active.settled != nil else { return true }
        return urgency(of: active) != .notYet
    }

    func key(of credential: StoredCredential) throws -> SigningKey {
        try keyring.key(of: credential)
    }

    private func removeStrays() throws {
        let strays = try files.destroyStrays(known: Set(store.credentials().map(\.key)))
        for name in strays.destroyed {
            outside.say("destroyed \(name), which an interrupted run had left behind")
        }
        for name in strays.left {
            let path = files.path(ofKey: name)
            outside.say("\(path) is no credential's and is left alone; destroy it if nobody needs it")
        }
    }
}
