internal import Jansson
package import NIOCore

/// Answers that are written down while the evidence for them is on its way to the disk, and sent when it is there.
///
/// What an answer was made from can then be let go of: while they wait, a batch of requests is these bytes and little more.
/// Belongs to one event loop.
package final class DraftedAnswers {
    private struct Draft {
        let reply: PendingReply
        let range: Range<Int>
        let lacksEnding: Bool
    }

    private var text = JSONText(capacity: 65_536)
    private var drafts: [Draft] = []

    package init() {}

    package var count: Int { drafts.count }

    package func add(_ answer: SwitchReply, to reply: PendingReply) {
        let start = text.count
        let lacksEnding = text.answer(answer, to: reply.id)
        drafts.append(Draft(reply: reply, range: start..<text.count, lacksEnding: lacksEnding))
    }

    /// When the request was read.
    package func arrival(_ index: Int) -> NIODeadline { drafts[index].reply.arrival }

    /// False when nobody waits any more and nothing is sent.
    package func send(_ index: Int, record: String) -> Bool {
        let draft = drafts[index], ending = draft.lacksEnding ? JSONText.ending(record: record) : ""
        return text.withBytes(draft.range) { draft.reply.complete(withText: $0, ending) }
    }

    /// Sends an error instead.
    package func refuse(_ index: Int, _ error: RPCError) -> Bool { drafts[index].reply.complete(with: .error(error)) }

    /// Makes room for others, in the same memory.
    package func removeAll() {
        text.removeAll()
        drafts.removeAll(keepingCapacity: true)
    }
}
