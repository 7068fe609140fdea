internal import Foundation
internal import Glibc
internal import SystemPackage

/// A folder whose files are read again when any of them has changed.
///
/// Hidden files, and those on their way to their place (`….new`), do not count as there.
package struct WatchedFolder: Hashable, Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// What the folder's files are like without having been read: it differs once one is added, changed or removed.
    package struct State: Hashable, Sendable {
        fileprivate let files: [File]

        fileprivate struct File: Hashable {
            let name: String
            let inode: UInt64
            let size: Int64
            let seconds, nanoseconds: Int
        }
    }

    /// Of a folder that cannot be read, that of an empty one: what is wrong comes out when it is read.
    package var state: State {
        let names = (try? names()) ?? []
        return State(files: names.compactMap { try? Self.file($0, at: FilePath("\(path)/\($0)").stat()) })
    }

    /// The same of one file in it.
    package func state(of name: String) -> State {
        State(files: [try? Self.file(name, at: FilePath("\(path)/\(name)").stat())].compactMap { $0 })
    }

    private static func file(_ name: String, at stat: Stat) -> State.File {
        // The change time, since that of modification can be set back.
        let changed = stat.st_ctim
        return .init(
            name: name, inode: UInt64(stat.inode.rawValue), size: stat.size, seconds: changed.tv_sec,
            nanoseconds: changed.tv_nsec)
    }
}

extension WatchedFolder {
    package func names() throws(FileFault) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
                .filter { !$0.hasPrefix(".") && !$0.hasSuffix(".new") }.sorted()
        } catch { throw .notRead(path, "is not a folder that can be read") }
    }

    /// Neither more than `limit` bytes nor anything but a regular file, which a pipe that never ends is not.
    package func read(_ name: String, atMost limit: Int) throws(FileFault) -> [UInt8] {
        let path = "\(path)/\(name)"
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.nonBlocking, .closeOnExec])
            return try file.closeAfter {
                guard try file.stat().type == .regular else { throw FileFault.notRead(path, "is not a file") }
                let content = try FileHandle(fileDescriptor: file.rawValue, closeOnDealloc: false).read(
                    upToCount: limit + 1)
                guard let content, content.count <= limit else {
                    guard content == nil else { throw FileFault.notRead(path, "is longer than \(limit) bytes") }
                    return []
                }
                return [UInt8](content)
            }
        } catch let fault as FileFault { throw fault } catch { throw .notRead(path, "\(error)") }
    }
}
