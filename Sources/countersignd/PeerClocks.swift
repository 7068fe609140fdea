internal import Synchronization

/// How far the clocks of peers are ahead of ours, as the link has measured last. In milliseconds.
final class PeerClocks: Sendable {
    private let offsets = Mutex<[String: Int]>([:])

    subscript(peer: String) -> Int? { offsets.withLock { $0[peer] } }

    /// Of those that are known; what was known of others stays.
    func note(_ measured: [(peer: String, offset: Int?)]) {
        offsets.withLock { offsets in
            for (peer, offset) in measured { if let offset { offsets[peer] = offset } }
        }
    }
}
