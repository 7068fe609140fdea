internal import Certificates
internal import Ledger
internal import Logging
internal import NIOCore
internal import NumberPlan
internal import Originating
internal import Records
internal import Terminating

/// Everything the event loops share. All of it is immutable or keeps a lock of its own.
struct Services: Sendable {
    let plan: DialPlan
    let ledger: LedgerHolder
    let records: RecordWriter
    let log: RequestLog?
    let logger: Logger
    let credential: Credential?
    let rates: CallRates
    let freshnessWindow: Int
    let certificates: CertificateCache?
    let verification: VerificationService?
    /// By listener: the trunk of requests that name none.
    let defaultTrunks: [String: String]
    /// How long a call may wait for a certificate: a little less than its switch waits for the answer, since the record
    /// of the verdict has to be written after it.
    let longestFetch: TimeAmount
    /// Wall clock, in milliseconds since 1970.
    let milliseconds: @Sendable () -> Int

    func makeAuthentication() throws -> AuthenticationService? {
        try credential.map { credential in
            try AuthenticationService(
                plan: plan, credential: credential, rates: rates, freshnessWindow: freshnessWindow)
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

    func note(_ outcome: Result<[RecordID], RecordsError>) {
        if case .failure(let error) = outcome {
            logger.error("records are not being written", metadata: ["reason": "\(error)"])
        }
    }
}

extension Services {
    /// `1795444881230 verify orig=… dest=… …`, milliseconds since 1970 first: no token, and nothing a caller sent that could
    /// break the line.
    func writeLine(
        for record: Record, _ request: String, _ id: String, _ arrival: NIODeadline, _ isSent: Bool,
        to lines: inout [UInt8]
    ) {
        guard log != nil else { return }
        lines.append(contentsOf: String(record.atMilliseconds).utf8)
        Self.append(" ", request, to: &lines)
        Self.append(" orig=", record.orig ?? record.rawOrig ?? "", to: &lines)
        Self.append(" dest=", record.dest.first ?? "", to: &lines)
        Self.append(" trunk=", record.trunk ?? "-", to: &lines)
        Self.append(" verdict=", record.verdict ?? "-", to: &lines)
        Self.append(" reason=", record.reason ?? "-", to: &lines)
        Self.append(" attest=", record.attest ?? "-", to: &lines)
        Self.append(" call=", record.call ?? "-", to: &lines)
        Self.append(" record=", id, to: &lines)
        Self.append(" us=", String((NIODeadline.now() - arrival).nanoseconds / 1_000), to: &lines)
        if !isSent { Self.append(" ", "expired", to: &lines) }
        lines.append(UInt8(ascii: "\n"))
    }

    /// What a caller sent may hold line breaks and blanks; 64 bytes of it, printable ASCII only, will do for a log.
    private static func append(_ name: String, _ value: String, to lines: inout [UInt8]) {
        lines.append(contentsOf: name.utf8)
        let value = value.utf8.span, count = min(value.count, 64)
        lines.append(addingCapacity: count) { output in
            for index in 0..<count {
                let byte = value[index]
                output.append(byte > 0x20 && byte < 0x7F ? byte : UInt8(ascii: "_"))
            }
        }
    }
}
