internal import Certificates
internal import Logging
internal import NumberPlan
internal import Policy
internal import ServiceLifecycle

/// Takes up a new numbering plan when its file has changed or at SIGHUP, and tells of prefixes that are shown often and
/// are nobody's, and of numbers that people obey and that somebody else shows.
struct PlanWatch: Service {
    let source: Configuration.PlanSource
    /// How the file looked before the plan in force was read from it.
    let looked: WatchedFolder.State?
    let numbering: PlanInForce
    let rules: RuleCounts
    let logger: Logger

    func run() async throws { await WatchEvent.all { await follow($0) } }

    private func follow(_ events: AsyncStream<WatchEvent>) async {
        var seen = looked
        for await event in events {
            switch event {
            case .second:
                let found = source.state
                if found != seen { reload() }
                seen = found
                tellOfUnallocatedPrefixes()
                tellOfSpoofings()
            case .hangup: reload()
            case .countersAsked: logCounters()
            }
        }
    }

    private func reload() {
        do throws(ConfigurationError) {
            let plan = try source.plan(replacing: numbering.plan)
            numbering.replace(with: plan)
            logger.info("numbering plan reloaded", metadata: ["plan": "\(plan.id)"])
        } catch {
            logger.error("numbering plan not reloaded: the old one stays", metadata: ["reason": "\(error)"])
        }
    }

    private func tellOfUnallocatedPrefixes() {
        for alert in numbering.takeAlerts() {
            logger.error(
                "a prefix that is nobody's is shown often: is the numbering plan out of date?",
                metadata: ["prefix": "\(alert.prefix)", "calls": "\(alert.calls)", "plan": "\(numbering.plan.id)"])
        }
    }

    private func tellOfSpoofings() {
        for spoofing in rules.takeSpoofings() {
            logger.error(
                "a protected number is shown by somebody else",
                metadata: ["number": "\(spoofing.number)", "trunk": "\(spoofing.trunk)"])
        }
    }

    private func logCounters() {
        for line in rules.figures.lines { logger.info("counters", metadata: line) }
        logger.info(
            "counters",
            metadata: ["plan": "\(numbering.plan.id)", "unallocated": "\(numbering.unallocatedCalls)"])
    }
}

extension Configuration.PlanSource {
    /// Of what is to be read anew once it differs; nil where nothing ever is.
    var state: WatchedFolder.State? {
        guard case .file(let folder, let name) = self else { return nil }
        return WatchedFolder(folder).state(of: name)
    }

    /// - Parameter old: of the same country, since the ledger is about its numbers.
    func plan(replacing old: DialPlan? = nil) throws(ConfigurationError) -> DialPlan {
        switch self {
        case .builtIn(let plan): return plan
        case .file(let folder, let name):
            let plan = try Self.plan(folder, name)
            guard let old, plan.country != old.country else { return plan }
            throw ConfigurationError(
                file: "\(folder)/\(name)", line: nil,
                reason: "countryCode is not that of the plan in force; another country takes a restart")
        }
    }

    private static func plan(_ folder: String, _ name: String) throws(ConfigurationError) -> DialPlan {
        func unusable(_ reason: String) -> ConfigurationError {
            ConfigurationError(file: "\(folder)/\(name)", line: nil, reason: reason)
        }
        let text: [UInt8]
        do throws(FileFault) {
            text = try WatchedFolder(folder).read(name, atMost: DialPlan.largestFile)
        } catch {
            guard case .notRead(_, let reason) = error else { throw unusable("\(error)") }
            throw unusable(reason)
        }
        do throws(PlanFault) { return try DialPlan(file: text) } catch { throw unusable("\(error)") }
    }
}
