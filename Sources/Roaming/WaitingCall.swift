internal import NIOCore
internal import Policy
internal import Synchronization

/// Whoever comes first, the answer or the deadline, takes what the call goes on with; the other finds nothing.
final class WaitingCall: Sendable {
    let eventLoop: any EventLoop
    let began: NIODeadline
    private let answered: Mutex<(@Sendable (RoamingFinding) -> Void)?>

    init(on eventLoop: any EventLoop, _ answered: @escaping @Sendable (RoamingFinding) -> Void) {
        self.eventLoop = eventLoop
        began = eventLoop.now
        self.answered = Mutex(answered)
    }

    /// How long it has waited.
    var milliseconds: Int { Int((eventLoop.now - began).nanoseconds / 1_000_000) }

    func takeAnswered() -> (@Sendable (RoamingFinding) -> Void)? {
        answered.withLock { answered in
            defer { answered = nil }
            return answered
        }
    }
}
