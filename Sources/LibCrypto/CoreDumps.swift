internal import CLibCrypto

/// A core file of a process that signs holds its private keys.
package enum CoreDumps {
    /// Forbids them for this process from now on.
    package static func forbid() { _ = shim_forbid_core_dumps() }
}
