/// A PASSporT whose signature has been checked by ``UnverifiedPassport/verified(by:)``. There is no other way to make one.
package struct VerifiedPassport: Sendable {
    private let token: UnverifiedPassport
    /// SHA-256 over what is asserted, the same for every spelling and every signature of it: what a replay store is
    /// keyed by.
    package let assertion: InlineArray<32, UInt8>

    package var passport: Passport { token.claimed }
    package var issuedAt: Int { token.claimed.issuedAt }
    package var certificateURL: String { token.certificateURL }

    init(_ token: UnverifiedPassport, assertion: InlineArray<32, UInt8>) {
        self.token = token
        self.assertion = assertion
    }
}
