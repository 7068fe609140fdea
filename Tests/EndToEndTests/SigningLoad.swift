import Foundation
import Synchronization

/// Calls over several trunks that one daemon signs or refuses, at so many a second in all, and what came of each.
///
/// Each trunk has a connection of its own at a time, on which calls are decided in their order.
final class SigningLoad: Sendable {
    /// Over one trunk. A call's number is its place among the trunk's.
    struct Seen {
        var sent = 0
        var signed: [Int: Answered] = [:]
        var refused: [Int: Answered] = [:]

        /// Whose answers did not come in their time.
        var late: Int { sent - signed.count - refused.count }
    }

    struct Answered {
        let origid, reason: String?
        /// In milliseconds since 1970, when all answers of the batch had come.
        let at: Int
    }

    private let seen: Mutex<[String: Seen]>
    private let isOver = Mutex(false)
    private let pace: Int
    /// The number that each of a trunk's calls shows, by its place.
    private let trunks: [String: @Sendable (Int) -> String]
    private static let batch = 10

    init(pace: Int, trunks: [String: @Sendable (Int) -> String]) {
        self.pace = pace
        self.trunks = trunks
        seen = Mutex(trunks.mapValues { _ in Seen() })
    }

    func seen(_ trunk: String) -> Seen { seen.withLock { $0[trunk, default: Seen()] } }

    var all: [String: Seen] { seen.withLock { $0 } }

    /// Calls for as long as `body` takes.
    func run<Value: Sendable>(
        on port: Int, _ body: @Sendable @escaping () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (trunk, orig) in trunks { group.addTask { try await self.call(over: trunk, orig, on: port) } }
            defer { isOver.withLock { $0 = true } }
            let value = try await body()
            isOver.withLock { $0 = true }
            try await group.waitForAll()
            return value
        }
    }

    private func call(over trunk: String, _ orig: @Sendable (Int) -> String, on port: Int) async throws {
        let start = ContinuousClock.now
        var sent = 0
        while !isOver.withLock({ $0 }) {
            try await Task.sleep(until: start + .seconds(Double(sent * trunks.count) / Double(pace)))
            let calls = sent..<sent + Self.batch
            let requests = calls.map { request($0, "sign", Self.call($0, over: trunk, from: orig($0))) }
            let answers = try await Wire.exchange(port, [requests.flatMap(netstring)]).map { try Answer($0) }
            sent += Self.batch
            note(answers, trunk, sent: sent, at: Int(Date().timeIntervalSince1970 * 1_000))
        }
    }

    private static func call(_ place: Int, over trunk: String, from orig: String) -> String {
        let dest = #""dest":{"tn":["8613800138000"]}"#
        return #"{"orig":{"tn":"\#(orig)"},\#(dest),"trunk":"\#(trunk)","call":"\#(trunk)/\#(place)"}"#
    }

    private func note(_ answers: [Answer], _ trunk: String, sent: Int, at now: Int) {
        seen.withLock { all in
            all[trunk, default: Seen()].sent = sent
            for answer in answers {
                guard let place = answer.id else { continue }
                let answered = Answered(origid: answer.origid, reason: answer.reason, at: now)
                if answer.identity != nil {
                    all[trunk, default: Seen()].signed[place] = answered
                } else {
                    all[trunk, default: Seen()].refused[place] = answered
                }
            }
        }
    }
}
