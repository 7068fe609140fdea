package import NumberPlan

/// A trunk may show these numbers from `from` on, until `to`, which is no longer included.
package struct Grant: Hashable, Sendable {
    package let id: Int
    package let trunk: String
    package let range: NumberRange
    /// What for; nil for whatever the trunk is for.
    package let use: TrunkUse?
    /// Whether calls may go out with it. A hotline's number is granted to be called.
    package let isOutbound: Bool
    /// When on a day; nil for always.
    package let hours: DailyHours?
    package let from: Int
    package let to: Int?
    /// By which the customer uses a number that is another's.
    package let delegation: Int?

    package init(
        id: Int, trunk: String, range: NumberRange, use: TrunkUse? = nil, isOutbound: Bool = true,
        hours: DailyHours? = nil, from: Int, to: Int? = nil, delegation: Int? = nil
    ) {
        self.id = id
        self.trunk = trunk
        self.range = range
        self.use = use
        self.isOutbound = isOutbound
        self.hours = hours
        self.from = from
        self.to = to
        self.delegation = delegation
    }
}

/// Why no grant lets a trunk show a number now, though there is one.
package enum GrantFault: String, Hashable, Sendable, CaseIterable {
    case notBegun = "grant_not_begun"
    case ended = "grant_ended"
    case outsideHours = "grant_outside_hours"
    case otherUse = "grant_for_other_use"
    case notOutbound = "grant_not_outbound"
    case delegationNotInForce = "delegation_not_in_force"
}

/// Times of a day in Asia/Shanghai, to the minute: `09:00-12:00 14:00-20:00`. An end is not included; none goes over midnight.
package struct DailyHours: Hashable, Sendable {
    /// Minutes of the day, in order and apart from each other.
    package let intervals: [Range<Int>]

    package init?(_ text: String) {
        var intervals: [Range<Int>] = []
        for part in text.split(separator: " ", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map(Self.minute)
            guard ends.count == 2, let start = ends[0], let end = ends[1], start < end,
                start > intervals.last?.upperBound ?? -1, intervals.count < 16
            else { return nil }
            intervals.append(start..<end)
        }
        self.intervals = intervals
    }

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [2, 2], text.utf8.allSatisfy({ (0x30...0x3A).contains($0) }),
            let hour = Int(String(decoding: parts[0], as: UTF8.self)),
            let minute = Int(String(decoding: parts[1], as: UTF8.self)), minute < 60, hour * 60 + minute <= 1_440
        else { return nil }
        return hour * 60 + minute
    }

    /// - Parameter time: in seconds since 1970.
    package func contain(_ time: Int) -> Bool {
        let minute = (time - LedgerDay(containing: time).start) / 60
        return intervals.contains { $0.contains(minute) }
    }
}

extension DailyHours: CustomStringConvertible {
    package var description: String {
        func text(_ minute: Int) -> String {
            let (hour, rest) = minute.quotientAndRemainder(dividingBy: 60)
            return "\(hour < 10 ? "0" : "")\(hour):\(rest < 10 ? "0" : "")\(rest)"
        }
        return intervals.map { "\(text($0.lowerBound))-\(text($0.upperBound))" }.joined(separator: " ")
    }
}
