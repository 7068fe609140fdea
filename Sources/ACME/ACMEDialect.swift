/// What servers and token authorities in the field do otherwise than RFC 9447 and RFC 9448. The defaults are the RFCs'.
package struct ACMEDialect: Hashable, Sendable {
    /// What of the account's key is hashed (RFC 9448 §5.4).
    package enum Fingerprint: String, Hashable, Sendable, CaseIterable {
        /// The JWK (RFC 7638).
        case thumbprint
        /// The SubjectPublicKeyInfo, as deployed tools in the United States have it.
        case publicKey = "public-key"
    }

    /// The member in which a challenge is answered.
    package enum Response: String, Hashable, Sendable, CaseIterable {
        /// RFC 9447 §3.
        case tkauth
        /// Its drafts.
        case atc
    }

    /// How the kind of token is spelt.
    package enum TokenType: String, Hashable, Sendable, CaseIterable {
        /// RFC 9448 §5.4.
        case tnAuthList = "TNAuthList"
        /// RFC 9447's examples.
        case tnAuthlist = "TnAuthList"
    }

    /// What a token authority is asked with.
    package enum TokenRequest: String, Hashable, Sendable, CaseIterable {
        /// The members by themselves (RFC 9448 §5.5).
        case flat
        /// The members within `atc` (RFC 9447 §5.1).
        case wrapped
    }

    package var fingerprint = Fingerprint.thumbprint
    package var response = Response.tkauth
    package var tokenType = TokenType.tnAuthList
    package var tokenRequest = TokenRequest.flat

    package init() {}
}
