internal import Foundation
internal import SystemPackage

extension IssuedFile {
    /// What a file holds that nobody but its owner can read.
    package static func readPrivate(_ path: String) throws(FileFault) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            return try file.closeAfter {
                guard try file.stat().permissions.isDisjoint(with: [.groupReadWriteExecute, .otherReadWriteExecute])
                else { throw FileFault.openToOthers(path) }
                let content = try FileHandle(fileDescriptor: file.rawValue, closeOnDealloc: false).readToEnd()
                return content.map { [UInt8]($0) } ?? []
            }
        } catch let fault as FileFault { throw fault } catch { throw .notRead(path, "\(error)") }
    }
}
