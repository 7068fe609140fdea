internal import NIOCore

/// How much of something a peer may still send now: so much a second, of which a second's worth may come at once.
struct Budget {
    private let perSecond: Int
    private var left: Int
    private var filled: NIODeadline

    init(perSecond: Int, at now: NIODeadline) { (self.perSecond, left, filled) = (perSecond, perSecond, now) }

    mutating func spend(_ count: Int) { left -= count }

    mutating func isSpent(at now: NIODeadline) -> Bool {
        guard left <= 0 else { return false }
        let earned = Int((now - filled).nanoseconds) / 1_000_000 * perSecond / 1_000
        if earned > 0 {
            left = min(perSecond, left + earned)
            filled = now
        }
        return left <= 0
    }
}
