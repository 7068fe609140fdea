package import LibCrypto

/// How chains are judged. No setting turns a check off; each one only says which of two standards to hold to.
package struct TrustSettings: Sendable {
    package enum Profile: Sendable {
        /// ATIS-1000080: ECDSA with SHA-256 on the whole path.
        case shaken
        /// RFC 8226 §4: also RSA PKCS#1 v1.5 and SHA-384, SHA-512 above the signer.
        case base
    }

    package enum Revocation: Sendable {
        /// No list, or one no older than the grace after its nextUpdate, passes with a note.
        case soft(grace: Int)
        /// Without a current list for every certificate below the anchor, nothing passes.
        case hard
    }

    package var profile = Profile.shaken
    package var revocation = Revocation.soft(grace: 7 * 86_400)
    /// Of these certificate policies one must hold along the path; none is asked for when empty.
    package var requiredPolicies: [String] = []
    /// Whether certificates in another order, or not needed, are put up with.
    package var toleratesUnorderedChain = false
    /// The signer's certificate and those above it, as fetched.
    package var longestChain = 5
    /// In bytes.
    package var largestBody = 32 * 1024
    /// Certificates, up to an anchor, that sign CRLs for issuers other than themselves: the STI-PA's.
    package var revocationListSigners: [Certificate] = []

    package init() {}
}
