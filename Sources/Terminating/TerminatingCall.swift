/// A call as the terminating switch reports it. Whom it shows is always this, never what a token says (RFC 8224 §6.2.4).
package struct TerminatingCall: Hashable, Sendable {
    /// The values of its Identity header fields, in any order; each may hold several, with commas between them.
    package var identities: [String]
    /// The calling number as signalled: P-Asserted-Identity when there is one, else From (RFC 8224 §8).
    package var orig: String
    /// Whether the caller wants its number withheld from the callee (RFC 3325 §7, Q.763 §3.10).
    package var isRestricted: Bool
    /// The called numbers, or URIs, of the To header field.
    package var dest: [String]
    /// Nil for the default trunk of its listener, which the caller has put here if there is one.
    package var trunk: String?
    /// The SIP Call-ID, by which a retried or forked call is told from a replay.
    package var callID: String?
    /// The carrier that handed the identities over ahead of the call; nil where the call brought them.
    package var handedOverBy: String?

    package init(
        identities: [String], orig: String, dest: [String], trunk: String? = nil, callID: String? = nil,
        handedOverBy: String? = nil, isRestricted: Bool = false
    ) {
        self.identities = identities
        self.orig = orig
        self.dest = dest
        self.trunk = trunk
        self.callID = callID
        self.handedOverBy = handedOverBy
        self.isRestricted = isRestricted
    }
}
