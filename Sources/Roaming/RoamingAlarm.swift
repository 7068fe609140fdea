package import Policy

/// What a service that is to say who is abroad did not do.
package enum RoamingFailure: Error, Hashable, Sendable {
    case unreachable(String)
    /// There was no connection, or it was lost.
    case notConnected
    case timedOut
    /// It was answered, when no call waited for it any more.
    case slow
    case notTaken
    case notAnAnswer

    package var doubt: RoamingDoubt {
        switch self {
        case .unreachable, .notConnected, .notTaken: .serviceDown
        case .timedOut, .slow: .timedOut
        case .notAnAnswer: .badAnswer
        }
    }
}

extension RoamingFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let why): "no connection can be made: \(why); is the service running, at this address?"
        case .notConnected: "there is no connection, or it was lost with a question under way: look at the service"
        case .timedOut: "a question was not answered at all: look at the service"
        case .slow: "an answer came after roaming.deadlineMilliseconds: speed the service up, or raise that"
        case .notTaken: "it does not read what it is asked: look at the service"
        case .notAnAnswer: #"it answered with what is none of {"roaming":true}, false and null: mend the service"#
        }
    }
}

/// When to tell an operator that the service fails, and that it does so no more: nothing twice within ten seconds, however
/// fast it comes and goes.
package struct RoamingAlarm: Sendable {
    package enum Tidings: Hashable, Sendable {
        /// Told when it begins, and again each hour.
        case fails(RoamingFailure)
        case worksAgain
    }

    /// Since tidings were last taken.
    private var newFailure: RoamingFailure?
    private var failure: (last: RoamingFailure, at: Int, told: Int)?

    /// In seconds: without a failure until it is over, and between two times that it is told.
    private static let quietTime = 10, pause = 3_600

    package init() {}

    package mutating func note(_ failure: RoamingFailure) { newFailure = failure }

    /// - Parameter now: Unix time.
    package mutating func takeTidings(isConnected: Bool, at now: Int) -> Tidings? {
        if let newFailure {
            self.newFailure = nil
            guard let told = failure?.told else {
                failure = (newFailure, at: now, told: now)
                return .fails(newFailure)
            }
            failure = (newFailure, at: now, told: told)
        }
        guard let (last, at, told) = failure else { return nil }
        if isConnected, !(at..<at + Self.quietTime).contains(now) {
            failure = nil
            return .worksAgain
        }
        guard !(told..<told + Self.pause).contains(now) else { return nil }
        failure?.told = now
        return .fails(last)
    }
}
