internal import Dispatch
internal import Synchronization

/// Signs with a key in a token, on threads that may wait for it, so that nobody else has to.
///
/// A signature that fails is tried once more with a session opened anew: a token that was restarted, or that ends idle
/// sessions, is then as good as before. If that fails too the token rests: what is asked is refused at once, until the
/// first signature asked after the pause finds out whether it is back. A token that hangs rests too, from when somebody
/// has waited for it in vain.
package final class TokenSigners: Sendable {
    /// Said once for each change, and not for each signature.
    package enum Change: Sendable {
        case lost(TokenFault)
        case regained
    }

    package typealias Sign = (_ message: [UInt8]) throws(OpenSSLError) -> ES256Signature

    private struct Job: Sendable {
        let message: [UInt8]
        let isAwaited: @Sendable () -> Bool
        let done: @Sendable (Result<ES256Signature, TokenFault>) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var idle: [Worker]
        /// How many the token is at work for.
        var signing = 0
        /// When the token hangs, in microseconds, unless it has done by then what it is doing for each of these.
        var hangsFrom: [ObjectIdentifier: Int] = [:]
        /// Those for which it has been at work in vain, and may be for ever.
        var stuck: Set<ObjectIdentifier> = []
        var health = TokenHealth.sound
        /// What was opened in an earlier one is not used any more.
        var epoch = 0
        /// Microseconds that a signature takes in an open session: a running mean.
        var pace = 0
    }

    /// `@unchecked Sendable`: what may change in it is touched under its lock and nowhere else.
    private final class Worker: @unchecked Sendable {
        let queue = DispatchQueue(label: "token")
        let lock = Mutex(())
        var sign: Sign?
        var epoch = 0

        func close() { lock.withLock { _ in sign = nil } }
    }

    private let workers: [Worker]
    private let state: Mutex<State>
    private let opening = Mutex(())
    private let open: @Sendable () throws(TokenFault) -> Sign
    private let microseconds: @Sendable () -> Int
    private let report: @Sendable (Change) -> Void

    /// - Parameters:
    ///   - count: how many signatures the token makes at once.
    ///   - microseconds: a clock that never goes back.
    ///   - open: called on the threads that sign, for each of them and again after each failure.
    package init(
        count: Int, microseconds: @escaping @Sendable () -> Int, report: @escaping @Sendable (Change) -> Void,
        open: @escaping @Sendable () throws(TokenFault) -> Sign
    ) {
        workers = (0..<count).map { _ in Worker() }
        state = Mutex(State(idle: workers))
        self.open = open
        self.microseconds = microseconds
        self.report = report
    }

    /// Closing a session may wait for the token, so it is done where signing is.
    deinit { for worker in workers { worker.queue.async { worker.close() } } }

    private static let mostWaiting = 1_024
    /// What would wait longer than this is not taken.
    private static let longestWait = 200_000
    /// A token may take longer to log in than to sign.
    private static let longestOpening = 2_000_000
    private static let longestClosing = 1.0
}

extension TokenSigners {
    /// Has ES256 sign `message`. False, and nothing more, when there is too much to sign already.
    ///
    /// - Parameters:
    ///   - isAwaited: asked just before the token is.
    ///   - done: called once, on a thread that signs, or at once while the token rests.
    package func sign(
        _ message: [UInt8], while isAwaited: @escaping @Sendable () -> Bool,
        done: @escaping @Sendable (Result<ES256Signature, TokenFault>) -> Void
    ) -> Bool {
        enum Next {
            case start(Worker)
            case wait, refuse, rest
        }
        let now = microseconds()
        let next = state.withLock { state -> Next in
            guard state.waiting.count < room(at: state.pace) else { return .refuse }
            guard state.health.admits(at: now) else { return .rest }
            state.waiting.append(Job(message: message, isAwaited: isAwaited, done: done))
            return state.idle.popLast().map(Next.start) ?? .wait
        }
        switch next {
        case .start(let worker): worker.queue.async { self.work(worker) }
        case .wait: break
        case .refuse: return false
        case .rest: done(.failure(.resting))
        }
        return true
    }

    /// To be called when somebody has waited as long as he can. If the token has been at work for too long, it hangs:
    /// what waits, and what is asked from now on, is refused until it is heard of again.
    package func noteOverdue() {
        let now = microseconds()
        let isSilent = state.withLock { state in
            let stuck = state.hangsFrom.filter { $0.value <= now }.keys
            for worker in stuck { state.hangsFrom[worker] = nil }
            state.stuck.formUnion(stuck)
            // One that is to find out whether it is back may not even have been begun, for want of a thread that is free.
            return !stuck.isEmpty || state.health.isOnTrial
        }
        if isSilent { noteLost(.silent) }
    }

