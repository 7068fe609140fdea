internal import Certificates
package import NIOCore
internal import NIOSSL

/// What the connections of the publishing listener share. All run on one event loop, so it needs no lock.
final class PublishingLoop {
    let limits: PublishingLimits
    /// What stands before a file's name in the path of its URL, with a slash at both ends.
    let prefix: String
    /// Wall clock, in seconds since 1970.
    let now: @Sendable () -> Int
    var files: PublishedFiles
    var identity: PublishingIdentity?
    var counters = PublishingCounters()
    private var connections: OpenConnections

    init(
        files: PublishedFiles, identity: PublishingIdentity?, prefix: String, limits: PublishingLimits,
        now: @escaping @Sendable () -> Int
    ) {
        self.files = files
        self.identity = identity
        self.prefix = prefix
        self.limits = limits
        self.now = now
        connections = OpenConnections(limits)
    }

    /// The file that a request's target names exactly: nothing in it is decoded or resolved, so no target leads elsewhere.
    func file(at target: String) -> PublishedFile? {
        let bytes = target.utf8
        // To Swift a text may equal another although its bytes do not, but not among those of ASCII.
        guard bytes.starts(with: prefix.utf8), bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        return files[String(target.dropFirst(prefix.utf8.count))]
    }

    /// Counts a connection in; false when there are too many, in all or from this address.
    func admit(from address: InternetAddress) -> Bool {
        guard connections.admit(from: address) else {
            counters.tooMany += 1
            return false
        }
        counters.connections += 1
        counters.open = connections.count
        return true
    }

    func remove(_ address: InternetAddress) {
        connections.remove(address)
        counters.open = connections.count
    }
}

/// What strangers may ask of the publishing listener.
package struct PublishingLimits: Sendable {
    package var connections = 1_024
    /// Of IPv6 from a /64.
    package var connectionsPerAddress = 64
    /// Of the request line and the header together.
    package var headerBytes = 8_192
    /// From the connection, TLS included, to the end of the request's header.
    package var requestTime: TimeAmount = .seconds(10)
    /// From there to the last byte of the answer, however slowly it is read.
    package var answerTime: TimeAmount = .seconds(60)
    /// How long a closing connection waits for the other end to have read its answer.
    package var farewell: TimeAmount = .milliseconds(500)

    package init() {}
}

/// What the publishing listener has done since it was bound.
package struct PublishingCounters: Hashable, Sendable {
    package var connections = 0
    package var open = 0
    /// Connections beyond the limits, in all or from one address.
    package var tooMany = 0
    package var served = 0
    package var notModified = 0
    package var notFound = 0
    package var methodNotAllowed = 0
    /// Not HTTP, or more of it than is allowed.
    package var malformed = 0
    /// Connections closed because a request did not come, or its answer was not read, in time.
    package var timedOut = 0
}
