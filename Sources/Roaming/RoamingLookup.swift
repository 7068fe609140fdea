package import NIOCore
package import NumberPlan
package import Policy
internal import Synchronization

/// Who answers where a subscriber is.
package enum RoamingSource: Sendable {
    case nobody
    /// At once.
    case file(@Sendable (TelephoneNumber) -> RoamingOutcome)
    /// In its own time, but in the end it does.
    case service(@Sendable (TelephoneNumber) async -> RoamingOutcome)
}

/// Finds out, for a call from abroad that shows a mobile number of ours, whether its subscriber is abroad.
///
/// A service is asked once for each number, however many calls wait for that, and so often a second and no more: a burst of
/// invented numbers costs the calls that show them their answer, and the service no more than that.
package final class RoamingLookup: Sendable {
    package let settings: RoamingSettings
    private let source: RoamingSource
    private let state: Mutex<RoamingLookupState>

    package init(_ source: RoamingSource, settings: RoamingSettings = RoamingSettings()) {
        self.source = source
        self.settings = settings
        state = Mutex(RoamingLookupState(settings))
    }

    package var counters: RoamingCounters { state.withLock { $0.counters } }

    /// Nil if it is to be asked for, which it never is where no service answers.
    ///
    /// - Parameter now: Unix time.
    package func known(_ number: TelephoneNumber, at now: Int) -> RoamingFinding? {
        let atOnce: RoamingFinding? =
            switch source {
            case .nobody: RoamingFinding(.unknown(.nobodyAsked), from: .nobody)
            case .file(let outcome): RoamingFinding(outcome(number), from: .file)
            case .service: nil
            }
        return state.withLock { state in
            guard let finding = atOnce ?? state.remembered(number, at: now) else { return nil }
            state.counters.note(finding)
            return finding
        }
    }

    /// Calls `answered` once, on `eventLoop`, when there is an answer or the call is to wait no longer: then it is unknown.
    /// What comes later is remembered for the next call.
    ///
    /// - Parameters:
    ///   - now: Unix time.
    ///   - latest: until when the call can wait at all, if that is sooner than the look-up's own deadline.
    package func ask(
        _ number: TelephoneNumber, at now: Int, by latest: NIODeadline, on eventLoop: any EventLoop,
        answered: @escaping @Sendable (RoamingFinding) -> Void
    ) {
        guard case .service(let outcome) = source else {
            if let finding = known(number, at: now) { eventLoop.execute { answered(finding) } }
            return
        }
        let call = WaitingCall(on: eventLoop, answered)
        switch state.withLock({ $0.step(for: number, call, at: now) }) {
        case .answered(let finding): return end(call, with: finding)
        case .underWay: break
        case .toBeAsked:
            Task {
                let outcome = await outcome(number)
                let answeredAt = now + call.milliseconds / 1_000
                let calls = state.withLock { $0.end(number, with: outcome, at: answeredAt) }
                for call in calls { end(call, with: RoamingFinding(outcome, from: .service)) }
            }
        }
        eventLoop.scheduleTask(deadline: min(latest, call.began + settings.deadline)) {
            self.end(call, with: RoamingFinding(.unknown(.timedOut), from: .service))
        }
    }

    private func end(_ call: WaitingCall, with finding: RoamingFinding) {
        call.eventLoop.execute { [self] in
            guard let answered = call.takeAnswered() else { return }
            var finding = finding
            finding.milliseconds = call.milliseconds
            state.withLock { $0.counters.note(finding) }
            answered(finding)
        }
    }
}
