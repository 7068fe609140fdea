import NIOCore
import NIOEmbedded
import NIOPosix
import NumberPlan
import Policy
import Roaming
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Looking up who is abroad` {
    private static let now = Inquiry.now

    @Test(arguments: [RoamingOutcome.abroad, .home, .unknown(.numberNotKnown)])
    func `answers what the service does, and how long the call has waited`(_ outcome: RoamingOutcome) async throws {
        let inquiry = Inquiry()
        inquiry.ask(subscriber(1))
        await inquiry.loop.advanceTime(by: .milliseconds(70))
        try await inquiry.answer(subscriber(1), outcome)
        try await inquiry.told(1)
        #expect(inquiry.findings == [RoamingFinding(outcome, from: .service, milliseconds: 70)])
    }

    @Test(arguments: [(RoamingOutcome.abroad, 60), (.home, 60), (.unknown(.timedOut), 2), (.unknown(.serviceDown), 2)])
    func `remembers an answer for its time, and tells its age`(_ outcome: RoamingOutcome, _ lifetime: Int) async throws
    {
        let inquiry = Inquiry(), number = subscriber(1)
        #expect(inquiry.lookup.known(number, at: Self.now) == nil)
        try await inquiry.learn(number, outcome)
        for age in [0, lifetime - 1] {
            let known = inquiry.lookup.known(number, at: Self.now + age)
            #expect(known == RoamingFinding(outcome, from: .memory, age: age))
        }
        #expect(inquiry.lookup.known(number, at: Self.now + lifetime) == nil)
        #expect(inquiry.lookup.known(number, at: Self.now - 1) == nil)
        #expect(inquiry.lookup.known(subscriber(2), at: Self.now) == nil)
        #expect(inquiry.lookup.counters.remembered == 2)
    }

    @Test func `asks again when an answer is old, and the new one counts`() async throws {
        let inquiry = Inquiry { $0.answerLifetime = 10 }, number = subscriber(1)
        try await inquiry.learn(number, .home)
        try await inquiry.learn(number, .abroad, at: Self.now + 10)
        #expect(inquiry.lookup.known(number, at: Self.now + 19)?.answer == .abroad)
        #expect(inquiry.lookup.counters.asked == 2)
    }

    @Test func `counts the age from the answer and not from the question`() async throws {
        let inquiry = Inquiry { $0.doubtLifetime = 2 }, number = subscriber(1)
        inquiry.ask(number)
        await inquiry.loop.advanceTime(by: .seconds(2))
        try await inquiry.answer(number, .unknown(.timedOut))
        try await eventually { inquiry.lookup.known(number, at: Self.now + 2) != nil }
        #expect(inquiry.lookup.known(number, at: Self.now + 3)?.age == 1)
    }

    @Test func `remembers so many numbers, and forgets the oldest first`() async throws {
        let inquiry = Inquiry { $0.remembered = 3 }
        for index in 0..<4 { try await inquiry.learn(subscriber(index), .abroad) }
        let known = (0..<4).map { inquiry.lookup.known(subscriber($0), at: Self.now) != nil }
        #expect(known == [false, true, true, true])
    }

    @Test func `asks once about a number, however many calls wait for it, and answers each once`() async throws {
        let inquiry = Inquiry()
        for _ in 0..<1_000 { inquiry.ask(subscriber(1)) }
        try await inquiry.answer(subscriber(1), .abroad)
        try await inquiry.told(1_000)
        inquiry.ask(subscriber(1))
        try await inquiry.told(1_001)
        await inquiry.loop.advanceTime(by: .seconds(10))
        #expect(inquiry.findings.count == 1_001 && inquiry.findings.allSatisfy { $0.answer == .abroad })
        #expect(inquiry.findings.last?.source == .memory)
        let counters = inquiry.lookup.counters
        #expect((counters.asked, counters.coalesced, counters.remembered, counters.abroad) == (1, 999, 1, 1_001))
    }

    @Test func `answers each call of many event loops once`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 4)
        var settings = RoamingSettings()
        settings.deadline = .seconds(600)
        let abroad = Digits("861380000001")!
        let lookup = RoamingLookup(.service { $0.digits.hasPrefix(abroad) ? .abroad : .home }, settings: settings)
        let findings = try await withThrowingTaskGroup(of: RoamingFinding.self) { calls in
            for index in 0..<4_000 {
                let loop = group.next(), answer = loop.makePromise(of: RoamingFinding.self)
                lookup.ask(subscriber(index % 50), at: Self.now, by: .distantFuture, on: loop) { finding in
                    loop.preconditionInEventLoop()
                    answer.succeed(finding)
                }
                calls.addTask { try await answer.futureResult.get() }
            }
            return try await calls.reduce(into: []) { $0.append($1) }
        }
        let counters = lookup.counters
        #expect(counters.asked == 50 && counters.coalesced + counters.remembered == 3_950)
        #expect(findings.count == 4_000 && findings.count { $0.answer == .abroad } == 800)
        try await group.shutdownGracefully()
    }

    @Test func `answers unknown at the deadline, and remembers what comes after it`() async throws {
        let inquiry = Inquiry(), number = subscriber(1)
        inquiry.ask(number)
        await inquiry.loop.advanceTime(by: .milliseconds(149))
        #expect(inquiry.findings.isEmpty)
        await inquiry.loop.advanceTime(by: .milliseconds(1))
        let late = RoamingFinding(.unknown(.timedOut), from: .service, milliseconds: 150)
        #expect(inquiry.findings == [late])
        // The next call waits for the same question.
        inquiry.ask(number)
        await inquiry.loop.advanceTime(by: .milliseconds(50))
        try await inquiry.answer(number, .home)
        try await inquiry.told(2)
        #expect(inquiry.findings == [late, RoamingFinding(.home, from: .service, milliseconds: 50)])
        #expect(inquiry.lookup.known(number, at: Self.now)?.answer == .home)
        #expect(inquiry.lookup.counters.unknown == [.timedOut: 1] && inquiry.lookup.counters.asked == 1)
    }

    @Test func `answers sooner where the call has less time left`() async throws {
        let inquiry = Inquiry()
        inquiry.ask(subscriber(1), waiting: .milliseconds(30))
        await inquiry.loop.advanceTime(by: .milliseconds(29))
        #expect(inquiry.findings.isEmpty)
        await inquiry.loop.advanceTime(by: .milliseconds(1))
        #expect(inquiry.findings == [RoamingFinding(.unknown(.timedOut), from: .service, milliseconds: 30)])
        try await inquiry.answer(subscriber(1), .home)
    }

    @Test func `asks no more than the budget in a burst of 10,000 numbers, and tells the others at once`() async throws
    {
        let inquiry = Inquiry { $0.inFlight = 500 }
        for index in 0..<10_000 { inquiry.ask(subscriber(index)) }
        await inquiry.loop.run()
        let counters = inquiry.lookup.counters
        #expect(counters.asked == 200 && counters.unknown == [.overBudget: 9_800])
        #expect(inquiry.findings.allSatisfy { $0 == RoamingFinding(.unknown(.overBudget), from: .nobody) })
        // Those in excess are not remembered: their turn may come.
        #expect(inquiry.lookup.known(subscriber(9_999), at: Self.now) == nil)
        for index in 0..<200 { try await inquiry.answer(subscriber(index), .home) }
        try await inquiry.told(10_000)
        #expect(inquiry.lookup.counters.home == 200)
    }

    @Test func `regains its budget as time goes by`() async throws {
        let inquiry = Inquiry { ($0.perSecond, $0.inFlight) = (10, 500) }
        var asked: [Int] = []
        for (turn, pause) in [0, 99, 1, 400, 5_000].enumerated() {
            await inquiry.loop.advanceTime(by: .milliseconds(Int64(pause)))
            for index in 0..<20 { inquiry.ask(subscriber(20 * turn + index)) }
            asked.append(inquiry.lookup.counters.asked)
        }
        #expect(asked == [10, 10, 11, 15, 25])
        for (turn, count) in [10, 0, 1, 4, 10].enumerated() {
            for index in 0..<count { try await inquiry.answer(subscriber(20 * turn + index), .home) }
        }
    }

    @Test func `asks about so many numbers at one time`() async throws {
        let inquiry = Inquiry { $0.inFlight = 3 }
        for index in 0..<5 { inquiry.ask(subscriber(index)) }
        #expect(inquiry.lookup.counters.asked == 3)
        try await inquiry.answer(subscriber(0), .home)
        try await inquiry.told(3)
        inquiry.ask(subscriber(5))
        #expect(inquiry.lookup.counters.asked == 4)
        for index in [1, 2, 5] { try await inquiry.answer(subscriber(index), .home) }
    }

    @Test func `is unknown at once where nobody is asked`() async throws {
        let lookup = RoamingLookup(.nobody)
        let finding = RoamingFinding(.unknown(.nobodyAsked), from: .nobody)
        #expect(lookup.known(subscriber(1), at: Self.now) == finding)
        #expect(lookup.counters.unknown == [.nobodyAsked: 1])
        #expect(lookup.settings.whenUnknown == .withhold)
    }

    @Test func `has a file's answers at once, and asks the file each time`() async throws {
        let lookup = RoamingLookup(.file { $0 == subscriber(1) ? .abroad : .unknown(.numberNotKnown) })
        #expect(lookup.known(subscriber(1), at: Self.now) == RoamingFinding(.abroad, from: .file))
        #expect(lookup.known(subscriber(2), at: Self.now)?.outcome == .unknown(.numberNotKnown))
        #expect(lookup.counters.abroad == 1 && lookup.counters.remembered == 0)
    }

    @Test func `answers on the call's own loop, also where nothing has to be waited for`() async throws {
        let inquiry = Inquiry()
        for source in [RoamingSource.nobody, .file { _ in .home }] {
            let lookup = RoamingLookup(source)
            let answer = inquiry.loop.makePromise(of: RoamingFinding.self)
            lookup.ask(subscriber(1), at: Self.now, by: inquiry.loop.now, on: inquiry.loop) { answer.succeed($0) }
            await inquiry.loop.run()
            #expect(try await answer.futureResult.get() == lookup.known(subscriber(1), at: Self.now))
        }
    }
}
