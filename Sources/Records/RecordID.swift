/// A day of UTC: the name of a segment and the first half of each id in it.
package struct UTCDay: Hashable, Comparable, Sendable {
    /// 20261123: sorts as the days do, and is the number a person reads.
    package let number: Int

    private static let longest = 99_991_231

    package init?(number: Int) {
        guard (19_700_101...Self.longest).contains(number), (1...12).contains(number / 100 % 100),
            (1...31).contains(number % 100)
        else { return nil }
        self.number = number
    }

    /// The day that holds this time. What lies before 1970 or beyond 9999 counts as the nearest day within.
    package init(atMilliseconds time: Int) {
        let days = min(max(time, 0) / 86_400_000, 2_932_896)
        // Days are counted from 0000-03-01, so that the leap day ends a year and 400 years are one cycle of 146,097.
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        number = year * 10_000 + month * 100 + dayOfYear - (153 * fromMarch + 2) / 5 + 1
    }

    /// The day that holds this time, and the days beside it.
    static func around(milliseconds time: Int) -> ClosedRange<UTCDay> {
        let time = min(max(time, 0), 253_402_300_799_999)
        return UTCDay(atMilliseconds: time - 86_400_000)...UTCDay(atMilliseconds: time + 86_400_000)
    }

    /// From "2026-11-23".
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2] else { return nil }
        var number = 0
        for byte in parts.joined() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int(byte & 15)
        }
        self.init(number: number)
    }

    package static func < (one: UTCDay, other: UTCDay) -> Bool { one.number < other.number }
}

extension UTCDay: CustomStringConvertible {
    package var description: String {
        let digits = String(number + 100_000_000).dropFirst()
        return "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))"
    }
}

/// What names a record for good: the UTC day of its segment and its place in it.
///
/// Ids grow in the order in which they were given out. Not each one given out need have been stored (see ``RecordWriter``).
package struct RecordID: Hashable, Comparable, Sendable {
    package let day: UTCDay
    package let sequence: Int

    /// Far beyond what a day can hold: 11,500 records a second.
    package static let largestSequence = 999_999_999

    package init?(day: UTCDay, sequence: Int) {
        guard (1...Self.largestSequence).contains(sequence) else { return nil }
        (self.day, self.sequence) = (day, sequence)
    }

    fileprivate init(day: UTCDay, checkedSequence sequence: Int) { (self.day, self.sequence) = (day, sequence) }

    /// Day and sequence as one number: what the chain's hash covers.
    package var number: Int { day.number * 1_000_000_000 + sequence }

    package static func < (one: RecordID, other: RecordID) -> Bool { one.number < other.number }
}

extension RecordID: LosslessStringConvertible {
    /// From "20261123-000000042".
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [8, 9] else { return nil }
        var number = 0
        for byte in parts.joined() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int(byte & 15)
        }
        guard let day = UTCDay(number: number / 1_000_000_000) else { return nil }
        self.init(day: day, sequence: number % 1_000_000_000)
    }

    package var description: String {
        var text = InlineArray<18, UInt8>(repeating: UInt8(ascii: "-"))
        var (rest, place) = (number, 17)
        while place >= 0 {
            text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            place -= place == 9 ? 2 : 1
        }
        guard let digits = try? UTF8Span(validating: text.span) else { preconditionFailure("digits are UTF-8") }
        return String(copying: digits)
    }
}

/// The ids of records that were given theirs together: one after the other.
package struct RecordIDs: RandomAccessCollection, Sendable {
    let day: UTCDay
    let first: Int
    package let count: Int

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    package subscript(index: Int) -> RecordID { RecordID(day: day, checkedSequence: first + index) }
}
