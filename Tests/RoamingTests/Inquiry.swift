import NIOCore
import NIOEmbedded
import NumberPlan
import Policy
import Roaming
import Synchronization

/// A look-up whose service the test answers for, on an event loop whose clock it turns.
final class Inquiry: Sendable {
    let loop = NIOAsyncTestingEventLoop()
    let lookup: RoamingLookup
    private let questions: Questions
    private let calls = Calls()

    private final class Calls: Sendable {
        let findings = Mutex<[RoamingFinding]>([])
    }

    private final class Questions: Sendable {
        let open = Mutex<[TelephoneNumber: CheckedContinuation<RoamingOutcome, Never>]>([:])

        func outcome(for number: TelephoneNumber) async -> RoamingOutcome {
            await withCheckedContinuation { question in
                open.withLock { open in precondition(open.updateValue(question, forKey: number) == nil) }
            }
        }
    }

    init(_ change: (inout RoamingSettings) -> Void = { _ in }) {
        var settings = RoamingSettings()
        change(&settings)
        let questions = Questions()
        self.questions = questions
        lookup = RoamingLookup(.service { await questions.outcome(for: $0) }, settings: settings)
    }

    /// What still waits would keep itself and the loop alive.
    deinit {
        let open = questions.open.withLock { open in
            defer { open = [:] }
            return open.values
        }
        for question in open { question.resume(returning: .unknown(.serviceDown)) }
        Task { [loop] in await loop.advanceTime(by: .hours(1)) }
    }

    static let now = 1_795_441_053

    /// What the calls were told, in the order in which they were.
    var findings: [RoamingFinding] { calls.findings.withLock { $0 } }

    func ask(_ number: TelephoneNumber, at now: Int = now, waiting latest: TimeAmount = .milliseconds(400)) {
        lookup.ask(number, at: now, by: loop.now + latest, on: loop) { [loop, calls] finding in
            precondition(loop.inEventLoop)
            calls.findings.withLock { $0.append(finding) }
        }
    }

    /// The service's answer to the question about `number`, which is waited for.
    func answer(_ number: TelephoneNumber, _ outcome: RoamingOutcome) async throws {
        var question: CheckedContinuation<RoamingOutcome, Never>?
        try await eventually {
            question = questions.open.withLock { $0.removeValue(forKey: number) }
            return question != nil
        }
        question?.resume(returning: outcome)
    }

    /// Until so many calls in all have been told.
    func told(_ count: Int) async throws {
        try await eventually {
            await loop.run()
            return findings.count >= count
        }
    }

    /// Asks about `number`, answers, and waits until both are known.
    func learn(_ number: TelephoneNumber, _ outcome: RoamingOutcome, at now: Int = now) async throws {
        let count = findings.count
        ask(number, at: now)
        try await answer(number, outcome)
        try await told(count + 1)
    }
}
