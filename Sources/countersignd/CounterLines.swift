internal import Logging
internal import Policy
internal import Roaming
internal import TrunkProtocol

extension SwitchCounters {
    /// Only what is not zero, but always what the others add up to.
    var figures: Logger.Metadata {
        let figures = [
            "connections": connections, "open": open, "notAllowed": notAllowed, "tooMany": tooMany,
            "messages": messages, "notifications": notifications, "unanswerable": unanswerable,
            "answered": answered, "refused": refused, "busy": busy, "expired": expired, "orphaned": orphaned,
            "abandoned": abandoned, "inFlight": inFlight, "overlong": overlong, "answeredTwice": answeredTwice,
            "slowReaders": slowReaders,
        ]
        var metadata = figures.filter { $0.value > 0 }.mapValues { Logger.MetadataValue.stringConvertible($0) }
        metadata["requests"] = .stringConvertible(requests)
        for (fault, count) in framingFaults { metadata["\(fault)"] = .stringConvertible(count) }
        return metadata
    }
}

extension RuleCounts.Figures {
    /// One for the rules, and one for each trunk that was caught at something.
    var lines: [Logger.Metadata] {
        var rules: Logger.Metadata = ["rules": .stringConvertible(byRule.values.reduce(0, +))]
        for (rule, count) in byRule { rules[rule.rawValue] = .stringConvertible(count) }
        if notYetRequired > 0 { rules["notYetRequired"] = .stringConvertible(notYetRequired) }
        return [rules]
            + offences.sorted { $0.key < $1.key }.map { trunk, counts in
                var line: Logger.Metadata = ["trunk": "\(trunk)"]
                for (offence, count) in counts { line[offence.rawValue] = .stringConvertible(count) }
                return line
            }
    }
}

extension RoamingCounters {
    /// What is unknown by the reason, as far as there was one.
    var figures: Logger.Metadata {
        let figures = [
            "roamingAsked": asked, "coalesced": coalesced, "remembered": remembered, "abroad": abroad, "home": home,
        ]
        let doubts = unknown.map { ("unknown_\($0.key.rawValue)", $0.value) }
        return figures.merging(doubts) { $1 }.mapValues { .stringConvertible($0) }
    }
}
