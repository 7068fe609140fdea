internal import Jansson

/// A PASSporT whose signature has been checked by ``UnverifiedPassport/verified(by:)``. There is no other way to make one.
package struct VerifiedPassport: Sendable {
    package let passport: Passport
    package let certificateURL: String
    /// SHA-256 over what is asserted, the same for every spelling and every signature of it: what a replay store is
    /// keyed by.
    package let assertion: InlineArray<32, UInt8>

    private let claims: [UInt8]

    init(passport: Passport, certificateURL: String, assertion: InlineArray<32, UInt8>, claims: [UInt8]) {
        self.passport = passport
        self.certificateURL = certificateURL
        self.assertion = assertion
        self.claims = claims
    }

    /// Every claim by name, each as its canonical JSON text: a string stands with its quotes (RFC 8225 §9).
    ///
    /// Pairs and not a dictionary: to Swift, two names may be equal although their bytes are not.
    package var claimTexts: [(name: String, text: String)] {
        guard let claims = try? JSON(parsing: claims.span, limits: .token) else { return [] }
        return claims.names.compactMap { name in
            guard let claim = claims.member(name) else { return nil }
            return (name, String(decoding: claim.canonicalText(), as: UTF8.self))
        }
    }

    /// The canonical JSON text of a string, for comparing with ``claimTexts``.
    package static func text(ofString value: String) -> String {
        let holder = JSON.object()
        holder.set("", value)
        guard let text = holder.member("") else { return "" }
        return String(decoding: text.canonicalText(), as: UTF8.self)
    }
}
