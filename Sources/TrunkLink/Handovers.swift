internal import Jansson
internal import NIOCore

/// The calls that are being handed over to one peer: written down in batches, and kept as long as their tokens are fresh,
/// so that a peer that was restarted, and has lost its inbox, gets them again.
struct Handovers {
    final class Batch {
        let number: Int
        let calls: Int
        let expires: NIODeadline
        /// The elements of the array.
        let text: ByteBuffer
        fileprivate var isAcknowledged = false
        fileprivate weak var sentOver: LinkConnection?

        fileprivate init(number: Int, calls: Int, expires: NIODeadline, text: ByteBuffer) {
            (self.number, self.calls, self.expires, self.text) = (number, calls, expires, text)
        }
    }

    private let largestBatch, longestBatch, most: Int
    private let life: TimeAmount
    /// In the order in which they are to be sent; those before `start` are gone.
    private var batches: [Batch] = []
    private var start = 0
    /// Before this all have been sent.
    private var unsent = 0
    private var kept = 0
    private var lastNumber = 0

    init(_ limits: LinkLimits) {
        largestBatch = limits.largestBatch
        // With room for what stands around it.
        longestBatch = limits.longestMessage - 4_096
        most = limits.keptAssertions
        life = .seconds(Int64(limits.assertionLife))
    }

    mutating func add(_ calls: [AssertedCall], at now: NIODeadline) {
        var text = JSONText(capacity: 1_024 * min(calls.count, largestBatch)), count = 0
        for call in calls {
            let length = 256 + call.identity.utf8.count + call.dest.reduce(0) { $0 + $1.utf8.count + 3 }
            // One that could never be sent is not worth a connection.
            guard length < longestBatch else { continue }
            if count > 0, count == largestBatch || text.count + length > longestBatch { close(&text, &count, now) }
            text.append(call)
            count += 1
        }
        if count > 0 { close(&text, &count, now) }
        makeRoom()
    }

    private mutating func close(_ text: inout JSONText, _ count: inout Int, _ now: NIODeadline) {
        var bytes = ByteBuffer()
        text.withBytes(0..<text.count) { _ = bytes.writeBytes($0) }
        lastNumber += 1
        batches.append(Batch(number: lastNumber, calls: count, expires: now + life, text: bytes))
        kept += count
        text.removeAll()
        count = 0
    }

    /// The oldest go first: they are the least fresh.
    private mutating func makeRoom() {
        while kept > most, start < batches.count { _ = drop() }
    }

    private mutating func drop() -> Batch {
        let batch = batches[start]
        kept -= batch.calls
        start += 1
        unsent = max(unsent, start)
        if start > 1_024, start > batches.count / 2 {
            batches.removeFirst(start)
            (unsent, start) = (unsent - start, 0)
        }
        return batch
    }

    /// - Returns: how many calls nobody had taken before their tokens were stale.
    mutating func expire(at now: NIODeadline) -> Int {
        var untaken = 0
        while start < batches.count, batches[start].expires <= now {
            let batch = drop()
            if !batch.isAcknowledged { untaken += batch.calls }
        }
        return untaken
    }

    mutating func next(for connection: LinkConnection) -> Batch? {
        while unsent < batches.count {
            let batch = batches[unsent]
            unsent += 1
            guard !batch.isAcknowledged, batch.sentOver !== connection else { continue }
            batch.sentOver = connection
            return batch
        }
        return nil
    }

    func acknowledge(_ number: Int) {
        guard let first = batches.dropFirst(start).first?.number, number >= first else { return }
        let place = start + number - first
        if place < batches.count { batches[place].isAcknowledged = true }
    }

    /// Of what went over a connection that ended only the answers are certain.
    mutating func lost(_ connection: LinkConnection) { unsent = start }

    /// Another connection begins: what was not taken is sent again, and if the peer was restarted all of it.
    mutating func forget(sentBefore wasRestarted: Bool) {
        unsent = start
        guard wasRestarted else { return }
        for batch in batches.dropFirst(start) { batch.isAcknowledged = false }
    }
}
