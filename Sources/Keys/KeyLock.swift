internal import Foundation
internal import Glibc
internal import SystemPackage

/// Keeps the keys of a data folder to one command at a time. The kernel lets go of it when the process ends, however.
package final class KeyLock: Sendable {
    private let file: FileDescriptor

    package init(data: String) throws {
        let path = "\(data)/keys.lock"
        file = try FileDescriptor.open(
            FilePath(path), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            try? file.close()
            throw KeyFault.inUse(data)
        }
    }

    /// Held until then, and not only until the last mention.
    package func release() { flock(file.rawValue, LOCK_UN) }

    deinit { try? file.close() }
}

/// Whether a daemon runs on a data folder, as it may if that cannot be told: it holds a lock for as long as it lives.
package func isDaemonRunning(data: String) -> Bool {
    let file: FileDescriptor
    do {
        file = try FileDescriptor.open(FilePath("\(data)/daemon.lock"), .readOnly, options: [.closeOnExec])
    } catch Errno.noSuchFileOrDirectory { return false } catch { return true }
    defer { try? file.close() }
    // Shared, so that two who ask do not take each other for the daemon; let go of with the file.
    return flock(file.rawValue, LOCK_SH | LOCK_NB) != 0
}
