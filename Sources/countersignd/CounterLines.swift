internal import Logging
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
