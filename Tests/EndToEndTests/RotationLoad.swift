import LibCrypto
import PASSporT
import Synchronization
import Testing

/// Calls that one carrier signs and another verifies, at so many a second, and what came of them.
final class RotationLoad: Sendable {
    struct Seen {
        var valid = 0
        /// Answers that did not come in their time, which a machine that is busy with other things may cause.
        var late = 0
        var failures: [String] = []
        /// How many tokens named each URL.
        var urls: [String: Int] = [:]
    }

    let seen = Mutex(Seen())
    private let isOver = Mutex(false)
    private let pace, lanes: Int
    private static let batch = 50

    init(pace: Int, lanes: Int) {
        self.pace = pace
        self.lanes = lanes
    }

    /// Calls for as long as `body` takes.
    func run<Value: Sendable>(
        _ carriers: RotatingCarriers, from sender: Int, to receiver: Int,
        _ body: @Sendable @escaping () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<lanes {
                group.addTask { try await self.call(carriers, from: sender, to: receiver, lane) }
            }
            defer { isOver.withLock { $0 = true } }
            let value = try await body()
            isOver.withLock { $0 = true }
            try await group.waitForAll()
            return value
        }
    }

    private func call(_ carriers: RotatingCarriers, from sender: Int, to receiver: Int, _ lane: Int) async throws {
        let start = ContinuousClock.now
        var sent = 0
        while !isOver.withLock({ $0 }) {
            try await Task.sleep(until: start + .seconds(Double(sent * lanes) / Double(pace)))
            let ids = (1...Self.batch).map { sent + $0 }
            let signed = try await ask(sender, ids.map { request($0, "sign", "{\(Self.call($0))}") })
            let tokens = signed.compactMap { answer in answer.identity.map { (answer.id ?? 0, $0) } }
            for (_, identity) in tokens { try hold(identity, carriers) }
            let judged = try await ask(
                receiver,
                tokens.map { id, identity in
                    request(id, "verify", #"{"identity":"\#(identity)",\#(Self.call(id)),"call":"\#(lane)-\#(id)"}"#)
                })
            seen.withLock { seen in
                seen.valid += judged.count { $0.valid == true }
                seen.late += Self.batch - signed.count + tokens.count - judged.count
                seen.failures += signed.filter { $0.identity == nil }.map(\.text)
                seen.failures += judged.filter { $0.valid != true }.map(\.text)
            }
            sent += Self.batch
        }
    }

    private func ask(_ port: Int, _ requests: [String]) async throws -> [Answer] {
        try await Wire.exchange(port, [requests.flatMap(netstring)]).map { try Answer($0) }
    }

    private static func call(_ id: Int) -> String {
        #""orig":{"tn":"\#(12_155_551_000 + id % 1_000)"},"dest":{"tn":["12155552001"]}"#
    }

    /// Holds the first token of each URL against the very file that is published there; the receiver holds all of them
    /// against what it fetched.
    private func hold(_ identity: String, _ carriers: RotatingCarriers) throws {
        let token = try UnverifiedPassport(IdentityHeader(parsing: identity)), url = token.certificateURL
        let isFirst = seen.withLock { seen in
            seen.urls[url, default: 0] += 1
            return seen.urls[url] == 1
        }
        guard isFirst else { return }
        _ = try token.verified(by: #require(try carriers.leaf(at: url)).verifyingKey)
    }
}
