internal import CLibCrypto

/// Files and connections that this process has open. Here because of the C types that the question needs.
package enum OpenFiles {
    /// Raises the limit as far as the system lets us, from now on.
    ///
    /// - Returns: how many may be open then.
    package static func raiseLimit() -> Int { Int(shim_raise_file_limit()) }
}
