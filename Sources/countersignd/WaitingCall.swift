internal import NIOCore
internal import Policy
internal import Terminating
internal import TrunkProtocol

/// A call whose certificate is being fetched, or whose assertion has not come yet. Whoever comes first, that or the deadline,
/// takes its reply.
final class WaitingCall {
    let request: VerifyRequest
    let call: TerminatingCall
    let peer: SwitchPeer
    /// What was found out about its number before.
    let roaming: RoamingFinding?
    let arrival: NIODeadline
    private var reply: PendingReply?

    init(
        _ request: VerifyRequest, _ call: TerminatingCall, from peer: SwitchPeer, roaming: RoamingFinding?,
        _ reply: PendingReply
    ) {
        self.request = request
        self.call = call
        self.peer = peer
        self.roaming = roaming
        self.reply = reply
        arrival = reply.arrival
    }

    func takeReply() -> PendingReply? {
        defer { reply = nil }
        return reply
    }
}
