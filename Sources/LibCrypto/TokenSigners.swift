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
    /// The key, opened: makes what one thread signs with.
    package typealias Opened = @Sendable () throws(OpenSSLError) -> Sign

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
    /// What all threads sign with, for as long as its epoch lasts.
    private let opened: Mutex<(key: Opened, epoch: Int)?>
    private let open: @Sendable () throws(TokenFault) -> Opened
    /// Held while an outcome is told, so that none is told as if the key had not been revoked.
    private let isRevoked = Mutex(false)
    private let microseconds: @Sendable () -> Int
    private let report: @Sendable (Change) -> Void

    /// - Parameters:
    ///   - count: how many signatures the token makes at once.
    ///   - microseconds: a clock that never goes back.
    ///   - opened: what whoever has tried the key has opened, so that the first signature need not.
    ///   - open: called on a thread that signs, once for all of them and again after each failure.
    package init(
        count: Int, microseconds: @escaping @Sendable () -> Int, report: @escaping @Sendable (Change) -> Void,
        opened: Opened? = nil, open: @escaping @Sendable () throws(TokenFault) -> Opened
    ) {
        workers = (0..<count).map { _ in Worker() }
        state = Mutex(State(idle: workers))
        self.opened = Mutex(opened.map { ($0, 0) })
        self.open = open
        self.microseconds = microseconds
        self.report = report
    }

    /// Closing what was signed with may wait for the token, so it is done where signing is. What was not is closed by whoever
    /// lets go of it: most often a program that ends next, and must not while the token is being closed.
    deinit {
        guard workers.contains(where: { $0.sign != nil }) else { return }
        let key = opened.withLock { $0?.key }
        for worker in workers { worker.queue.async { withExtendedLifetime(key) { worker.close() } } }
    }

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

    /// For a key that others may have: once this returns, no signature of it is given out, not even one that the token had
    /// made already.
    package func revoke() { isRevoked.withLock { $0 = true } }

    /// Closes what is open, unless the token is still at work: one that hangs is not waited for, not even if it began to
    /// while nobody asked.
    package func close() async {
        guard state.withLock({ $0.signing }) == 0 else { return }
        let closing = DispatchGroup()
        for worker in workers { worker.queue.async(group: closing) { worker.close() } }
        DispatchQueue(label: "token.opened").async(group: closing) { self.opened.withLock { $0 = nil } }
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
            guard job.isAwaited(), !isRevoked.withLock({ $0 }) else {
                let now = microseconds()
                state.withLock { $0.health.noteNotTried(at: now) }
                tell(job, .failure(.notAwaited))
                continue
            }
            state.withLock { $0.signing += 1 }
            let outcome = Result { () throws(TokenFault) in try signature(for: job.message, by: worker) }
            state.withLock { state in
                state.signing -= 1
                state.hangsFrom[ObjectIdentifier(worker)] = nil
                state.stuck.remove(ObjectIdentifier(worker))
            }
            tell(job, outcome)
        }
        if worker.epoch != state.withLock({ $0.epoch }) { worker.close() }
    }

    private func tell(_ job: Job, _ outcome: Result<ES256Signature, TokenFault>) {
        isRevoked.withLock { isRevoked in job.done(isRevoked ? .failure(.revoked) : outcome) }
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
                letGo(worker)
                return (try signatureAnew(for: message, by: worker), true)
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

    /// What another has opened may have died since, of which nobody heard: only what was opened for this one has to sign.
    private func signatureAnew(for message: [UInt8], by worker: Worker) throws(TokenFault) -> ES256Signature {
        // It may have to wait for others first, of which the one that hangs counts.
        expect(worker, within: nil)
        let (sign, isNew) = try openAlone(worker)
        expect(worker, within: Self.longestWait)
        do throws(OpenSSLError) { return try sign(message) } catch {
            guard !isNew else { throw .failed(error) }
            letGo(worker)
        }
        expect(worker, within: nil)
        let last = try openAlone(worker).sign
        expect(worker, within: Self.longestWait)
        do throws(OpenSSLError) { return try last(message) } catch { throw .failed(error) }
    }

    private func letGo(_ worker: Worker) {
        guard worker.sign != nil else { return }
        worker.sign = nil
        closeAll(of: worker.epoch)
    }

    /// - Parameter time: in microseconds, from now; nil for as long as it takes.
    private func expect(_ worker: Worker, within time: Int?) {
        let end = time.map { microseconds() + $0 }
        state.withLock { $0.hangsFrom[ObjectIdentifier(worker)] = end }
    }

    /// One after another, so that a PIN that has become wrong is tried once and not by all, and the token is logged in to
    /// once for all.
    private func openAlone(_ worker: Worker) throws(TokenFault) -> (sign: Sign, isNew: Bool) {
        try opened.withLock { opened throws(TokenFault) in
            let (epoch, isAbandoned) = state.withLock { ($0.epoch, $0.health.isAbandoned) }
            guard !isAbandoned else { throw .resting }
            let isNew = opened?.epoch != epoch
            if isNew { opened = nil }
            expect(worker, within: Self.longestOpening)
            do throws(TokenFault) {
                let key = if let opened { opened.key } else { try open() }
                opened = (key, epoch)
                let sign = try Self.sign(with: key)
                (worker.sign, worker.epoch) = (sign, epoch)
                return (sign, isNew)
            } catch {
                noteLost(error)
                throw error
            }
        }
    }

    private static func sign(with key: Opened) throws(TokenFault) -> Sign {
        do throws(OpenSSLError) { return try key() } catch { throw .failed(error) }
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
