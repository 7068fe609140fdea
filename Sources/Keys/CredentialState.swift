/// Where a credential stands between its making and its end.
package enum CredentialState: String, CaseIterable, Sendable, Codable {
    /// It has a key, and a chain once its CA has answered.
    case staged
    /// Its chain answers at its URL as peers fetch it.
    case published
    /// It signs. There is at most one.
    case active
    /// It signs no more. Its chain stays up for the tokens it signed and for caches (RFC 8224 §7.4).
    case retiring
    /// Its chain is withdrawn.
    case retired
    /// Its key is gone too, and only its history is left.
    case destroyed
    /// Given up because others may have its key. Its chain stays up as a retiring one's does, so that verifiers say
    /// "revoked" and not "unreachable".
    case revoked

    /// The schema holds to the same.
    package var successors: Set<CredentialState> {
        switch self {
        case .staged: [.published, .destroyed, .revoked]
        case .published: [.active, .retired, .revoked]
        case .active: [.retiring, .revoked]
        case .retiring: [.retired, .revoked]
        case .retired: [.destroyed]
        case .destroyed, .revoked: []
        }
    }

    /// It is meant to sign, and does not yet.
    package var isCandidate: Bool { self == .staged || self == .published }
}
