internal import Glibc

/// Here because only the modules over C may pass text to it.
package enum FileRenaming {
    /// In one step, in the place of what has the name already (rename(2), which Foundation does not offer).
    package static func rename(_ path: String, to other: String) -> Bool { unsafe Glibc.rename(path, other) == 0 }
}
