internal import Foundation
internal import Glibc
internal import SystemPackage

/// The folder of the days: `2026-11-23.journal`, the evidence, and beside it `2026-11-23.index` and `2026-11-23.heads`.
struct RecordsFolder: Sendable {
    let path: String

    func journal(of day: UTCDay) -> String { "\(path)/\(day).journal" }

    func index(of day: UTCDay) -> String { "\(path)/\(day).index" }

    func heads(of day: UTCDay) -> String { "\(path)/\(day).heads" }

    func hasIndex(of day: UTCDay) -> Bool { FileManager.default.fileExists(atPath: index(of: day)) }

    private func debris(of day: UTCDay) -> String { "\(path)/\(day).cut" }

    /// Records tell who called whom: nobody but the owner enters.
    func create() throws(RecordsError) {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try RecordsFolder(path: URL(fileURLWithPath: path).deletingLastPathComponent().path).makeDurable()
        } catch { throw .failed(path: path, reason: "cannot make the folder") }
    }

    /// The mode of a journal whose day is over.
    static let readOnly: mode_t = 0o400

    /// Whether the day's journal was closed for good.
    func isOver(_ day: UTCDay) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: journal(of: day))
        return (attributes?[.posixPermissions] as? NSNumber).map { $0.intValue & 0o200 == 0 } ?? false
    }

    /// Whether a writer has the day's journal open now.
    func isBeingWritten(_ day: UTCDay) -> Bool {
        let path = FilePath(journal(of: day))
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec]) else { return false }
        defer { try? file.close() }
        guard flock(file.rawValue, LOCK_SH | LOCK_NB) == 0 else { return true }
        flock(file.rawValue, LOCK_UN)
        return false
    }

    /// After files were made, renamed or removed in it.
    func makeDurable() throws {
        let folder = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
        defer { try? folder.close() }
        guard fsync(folder.rawValue) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Puts aside what stood at the end of a journal and does not count, for whoever wants to know what it was.
    func keep(_ debris: [UInt8], cutFrom day: UTCDay) throws {
        let file = try FileDescriptor.open(
            FilePath(self.debris(of: day)), .writeOnly, options: [.append, .create, .closeOnExec],
            permissions: [.ownerReadWrite])
        defer { try? file.close() }
        try file.writeAll(debris)
    }

    /// An empty file, which is a new database to SQLite.
    func createFile(_ file: String) throws(RecordsError) {
        let made = FileManager.default.createFile(
            atPath: file, contents: nil, attributes: [.posixPermissions: 0o600])
        guard made else { throw .readOnly(path: file) }
    }

    /// Of which there is a journal, oldest first.
    func days() throws(RecordsError) -> [UTCDay] { try days(with: "journal") }

    /// Of which there is a file that ends so, oldest first.
    func days(with ending: String) throws(RecordsError) -> [UTCDay] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .noFolder(path: path)
        }
        return names.compactMap { name in
            let parts = name.split(separator: ".")
            return parts.count == 2 && parts[1] == ending ? UTCDay(String(parts[0])) : nil
        }.sorted()
    }

    /// The journal goes last: as long as it is there, so is the day.
    func remove(_ day: UTCDay) throws(RecordsError) {
        try removeIndex(of: day)
        for file in [heads(of: day), debris(of: day), journal(of: day)] { try removeFile(file) }
    }

    func removeIndex(of day: UTCDay) throws(RecordsError) {
        for ending in ["", "-wal", "-shm"] { try removeFile(index(of: day) + ending) }
    }

    /// It may be gone already, or go meanwhile: of what belongs to an index, whoever closes it last removes two files.
    private func removeFile(_ file: String) throws(RecordsError) {
        do {
            try FileManager.default.removeItem(atPath: file)
        } catch {
            guard FileManager.default.fileExists(atPath: file) else { return }
            throw .readOnly(path: file)
        }
    }
}
