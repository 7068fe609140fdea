/// Whether a token is worth asking. Times are microseconds.
enum TokenHealth {
    case sound
    case resting(until: Int, pause: Int)
    /// One signature is finding out whether it is back.
    case onTrial(pause: Int)
    /// Until the process ends.
    case abandoned

    private static let firstPause = 1_000_000, longestPause = 30_000_000

    var isOnTrial: Bool { if case .onTrial = self { true } else { false } }
    var isSound: Bool { if case .sound = self { true } else { false } }
    var isAbandoned: Bool { if case .abandoned = self { true } else { false } }

    /// Whether it may be asked now; if its pause is over, by this one alone.
    mutating func admits(at now: Int) -> Bool {
        switch self {
        case .sound: return true
        case .resting(let end, let pause) where end <= now:
            self = .onTrial(pause: pause)
            return true
        case .resting, .onTrial, .abandoned: return false
        }
    }

    /// Nothing was found out after all.
    mutating func noteNotTried(at now: Int) {
        if case .onTrial(let pause) = self { self = .resting(until: now, pause: pause) }
    }

    /// Whether it is back.
    ///
    /// - Parameter isNews: a session was opened for it, or the token had hung. Else only the one that is to find out counts:
    ///   another may have been signing when the token was found to be gone.
    mutating func noteSuccess(isNews: Bool) -> Bool {
        switch self {
        case .resting where isNews, .onTrial:
            self = .sound
            return true
        case .sound, .resting, .abandoned: return false
        }
    }

    mutating func noteFailure(_ fault: TokenFault, at now: Int) {
        switch self {
        case _ where fault.isFinal: self = .abandoned
        case .sound: self = .resting(until: now + Self.firstPause, pause: Self.firstPause)
        case .onTrial(let pause):
            let longer = min(2 * pause, Self.longestPause)
            self = .resting(until: now + longer, pause: longer)
        // By one that was signing when another found out.
        case .resting, .abandoned: break
        }
    }
}
