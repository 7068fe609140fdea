import Foundation
import LibCrypto
import Synchronization

/// Microseconds that pass when a test says so.
final class TestClock: Sendable {
    private let time = Mutex(0)

    var now: Int { time.withLock { $0 } }
    func turn(to time: Int) { self.time.withLock { $0 = time } }
    func turn(by time: Int) { self.time.withLock { $0 += time } }
}

/// What the signers reported.
final class Changes: Sendable {
    private let noted = Mutex<[String]>([])

    var all: [String] { noted.withLock { $0 } }

    func note(_ change: TokenSigners.Change) {
        noted.withLock {
            switch change {
            case .lost: $0.append("lost")
            case .regained: $0.append("regained")
            }
        }
    }
}

/// A key in memory that behaves as one in a token may.
final class ScriptedToken: Sendable {
    private struct State {
        var opened = 0, epoch = 0
        var refuses: TokenFault?
        var onOpen: @Sendable () -> Void = {}
        var onSign: @Sendable () -> Void = {}
        var isHeld = false
    }

    private let key = try! SigningKey.generate()
    private let state = Mutex(State())
    private let gate = DispatchSemaphore(value: 0)

    var opened: Int { state.withLock { $0.opened } }
    var refuses: TokenFault? {
        get { state.withLock { $0.refuses } }
        set { state.withLock { $0.refuses = newValue } }
    }
    var isGone: Bool {
        get { refuses != nil }
        set { refuses = newValue ? .noModule("gone") : nil }
    }

    func onOpen(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onOpen = body } }
    func onSign(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onSign = body } }
    func endSessions() { state.withLock { $0.epoch += 1 } }

    /// Whoever opens or signs waits, until it is let go.
    func hold() { state.withLock { $0.isHeld = true } }
    func letGo() {
        state.withLock { $0.isHeld = false }
        gate.signal()
    }

    private func wait() {
        guard state.withLock({ $0.isHeld }) else { return }
        gate.wait()
        gate.signal()
    }

    func open() throws(TokenFault) -> TokenSigners.Opened {
        wait()
        let (refuses, epoch, onOpen) = state.withLock { state in
            state.opened += 1
            return (state.refuses, state.epoch, state.onOpen)
        }
        onOpen()
        if let refuses { throw refuses }
        return { [self] () throws(OpenSSLError) in
            let signer = try Signer(key)
            return { [self] message throws(OpenSSLError) in
                wait()
                let (isOpen, onSign) = state.withLock { ($0.epoch == epoch, $0.onSign) }
                // An error of libcrypto's, since only it makes them.
                if !isOpen { _ = try SigningKey(pem: "") }
                onSign()
                return try signer.signature(for: message.span)
            }
        }
    }
}

extension TokenSigners {
    /// What a task that waits for it is given.
    func signature(for message: [UInt8]) async -> Result<ES256Signature, TokenFault> {
        await withCheckedContinuation { done in
            let isTaken = sign(message, while: { true }, done: { done.resume(returning: $0) })
            if !isTaken { done.resume(returning: .failure(.notAwaited)) }
        }
    }
}

extension Result<ES256Signature, TokenFault> {
    var isSuccess: Bool { if case .success = self { true } else { false } }
    var fault: TokenFault? { if case .failure(let fault) = self { fault } else { nil } }
}
