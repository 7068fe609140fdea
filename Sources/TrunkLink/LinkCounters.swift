/// What was counted of one peer since the daemon began.
package struct LinkCounters: Hashable, Sendable {
    /// Connections that were made, and that ended.
    package var linked = 0, ended = 0
    /// Numbered messages.
    package var sent = 0, acknowledged = 0, sentAgain = 0
    package var taken = 0, refused = 0, outOfOrder = 0
    /// Calls with their assertions.
    package var handedOver = 0, handoversTaken = 0, handoversExpired = 0
    package var assertionsRead = 0, assertionsTaken = 0
    /// How often its messages had to wait, because there were too many.
    package var slowedDown = 0
    package var faults = 0
}

/// How a peer stands.
package struct LinkStatus: Hashable, Sendable {
    package enum State: String, Sendable { case linked, waiting, dialling }

    package let peer: String
    package let state: State
    /// Its own word, at the last greeting.
    package let hello: Hello?
    /// By how much its clock is ahead of ours, and how long a message takes to come back. In milliseconds; nil before the first
    /// heartbeat.
    package let clockOffset: Int?
    package let roundTrip: Int?
    package let counters: LinkCounters
    /// Why the last connection ended, or did not begin.
    package let lastFault: String?
}

/// How far a peer's clock is from ours, by its answers to heartbeats (RFC 5905 §8: half of the way there and back).
struct ClockOffset {
    private struct Sample {
        let offset: Int
        let roundTrip: Int
    }

    private var samples: [Sample] = []
    private static let mostSamples = 9

    /// In milliseconds since 1970, but for `roundTrip`.
    mutating func note(theirs: Int, oursWhenSent sent: Int, roundTrip: Int) {
        let (middle, overflow) = sent.addingReportingOverflow(roundTrip / 2)
        let (offset, far) = theirs.subtractingReportingOverflow(middle)
        guard !overflow, !far, roundTrip >= 0 else { return }
        samples.append(Sample(offset: offset, roundTrip: roundTrip))
        if samples.count > Self.mostSamples { samples.removeFirst() }
    }

    /// Of those that came back fastest, which are the least uncertain.
    var best: (offset: Int, roundTrip: Int)? {
        samples.min { $0.roundTrip < $1.roundTrip }.map { ($0.offset, $0.roundTrip) }
    }
}
