internal import Foundation
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Where the heads of the chain are kept that were signed: a file for each day beside its journal, one line each, which is only
/// added to.
///
/// What the lines look like, and whose signature they have, is for those to know who write and check them.
package final class HeadLog: Sendable {
    private struct Day {
        let day: UTCDay
        let file: FileDescriptor
    }

    let folder: RecordsFolder
    private let state = Mutex<Day?>(nil)

    package init(folder path: String) { folder = RecordsFolder(path: path) }

    deinit { try? state.withLock { try $0?.file.close() } }

    /// Returns when the line is on the disk, behind those of its day.
    package func append(_ line: String, of day: UTCDay) throws(RecordsError) {
        precondition(!line.utf8.contains(UInt8(ascii: "\n")), "a line is one line")
        do {
            try state.withLock { state in
                if state?.day != day {
                    try state?.file.close()
                    state = nil
                    state = Day(day: day, file: try open(day))
                }
                guard let file = state?.file else { return }
                try file.writeAll(Array((line + "\n").utf8))
                guard fdatasync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
        } catch { throw RecordsError(error, path: folder.heads(of: day)) }
    }

    /// A line that was cut short by a crash was handed to nobody: it goes.
    private func open(_ day: UTCDay) throws -> FileDescriptor {
        let path = folder.heads(of: day)
        let file = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec], permissions: [.ownerReadWrite])
        let text = try Data(contentsOf: URL(fileURLWithPath: path))
        let whole = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        if whole < text.count { try file.resize(to: Int64(whole)) }
        try folder.makeDurable()
        return file
    }

    /// The whole lines of a day, the first one first; none where there is no file.
    package static func lines(of day: UTCDay, inFolder path: String) throws(RecordsError) -> [String] {
        let file = RecordsFolder(path: path).heads(of: day)
        guard FileManager.default.fileExists(atPath: file) else { return [] }
        do {
            let text = try Data(contentsOf: URL(fileURLWithPath: file))
            guard let end = text.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
            return text[..<end].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        } catch { throw RecordsError(error, path: file) }
    }
}