    /// Closes what is open, unless the token is still at work: one that hangs is not waited for, not even if it began to
    /// while nobody asked.
    package func close() async {
        guard state.withLock({ $0.signing }) == 0 else { return }
        let closing = DispatchGroup()
        for worker in workers { worker.queue.async(group: closing) { worker.close() } }
        await withCheckedContinuation { done in
            DispatchQueue(label: "token.closing").async {
                _ = closing.wait(timeout: .now() + Self.longestClosing)
                done.resume()
            }
        }
    }

    private func room(at pace: Int) -> Int {
        min(Self.mostWaiting, max(workers.count, Self.longestWait / max(1, pace) * workers.count))
    }

    private func work(_ worker: Worker) {
        while let job = nextJob(for: worker) {
            guard job.isAwaited() else {
                let now = microseconds()
                state.withLock { $0.health.noteNotTried(at: now) }
                job.done(.failure(.notAwaited))
                continue
            }
            state.withLock { $0.signing += 1 }
            let outcome = Result { () throws(TokenFault) in try signature(for: job.message, by: worker) }
            state.withLock { state in
                state.signing -= 1
                state.hangsFrom[ObjectIdentifier(worker)] = nil
                state.stuck.remove(ObjectIdentifier(worker))
            }
            job.done(outcome)
        }
        if worker.epoch != state.withLock({ $0.epoch }) { worker.close() }
    }

    private func nextJob(for worker: Worker) -> Job? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.idle.append(worker)
                return nil
            }
            return state.waiting.removeFirst()
        }
    }

    private func signature(for message: [UInt8], by worker: Worker) throws(TokenFault) -> ES256Signature {
        let epoch = state.withLock { $0.epoch }, began = microseconds()
        do throws(TokenFault) {
            let (signature, isAnew) = try worker.lock.withLock { _ throws(TokenFault) in
                // Why it does not is what the second attempt will say.
                expect(worker, within: Self.longestWait)
                if worker.epoch == epoch, let signature = try? worker.sign?(message) { return (signature, false) }
                return (try signatureAnew(for: message, by: worker, after: epoch), true)
            }
            let wasStuck = state.withLock { $0.stuck.contains(ObjectIdentifier(worker)) }
            noteSigned(took: isAnew || wasStuck ? nil : microseconds() - began)
            return signature
        } catch {
            closeAll(of: worker.epoch)
            noteLost(error)
            throw error
        }
    }

    private func signatureAnew(
        for message: [UInt8], by worker: Worker, after epoch: Int
    ) throws(TokenFault) -> ES256Signature {
        if worker.sign != nil {
            worker.sign = nil
            closeAll(of: epoch)
        }
        // It may have to wait for others first, of which the one that hangs counts.
        expect(worker, within: nil)
        let sign = try openAlone(worker)
        expect(worker, within: Self.longestWait)
        do throws(OpenSSLError) { return try sign(message) } catch { throw .failed(error) }
    }

    /// - Parameter time: in microseconds, from now; nil for as long as it takes.
    private func expect(_ worker: Worker, within time: Int?) {
        let end = time.map { microseconds() + $0 }
        state.withLock { $0.hangsFrom[ObjectIdentifier(worker)] = end }
    }

    /// One after another, so that a PIN that has become wrong is tried once and not by all.
    private func openAlone(_ worker: Worker) throws(TokenFault) -> Sign {
        try opening.withLock { _ throws(TokenFault) in
            let (epoch, isAbandoned) = state.withLock { ($0.epoch, $0.health.isAbandoned) }
            guard !isAbandoned else { throw .resting }
            expect(worker, within: Self.longestOpening)
            do throws(TokenFault) {
                let sign = try open()
                (worker.sign, worker.epoch) = (sign, epoch)
                return sign
            } catch {
                noteLost(error)
                throw error
            }
        }
    }

    /// A module forgets a token that has gone only when nobody holds a session with it any more. Whoever is signing
    /// right now lets go of its own when it has done so.
    private func closeAll(of epoch: Int) {
        let isFirst = state.withLock { state in
            guard state.epoch == epoch else { return false }
            state.epoch += 1
            return true
        }
        guard isFirst else { return }
        for worker in workers {
            _ = worker.lock.withLockIfAvailable { _ in worker.sign = nil }
        }
    }

    /// - Parameter taken: microseconds; nil for one whose session was opened for it, or for which the token had hung. These
    ///   tell nothing of the pace, but that the token is back.
    private func noteSigned(took taken: Int?) {
        let isRegained = state.withLock { state in
            if let taken { state.pace = (3 * state.pace + taken) / 4 }
            return state.health.noteSuccess(isNews: taken == nil)
        }
        if isRegained { report(.regained) }
    }

    /// All that waits is refused with it: each would only find out the same.
    private func noteLost(_ fault: TokenFault) {
        let now = microseconds()
        let (isNew, refused) = state.withLock { state in
            let wasSound = state.health.isSound
            state.health.noteFailure(fault, at: now)
            defer { state.waiting = [] }
            return (wasSound, state.waiting)
        }
        for job in refused { job.done(.failure(.resting)) }
        if isNew { report(.lost(fault)) }
    }
}
