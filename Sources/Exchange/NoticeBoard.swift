internal import Synchronization

/// What is to be told to peers of calls that were blocked, until it is signed and queued.
///
/// Asked on the path of calls, it costs a lock and a counter, and however many calls of a peer are blocked, what is kept
/// of them is bounded: so many a minute are named, and the others are counted by circuit and reason. It is in memory
/// alone: a process that dies takes the names of its last second with it, and what was counted in the minute. The records
/// of those calls are on disk.
package final class NoticeBoard: Sendable {
    fileprivate struct Ground: Hashable {
        let circuit: String?
        let reason: String
    }

    fileprivate struct Waiting {
        /// The minute in which ``named`` were named.
        var minute = Int.min
        var named = 0
        var calls: [BlockedCall] = []
        var counted: [Ground: BlockedCalls] = [:]
        /// The minute in which the first of ``counted`` was counted.
        var countedIn: Int?
    }

    /// To be named in a minute, of each peer.
    package static let mostNamed = 60
    /// Circuits and reasons that are counted apart. What goes beyond is counted by reason alone, of which there are few.
    package static let mostCounted = 256

    private let waiting = Mutex<[String: Waiting]>([:])

    package init() {}

    package func note(_ call: BlockedCall, for peer: String) {
        waiting.withLock { $0[peer, default: Waiting()].note(call) }
    }

    /// Takes what is due: the calls that are named, and those that were counted, once their minute is over.
    ///
    /// - Parameters:
    ///   - now: in milliseconds since 1970.
    ///   - isLast: nothing comes after it, so that what was counted goes at once.
    func take(at now: Int, isLast: Bool) -> [(peer: String, notices: [Notice])] {
        waiting.withLock { waiting in
            waiting.keys.sorted().compactMap { peer in
                let notices = waiting[peer]?.take(in: now / 60_000, isLast: isLast) ?? []
                return notices.isEmpty ? nil : (peer, notices)
            }
        }
    }

    /// Counts what could not be sent, so that it is sent later as a number.
    func putBack(_ notices: [Notice], for peer: String) {
        waiting.withLock { waiting in
            for notice in notices {
                let calls: BlockedCalls
                switch notice {
                case .call(let call): calls = BlockedCalls(call)
                case .calls(let counted): calls = counted
                }
                waiting[peer, default: Waiting()].count(calls)
            }
        }
    }
}

extension NoticeBoard.Waiting {
    fileprivate mutating func note(_ call: BlockedCall) {
        let minute = call.at / 60_000
        // The calls of several loops come a little out of order; a clock that was put back is further off.
        if minute > self.minute || minute < self.minute - 1 { (self.minute, named) = (minute, 0) }
        guard named < NoticeBoard.mostNamed, calls.count < NoticeBoard.mostNamed else {
            return count(BlockedCalls(call))
        }
        named += 1
        calls.append(call)
    }

    fileprivate mutating func count(_ calls: BlockedCalls) {
        var ground = NoticeBoard.Ground(circuit: calls.circuit, reason: calls.reason), calls = calls
        if counted[ground] == nil, counted.count >= NoticeBoard.mostCounted {
            ground = NoticeBoard.Ground(circuit: nil, reason: calls.reason)
            calls = calls.ofAnyCircuit
        }
        if countedIn == nil { countedIn = calls.first / 60_000 }
        if counted[ground]?.add(calls) == nil { counted[ground] = calls }
    }

    fileprivate mutating func take(in minute: Int, isLast: Bool) -> [Notice] {
        var notices = calls.map(Notice.call)
        calls.removeAll(keepingCapacity: true)
        if let countedIn, countedIn != minute || isLast {
            notices += counted.values.sorted { ($0.first, $0.reason) < ($1.first, $1.reason) }.map(Notice.calls)
            (counted, self.countedIn) = ([:], nil)
        }
        return notices
    }
}
