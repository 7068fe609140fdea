internal import AsyncHTTPClient
internal import Certificates
internal import NIOCore
internal import NIOSSL

/// Why nothing was asked, or what was answered is not taken.
package enum FetchFault: Error, Hashable {
    case noAddress
    case forbiddenAddress
    case resolverTimedOut
    case resolverBusy
    case unreadableURL
    case encoded
    case headTooLarge
    case bodyTooLarge
}

extension FetchFault {
    /// For the log, where an operator reads why a certificate was not to be had.
    package var reason: String {
        switch self {
        case .noAddress: "its host has no address"
        case .forbiddenAddress: "its host leads to an address that may not be asked; see verification.fetching"
        case .resolverTimedOut: "its host was not looked up in time"
        case .resolverBusy: "too many hosts are being looked up already"
        case .unreadableURL: "its host cannot be read in one way only"
        case .encoded: "it is sent compressed, unasked"
        case .headTooLarge: "the header of the answer is too long"
        case .bodyTooLarge: "the answer is too long"
        }
    }
}

extension Fetcher {
    static func answer(_ error: any Error) -> FetchAnswer {
        switch error {
        case FetchFault.bodyTooLarge: .tooLarge
        case FetchFault.resolverTimedOut: .timedOut
        case FetchFault.resolverBusy: .overloaded
        case let fault as FetchFault: .failed(fault.reason)
        case let error as HTTPClientError where timeouts.contains(error): .timedOut
        case is CancellationError, ChannelError.connectTimeout: .timedOut
        default: .failed(words("\(error)"))
        }
    }

    /// What a peer can make a library say is of no certain length, and may be more than a line of a log.
    private static func words(_ text: String) -> String {
        String(decoding: text.utf8.lazy.filter { (0x20..<0x7F).contains($0) }.prefix(200), as: UTF8.self)
    }

    private static let timeouts: [HTTPClientError] = [
        .connectTimeout, .tlsHandshakeTimeout, .deadlineExceeded, .readTimeout, .cancelled,
        .getConnectionFromPoolTimeout,
    ]
}
