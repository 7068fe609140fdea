internal import Logging
internal import Records
internal import ServiceLifecycle
internal import Statements
internal import Synchronization

/// The newest signed head of our own evidence.
final class NewestHead: Sendable {
    private let newest = Mutex<String?>(nil)

    var statement: String? {
        get { newest.withLock { $0 } }
        set { newest.withLock { $0 = newValue } }
    }
}

/// Signs, once a second while records flow, what the chain of the evidence has come to: whoever cuts records off or writes
/// them anew has that against him, here and at the peers.
struct HeadWatch: Service {
    let records: RecordWriter
    let key: StatementKey
    let log: HeadLog
    let newest: NewestHead
    let logger: Logger
    /// Unix time.
    let now: @Sendable () -> Int

    func run() async throws {
        var signed: ChainHead?, trouble: String?, day: UTCDay?
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await follow(&signed, &trouble)
            if let newest = signed?.record.day, newest != day {
                thin(before: newest)
                day = newest
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        }
        // What was decided since.
        await records.finish()
        await follow(&signed, &trouble)
    }

    private func thin(before day: UTCDay) {
        do { try log.thin(before: day) } catch {
            logger.warning("the heads of a day that is over are not thinned", metadata: ["reason": "\(error)"])
        }
    }

    private func follow(_ signed: inout ChainHead?, _ trouble: inout String?) async {
        guard let head = records.head, head != signed, let signer = key.signer else { return }
        do {
            let statement = try await signer.sign(
                Statement(.head, by: signer.carrier, at: now()) { head.write(to: &$0) })
            try log.append(statement.text, of: head.record.day)
            newest.statement = statement.text
            signed = head
            trouble = nil
        } catch {
            if trouble != "\(error)" {
                logger.error(
                    "the head of the evidence is not signed: its end proves nothing", metadata: ["reason": "\(error)"])
            }
            trouble = "\(error)"
        }
    }
}
