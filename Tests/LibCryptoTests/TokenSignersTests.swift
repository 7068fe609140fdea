import Dispatch
import LibCrypto
import Synchronization
import Testing

/// The queue and the pauses, with a token that does what the test says.
@Suite(.timeLimit(.minutes(5))) struct `Signers of a token` {
    private let clock = TestClock(), changes = Changes(), token = ScriptedToken()
    private let message = Array("message".utf8)

    private func signers(_ count: Int = 1, opened: TokenSigners.Opened? = nil) -> TokenSigners {
        TokenSigners(
            count: count, microseconds: { [clock] in clock.now }, report: { [changes] in changes.note($0) },
            opened: opened
        ) { [token] () throws(TokenFault) in try token.open() }
    }

    @Test func `open once, on the first signature`() async {
        let signers = signers()
        #expect(token.opened == 0)
        for _ in 0..<3 { #expect(await signers.signature(for: message).isSuccess) }
        #expect(token.opened == 1 && changes.all.isEmpty)
    }

    @Test func `open once for all that sign at once`() async {
        let signers = signers(4)
        token.hold()
        let signed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { [message] in await signers.signature(for: message).isSuccess } }
            token.letGo()
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(signed == 4 && token.opened == 1)
    }

    @Test func `go on with what was opened before, and open anew if it has died since`() async throws {
        let key = try token.open(), signers = signers(2) { () throws(OpenSSLError) in try key() }
        #expect(await signers.signature(for: message).isSuccess)
        #expect(token.opened == 1)
        let next = try token.open(), others = self.signers { () throws(OpenSSLError) in try next() }
        token.endSessions()
        #expect(await others.signature(for: message).isSuccess)
        #expect(token.opened == 3 && changes.all.isEmpty)
    }

    @Test func `give out no signature of a revoked key, not even one that is being made`() async {
        let signers = signers(), answer = DispatchSemaphore(value: 0)
        let begun = await hang(signers, until: answer)
        async let next = signers.signature(for: message).fault
        signers.revoke()
        answer.signal()
        for await fault in begun { #expect(fault == .revoked) }
        #expect(await next == .revoked)
    }

    @Test func `refuse what is too much, and sign the rest in its order`() async {
        let signers = signers(), order = Mutex<[Int]>([])
        token.hold()
        var taken = 0
        await withCheckedContinuation { done in
            while signers.sign(
                message, while: { true },
                done: { [taken] _ in
                    order.withLock { $0.append(taken) }
                    if taken == 0 { done.resume() }
                })
            { taken += 1 }
            token.letGo()
        }
        // One was being signed beside those that waited, or was still the first of them.
        #expect(taken == 1_024 || taken == 1_025)
        #expect(await signers.signature(for: message).isSuccess)
        #expect(order.withLock { $0 } == Array(0..<taken))
    }

    @Test func `take no more than a slow token signs in 200 ms`() async {
        let signers = signers()
        token.onSign { [clock] in clock.turn(by: 200_000) }
        // The first one opens, which is not what the next will take. Of the second a quarter enters the mean: 50 ms.
        for _ in 0..<2 { #expect(await signers.signature(for: message).isSuccess) }
        token.hold()
        var taken = 0
        while taken < 20, signers.sign(message, while: { true }, done: { _ in }) { taken += 1 }
        // Perhaps beside the one that is being signed.
        #expect(taken == 4 || taken == 5)
        token.letGo()
    }

    @Test func `do not sign what nobody waits for`() async {
        let signers = signers()
        let fault: TokenFault? = await withCheckedContinuation { done in
            _ = signers.sign(message, while: { false }, done: { done.resume(returning: $0.fault) })
        }
        #expect(fault == .notAwaited && token.opened == 0)
    }

    @Test func `open anew for a signature that fails, and nobody hears of it`() async {
        let signers = signers()
        #expect(await signers.signature(for: message).isSuccess)
        token.endSessions()
        #expect(await signers.signature(for: message).isSuccess)
        #expect(token.opened == 2 && changes.all.isEmpty)
    }

    @Test func `rest after a failure, twice as long each time, and say so once`() async {
        let signers = signers()
        token.isGone = true
        var now = 0
        for pause in [1, 2, 4, 8, 16, 30, 30].map({ $0 * 1_000_000 }) {
            #expect(await signers.signature(for: message).fault == .noModule("gone"))
            let opened = token.opened
            clock.turn(to: now + pause - 1)
            #expect(await signers.signature(for: message).fault == .resting)
            #expect(token.opened == opened)
            now += pause
            clock.turn(to: now)
        }
        #expect(changes.all == ["lost"])
        token.isGone = false
        #expect(await signers.signature(for: message).isSuccess)
        #expect(changes.all == ["lost", "regained"])
        token.isGone = true
        token.endSessions()
        #expect(await signers.signature(for: message).fault == .noModule("gone"))
        clock.turn(by: 1_000_000)
        token.isGone = false
        #expect(await signers.signature(for: message).isSuccess)
    }

    @Test func `refuse what waits with what fails`() async {
        let signers = signers()
        token.isGone = true
        token.hold()
        let faults = Mutex<[TokenFault?]>([])
        await withCheckedContinuation { done in
            for number in 0..<3 {
                _ = signers.sign(message, while: { true }) { outcome in
                    faults.withLock { $0.append(outcome.fault) }
                    if number == 0 { done.resume() }
                }
            }
            token.letGo()
        }
        #expect(faults.withLock { $0 } == [.resting, .resting, .noModule("gone")])
        #expect(token.opened == 1)
    }

    @Test(arguments: [TokenFault.wrongPIN, .lockedPIN]) func `never try a PIN again that was wrong`(fault: TokenFault)
        async
    {
        let signers = signers()
        token.refuses = fault
        #expect(await signers.signature(for: message).fault == fault)
        clock.turn(by: 1 << 50)
        #expect(await signers.signature(for: message).fault == .resting)
        #expect(token.opened == 1 && changes.all == ["lost"])
    }

    @Test func `try a PIN that has become wrong once, however many want to`() async {
        let signers = signers(4)
        token.refuses = .wrongPIN
        token.hold()
        let wrong = await withTaskGroup(of: TokenFault?.self) { group in
            for _ in 0..<4 { group.addTask { [message] in await signers.signature(for: message).fault } }
            token.letGo()
            return await group.reduce(0) { $0 + ($1 == .wrongPIN ? 1 : 0) }
        }
        #expect(wrong == 1)
        #expect(token.opened == 1 && changes.all == ["lost"])
    }

    @Test func `let one signature find out whether the token is back`() async {
        let signers = signers(2)
        token.isGone = true
        #expect(await signers.signature(for: message).fault == .noModule("gone"))
        clock.turn(to: 1_000_000)
        // One that nobody waits for finds out nothing, and the next may try.
        await withCheckedContinuation { done in
            _ = signers.sign(message, while: { false }, done: { _ in done.resume() })
        }
        token.isGone = false
        let outcomes = Mutex<[TokenFault?]>([])
        token.hold()
        await withCheckedContinuation { done in
            _ = signers.sign(message, while: { true }) { back in
                outcomes.withLock { $0.append(back.fault) }
                done.resume()
            }
            // The other thread would be free for it.
            _ = signers.sign(message, while: { true }) { other in outcomes.withLock { $0.append(other.fault) } }
            token.letGo()
        }
        #expect(outcomes.withLock { $0 } == [.resting, nil])
        #expect(changes.all == ["lost", "regained"])
    }

    @Test func `are sound again when one that has kept its session finds out so`() async {
        let signers = signers(2), refused = DispatchSemaphore(value: 0)
        #expect(await signers.signature(for: message).isSuccess)
        token.endSessions()
        #expect(await signers.signature(for: message).isSuccess)
        let begun = await hang(signers, until: refused)
        token.isGone = true
        token.endSessions()
        // On the other thread, to which the first one's session is of no use any more.
        #expect(await signers.signature(for: message).fault == .noModule("gone"))
        refused.signal()
        for await fault in begun { #expect(fault == nil) }
        token.isGone = false
        clock.turn(by: 1_000_000)
        for _ in 0..<2 { #expect(await signers.signature(for: message).isSuccess) }
        #expect(changes.all == ["lost", "regained"])
    }

    /// Has the token begin a signature that does not end until the test says so; how it ended then.
    private func hang(_ signers: TokenSigners, until answer: DispatchSemaphore) async -> AsyncStream<TokenFault?> {
        let (ended, end) = AsyncStream<TokenFault?>.makeStream()
        await withCheckedContinuation { began in
            token.onSign {
                began.resume()
                answer.wait()
            }
            _ = signers.sign(message, while: { true }) { outcome in
                end.yield(outcome.fault)
                end.finish()
            }
        }
        token.onSign {}
        return ended
    }

    @Test func `let nobody wait for a token that hangs, until it is heard of again`() async throws {
        let signers = signers(), answer = DispatchSemaphore(value: 0), refused = Mutex<[TokenFault?]>([])
        defer { answer.signal() }
        #expect(await signers.signature(for: message).isSuccess)
        let hung = await hang(signers, until: answer)
        clock.turn(by: 199_999)
        signers.noteOverdue()
        #expect(changes.all.isEmpty)
        _ = signers.sign(message, while: { true }) { other in refused.withLock { $0.append(other.fault) } }
        clock.turn(by: 1)
        signers.noteOverdue()
        // Else what follows would wait for it.
        try #require(changes.all == ["lost"])
        #expect(refused.withLock { $0 } == [.resting])
        #expect(await signers.signature(for: message).fault == .resting)
        // The next to try finds no thread that is free, and the one after it has to wait twice as long.
        clock.turn(by: 1_000_000)
        _ = signers.sign(message, while: { true }) { other in refused.withLock { $0.append(other.fault) } }
        signers.noteOverdue()
        #expect(refused.withLock { $0 } == [.resting, .resting])
        clock.turn(by: 1_999_999)
        #expect(await signers.signature(for: message).fault == .resting)
        answer.signal()
        for await fault in hung { #expect(fault == nil) }
        #expect(changes.all == ["lost", "regained"])
        // As much as before is taken, since nothing was learnt of the token's pace.
        token.hold()
        let taken = (0..<3).count { _ in signers.sign(message, while: { true }, done: { _ in }) }
        #expect(taken == 3)
        token.letGo()
    }

    @Test func `give a token more time to open than to sign`() async {
        let signers = signers(), answer = DispatchSemaphore(value: 0)
        await withCheckedContinuation { began in
            token.onOpen {
                began.resume()
                answer.wait()
            }
            _ = signers.sign(message, while: { true }, done: { _ in })
        }
        token.onOpen {}
        clock.turn(by: 1_999_999)
        signers.noteOverdue()
        #expect(changes.all.isEmpty)
        clock.turn(by: 1)
        signers.noteOverdue()
        #expect(changes.all == ["lost"])
        answer.signal()
    }

    @Test func `count a signature that hangs once, while others are made`() async {
        let signers = signers(2), answer = DispatchSemaphore(value: 0)
        let hung = await hang(signers, until: answer)
        clock.turn(by: 200_000)
        signers.noteOverdue()
        clock.turn(by: 1_000_000)
        #expect(await signers.signature(for: message).isSuccess)
        signers.noteOverdue()
        #expect(await signers.signature(for: message).isSuccess)
        answer.signal()
        for await fault in hung { #expect(fault == nil) }
        #expect(changes.all == ["lost", "regained"])
    }
}
