internal import Foundation

/// What an audit found that is not as it was written.
package enum AuditFinding: Hashable, Sendable {
    /// The record's text is another than the one that was committed.
    case altered(RecordID)
    /// One or more of these are; what would tell which was altered too.
    case alteredAmong(RecordID, RecordID)
    case missing(RecordID, RecordID)
    /// These stand where others belong.
    case moved(RecordID, RecordID)
    /// Beside these stands a line that was never committed with them.
    case added(RecordID, RecordID)
    /// The lines behind these records by which they count: altered, cut off or taken out.
    case seal(RecordID, RecordID)
    /// These do not come to the hash behind them, although none of them was altered: what stood before them is not there, or
    /// that hash was altered.
    case broken(RecordID, RecordID)
    /// The first line of the day's journal.
    case header(UTCDay)
    /// The file is that of another day.
    case otherDay(UTCDay)
    /// The day does not continue the one before it, and no record tells of a day between that was deleted.
    case gap(before: UTCDay)
    /// The day's journal is not there, and no record tells that it was deleted.
    case dayMissing(UTCDay)
    /// The records of a deleted day were others than were signed.
    case cutOff(after: RecordID?, until: RecordID, Witness)
    /// From the first record to the last, what was signed of the chain is not what it comes to.
    case otherThanSigned(RecordID, RecordID, atMilliseconds: Int)
    /// A line of signed heads on which nothing can be built, by its number.
    case unsigned(lines: String, line: Int)
    /// The index is not what its journal makes it.
    case index(UTCDay, reason: String)
    case unreadable(UTCDay, reason: String)

    /// Who knows of records that are not there.
    package enum Witness: Hashable, Sendable {
        case index
        /// A head that was signed at that time.
        case head(atMilliseconds: Int)
    }
}

extension AuditFinding: CustomStringConvertible {
    package var description: String {
        switch self {
        case .altered(let id): "record \(id) was altered"
        case .alteredAmong(let first, let last):
            "\(Self.range(first, last)): altered, or one of them, and so was what would tell which"
        case .missing(let first, let last): "\(Self.range(first, last)): missing"
        case .moved(let first, let last): "\(Self.range(first, last)): not in their place"
        case .added(let first, let last):
            "\(Self.range(first, last)): a line stands there that was not written with them"
        case .seal(let first, let last):
            "\(Self.range(first, last)): the lines behind them, by which they count, were altered or taken out"
        case .broken(let first, let last):
            "\(Self.range(first, last)): they do not come to the hash behind them: it was altered, or what stood before them"
        case .header(let day): "\(day): the first line of its journal was altered"
        case .otherDay(let day): "\(day): its journal is that of another day"
        case .gap(let day):
            "\(day) does not continue the day before it: one was altered or taken out, and no record tells of it"
        case .dayMissing(let day): "\(day): its journal is missing, and no record tells that it was deleted"
        case .cutOff(let last, let gone, .index):
            "\(Self.after(last)) up to \(gone): cut off; the index still has them"
        case .cutOff(let last, let gone, .head(let time)):
            "\(Self.after(last)) up to \(gone) at least: cut off; they were there at \(Self.time(time)), when a head of theirs was signed"
        case .otherThanSigned(let first, let last, let time):
            "\(Self.range(first, last)): written anew, or what stood before them; at \(Self.time(time)) another hash was signed"
        case .unsigned(let lines, let line): "line \(line) of \(lines): its signature does not hold"
        case .index(let day, let reason):
            "\(day): its index is not that of its journal (\(reason)): delete it and restart the daemon, which makes it anew"
        case .unreadable(let day, let reason): "\(day): cannot be read (\(reason))"
        }
    }

    private static func range(_ first: RecordID, _ last: RecordID) -> String {
        first == last ? "record \(first)" : "records \(first) to \(last)"
    }

    private static func after(_ last: RecordID?) -> String {
        last.map { "the records after \($0)" } ?? "the records from the day's first"
    }

    private static func time(_ milliseconds: Int) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
    }
}
