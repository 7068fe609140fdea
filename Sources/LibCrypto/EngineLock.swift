internal import Synchronization

/// libcrypto's engines belong to the process, and so does this lock.
///
/// Opening and closing change what the engine keeps for all: its PIN, and the lists of slots and keys. libp11 0.4.12 guards
/// none of it, so one opens or closes at a time. Signing looks at none of it, and so takes no lock: an opened key has its
/// own reference to its object and its slot, and each signature a session of its own, from a pool that libp11 locks. A
/// token that is slow to open, or hangs, therefore holds up nobody who signs.
final class EngineLock: Sendable {
    static let shared = EngineLock()

    private struct State {
        /// The engine goes on with the module that it has, whatever it is told, until all keys are closed.
        var module: String?
        var openKeys = 0
    }

    private let state = Mutex(State())

    func opening<Value: ~Copyable>(
        _ module: String, _ open: () throws(TokenFault) -> sending Value
    ) throws(TokenFault) -> sending Value {
        try state.withLock { state throws(TokenFault) in
            if let current = state.module, current != module { throw .otherModule(current) }
            let value = try open()
            state.module = module
            state.openKeys += 1
            return value
        }
    }

    func closing(_ close: () -> Void) {
        state.withLock { state in
            close()
            state.openKeys -= 1
            if state.openKeys == 0 { state.module = nil }
        }
    }
}
