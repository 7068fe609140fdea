internal import Jansson

/// A call that was signed, as its record has it: what its origid stands for.
package struct SignedCall: Hashable, Sendable {
    package let record: RecordID
    package let atMilliseconds: Int
    package let origid: String
    /// The SIP Call-ID.
    package let call: String?
    package let trunk: String?
    package let attest: String?
    package let orig: String?
    package let dest: [String]
    /// What it was decided on.
    package let ledgerVersion: Int?
    package let customer: String?
    /// The ledger's grant that let the trunk show the number; nil where it was not one that did.
    package let grant: Int?
    /// The certificate that signed: SHA-256 of its DER in hexadecimal.
    package let certificate: String?

    init(_ stored: StoredRecord, origid: String) throws(RecordsError) {
        let inputs: [String: String]
        do throws(JSONError) {
            let body = try JSON(parsing: stored.body.utf8.span, limits: Self.limits)
            dest = body.contains("dest") ? try body.strings("dest") : []
            ledgerVersion = try body.optionalInteger("ledger")
            certificate = try body.optionalString("credential")
            inputs = Self.inputs(of: body)
        } catch { throw .damaged(path: "record \(stored.id)", reason: "\(error)") }
        self.origid = origid
        (record, atMilliseconds, call) = (stored.id, stored.atMilliseconds, stored.call)
        (trunk, attest, orig) = (stored.trunk, stored.attest, stored.orig)
        customer = inputs["customer"]
        grant = inputs["grant"].flatMap { Int($0) }
    }

    /// Far more than the longest request makes, whatever has to be escaped in it.
    private static let limits = JSONLimits(bytes: 1 << 22, depth: 16, stringBytes: 1 << 20)

    private static func inputs(of body: borrowing JSON) -> [String: String] {
        var inputs: [String: String] = [:]
        guard let pairs = body.member("inputs") else { return inputs }
        pairs.withElements { pair in
            if let name = pair.element(0)?.text { inputs[name] = pair.element(1)?.text }
        }
        return inputs
    }
}

extension RecordReader {
    /// The calls that were signed with an origid, the newest first.
    ///
    /// - Parameter time: on whose day to look, and on the days beside it: a record is of the day it was written on, and midnight
    ///   may have come since the token's `iat`. In milliseconds since 1970; nil looks at all days.
    package func signed(
        origid: String, aroundMilliseconds time: Int? = nil
    ) throws(RecordsError) -> [SignedCall] {
        let days = time.map { UTCDay.around(milliseconds: $0) }
        var filter = RecordFilter()
        // Calls that were verified have their origid of another carrier, which may have chosen one of ours.
        (filter.origid, filter.kind) = (origid, .signed)
        var calls: [SignedCall] = []
        for day in try folder.days().reversed() where days.map({ $0.contains(day) }) ?? true {
            for record in try list(day, filter, limit: .max) { calls.append(try SignedCall(record, origid: origid)) }
        }
        return calls
    }
}
