internal import NIOCore
internal import Originating
internal import PASSporT
internal import TrunkProtocol

/// A call whose token is being signed elsewhere, and all that it was decided from. Whoever comes first, the signature or the
/// deadline, takes its reply.
final class WaitingSignature {
    let unsigned: UnsignedPassport
    /// One call is signed with one credential, whichever the loop has by then.
    let authentication: AuthenticationService
    let request: SignRequest
    let call: OriginatingCall
    let right: SigningRight?
    let evidence: Evidence
    let arrival: NIODeadline
    private var reply: PendingReply?

    init(
        _ unsigned: UnsignedPassport, by authentication: AuthenticationService, for request: SignRequest,
        _ call: OriginatingCall, _ right: SigningRight?, evidence: Evidence, reply: PendingReply
    ) {
        self.unsigned = unsigned
        self.authentication = authentication
        self.request = request
        self.call = call
        self.right = right
        self.evidence = evidence
        self.reply = reply
        arrival = reply.arrival
    }

    var isOpen: Bool { reply != nil }

    func takeReply() -> PendingReply? {
        defer { reply = nil }
        return reply
    }
}
