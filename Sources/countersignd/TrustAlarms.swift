internal import Certificates
internal import LibCrypto
internal import Logging

/// Tells of lists that do not come or grow old: once for each change, and not once for each look.
struct TrustAlarms {
    let logger: Logger
    private var failures: [String: (concern: Concern, reason: String)] = [:]
    /// By the file: why it was not read.
    private var unread: [String: String] = [:]
    private var stages: [String: Stage] = [:]
    /// How often a list was taken, and how often not, from wherever it came.
    private var taken = 0, notTaken = 0

    private enum Stage { case current, due, stale }

    /// What may fail.
    enum Concern: String {
        /// Asked of the network again soon in any case.
        case fetchedList = "a list was not taken"
        case trustListFile = "the trust list was not taken"
        case folders = "trust not reloaded: the old one stays"
        case keeping = "what is trusted cannot be kept: after a restart older lists would be accepted"

        var isOfList: Bool { self == .fetchedList || self == .trustListFile }
    }

    init(logger: Logger) { self.logger = logger }

    /// What did not go well with files, of which no change may be left to see.
    func isFailing(_ concern: Concern) -> Bool { failures.values.contains { $0.concern == concern } }
    var isMissingFile: Bool { !unread.isEmpty }

    /// Whether it went well to take what `source` answered.
    mutating func note(_ source: String, as concern: Concern = .fetchedList, _ take: () throws -> Void) {
        do {
            try take()
            if concern.isOfList { taken += 1 }
            guard failures.removeValue(forKey: source) != nil else { return }
            logger.info("it went well again", metadata: ["source": "\(source)"])
        } catch {
            if concern.isOfList { notTaken += 1 }
            let reason = "\(error)"
            guard failures.updateValue((concern, reason), forKey: source)?.reason != reason else { return }
            logger.error("\(concern.rawValue)", metadata: ["source": "\(source)", "reason": "\(reason)"])
        }
    }

    /// Whether all files of CRLs could be read.
    mutating func note(unread now: [String: String]) {
        for (file, reason) in now where unread[file] != reason {
            logger.error(
                "a file of CRLs was not read: what it said before counts",
                metadata: ["file": "\(file)", "reason": "\(reason)"])
        }
        for file in unread.keys where now[file] == nil {
            logger.info("a file of CRLs is read again, or gone", metadata: ["file": "\(file)"])
        }
        unread = now
    }

    func logCounters(of state: TrustState) {
        logger.info(
            "counters",
            metadata: [
                "epoch": "\(state.trust.epoch)", "anchors": "\(state.trust.anchors.count)",
                "lists": "\(state.trust.revocation.lists.count)", "taken": "\(taken)", "notTaken": "\(notTaken)",
                "failing": "\(failures.count + unread.count)", "old": "\(stages.values.count { $0 != .current })",
            ])
    }

    mutating func look(at state: TrustState, at now: Int) {
        for (line, verified) in state.trust.revocation.verified(at: now) {
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
