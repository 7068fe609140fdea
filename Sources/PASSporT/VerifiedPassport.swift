/// A PASSporT whose signature has been checked by ``UnverifiedPassport/verified(by:)``. There is no other way to make one.
package struct VerifiedPassport: Sendable {
    package let passport: Passport
    package let certificateURL: String
    /// SHA-256 over what is asserted, the same for every spelling and every signature of it: what a replay store is
    /// keyed by.
    package let assertion: InlineArray<32, UInt8>

    init(passport: Passport, certificateURL: String, assertion: InlineArray<32, UInt8>) {
        self.passport = passport
        self.certificateURL = certificateURL
        self.assertion = assertion
    }
}
