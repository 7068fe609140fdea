import CertificateRepository
import Certificates
import Foundation
import MiniPKI
import NIOCore
import NIOPosix
import NIOSSL

/// A folder and the listener that serves it, at a fixed time of day.
final class Repository {
    let folder: String
    let pki = MiniPKI()

    init() throws {
        folder = NSTemporaryDirectory() + "published-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func write(_ name: String, _ content: [UInt8], mode: Int = 0o644) {
        _ = FileManager.default.createFile(
            atPath: "\(folder)/\(name)", contents: Data(content), attributes: [.posixPermissions: mode])
    }

    func files(before: PublishedFiles? = nil) throws -> PublishedFiles {
        try PublishedFiles(reading: WatchedFolder(folder), before: before)
    }

    /// For a machine that is busy with other things.
    static let patient: PublishingLimits = {
        var limits = PublishingLimits()
        limits.requestTime = .minutes(1)
        return limits
    }()

    func listener(
        prefix: String = "/", identity: PublishingIdentity? = nil, limits: PublishingLimits = Repository.patient,
        now: Int = MiniPKI.now
    ) async throws -> PublishingListener {
        try await PublishingListener.bind(
            host: "127.0.0.1", port: 0, files: try files(), prefix: prefix, identity: identity, limits: limits,
            on: MultiThreadedEventLoopGroup.singleton.any(), now: { now })
    }
}

/// All that the other end says until it closes.
func exchange(_ request: String, with listener: PublishingListener, tls: NIOSSLContext? = nil) async throws -> String {
    String(buffer: try await bytes(to: request, from: listener, tls: tls))
}

func bytes(
    to request: String, from listener: PublishingListener, tls: NIOSSLContext? = nil
) async throws -> ByteBuffer {
    let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connect(host: "127.0.0.1", port: listener.address.port!) { channel in
            channel.eventLoop.makeCompletedFuture {
                if let tls {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                }
                return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    return try await connection.executeThenClose { inbound, outbound in
        // The listener may have closed already: what it said is what counts.
        if !request.isEmpty { try? await outbound.write(ByteBuffer(string: request)) }
        var said = ByteBuffer()
        do {
            for try await bytes in inbound { said.writeImmutableBuffer(bytes) }
        } catch let error as IOError where error.errnoCode == ECONNRESET {
            // Closed while something of ours was still unread, which is an end like any other.
        }
        return said
    }
}

/// Asks the listener again until its counters are so.
func until(
    _ listener: PublishingListener, _ isSo: (PublishingCounters) -> Bool
) async throws {
    while !isSo(try await listener.counters()) { try await Task.sleep(for: .milliseconds(5)) }
}

func request(_ target: String, method: String = "GET", _ header: String = "") -> String {
    "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n\(header)\r\n"
}

/// What an answer consists of.
struct Answer {
    let status: String
    let headers: [String: String]
    let body: String

    init(_ text: String) {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].components(separatedBy: "\r\n")
        status = lines[0].replacing("HTTP/1.1 ", with: "")
        headers = lines.dropFirst().reduce(into: [:]) { headers, line in
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        body = parts.count == 2 ? String(parts[1]) : ""
    }
}
