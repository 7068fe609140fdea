/// Whether the subscriber of a mobile number of ours is in another country now, as far as is known: what a call from abroad
/// that shows the number depends on.
package enum RoamingAnswer: String, Hashable, Sendable, CaseIterable {
    case abroad
    case home
    /// Asked, and not answered in time or not answered at all.
    case unknown
}

/// What becomes of a call from abroad that shows a mobile number of ours when nobody knows where its subscriber is.
package enum WhenRoamingUnknown: String, Hashable, Sendable, CaseIterable {
    /// The call goes on without its number, as one from abroad.
    case withhold
    case block
    /// It goes on with its number, as one that nobody vouches for.
    case pass
}

/// Why nobody knows where a subscriber is.
package enum RoamingDoubt: String, Hashable, Sendable, CaseIterable {
    /// Neither a service nor a file is configured.
    case nobodyAsked = "nobody_asked"
    /// More numbers than may be asked about in a second, or at one time.
    case overBudget = "over_budget"
    case timedOut = "timed_out"
    case serviceDown = "service_down"
    /// The service answered, with what is no answer.
    case badAnswer = "bad_answer"
    /// The service does not know the number, or the file does not have it.
    case numberNotKnown = "number_not_known"
}

/// What was found out, and if nothing was, why.
package enum RoamingOutcome: Hashable, Sendable {
    case abroad
    case home
    case unknown(RoamingDoubt)

    package var answer: RoamingAnswer {
        switch self {
        case .abroad: .abroad
        case .home: .home
        case .unknown: .unknown
        }
    }

    package var doubt: RoamingDoubt? { if case .unknown(let doubt) = self { doubt } else { nil } }
}

/// What one call was decided on, for its record.
package struct RoamingFinding: Hashable, Sendable {
    /// Whom the call has it from.
    package enum Source: String, Hashable, Sendable, CaseIterable {
        case service
        /// The service's answer to an earlier call.
        case memory
        case file
        case nobody
    }

    package var outcome: RoamingOutcome
    package var source: Source
    /// Seconds since it was answered.
    package var age: Int
    /// How long the call waited for it.
    package var milliseconds: Int

    package var answer: RoamingAnswer { outcome.answer }

    package init(_ outcome: RoamingOutcome, from source: Source, age: Int = 0, milliseconds: Int = 0) {
        self.outcome = outcome
        self.source = source
        self.age = age
        self.milliseconds = milliseconds
    }
}
