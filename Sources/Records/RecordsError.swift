internal import GRDB

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
    case damaged(path: String, reason: String)
    case failed(path: String, reason: String)

    init(_ error: any Error, path: String) {
        if let own = error as? RecordsError {
            self = own
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
        case .SQLITE_CONSTRAINT_PRIMARYKEY: self = .anotherWriter(path: path)
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
        case .damaged(let path, let reason): "\(path) is damaged (\(reason)): run countersign records check"
        case .failed(let path, let reason): "cannot use \(path): \(reason)"
        }
    }
}
