/// What a listener has done since it was bound.
///
/// They add up: `messages = requests + notifications + unanswerable`, and
/// `requests = answered + refused + busy + expired + orphaned + abandoned + inFlight`.
package struct SwitchCounters: Hashable, Sendable {
    package var connections = 0
    package var open = 0
    /// Connections from an address the ACL does not name.
    package var notAllowed = 0
    /// Connections beyond ``SwitchLimits/connectionsPerLoop``.
    package var tooMany = 0

    package var messages = 0
    package var requests = 0
    package var notifications = 0
    /// Not JSON, a batch, or an id that is neither string nor integer.
    package var unanswerable = 0

    /// Given to the socket in time, results and errors alike.
    package var answered = 0
    /// Answered at once with an error of the envelope or of `params`.
    package var refused = 0
    package var busy = 0
    /// Ready after the deadline: nothing was sent.
    package var expired = 0
    /// Ready in time, but the connection was gone.
    package var orphaned = 0
    /// Dropped by the responder without an answer: a fault of ours, to be zero.
    package var abandoned = 0
    package var inFlight = 0

    /// Answers too long for the switches, sent as -32603 instead: a fault of ours, to be zero.
    package var overlong = 0
    /// Answers to a request that had been answered: a fault of ours, to be zero.
    package var answeredTwice = 0
    /// Connections closed because their answers were not read.
    package var slowReaders = 0
    /// Connections closed because no further message could be found on them, by reason.
    package var framingFaults: [FramingFault: Int] = [:]

    package init() {}

    package static func + (one: SwitchCounters, other: SwitchCounters) -> SwitchCounters {
        var sum = one
        for field in fields { sum[keyPath: field] += other[keyPath: field] }
        sum.framingFaults.merge(other.framingFaults, uniquingKeysWith: +)
        return sum
    }

    private static var fields: [WritableKeyPath<SwitchCounters, Int>] {
        [
            \.connections, \.open, \.notAllowed, \.tooMany, \.messages, \.requests, \.notifications, \.unanswerable,
            \.answered, \.refused, \.busy, \.expired, \.orphaned, \.abandoned, \.inFlight, \.overlong,
            \.answeredTwice, \.slowReaders,
        ]
    }
}
