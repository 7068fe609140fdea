internal import Foundation
internal import Glibc
internal import LibCrypto
internal import SystemPackage

/// The signed heads of days that are over: by then, one a minute says as much of what was cut off or changed as one a second.
extension HeadLog {
    /// Of a day; what has fewer stays as it is.
    package static let mostKept = 1_440

    /// Those of all days before that one. The last of each day stays.
    package func thin(before day: UTCDay) throws(RecordsError) {
        for past in try folder.days() where past < day {
            let path = folder.heads(of: past)
            do {
                // Written to by nobody any more is what has been thinned.
                guard let mode = try Self.mode(of: path), mode != RecordsFolder.readOnly else { continue }
                try Self.thin(path, in: folder)
                try FileManager.default.setAttributes([.posixPermissions: RecordsFolder.readOnly], ofItemAtPath: path)
            } catch { throw RecordsError(error, path: path) }
        }
    }

    /// Nil where there is no file.
    private static func mode(of path: String) throws -> mode_t? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try (FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int).map { mode_t($0) }
    }

    private static func thin(_ path: String, in folder: RecordsFolder) throws {
        var count = 0
        try forEachLine(of: path) { _ in count += 1 }
        guard count > mostKept else { return }
        // In the place of the whole file at one stroke: a crash leaves the one or the other.
        let thinned = "\(folder.path)/heads.new"
        let file = try FileDescriptor.open(
            FilePath(thinned), .writeOnly, options: [.create, .truncate, .closeOnExec],
            permissions: [.ownerReadWrite])
        try file.closeAfter {
            // Of each so many the last, counted from the end.
            let each = (count + mostKept - 1) / mostKept
            var place = 0
            try forEachLine(of: path) { line in
                place += 1
                if (count - place).isMultiple(of: each) { try file.writeAll(line + [UInt8(ascii: "\n")]) }
            }
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
        guard FileRenaming.rename(thinned, to: path) else { throw Errno(rawValue: errno) }
        try folder.makeDurable()
    }

    /// In pieces: a day's heads may be some hundred megabytes. What has no line end is none.
    private static func forEachLine(of path: String, _ body: (Data) throws -> Void) throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        var rest = Data()
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
            rest += piece
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                try body(rest[start..<end])
                start = end + 1
            }
            rest = Data(rest[start...])
        }
    }
}
