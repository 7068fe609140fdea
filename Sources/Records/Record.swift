/// One piece of evidence: what was asked, by what it was decided, and what was answered.
///
/// Plain values, so that a record can be read without the code that made it. Empty and nil fields are not written.
package struct Record: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case signed
        case signRefused
        case verified
        /// The answer of an earlier record, ``of``, was never sent: its deadline had passed.
        case expired
        /// A whole day's records were deleted, since they had been kept long enough (``DeletedDay``).
        case dayDeleted

        /// Whether it is of a decision, not of what has become of others.
        package var isDecision: Bool { self != .expired && self != .dayDeleted }
    }

    /// An input of the decision that has no field of its own: `date`, the requested `attest`, the listener.
    package struct Input: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    package var atMilliseconds: Int
    package var kind: Kind
    /// The SIP Call-ID.
    package var call: String?
    /// The calling number as the switch sent it.
    package var rawOrig: String?
    package var orig: String?
    package var dest: [String] = []
    /// The trunk by which the call leaves.
    package var egress: String?
    package var trunk: String?
    /// The service provider code of the carrier on the other side.
    package var peer: String?
    package var ledgerVersion: Int?
    package var planVersion: String?
    package var inputs: [Input] = []
    package var verdict: String?
    package var reason: String?
    package var sipCode: Int?
    package var attest: String?
    /// The certificate that signed or was judged: SHA-256 of its DER in hexadecimal.
    package var credential: String?
    /// The Identity values made or judged, in their order.
    package var tokens: [String] = []
    package var origid: String?
    /// The step of verification that a token failed; it passed those before.
    package var step: String?
    /// What did not change the verdict but should be known.
    package var notes: [String] = []
    /// The earlier record that this one is about.
    package var of: RecordID?

    package init(_ kind: Kind, atMilliseconds: Int) { (self.kind, self.atMilliseconds) = (kind, atMilliseconds) }

    /// Without such a record, the answer of a record was sent.
    package static func expired(_ id: RecordID, atMilliseconds now: Int) -> Record {
        var record = Record(.expired, atMilliseconds: now)
        record.of = id
        return record
    }
}
