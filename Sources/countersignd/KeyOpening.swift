internal import Certificates
internal import Dispatch
internal import Keys
internal import Synchronization

/// Makes what signs of what the store of keys keeps.
struct CredentialReader: Sendable {
    let keyring: Keyring
    let urlRules: CertificateURLRules

    func credential(_ stored: StoredCredential) throws -> Credential {
        let url: CertificateURL
        do throws(CertificateURLFault) { url = try CertificateURL(stored.url, rules: urlRules) } catch {
            throw ConfigurationError(
                file: stored.url, line: nil, reason: "verifiers would refuse it: \(error.code); see privateNetworkURLs")
        }
        return try Credential(key: keyring.key(of: stored), chain: stored.certificates, url: url)
    }
}

/// Why the credential that is to sign cannot; the store that names it is well.
struct UnusableCredential: Error, CustomStringConvertible {
    let reason: any Error

    var description: String { "\(reason)" }
}

/// A credential being opened. One in hardware is waited for by a thread of its own, since it may hang.
final class KeyOpening: Sendable {
    private let result = Mutex<Result<Credential, any Error>?>(nil)
    private let end = DispatchGroup()

    init(_ stored: StoredCredential, by reader: CredentialReader) {
        let open: @Sendable () -> Void = { [self] in
            let outcome = Result { try reader.credential(stored) }
            result.withLock { $0 = outcome }
        }
        if stored.isInHardware { DispatchQueue(label: "key").async(group: end, execute: open) } else { open() }
    }

    /// - Parameter seconds: the most to wait.
    func wait(_ seconds: Double) { _ = end.wait(timeout: .now() + seconds) }

    /// Nil until it has come to something.
    var outcome: Result<Credential, any Error>? { result.withLock { $0 } }
}
