internal import Certificates
internal import LibCrypto
internal import Logging

/// Tells of lists that do not come or grow old: once for each change, and not once for each look.
struct TrustAlarms {
    let logger: Logger
    private var failures: [String: String] = [:]
    private var stages: [String: Stage] = [:]
    /// How often a list was taken, and how often not, from wherever it came.
    private var taken = 0, notTaken = 0

    private enum Stage { case current, due, stale }

    init(logger: Logger) { self.logger = logger }

    /// Whether it went well to take what `source` answered.
    mutating func note(_ source: String, _ take: () throws -> Void) {
        do {
            try take()
            taken += 1
            guard failures.removeValue(forKey: source) != nil else { return }
            logger.info("a list can be had again", metadata: ["source": "\(source)"])
        } catch {
            notTaken += 1
            let reason = "\(error)"
            guard failures.updateValue(reason, forKey: source) != reason else { return }
            logger.error("a list was not taken", metadata: ["source": "\(source)", "reason": "\(reason)"])
        }
    }

    func logCounters(of state: TrustState) {
        logger.info(
            "counters",
            metadata: [
                "epoch": "\(state.trust.epoch)", "anchors": "\(state.trust.anchors.count)",
                "lists": "\(state.trust.revocation.lists.count)", "taken": "\(taken)", "notTaken": "\(notTaken)",
                "failing": "\(failures.count)", "old": "\(stages.values.count { $0 != .current })",
            ])
    }

    mutating func look(at state: TrustState, at now: Int) {
        for (line, verified) in state.trust.revocation.authoritative {
            let list = verified.list
            let end = list.nextUpdate ?? list.thisUpdate
            note(line, "CRL of \(list.issuerText)", from: list.thisUpdate, to: end, at: now)
        }
        guard let list = state.list else { return }
        // Its beginning is not in it: a day before its end it is due.
        note("trust list", "trust list", from: list.expires - 4 * 86_400, to: list.expires, at: now)
    }

    /// Due in the last quarter of its time.
    private mutating func note(_ key: String, _ what: String, from start: Int, to end: Int, at now: Int) {
        let stage = now >= end ? Stage.stale : now >= end - (end - start) / 4 ? .due : .current
        guard stages.updateValue(stage, forKey: key) ?? .current != stage else { return }
        let metadata: Logger.Metadata = ["list": "\(what)", "end": "\(end)"]
        switch stage {
        case .current: logger.info("a list is current again", metadata: metadata)
        case .due: logger.error("a list ends soon, and no newer one has come", metadata: metadata)
        case .stale: logger.error("a list has ended, and no newer one has come", metadata: metadata)
        }
    }
}
