package import NIOCore
package import Policy

/// What looking up may cost, and what becomes of a call without an answer. The defaults suit a service on the carrier's own
/// network.
package struct RoamingSettings: Hashable, Sendable {
    package var whenUnknown = WhenRoamingUnknown.withhold
    /// How long a call waits.
    package var deadline: TimeAmount = .milliseconds(150)
    /// For how many seconds an answer counts.
    package var answerLifetime = 60
    /// The same of having got none: a service in trouble is not asked anew for each call.
    package var doubtLifetime = 2
    /// Questions to the service; those of one second may come at once.
    package var perSecond = 200
    /// Numbers about which the service is being asked at one time.
    package var inFlight = 100
    /// Numbers whose answers are remembered.
    package var remembered = 100_000

    package init() {}
}

/// How often what was found out.
package struct RoamingCounters: Hashable, Sendable {
    /// Questions to the service.
    package internal(set) var asked = 0
    /// Calls that waited for the answer to an earlier call's question.
    package internal(set) var coalesced = 0
    /// Calls that had an earlier call's answer.
    package internal(set) var remembered = 0
    package internal(set) var abroad = 0
    package internal(set) var home = 0
    package internal(set) var unknown: [RoamingDoubt: Int] = [:]

    mutating func note(_ finding: RoamingFinding) {
        if finding.source == .memory { remembered += 1 }
        switch finding.outcome {
        case .abroad: abroad += 1
        case .home: home += 1
        case .unknown(let doubt): unknown[doubt, default: 0] += 1
        }
    }
}
