internal import Foundation
internal import Glibc
package import SystemPackage

/// Files that are written once and are whole or not there.
package enum IssuedFile {
    /// Refuses to replace what is there: the name appears when the content is safe on the disk.
    package static func create(
        _ path: String, _ content: [UInt8], permissions: FilePermissions
    ) throws(FileFault) {
        do {
            let temporary = "\(path).\(UUID().uuidString).new"
            try write(content, to: temporary, permissions)
            defer { try? FileManager.default.removeItem(atPath: temporary) }
            guard !FileManager.default.fileExists(atPath: path) else { throw FileFault.exists(path) }
            // A hard link, since it fails where a rename would replace a file that has come up meanwhile.
            try FileManager.default.linkItem(atPath: temporary, toPath: path)
        } catch let fault as FileFault { throw fault } catch { throw .notWritten(path, "\(error)") }
        try synchronizeFolder(of: path)
    }

    private static func write(_ content: [UInt8], to path: String, _ permissions: FilePermissions) throws {
        let file = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .exclusiveCreate], permissions: permissions)
        try file.closeAfter {
            _ = try file.writeAll(content)
            guard fsync(file.rawValue) == 0 else { throw FileFault.notWritten(path, "fsync failed") }
        }
    }

    static func synchronizeFolder(of path: String) throws(FileFault) {
        let folder = FilePath(path).removingLastComponent()
        do {
            let opened = try FileDescriptor.open(folder.isEmpty ? "." : folder, .readOnly)
            try opened.closeAfter {
                guard fsync(opened.rawValue) == 0 else { throw FileFault.notWritten(path, "fsync failed") }
            }
        } catch { throw .notWritten(path, "\(error)") }
    }

    /// A private key's text, if nobody but its owner can read it.
    package static func readPrivate(_ path: String) throws(FileFault) -> String {
        let mode: FilePermissions, content: [UInt8]
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            // Asked of the open file, so that what is checked is what is read.
            (mode, content) = try file.closeAfter {
                (
                    try file.stat().permissions,
                    [UInt8](try FileHandle(fileDescriptor: file.rawValue).read(upToCount: 65_536) ?? Data())
                )
            }
        } catch { throw .notRead(path, "\(error)") }
        guard mode.isDisjoint(with: [.groupReadWriteExecute, .otherReadWriteExecute]) else { throw .openToOthers(path) }
        return String(decoding: content, as: UTF8.self)
    }

    package static func read(_ path: String) throws(FileFault) -> [UInt8] {
        do { return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
            throw .notRead(path, error.localizedDescription)
        }
    }
}

package enum FileFault: Error, Hashable, Sendable {
    case exists(String)
    case notWritten(String, String)
    case notRead(String, String)
    case openToOthers(String)
}

extension FileFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exists(let path): "\(path) is there already and is never overwritten; name another file"
        case .notWritten(let path, let reason): "cannot write \(path): \(reason)"
        case .notRead(let path, let reason): "cannot read \(path): \(reason)"
        case .openToOthers(let path): "others than its owner can read \(path); run: chmod 600 \(path)"
        }
    }
}
