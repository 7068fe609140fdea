internal import Foundation
internal import Glibc

/// Keeps a data folder to one daemon: two would each continue the chain of records and know nothing of the other's replays.
///
/// The kernel lets go of the lock when the process ends, however it ends, so none is ever left behind.
final class DataLock: Sendable {
    private let file: FileHandle

    init(folder: String) throws {
        let path = "\(folder)/daemon.lock"
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let file = FileHandle(forUpdatingAtPath: path) else {
            throw ConfigurationError(
                file: path, line: nil, reason: "cannot be written: the data folder must belong to the daemon's user")
        }
        // More than once: countersign keys holds it for a moment to see whether a daemon runs.
        for _ in 0..<10 {
            if flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 {
                self.file = file
                return
            }
            usleep(10_000)
        }
        throw DataInUse(folder: folder)
    }
}

struct DataInUse: Error, CustomStringConvertible {
    let folder: String

    var description: String { "\(folder): another countersignd runs on this data folder; stop it, or name another one" }
}
