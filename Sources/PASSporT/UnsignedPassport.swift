internal import Jansson
internal import NumberPlan

/// A token that wants nothing but its signature, which a key in hardware takes a while to make.
package struct UnsignedPassport: Sendable {
    package let passport: Passport
    let header: PassportHeader
    /// What is signed (RFC 7515 §5.1).
    package let signingInput: [UInt8]

    package init(_ passport: Passport, _ header: PassportHeader) throws(SigningFault) {
        signingInput = try Self.signingInput(of: passport, header)
        self.passport = passport
        self.header = header
    }

    /// With room for what comes behind it.
    ///
    /// Nothing of what a caller sent goes into the token but what ``Passport`` holds.
    static func signingInput(of passport: Passport, _ header: PassportHeader) throws(SigningFault) -> [UInt8] {
        guard !passport.destinations.isEmpty, passport.destinationURIs.isEmpty else { throw .noDestination }
        guard passport.origin.isDecimal, passport.origin.count <= Passport.longestOrigin else {
            throw .originNotANumber
        }
        guard Passport.isUUID(passport.originID) else { throw .originIDNotUUID }
        guard passport.issuedAt > 0 else { throw .issuedAtNotPositive }
        var claims = JSONText(capacity: 256)
        passport.appendClaims(to: &claims)

        var text: [UInt8] = []
        text.reserveCapacity(header.encoded.count + header.parameters.count + claims.count * 4 / 3 + 96)
        text.append(contentsOf: header.encoded)
        claims.withSpan { Base64URL.append($0, to: &text) }
        return text
    }
}
