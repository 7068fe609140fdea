package import Certificates
internal import Foundation
internal import Glibc
package import LibCrypto
internal import SystemPackage

/// The files of a data folder's keys: `keys/ID.key`, one private key each, and `published/ID.pem`, the chains that the
/// world may have.
package struct KeyFiles: Sendable {
    package let data: String

    package init(data: String) { self.data = data }

    package static func publishedName(of id: String) -> String { "\(id).pem" }
    static func keyName(of id: String) -> String { "\(id).key" }

    package var keys: String { "\(data)/keys" }
    package var published: String { "\(data)/published" }

    package func path(ofKey name: String) -> String { "\(keys)/\(name)" }
    package func path(ofChain id: String) -> String { "\(published)/\(Self.publishedName(of: id))" }

    func createKey(_ name: String, _ key: SigningKey, encryptedWith passphrase: Passphrase?) throws(KeyFilesFault) {
        try makeFolder(keys, mode: 0o700)
        do throws(FileFault) {
            try IssuedFile.create(path(ofKey: name), key, encryptedWith: passphrase)
        } catch { throw .file(error) }
    }

    /// Refused if others than its owner can read it.
    package func openKey(_ name: String, passphrase: Passphrase?) throws(KeyFilesFault) -> SigningKey {
        do throws(FileFault) {
            return try IssuedFile.readKey(path(ofKey: name), passphrase: passphrase)
        } catch { throw .file(error) }
    }

    /// Writes over it and removes it. Nothing is done if it is gone.
    ///
    /// Of what a journal, a snapshot or a flash disk kept of it, nobody can tell: a key that was stolen is revoked.
    func destroyKey(_ name: String) throws(KeyFilesFault) { try destroy(path(ofKey: name)) }

    /// Puts the chain where the world can have it. The same text may be there already, and no other.
    func publish(_ id: String, _ chain: String) throws(KeyFilesFault) {
        try makeFolder(published, mode: 0o755)
        let path = path(ofChain: id)
        do throws(FileFault) {
            if FileManager.default.fileExists(atPath: path) {
                guard try IssuedFile.read(path) == Array(chain.utf8) else { throw FileFault.exists(path) }
            } else {
                try IssuedFile.create(path, chain)
            }
            // A link that was made before a crash may not have reached the disk.
            try IssuedFile.synchronizeFolder(of: path)
        } catch { throw .file(error) }
    }

    func withdraw(_ id: String) throws(KeyFilesFault) {
        try remove(path(ofChain: id))
    }

    /// Whether the credential's chain is where the world can have it, byte for byte.
    package func isUp(_ credential: StoredCredential) -> Bool {
        guard let chain = credential.chain else { return false }
        return (try? IssuedFile.read(path(ofChain: credential.id))) == Array(chain.utf8)
    }

    /// Whether what the file holds was encrypted; false if it is gone.
    func isKeyEncrypted(_ name: String) throws(KeyFilesFault) -> Bool {
        let path = path(ofKey: name), mark = Array("-----BEGIN ENCRYPTED".utf8)
        guard FileManager.default.fileExists(atPath: path) else { return false }
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            return try file.read(upToCount: mark.count).map(Array.init) == mark
        } catch { throw .file(.notRead(path, "\(error)")) }
    }

    /// Destroys the temporaries that a command left behind when it was killed. All else that no row of the store names
    /// may be somebody's, and is left alone.
    ///
    /// - Returns: the names of the files in the folder of keys.
    func destroyStrays(known: Set<String>) throws(KeyFilesFault) -> (destroyed: [String], left: [String]) {
        let strays = names(in: keys).filter { !known.contains($0) }
        let destroyed = strays.filter { isTemporary($0, of: "key", in: keys) }
        for name in destroyed {
            // A second name of a key that may be in use: what is written over one is written over both.
            if linkCount("\(keys)/\(name)") == 1 { try destroyKey(name) } else { try remove("\(keys)/\(name)") }
        }
        for name in names(in: published) where isTemporary(name, of: "pem", in: published) {
            try remove("\(published)/\(name)")
        }
        return (destroyed, strays.filter { !destroyed.contains($0) })
    }

    /// `ID.key.UUID.new`, as files are called until they are whole.
    private func isTemporary(_ name: String, of kind: String, in folder: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, !parts[0].isEmpty, parts[1] == kind, UUID(uuidString: String(parts[2])) != nil,
            parts[3] == "new"
        else { return false }
        return attributes("\(folder)/\(name)")?[.type] as? FileAttributeType == .typeRegular
    }

    private func linkCount(_ path: String) -> Int? { attributes(path)?[.referenceCount] as? Int }

    /// Of the file itself, not of what a symbolic link leads to.
    private func attributes(_ path: String) -> [FileAttributeKey: Any]? {
        try? FileManager.default.attributesOfItem(atPath: path)
    }

    private func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private func makeFolder(_ path: String, mode: Int) throws(KeyFilesFault) {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
            try IssuedFile.synchronizeFolder(of: path)
        } catch { throw .folder(path, "\(error)") }
    }

    private func destroy(_ path: String) throws(KeyFilesFault) {
        do {
            let file = try FileDescriptor.open(FilePath(path), .writeOnly, options: [.noFollow])
            try file.closeAfter {
                let length = try file.seek(offset: 0, from: .end)
                try file.seek(offset: 0, from: .start)
                try file.writeAll([UInt8](repeating: 0, count: Int(clamping: length)))
                guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
        } catch Errno.noSuchFileOrDirectory { return } catch { throw .notDestroyed(path, "\(error)") }
        try remove(path)
    }

    private func remove(_ path: String) throws(KeyFilesFault) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
            try IssuedFile.synchronizeFolder(of: path)
        } catch { throw .notDestroyed(path, "\(error)") }
    }
}

package enum KeyFilesFault: Error, Hashable, Sendable {
    case file(FileFault)
    case folder(String, String)
    case notDestroyed(String, String)
}

extension KeyFilesFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let fault): fault.description
        case .folder(let path, let reason): "cannot make the folder \(path): \(reason)"
        case .notDestroyed(let path, let reason): "cannot remove \(path): \(reason)"
        }
    }
}
