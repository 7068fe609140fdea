internal import Certificates
internal import NIOCore
internal import NumberPlan
internal import Policy

/// What ``RoamingLookup`` keeps under its lock. Nothing here waits.
struct RoamingLookupState {
    enum Step {
        case answered(RoamingFinding)
        /// By an earlier call.
        case underWay
        case toBeAsked
    }

    private struct Answer {
        let outcome: RoamingOutcome
        /// Unix time: from which second it counts to before which.
        let lifetime: Range<Int>
    }

    var counters = RoamingCounters()
    private let settings: RoamingSettings
    private var answers: OldestFirst<TelephoneNumber, Answer>
    /// Who waits for the answer about each number.
    private var underWay: [TelephoneNumber: [WaitingCall]] = [:]
    private var budget: QuestionBudget

    init(_ settings: RoamingSettings) {
        self.settings = settings
        answers = OldestFirst(limit: settings.remembered)
        budget = QuestionBudget(perSecond: settings.perSecond)
    }

    func remembered(_ number: TelephoneNumber, at now: Int) -> RoamingFinding? {
        guard let answer = answers[number], answer.lifetime.contains(now) else { return nil }
        return RoamingFinding(answer.outcome, from: .memory, age: now - answer.lifetime.lowerBound)
    }

    mutating func step(for number: TelephoneNumber, _ call: WaitingCall, at now: Int) -> Step {
        if let finding = remembered(number, at: now) { return .answered(finding) }
        guard underWay[number] == nil else {
            underWay[number]?.append(call)
            counters.coalesced += 1
            return .underWay
        }
        guard underWay.count < settings.inFlight, budget.admits(at: call.began) else {
            return .answered(RoamingFinding(.unknown(.overBudget), from: .nobody))
        }
        underWay[number] = [call]
        counters.asked += 1
        return .toBeAsked
    }

    /// - Returns: who waits for it.
    mutating func end(_ number: TelephoneNumber, with outcome: RoamingOutcome, at now: Int) -> [WaitingCall] {
        let lifetime = outcome.answer == .unknown ? settings.doubtLifetime : settings.answerLifetime
        answers[number] = Answer(outcome: outcome, lifetime: now..<now + lifetime)
        return underWay.removeValue(forKey: number) ?? []
    }
}

/// Questions of one second, which may come at once; after that one whenever its share of a second has passed.
private struct QuestionBudget {
    private let share: TimeAmount
    private var spentUntil = NIODeadline.distantPast

    init(perSecond: Int) { share = .nanoseconds(1_000_000_000 / Int64(max(1, perSecond))) }

    mutating func admits(at now: NIODeadline) -> Bool {
        let end = max(spentUntil, now) + share
        guard end - now <= .seconds(1) else { return false }
        spentUntil = end
        return true
    }
}
