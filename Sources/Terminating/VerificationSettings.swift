/// What an operator chooses about verification. Nothing here turns a check off but ``toleratesTextualTime``, which is counted.
package struct VerificationSettings: Hashable, Sendable {
    /// Which of two readings of the STIR outcome table `verstat` follows.
    package enum Mode: String, Hashable, Sendable, CaseIterable {
        /// As implementations of ATIS-1000082 answer: a stale or mismatching token is `No-TN-Validation`.
        case atis82
        /// The same cases are `TN-Validation-Failed`.
        case strict
    }

    /// How `verstat` tells the level of attestation; vendors differ.
    package enum VerstatProfile: String, Hashable, Sendable, CaseIterable {
        /// The three values of TS 24.229, and no level.
        case plain
        /// `TN-Validation-Passed` for A, `-B` and `-C` behind it for the others.
        case telnyx
        /// The level behind `Passed` and `Failed`, `-A` too.
        case suffixed
    }

    package enum WhenReplayStoreIsFull: String, Hashable, Sendable, CaseIterable { case block, allow }

    package var mode = Mode.atis82
    package var verstatProfile = VerstatProfile.plain
    /// How old a token may be, in seconds (RFC 8224 §6.2 step 4 recommends 60).
    package var pastWindow = 60
    /// How far ahead of our clock its signer's may be, in seconds.
    package var futureWindow = 60
    /// Tokens remembered at once: the window times the rate of calls.
    package var replayCapacity = 1_000_000
    package var whenReplayStoreIsFull = WhenReplayStoreIsFull.block
    /// A token that is not written in the canonical form of RFC 8225 §9 is refused, and not only noted.
    package var requiresCanonicalTokens = false
    /// An `iat` that is a text of digits is read, and counted, instead of refused (RFC 8225 §5.1.1, erratum 6656).
    package var toleratesTextualTime = false
    /// A number that no carrier of the ledger holds fails whatever its attestation. For ledgers that know every number.
    package var unallocatedFails = false

    package init() {}
}
