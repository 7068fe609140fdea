/// A day as papers have it, of Asia/Shanghai: eight hours ahead of UTC, without summer time since 1991.
package struct LedgerDay: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    package let number: Int

    package static let secondsAheadOfUTC = 8 * 3_600

    /// - Parameter time: in seconds since 1970.
    package init(containing time: Int) {
        let (days, rest) = (time + Self.secondsAheadOfUTC).quotientAndRemainder(dividingBy: 86_400)
        number = rest < 0 ? days - 1 : days
    }

    /// `2026-11-30`, of the years 1970 to 9999.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2] else { return nil }
        let values = parts.compactMap { part -> Int? in
            part.allSatisfy { (0x30...0x39).contains($0) } ? Int(String(decoding: part, as: UTF8.self)) : nil
        }
        guard values.count == 3, (1970...9999).contains(values[0]), (1...12).contains(values[1]), values[2] > 0 else {
            return nil
        }
        self.init(year: values[0], month: values[1], day: values[2])
        guard description == text else { return nil }
    }

    /// Years begin with March here, so that the leap day is a year's last.
    private init(year: Int, month: Int, day: Int) {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        number = year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    package static func < (one: LedgerDay, other: LedgerDay) -> Bool { one.number < other.number }

    /// Its first second, since 1970.
    package var start: Int { number * 86_400 - Self.secondsAheadOfUTC }
    /// The first second after it.
    package var end: Int { start + 86_400 }
}

extension LedgerDay: CustomStringConvertible {
    package var description: String {
        let days = number + 719_468, era = days / 146_097, dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1, month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
