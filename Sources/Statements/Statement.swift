package import Jansson
internal import LibCrypto
internal import PASSporT

/// A statement that is to be signed: `{"iss":"1001","iat":1795435200,…}`, a JWS payload in canonical form.
package struct Statement: Sendable {
    package let kind: StatementKind
    /// The SPC of the carrier that says it.
    package let carrier: String
    /// Seconds since 1970.
    package let issuedAt: Int
    let payload: [UInt8]

    package static let largestPayload = 32_768

    /// - Parameter write: the members that follow on `iss` and `iat`, each with a comma in front: nothing else is known
    ///   of what a kind says.
    package init(
        _ kind: StatementKind, by carrier: String, at now: Int, _ write: (inout JSONText) -> Void
    ) {
        self.kind = kind
        self.carrier = carrier
        issuedAt = now
        var text = JSONText(capacity: 512)
        text.raw(#"{"iss":"#)
        text.string(carrier)
        text.raw(#","iat":"#)
        text.number(now)
        write(&text)
        text.raw("}")
        payload = text.bytes
    }
}

/// A statement in the compact serialisation of RFC 7515 §7.1, with the chain of who signed it in its header: whoever has the
/// anchors can check it, now or years later, and asks nobody else.
package struct SignedStatement: Hashable, Sendable {
    package let text: String

    package static let longest = 65_536

    /// Nothing is proved by it.
    package init(unverified text: String) { self.text = text }
}
