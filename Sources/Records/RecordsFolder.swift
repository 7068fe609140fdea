internal import Foundation
internal import Glibc
internal import SystemPackage

/// The folder of the segments: `2026-11-22.sqlite` of a day that is over, `2026-11-23.journal` of one that is not.
struct RecordsFolder: Sendable {
    let path: String

    func segment(of day: UTCDay) -> String { "\(path)/\(day).sqlite" }

    /// Records tell who called whom: nobody but the owner enters.
    func create() throws(RecordsError) {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try RecordsFolder(path: URL(fileURLWithPath: path).deletingLastPathComponent().path).makeDurable()
        } catch { throw .failed(path: path, reason: "cannot make the folder") }
    }

    func journal(of day: UTCDay) -> String { "\(path)/\(day).journal" }

    func isSealed(_ day: UTCDay) -> Bool { FileManager.default.fileExists(atPath: segment(of: day)) }

    /// A crash may leave the journal beside the segment that was made from it.
    func removeSealedJournal(of day: UTCDay) throws(RecordsError) {
        let file = journal(of: day)
        guard FileManager.default.fileExists(atPath: file) else { return }
        do { try FileManager.default.removeItem(atPath: file) } catch { throw .readOnly(path: file) }
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
            FilePath("\(path)/\(day).cut"), .writeOnly, options: [.append, .create, .closeOnExec],
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

    /// Oldest first.
    func days() throws(RecordsError) -> [UTCDay] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .noFolder(path: path)
        }
        let days = names.compactMap { name -> UTCDay? in
            let parts = name.split(separator: ".")
            return parts.count == 2 && ["sqlite", "journal"].contains(parts[1]) ? UTCDay(String(parts[0])) : nil
        }
        return Set(days).sorted()
    }

    func remove(_ day: UTCDay) throws(RecordsError) {
        for file in [segment(of: day), journal(of: day), segment(of: day) + "-new", "\(path)/\(day).cut"] {
            guard FileManager.default.fileExists(atPath: file) else { continue }
            do { try FileManager.default.removeItem(atPath: file) } catch { throw .readOnly(path: file) }
        }
    }
}
