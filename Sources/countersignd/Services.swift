internal import Certificates
internal import Ledger
internal import Logging
internal import NIOCore
internal import Originating
internal import Policy
internal import Records
internal import Roaming
internal import Terminating
internal import TrunkProtocol

/// Everything the event loops share. All of it is immutable or keeps a lock of its own.
struct Services: Sendable {
    let numbering: PlanInForce
    let ledger: LedgerHolder
    /// What peers have told of numbers.
    let shared: SharedHolder
    let rules: RuleCounts
    let records: RecordWriter
    let log: RequestLog?
    let logger: Logger
    /// What signs when the daemon starts.
    let credential: Credential?
    let rates: CallRates
    let freshnessWindow: Int
    let certificates: CertificateCache?
    let verification: VerificationService?
    /// Of mobile numbers that calls from abroad show.
    let roaming: RoamingLookup
    let statements: StatementKey
    /// Nil where no carrier is linked.
    let link: LinkedCalls?
    /// How long a call may wait for a certificate or for a key in a token: a little less than its switch waits for
    /// the answer, since the record of the decision has to be written after it.
    let longestFetch: TimeAmount
    /// Wall clock, in milliseconds since 1970.
    let milliseconds: @Sendable () -> Int

    func makeAuthentication(with credential: Credential?) throws -> AuthenticationService? {
        try credential.map { credential in
            try AuthenticationService(credential: credential, rates: rates, freshnessWindow: freshnessWindow)
        }
    }

    func load(_ url: CertificateURL) async {
        switch await certificates?.load(url, at: milliseconds() / 1_000) {
        case .failure(let fault):
            logger.warning("certificate refused", metadata: ["url": "\(url.text)", "reason": "\(fault)"])
        case .success(let chain) where !chain.notes.isEmpty:
            let notes = chain.notes.joined(separator: ", ")
            logger.warning(
                "certificate accepted with a reservation", metadata: ["url": "\(url.text)", "notes": "\(notes)"])
        case .success, nil: break
        }
    }

    /// The answer of this record was not sent.
    func noteExpired(_ id: RecordID) {
        records.append(RecordLines([.expired(id, atMilliseconds: milliseconds())])) { note($0) }
    }

    func note(_ outcome: Result<RecordIDs, RecordsError>) {
        if case .failure(let error) = outcome {
            logger.error("records are not being written", metadata: ["reason": "\(error)"])
        }
    }
}
