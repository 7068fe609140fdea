internal import GRDB
internal import SystemPackage

/// Why records could not be written or read. Nothing in it comes from a call.
package enum RecordsError: Error, Hashable, Sendable {
    case full(path: String)
    case readOnly(path: String)
    case noFolder(path: String)
    /// The file was written by a later version, or is not ours.
    case unknownSchema(path: String, version: Int)
    /// Another process writes to the same folder.
    case anotherWriter(path: String)
    case sequenceExhausted(UTCDay)
    /// What stood at the end of a journal belonged to no whole batch, and was put aside.
    case cutShort(path: String, bytes: Int)
    /// The newest day of the folder lies in the future.
    case clockAhead(path: String)
    /// Today is over already, as the folder has it.
    case clockBehind(path: String)
    case damaged(path: String, reason: String)
    case failed(path: String, reason: String)

    init(_ error: any Error, path: String) {
        if let own = error as? RecordsError {
            self = own
            return
        }
        if let error = error as? Errno {
            switch error {
            case .noSpace, .diskQuotaExceeded, .fileTooLarge: self = .full(path: path)
            case .readOnlyFileSystem, .permissionDenied, .notPermitted: self = .readOnly(path: path)
            default: self = .failed(path: path, reason: "\(error)")
            }
            return
        }
        guard let error = error as? DatabaseError else {
            if error is RowDecodingError {
                self = .damaged(path: path, reason: "a column is not of its type")
                return
            }
            self = .failed(path: path, reason: "\(error)")
            return
        }
        let reason = error.message ?? "\(error.resultCode)"
        switch error.extendedResultCode {
        case .SQLITE_FULL: self = .full(path: path)
        case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly(path: path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(path: path, reason: reason)
        default: self = .failed(path: path, reason: reason)
        }
    }
}

extension RecordsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .full(let path): "no space left to write \(path): free space, or expire old days"
        case .readOnly(let path): "cannot write \(path): check the owner and mode of the file and its folder"
        case .noFolder(let path): "no records folder at \(path): check the data folder's path"
        case .unknownSchema(let path, let version):
            "\(path) has schema version \(version), which this version does not know: use the version that wrote it"
        case .anotherWriter(let path): "another process writes to \(path): stop one of the two"
        case .sequenceExhausted(let day): "\(day) holds \(RecordID.largestSequence) records and takes no more"
        case .cutShort(let path, let bytes):
            "the last \(bytes) bytes of \(path) belonged to no whole batch and were put aside in the .cut file beside it: "
                + "after a crash that is as it should be, else somebody changed the file"
        case .clockAhead(let path):
            "\(path) is of a day that has not come: the clock is behind, or once was ahead; records go there until it comes"
        case .clockBehind(let path):
            "\(path) is of a day that is over, and nothing is later: set the clock, which is behind, or move the file away"
        case .damaged(let path, let reason): "\(path) is damaged (\(reason)): run countersign records audit"
        case .failed(let path, let reason): "cannot use \(path): \(reason)"
        }
    }
}
