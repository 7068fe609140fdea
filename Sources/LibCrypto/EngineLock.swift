internal import CLibCrypto

/// libcrypto's engines belong to the process, and so does this lock.
///
/// Signing through the engine is for many threads at once: libp11 0.4.12 takes a session of its own from a locked pool
/// for each signature. Opening and closing are not: they change the lists of slots and keys that signing reads, and
/// libp11 calls itself not fully thread-safe there. So many may sign, and whoever opens or closes is alone.
///
/// `@unchecked Sendable`: it is a lock, and what may change in it does so while somebody is alone.
@safe final class EngineLock: @unchecked Sendable {
    static let shared = EngineLock()

    private let lock: UnsafeMutableRawPointer
    /// The engine goes on with the module that it has, whatever it is told, until all keys are closed.
    private var module: String?
    private var openKeys = 0

    private init() {
        guard let lock = unsafe CRYPTO_THREAD_lock_new() else { preconditionFailure("no memory for a lock") }
        unsafe self.lock = lock
    }

    func opening<Value>(
        _ module: String, _ open: () throws(TokenFault) -> Value
    ) throws(TokenFault) -> Value {
        unsafe CRYPTO_THREAD_write_lock(lock)
        defer { unsafe CRYPTO_THREAD_unlock(lock) }
        if let current = self.module, current != module { throw .otherModule(current) }
        let value = try open()
        self.module = module
        openKeys += 1
        return value
    }

    func closing(_ close: () -> Void) {
        unsafe CRYPTO_THREAD_write_lock(lock)
        defer { unsafe CRYPTO_THREAD_unlock(lock) }
        close()
        openKeys -= 1
        if openKeys == 0 { module = nil }
    }

    func signing(_ sign: () throws(OpenSSLError) -> ES256Signature) throws(OpenSSLError) -> ES256Signature {
        unsafe CRYPTO_THREAD_read_lock(lock)
        defer { unsafe CRYPTO_THREAD_unlock(lock) }
        return try sign()
    }
}
