internal import Foundation
internal import NIOCore
internal import Roaming
internal import TrunkProtocol

extension Configuration {
    /// How it is found out whether a subscriber is abroad whose number a call from abroad shows.
    struct RoamingLookups: Sendable {
        enum Place: Sendable {
            case nowhere
            case service(host: String, port: Int)
            case file(folder: String, name: String)
        }

        let place: Place
        let settings: RoamingSettings
    }

    static func roaming(
        _ reader: ConfigurationReader, _ limits: SwitchLimits, _ path: (String) -> String
    ) throws(ConfigurationError) -> RoamingLookups {
        var reader = reader
        let place = try place(&reader, path)
        var settings = RoamingSettings()
        settings.whenUnknown = try reader.choice("whenUnknown", default: settings.whenUnknown)
        settings.deadline = try deadline(&reader, limits, place, default: settings.deadline)
        settings.answerLifetime = try reader.integer("cacheSeconds", in: 1...3_600, default: settings.answerLifetime)
        settings.perSecond = try reader.integer("perSecond", in: 1...100_000, default: settings.perSecond)
        // All of them may be sent at once, and more than 64 KiB of them would be taken for a service that does not read.
        settings.inFlight = try reader.integer("inFlight", in: 1...500, default: settings.inFlight)
        try reader.finish()
        return RoamingLookups(place: place, settings: settings)
    }

    private static func place(
        _ reader: inout ConfigurationReader, _ path: (String) -> String
    ) throws(ConfigurationError) -> RoamingLookups.Place {
        switch (try reader.optionalString("service"), try reader.optionalString("file").map(path)) {
        case (nil, nil): return .nowhere
        case (nil, let file?):
            let file = URL(filePath: file)
            return .file(folder: file.deletingLastPathComponent().path, name: file.lastPathComponent)
        case (_?, nil):
            let (host, port) = try reader.address("service")
            guard !host.isEmpty, port > 0 else {
                throw reader.error("service", "must be the service's host:port, such as 10.1.0.9:7000")
            }
            return .service(host: host, port: port)
        case (_?, _?): throw reader.error("service", "cannot stand beside file: name one of the two")
        }
    }

    private static func deadline(
        _ reader: inout ConfigurationReader, _ limits: SwitchLimits, _ place: RoamingLookups.Place,
        default usual: TimeAmount
    ) throws(ConfigurationError) -> TimeAmount {
        let millisecond: Int64 = 1_000_000
        let left = (limits.answerDeadline - recordingTime).nanoseconds / millisecond
        if case .service = place, left < 1 {
            throw reader.error(
                "service",
                """
                limits.answerMilliseconds leaves no time to ask it: the last \(recordingTime.nanoseconds / millisecond) ms \
                are for the evidence; set it to more
                """)
        }
        let longest = Int(max(1, left))
        let milliseconds = try reader.integer(
            "deadlineMilliseconds", in: 1...longest, default: min(Int(usual.nanoseconds / millisecond), longest))
        return .milliseconds(Int64(milliseconds))
    }
}
