internal import CLibCrypto

/// A core file of a process that signs holds its private keys.
package enum CoreDumps {
    /// Forbids them for this process from now on.
    package static func forbid() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        unsafe setrlimit(__rlimit_resource_t(rawValue: UInt32(RLIMIT_CORE.rawValue)), &none)
    }
}
