package import PASSporT

/// A call as the originating switch reports it, and what it asks for.
package struct OriginatingCall: Hashable, Sendable {
    /// The calling number as the trunk delivered it.
    package var orig: String
    package var dest: [String]
    /// Whether the caller wants its number withheld from the callee (RFC 3325 §7, Q.763 §3.10).
    package var isRestricted: Bool
    /// Nil for the default trunk of its listener, which the caller has put here if there is one.
    package var trunk: String?
    /// A ceiling: the ledger decides, and never above what it can prove.
    package var attestationCeiling: Attestation?
    /// An identifier of the switch's own, which is recorded beside the one we make and goes nowhere else.
    package var originID: String?
    /// Unix time, if the switch insists.
    package var issuedAt: Int?
    /// The INVITE's Date header field, if it has one.
    package var date: String?
    package var callID: String?

    package init(
        orig: String, dest: [String], trunk: String? = nil, attestationCeiling: Attestation? = nil,
        originID: String? = nil, issuedAt: Int? = nil, date: String? = nil, callID: String? = nil,
        isRestricted: Bool = false
    ) {
        self.orig = orig
        self.dest = dest
        self.trunk = trunk
        self.attestationCeiling = attestationCeiling
        self.originID = originID
        self.issuedAt = issuedAt
        self.date = date
        self.callID = callID
        self.isRestricted = isRestricted
    }
}
