internal import NumberPlan
internal import Synchronization

/// The numbering plan as every call sees it, one value, swapped whole; and what callers have shown that it gives to nobody.
final class PlanInForce: Sendable {
    private struct State {
        var plan: DialPlan
        var unallocated: UnallocatedPrefixes
        var alerts: [UnallocatedPrefixes.Alert] = []
    }

    private let state: Mutex<State>

    /// - Parameter threshold: calls of one hour and one unallocated prefix that are worth an alert.
    init(_ plan: DialPlan, alertAfter threshold: Int) {
        state = Mutex(State(plan: plan, unallocated: UnallocatedPrefixes(threshold: threshold)))
    }

    var plan: DialPlan { state.withLock { $0.plan } }

    func replace(with plan: DialPlan) {
        state.withLock { state in
            state.plan = plan
            state.unallocated.startAgain()
        }
    }

    /// A number that the rules have refused as nobody's.
    ///
    /// - Parameter plan: by which the call was read.
    func note(_ caller: TelephoneNumber, of plan: DialPlan, at now: Int) {
        guard case .unallocated(let why, let prefix) = plan.standing(of: caller) else { return }
        state.withLock { state in
            if let alert = state.unallocated.note(why, prefix, at: now) { state.alerts.append(alert) }
        }
    }

    /// How many calls have shown unallocated numbers.
    var unallocatedCalls: Int { state.withLock { $0.unallocated.calls } }

    /// Those not yet taken.
    func takeAlerts() -> [UnallocatedPrefixes.Alert] {
        state.withLock { state in
            defer { state.alerts = [] }
            return state.alerts
        }
    }
}
