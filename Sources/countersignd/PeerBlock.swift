internal import Exchange
internal import Ledger
internal import Records

/// A call of a peer that was blocked, until its record has its id.
struct PeerBlock {
    /// Its place in its read batch.
    let place: Int
    let peer: String
    private let record: Record
    private let circuit: String?
    /// The token that decided, as the call has it.
    private let identity: String?

    /// Nil unless there is a link with whoever sent it.
    init?(_ record: Record, identity: String?, at place: Int, _ ledger: LedgerSnapshot) {
        guard let peer = record.peer, ledger.peer(peer) != nil else { return nil }
        (self.place, self.peer, self.record, self.identity) = (place, peer, record, identity)
        circuit = record.trunk.flatMap { ledger.trunk($0)?.circuit }
    }

    func call(_ id: RecordID) -> BlockedCall {
        BlockedCall(
            record: id, at: record.atMilliseconds, reason: record.reason ?? "", sipCode: record.sipCode ?? 0,
            circuit: circuit, orig: record.orig ?? record.rawOrig ?? "", dest: record.dest.first ?? "",
            tokenDigest: identity.map(BlockedCall.digest(ofIdentity:)))
    }
}
