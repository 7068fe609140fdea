internal import Certificates
internal import Keys
internal import LibCrypto

/// Follows the store of keys: which credential signs.
struct KeyWatch: Sendable {
    private let store: KeyStore
    private let reader: CredentialReader
    private(set) var rotateDays: Int
    private var version: Int?
    /// The credential that signs in this process.
    private(set) var signing: String?
    /// Of credentials that do not sign here yet.
    private var openings: [String: KeyOpening] = [:]
    /// Of those, the ones that somebody was told of.
    private var tried: Set<String> = []
    /// Each wrong PIN brings a token closer to locking itself, so none is tried again.
    private var wrongPIN: TokenFault?

    enum Change: Sendable {
        case signs(String, Credential)
        case signsNothing
        /// What is to sign is still being opened.
        case waits
    }

    init(data: String, passphrase: String?, urlRules: CertificateURLRules, token: Keyring.OpenToken?) throws {
        store = try KeyStore.open(at: data)
        let passphrase = try passphrase.map { try IssuedFile.readPassphrase($0) }
        reader = CredentialReader(
            keyring: Keyring(KeyFiles(data: data), passphrase: passphrase, token: token), urlRules: urlRules)
        rotateDays = try store.settings().rotateDays
    }

    /// What signs when the daemon starts. Hardware that is away or hangs does not keep it from verifying, or from telling of
    /// it: then this is nil, and ``change()`` has it once it can be opened.
    ///
    /// - Parameter mustSign: whether to wait for hardware however long it takes, and throw what is wrong with it.
    mutating func begin(mustSign: Bool) throws -> Credential? {
        guard let active = try store.active() else { return nil }
        guard active.isInHardware, !mustSign else {
            let credential = try reader.credential(active)
            signing = active.id
            return credential
        }
        let opening = KeyOpening(active, by: reader)
        opening.wait(Self.longestBeginning)
        guard case .success(let credential) = opening.outcome else {
            openings[active.id] = opening
            return nil
        }
        signing = active.id
        return credential
    }

    /// In seconds.
    private static let longestBeginning = 2.0

    /// Whether the store was changed since this was asked last.
    mutating func hasNews() throws -> Bool {
        let seen = try store.dataVersion()
        guard seen != version else { return false }
        rotateDays = try store.settings().rotateDays
        version = seen
        return true
    }

    /// Tells whoever asks whether this daemon can sign with what is to sign next.
    ///
    /// - Returns: whether that is still being found out.
    mutating func answer(at now: Int) throws -> Bool {
        let living = Set(try [store.active(), store.candidate()].compactMap { $0?.id })
        openings = openings.filter { living.contains($0.key) }
        tried.formIntersection(openings.keys)
        guard let candidate = try store.questioned() else { return false }
        // Anew for each question: a file or a token may have changed.
        if tried.remove(candidate.id) != nil { openings[candidate.id] = nil }
        let readiness: Readiness
        do throws(UnusableCredential) {
            guard try opened(candidate) != nil else { return true }
            tried.insert(candidate.id)
            readiness = .ready
        } catch { readiness = .refused("\(error)") }
        try store.note(readiness, of: candidate, at: now)
        return false
    }

    /// What the store says now; nil if that is what is done already.
    mutating func change() throws -> Change? {
        guard let active = try store.active() else { return signing == nil ? nil : .signsNothing }
        guard active.id != signing else { return nil }
        return try opened(active).map { .signs(active.id, $0) } ?? .waits
    }

    /// Nil as long as it is being opened.
    private mutating func opened(_ stored: StoredCredential) throws(UnusableCredential) -> Credential? {
        if stored.isInHardware, let wrongPIN { throw UnusableCredential(reason: wrongPIN) }
        let opening = openings[stored.id] ?? KeyOpening(stored, by: reader)
        openings[stored.id] = opening
        do { return try opening.outcome?.get() } catch {
            openings[stored.id] = nil
            if let fault = error as? TokenFault, fault.isFinal { wrongPIN = fault }
            throw UnusableCredential(reason: error)
        }
    }

    /// What was opened and does not sign.
    var ready: [Credential] { openings.values.compactMap { try? $0.outcome?.get() } }

    /// Whether what signs here must not, whatever else there is to sign with.
    func mustStop() -> Bool {
        guard let signing, let state = try? store.credential(signing).state else { return false }
        return state == .revoked
    }

    mutating func took(_ change: Change) {
        switch change {
        case .signs(let id, _):
            signing = id
            openings[id] = nil
        case .signsNothing: signing = nil
        case .waits: break
        }
    }

    /// Tells those who wait for it to destroy the key before this one.
    func confirm(at now: Int) throws {
        try store.noteTakenUp(signing, Act(who: "countersignd", why: "the store says so", at: now))
    }
}
