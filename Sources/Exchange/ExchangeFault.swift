internal import GRDB
package import Statements

/// Why what is exchanged with other carriers could not be read or kept.
package enum ExchangeFault: Error, Hashable, Sendable {
    case missing(path: String)
    /// Written by a later release.
    case newer(path: String)
    case failed(path: String, reason: String)
    /// More waits for a peer that does not take it than is kept.
    case full(peer: String)
    case notSigned(StatementFault)

    init(_ error: any Error, path: String) {
        switch error {
        case let own as ExchangeFault: self = own
        case let error as DatabaseError: self = .failed(path: path, reason: error.message ?? "\(error.resultCode)")
        default: self = .failed(path: path, reason: "\(error)")
        }
    }
}

extension ExchangeFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let path):
            "nothing has been exchanged yet: there is no \(path); a daemon with a link section makes it"
        case .newer(let path): "\(path) was written by a later release; use that release of countersign"
        case .failed(let path, let reason): "\(path): \(reason)"
        case .notSigned(let fault): "what is to be sent is not signed: \(fault)"
        case .full(let peer): "\(ExchangeStore.mostOutgoing) messages wait for \(peer), and there is no room for more"
        }
    }
}
