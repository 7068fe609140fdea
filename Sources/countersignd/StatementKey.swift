internal import Certificates
internal import Statements
internal import Synchronization

/// What signs statements now: the key that signs calls, for as long as it does.
final class StatementKey: Sendable {
    private let current: Mutex<StatementSigner?>

    init(_ credential: Credential?) { current = Mutex(credential.flatMap { StatementSigner($0) }) }

    /// Nil while nothing signs, or if the certificate speaks for none or for several carriers.
    var signer: StatementSigner? { current.withLock { $0 } }

    func replace(with credential: Credential?) {
        let signer = credential.flatMap { StatementSigner($0) }
        current.withLock { $0 = signer }
    }
}
