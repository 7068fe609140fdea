internal import Jansson
internal import LibCrypto
package import Records

/// A call of our own records, as far as a trace has to do with it.
package struct TracedCall: Hashable, Sendable {
    package let record: RecordID
    package let at: Int
    package let call: String?
    /// As it came in, in the form that records compare numbers in; a number that has none, as the switch had it.
    package let cli: String?
    /// The number shown as the switch had it, where that is otherwise.
    package let rawCLI: String?
    /// Why the call was let in or was not, or what was done.
    package let decision: String
    package let called: String?
    package let trunk: String?
    package let egress: String?
    package let attest: String?
    package let origid: String?
    /// Of its tokens, SHA-256 in hexadecimal.
    package let tokens: [String]
    package let ledgerVersion: Int?
    package let customer: String?
    package let grant: String?

    package init(_ stored: StoredRecord) {
        (record, at, call, trunk, egress) = (stored.id, stored.atMilliseconds, stored.call, stored.trunk, stored.egress)
        (called, attest, origid) = (stored.dest, stored.attest, stored.origid)
        cli = (stored.orig ?? stored.rawOrig).flatMap(TraceQuestion.shown)
        rawCLI = stored.rawOrig == cli ? nil : stored.rawOrig.flatMap(TraceQuestion.shown)
        decision = stored.reason ?? stored.kind
        let body = try? JSON(
            parsing: stored.body.utf8.span, limits: JSONLimits(bytes: 1 << 22, depth: 16, stringBytes: 1 << 20))
        ledgerVersion = (try? body?.optionalInteger("ledger")) ?? nil
        tokens = ((try? body?.strings("tokens")) ?? []).map { text in
            let digest: [UInt8] = SHA256.digest(Array(text.utf8).span)
            return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        var inputs: [String: String] = [:]
        if let body {
            body.member("inputs")?.withElements { pair in
                if let name = pair.element(0)?.text { inputs[name] = pair.element(1)?.text }
            }
        }
        (customer, grant) = (inputs["customer"], inputs["grant"])
    }
}

extension [TracedCall] {
    /// One of each call: what was asked again by the same Call-ID is the same.
    func distinct() -> [TracedCall] {
        var seen: Set<String> = []
        return filter { call in call.call.map { seen.insert("\($0) \(call.trunk ?? "")").inserted } ?? true }
    }

    /// Those that carried one of these tokens, or showed this number, if that leaves one; else all of them.
    func narrowed(token: String?, cli: String?) -> [TracedCall] {
        var left = self
        if left.count > 1, let token {
            let same = left.filter { $0.tokens.contains(token) }
            if same.count == 1 { return same }
            if !same.isEmpty { left = same }
        }
        guard left.count > 1, let cli else { return left }
        let same = left.filter { Self.digits($0.cli) == Self.digits(cli) }
        return same.count == 1 ? same : left
    }

    private static func digits(_ text: String?) -> [UInt8]? { text.map { $0.utf8.filter { (48...57).contains($0) } } }
}
