internal import GRDB

/// What a daemon says of a credential that is to sign next. Its user, its passphrase and its hardware decide, and not
/// those of the command that asks.
package enum Readiness: Hashable, Sendable {
    case ready
    /// Why not.
    case refused(String)
}

/// A command asks, and the daemon answers, by a line of the history each.
extension KeyStore {
    package func ask(about credential: StoredCredential, _ act: Act) throws {
        try database.write { try Self.note(Self.asked, credential.id, act, in: $0) }
    }

    /// The candidate, if somebody waits to hear of it.
    package func questioned() throws -> StoredCredential? {
        guard let candidate = try candidate(), try lastWord(on: candidate)?.step == Self.asked else { return nil }
        return candidate
    }

    package func note(_ readiness: Readiness, of credential: StoredCredential, at now: Int) throws {
        let (step, why) =
            switch readiness {
            case .ready: (Self.ready, "it can be signed with")
            case .refused(let reason): (Self.refused, reason)
            }
        let act = Act(who: "countersignd", why: "", at: now).because(why)
        try database.write { try Self.note(step, credential.id, act, in: $0) }
    }

    /// Nil while there is no answer to the last question.
    package func readiness(of credential: StoredCredential) throws -> Readiness? {
        guard let word = try lastWord(on: credential) else { return nil }
        return switch word.step {
        case Self.ready: .ready
        case Self.refused: .refused(word.why)
        default: nil
        }
    }

    /// It was switched to, and no daemon ran that could have been asked.
    func noteUntried(_ credential: StoredCredential, _ act: Act) throws {
        try database.write { try Self.note("untried", credential.id, act, in: $0) }
    }

    private static let asked = "asked", ready = "ready", refused = "refused"

    private func lastWord(on credential: StoredCredential) throws -> HistoryEntry? {
        try history(of: credential.id).last { [Self.asked, Self.ready, Self.refused].contains($0.step) }
    }
}
