internal import Foundation

/// The folder of the segments, `2026-11-23.sqlite` and so on.
struct RecordsFolder: Sendable {
    let path: String

    func path(of day: UTCDay) -> String { "\(path)/\(day).sqlite" }

    /// Records tell who called whom: nobody but the owner enters.
    func create() throws(RecordsError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .failed(path: path, reason: "cannot make the folder") }
    }

    /// An empty file is a new database to SQLite, which gives its journal the same mode.
    func createFile(for day: UTCDay) throws(RecordsError) {
        let file = path(of: day)
        guard !FileManager.default.fileExists(atPath: file) else { return }
        let made = FileManager.default.createFile(
            atPath: file, contents: nil, attributes: [.posixPermissions: 0o600])
        guard made else { throw .readOnly(path: file) }
    }

    /// Oldest first.
    func days() throws(RecordsError) -> [UTCDay] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .noFolder(path: path)
        }
        return names.compactMap { name in
            name.hasSuffix(".sqlite") ? UTCDay(String(name.dropLast(".sqlite".count))) : nil
        }.sorted()
    }

    /// Deletes a segment. Its journal goes last: a file without its journal would look torn.
    func remove(_ day: UTCDay) throws(RecordsError) {
        for suffix in ["", "-wal", "-shm"] {
            let file = path(of: day) + suffix
            guard FileManager.default.fileExists(atPath: file) else { continue }
            do { try FileManager.default.removeItem(atPath: file) } catch { throw .readOnly(path: file) }
        }
    }
}
