internal import Exchange
internal import Logging
internal import ServiceLifecycle

/// Has peers told, each second, of calls of theirs that were blocked, and tells what they say of ours.
struct NoticeWatch: Service {
    let board: NoticeBoard
    let tally: NoticeTally
    let store: ExchangeStore
    let key: StatementKey
    let contact: String?
    let logger: Logger
    /// Milliseconds since 1970.
    let milliseconds: @Sendable () -> Int

    func run() async throws {
        var troubles: [String: ExchangeFault] = [:]
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await flush(&troubles, isLast: false)
            tell()
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        }
        // What was decided since; it is sent when the daemon is started again.
        await flush(&troubles, isLast: true)
        tell()
    }

    private func flush(_ troubles: inout [String: ExchangeFault], isLast: Bool) async {
        guard let signer = key.signer else { return }
        let faults = await board.flush(at: milliseconds(), by: signer, contact: contact, into: store, isLast: isLast)
        for (peer, fault) in faults where troubles[peer] != fault {
            logger.error(
                "a peer is not told of calls of its that were blocked: they are counted until it is",
                metadata: ["peer": "\(peer)", "reason": "\(fault)"])
        }
        troubles = Dictionary(faults.map { ($0.peer, $0.fault) }) { $1 }
    }

    private func tell() {
        for (peer, calls) in tally.due(at: milliseconds() / 1_000) {
            logger.warning(
                "a peer has blocked calls of ours: see countersign notices",
                metadata: ["peer": "\(peer)", "calls": "\(calls)"])
        }
    }
}
