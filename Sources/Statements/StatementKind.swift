/// What carriers say to each other over their signatures.
///
/// Each kind is a `typ` of its own, so that none can pass for another, nor for a PASSporT, whose `typ` is `passport`
/// (RFC 8725 §3.11).
package enum StatementKind: String, CaseIterable, Sendable {
    /// The last record of a carrier's evidence and its hash.
    case head
    /// A call of the carrier it is sent to was blocked.
    case notice
    /// Who let this call in?
    case traceQuestion = "trace-question"
    case traceAnswer = "trace-answer"
    /// Numbers and trunks that others should know of.
    case share

    /// Of the JWS header, a media type without its `application/` (RFC 7515 §4.1.9).
    package var type: String { "countersign-\(rawValue)+jwt" }
}
