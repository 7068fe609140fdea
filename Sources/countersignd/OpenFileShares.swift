internal import CertificateRepository
internal import Certificates
internal import TrunkProtocol

/// How the files and connections that the process may have open are shared out, so that strangers leave the switches theirs.
struct OpenFileShares {
    /// What the daemon has open itself, with room to spare: files, databases, loops, its connections to token and resolver.
    private static let own = 256
    /// Chains that are being fetched have one connection each at one time; the rest is for look-ups of names, and for lists.
    private static let fetches = CertificateCacheLimits().fetches + 128

    /// How many may be open in all.
    let limit: Int
    /// How many there can be, if everybody comes.
    let needed: Int
    /// How many connections strangers may have to the publishing listener.
    let publishing: Int

    init(_ configuration: Configuration, limit: Int) {
        let wanted = PublishingLimits().connections
        let switches = configuration.listeners.count * configuration.threads * configuration.limits.connectionsPerLoop
        needed =
            Self.own + switches + (configuration.publishing == nil ? 0 : wanted)
            + (configuration.verification == nil ? 0 : Self.fetches)
        self.limit = limit
        publishing = limit >= needed ? wanted : max(1, min(wanted, limit / 4))
    }

    var areEnough: Bool { limit >= needed }
}
