/// Whether the subscriber of a mobile number of ours is in another country now, as far as is known: what a call from abroad
/// that shows the number depends on.
package enum RoamingAnswer: Hashable, Sendable {
    case abroad
    case home
    /// Asked, and not answered in time or not answered at all.
    case unknown
}

/// What becomes of a call from abroad that shows a mobile number of ours when nobody knows where its subscriber is.
package enum WhenRoamingUnknown: String, Hashable, Sendable, CaseIterable {
    /// The call goes on without its number, as one from abroad.
    case withhold
    case block
    /// It goes on with its number, as one that nobody vouches for.
    case pass
}
