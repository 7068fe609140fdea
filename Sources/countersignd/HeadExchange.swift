internal import Certificates
internal import Exchange
internal import Logging
internal import Records
internal import Statements

/// Keeps the heads of peers' evidence, and holds ours against what peers have kept of it.
struct HeadExchange: Sendable {
    let store: ExchangeStore
    let records: String
    let logger: Logger
    let trust: @Sendable () -> TrustSnapshot
    /// Unix time.
    let now: @Sendable () -> Int

    /// A peer's newest head.
    func take(_ text: String, from peer: String) {
        do {
            // It comes with every heartbeat, whether there is a newer one or not.
            guard try store.head(of: peer)?.text != text else { return }
            let verified = try VerifiedStatement(
                SignedStatement(unverified: text), as: .head, trust: trust(), at: now())
            guard verified.carrier == peer, let head = SignedHead(verified) else {
                return tell(peer, "it is of \(verified.carrier)")
            }
            guard case .contradicts(let record) = try store.keep(head, issuedAt: verified.issuedAt) else { return }
            logger.error(
                "a peer's evidence is not what it was: records are gone or changed",
                metadata: ["peer": "\(peer)", "held": "\(record)", "now": "\(head.head.record)"])
        } catch { tell(peer, "\(error)") }
    }

    private func tell(_ peer: String, _ reason: String) {
        logger.warning("a peer's head is not kept", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
    }

    /// The newest head of ours that a peer holds. It may have been signed before a certificate was replaced, so that it is
    /// believed by its own time.
    func check(own text: String, heldBy peer: String, carrier: String) {
        do {
            let verified = try VerifiedStatement(SignedStatement(unverified: text), as: .head, trust: trust(), at: nil)
            guard verified.carrier == carrier, let own = SignedHead(verified) else { return }
            try store.keep(own: own, heldBy: peer, issuedAt: verified.issuedAt)
            let reader = try RecordReader(folder: records)
            // Whole days are deleted when they have been kept long enough.
            guard let first = try reader.days().first, own.head.record.day >= first else { return }
            let hash = try reader.hash(of: own.head.record)
            guard hash != own.head.hash else { return }
            logger.critical(
                "our own evidence is not what a peer holds of it: records are gone or changed; run countersign records audit",
                metadata: ["peer": "\(peer)", "record": "\(own.head.record)", "here": "\(hash ?? "not there")"])
        } catch {
            logger.warning(
                "what a peer holds of our evidence cannot be checked",
                metadata: ["peer": "\(peer)", "reason": "\(error)"])
        }
    }
}
