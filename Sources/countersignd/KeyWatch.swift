internal import Certificates
internal import Keys
internal import LibCrypto

/// Follows the store of keys: which credential signs.
struct KeyWatch: Sendable {
    private let store: KeyStore
    private let files: KeyFiles
    private let passphrase: Passphrase?
    private let urlRules: CertificateURLRules
    let rotateDays: Int
    private var version: Int?
    /// The credential that signs in this process.
    private(set) var signing: String?

    enum Change: Sendable {
        case signs(String, Credential)
        case signsNothing
    }

    init(data: String, passphrase: String?, urlRules: CertificateURLRules) throws {
        store = try KeyStore.open(at: data)
        files = KeyFiles(data: data)
        self.passphrase = try passphrase.map { try IssuedFile.readPassphrase($0) }
        self.urlRules = urlRules
        rotateDays = try store.settings().rotateDays
    }

    /// Whether the store was changed since this was asked last.
    mutating func hasNews() throws -> Bool {
        let seen = try store.dataVersion()
        defer { version = seen }
        return seen != version
    }

    /// What the store says now; nil if that is what is done already.
    func change() throws -> Change? {
        guard let active = try store.active() else { return signing == nil ? nil : .signsNothing }
        guard active.id != signing else { return nil }
        let url: CertificateURL
        do throws(CertificateURLFault) { url = try CertificateURL(active.url, rules: urlRules) } catch {
            throw ConfigurationError(
                file: active.url, line: nil, reason: "verifiers would refuse it: \(error.code); see privateNetworkURLs")
        }
        let key = try files.openKey(active.key, passphrase: passphrase)
        return .signs(active.id, try Credential(key: key, chain: active.certificates, url: url))
    }

    /// Whether what signs here must not, whatever else there is to sign with.
    func mustStop() -> Bool {
        guard let signing, let state = try? store.credential(signing).state else { return false }
        return state == .revoked
    }

    mutating func took(_ change: Change) {
        switch change {
        case .signs(let id, _): signing = id
        case .signsNothing: signing = nil
        }
    }

    /// Tells those who wait for it to destroy the key before this one.
    func confirm(at now: Int) throws {
        try store.noteTakenUp(signing, Act(who: "countersignd", why: "the store says so", at: now))
    }
}
