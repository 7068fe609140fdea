internal import Foundation
internal import Glibc
package import LibCrypto
internal import SystemPackage

/// Files that are written once and are whole or not there.
package enum IssuedFile {
    /// Refuses to replace what is there: the name appears when the content is safe on the disk.
    package static func createPrivate(_ path: String, _ text: [UInt8]) throws(FileFault) {
        try create(path, [.ownerReadWrite]) { _ = try $0.writeAll(text) }
    }

    /// Likewise, for everybody to read.
    package static func create(_ path: String, _ text: String) throws(FileFault) {
        try create(path, [.ownerReadWrite, .groupRead, .otherRead]) { _ = try $0.writeAll(text.utf8) }
    }

    /// A private key, for its owner alone, and encrypted if there is a passphrase.
    package static func create(
        _ path: String, _ key: SigningKey, encryptedWith passphrase: Passphrase? = nil
    ) throws(FileFault) {
        try create(path, .ownerReadWrite) {
            try key.write(toFileDescriptor: $0.rawValue, encryptedWith: passphrase)
        }
    }

    /// In the place of what is there, if anything: whoever reads finds the old content or the new, whole. For its owner alone.
    package static func replace(_ path: String, _ bytes: [UInt8]) throws(FileFault) {
        try write(path, .ownerReadWrite, { _ = try $0.writeAll(bytes) }) { temporary in
            guard FileRenaming.rename(temporary, to: path) else { throw FileFault.notWritten(path, "rename failed") }
        }
    }

    private static func create(
        _ path: String, _ permissions: FilePermissions, _ write: (FileDescriptor) throws -> Void
    ) throws(FileFault) {
        try self.write(path, permissions, write) { temporary in
            guard !FileManager.default.fileExists(atPath: path) else { throw FileFault.exists(path) }
            // A hard link, since it fails where a rename would replace a file that has come up meanwhile.
            try FileManager.default.linkItem(atPath: temporary, toPath: path)
        }
    }

    /// Beside its place first, then safe on the disk, and then by `name` where it belongs.
    private static func write(
        _ path: String, _ permissions: FilePermissions, _ write: (FileDescriptor) throws -> Void,
        name: (_ temporary: String) throws -> Void
    ) throws(FileFault) {
        let temporary = "\(path).\(UUID().uuidString).new"
        do {
            // Before the folder is synchronised: a second name of a key must not come back with a crash.
            defer { try? FileManager.default.removeItem(atPath: temporary) }
            let file = try FileDescriptor.open(
                FilePath(temporary), .writeOnly, options: [.create, .exclusiveCreate], permissions: permissions)
            try file.closeAfter {
                try write(file)
                guard fsync(file.rawValue) == 0 else { throw FileFault.notWritten(path, "fsync failed") }
            }
            try name(temporary)
        } catch let fault as FileFault { throw fault } catch { throw .notWritten(path, "\(error)") }
        try synchronizeFolder(of: path)
    }

    /// Makes what was created in, or removed from, the folder of `path` outlast a crash.
    package static func synchronizeFolder(of path: String) throws(FileFault) {
        let folder = FilePath(path).removingLastComponent()
        do {
            let opened = try FileDescriptor.open(folder.isEmpty ? "." : folder, .readOnly)
            try opened.closeAfter {
                guard fsync(opened.rawValue) == 0 else { throw FileFault.notWritten(path, "fsync failed") }
            }
        } catch { throw .notWritten(path, "\(error)") }
    }

    /// A private key, if nobody but its owner can read it.
    package static func readKey(_ path: String, passphrase: Passphrase? = nil) throws(FileFault) -> SigningKey {
        try readSecret(path) { file in
            do throws(OpenSSLError) {
                return try SigningKey(fileDescriptor: file.rawValue, passphrase: passphrase)
            } catch { throw FileFault.notASigningKey(path, error) }
        }
    }

    /// The first line of a file, if nobody but its owner can read it.
    package static func readPassphrase(_ path: String) throws(FileFault) -> Passphrase {
        try readSecret(path) { file in
            do throws(OpenSSLError) { return try Passphrase(fileDescriptor: file.rawValue) } catch {
                throw FileFault.notAPassphrase(path, error)
            }
        }
    }

    /// The first line of a file, if nobody but its owner can read it: what goes into the Authorization field of HTTP.
    package static func readCredentials(_ path: String) throws(FileFault) -> String {
        try readSecret(path) { file in
            let bytes = try file.readAll(atMost: longestCredentials + 1)
            guard let line = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).first,
                (1...longestCredentials).contains(line.count), line.allSatisfy({ (0x20...0x7E).contains($0) })
            else { throw FileFault.notCredentials(path) }
            return String(decoding: line, as: UTF8.self)
        }
    }

    private static let longestCredentials = 4_096

    private static func readSecret<Secret>(
        _ path: String, _ read: (FileDescriptor) throws -> Secret
    ) throws(FileFault) -> Secret {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            // Asked of the open file, so that what is checked is what is read.
            return try file.closeAfter {
                guard try file.stat().permissions.isDisjoint(with: [.groupReadWriteExecute, .otherReadWriteExecute])
                else { throw FileFault.openToOthers(path) }
                return try read(file)
            }
        } catch let fault as FileFault { throw fault } catch { throw .notRead(path, "\(error)") }
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
    case notASigningKey(String, OpenSSLError)
    case notAPassphrase(String, OpenSSLError)
    case notCredentials(String)
}

extension FileFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exists(let path): "\(path) is there already and is never overwritten; name another file"
        case .notWritten(let path, let reason): "cannot write \(path): \(reason)"
        case .notRead(let path, let reason): "cannot read \(path): \(reason)"
        case .openToOthers(let path): "others than its owner can read \(path); run: chmod 600 \(path)"
        case .notASigningKey(let path, let error):
            """
            \(path) holds no P-256 key that can be opened (\(error)); if it is encrypted, name the file of its passphrase, \
            else make one with: countersign ca issue
            """
        case .notAPassphrase(let path, let error): "\(path) is no passphrase's file: \(error)"
        case .notCredentials(let path):
            "\(path) does not begin with the value of an Authorization field, such as: Bearer TOKEN"
        }
    }
}

extension FileDescriptor {
    /// Fewer bytes than `limit` if the file ends before.
    fileprivate func readAll(atMost limit: Int) throws -> [UInt8] {
        let file = FileHandle(fileDescriptor: rawValue, closeOnDealloc: false)
        return [UInt8](try file.read(upToCount: limit) ?? Data())
    }
}
