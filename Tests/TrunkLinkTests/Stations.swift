import Foundation
import MiniPKI
import TrunkLink

extension Station {
    /// Carrier 2002, which waits for its peers to dial it.
    static func alone(
        peers: [String] = ["1001"], limits: LinkLimits = .quick, head: String? = nil,
        _ body: (Station) async throws -> Void
    ) async throws {
        let station = try await Station("2002", limits: limits, head: head)
        station.node.setPeers(peers.map { LinkPeer(carrier: $0) })
        do { try await body(station) } catch {
            await station.remove()
            throw error
        }
        await station.remove()
    }

    /// The same, met by its peer 1001.
    static func met(
        limits: LinkLimits = .quick, head: String? = nil,
        _ body: @Sendable (Station, Stranger) async throws -> Void
    ) async throws {
        try await alone(limits: limits, head: head) { station in
            try await Stranger.dialling(station.port, as: linkPKI.linkParty("1001")) { stranger in
                try await stranger.say(Stranger.hello("1001"))
                guard try await stranger.hear("\"result\"") != nil else { throw NeverCame(what: "hello") }
                try await body(station, stranger)
            }
        }
    }

    func ended(_ fault: LinkFault) -> Bool {
        events.contains { if case .ended(_, fault) = $0 { true } else { false } }
    }

    /// For a reason in which there is this text.
    func wasNotLinked(_ reason: String) -> Bool {
        events.contains { if case .notLinked(_, let why) = $0 { why.contains(reason) } else { false } }
    }

    var counters: LinkCounters? {
        get async throws { try await node.status().first?.counters }
    }
}

/// Where certificates and lists of the link are written.
final class LinkFolder: Sendable {
    let path = NSTemporaryDirectory() + "link-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: lists, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var lists: String { "\(path)/lists" }

    /// A CRL.
    func write(_ name: String, _ list: [UInt8]) throws { try Data(list).write(to: URL(filePath: "\(lists)/\(name)")) }
}
