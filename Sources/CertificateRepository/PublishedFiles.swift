package import Certificates
internal import NIOCore

/// All that is published at one moment, held in memory: an immutable value, swapped whole when the folder has changed.
package struct PublishedFiles: Sendable {
    package static let most = 1_000
    /// Of all files together, in bytes.
    package static let largest = 64 * 1024 * 1024

    private let files: [String: PublishedFile]
    /// By name: why a file of the folder is not served as it is.
    package let refused: [String: PublishingFault]

    /// - Parameter before: what was served until now. Of a file that cannot be taken up as it is, perhaps since it is
    ///   being written, what was there before goes on being served.
    package init(reading folder: WatchedFolder, before: PublishedFiles? = nil) throws(FileFault) {
        var files: [String: PublishedFile] = [:], refused: [String: PublishingFault] = [:], total = 0
        for name in try folder.names() {
            let file: PublishedFile?
            do throws(PublishingFault) { file = try Self.file(name, in: folder) } catch {
                refused[name] = error
                file = before?.files[name]
            }
            guard let file else { continue }
            guard files.count < Self.most, total + file.body.readableBytes <= Self.largest else {
                refused[name] = files.count < Self.most ? .tooManyBytes : .tooManyFiles
                continue
            }
            total += file.body.readableBytes
            files[name] = file
        }
        self.files = files
        self.refused = refused
    }

    package var names: [String] { files.keys.sorted() }

    package subscript(name: String) -> PublishedFile? { files[name] }

    private static func file(_ name: String, in folder: WatchedFolder) throws(PublishingFault) -> PublishedFile {
        guard let kind = kind(of: name) else { throw .name }
        let content: [UInt8]
        do throws(FileFault) { content = try folder.read(name, atMost: kind.largest) } catch { throw .file(error) }
        return try PublishedFile(kind, parsing: content)
    }

    /// Nil for a name that would have to be written otherwise in a URL, or of a file that is neither.
    private static func kind(of name: String) -> PublishedFile.Kind? {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-_".utf8.contains(byte)
        }
        guard isPlain, name.utf8.count <= 128, let dot = name.lastIndex(of: ".") else { return nil }
        return PublishedFile.Kind(rawValue: String(name[name.index(after: dot)...]))
    }
}
