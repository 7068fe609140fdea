internal import Foundation
internal import Jansson

/// What the chain keeps of a day whose records were deleted: enough to see that it stood between the days beside it.
struct DeletedDay: Hashable, Sendable {
    let day: UTCDay
    let records: Int
    /// The hash that it continued, and the one that the next day continues, in hexadecimal.
    let previous: String
    let last: String

    init(_ day: UTCDay, in folder: RecordsFolder) throws(RecordsError) {
        let journal = try JournalReader(folder.journal(of: day), day: day)
        guard let header = journal.header else {
            throw .damaged(path: journal.path, reason: "its first line is missing")
        }
        let seal = try journal.lastBatch(before: journal.length)?.seal
        (self.day, records, previous) = (day, seal?.records ?? 0, header.previous.hexadecimal)
        last = seal?.hash.hexadecimal ?? previous
    }

    func record(atMilliseconds now: Int) -> Record {
        var record = Record(.dayDeleted, atMilliseconds: now)
        record.inputs = [
            Record.Input("day", "\(day)"), Record.Input("records", "\(records)"),
            Record.Input("previous", previous), Record.Input("last", last),
        ]
        return record
    }

    /// Those of a batch. No other record has such a text in it: within a value, the quotes would be escaped.
    static func all(in lines: RecordLines) -> [DeletedDay] {
        guard Data(lines.bytes).range(of: Data(#""kind":"\#(Record.Kind.dayDeleted)""#.utf8)) != nil else { return [] }
        return (0..<lines.count).compactMap { DeletedDay(lines.bytes, lines.range(ofLine: $0)) }
    }

    /// Nil for the line of any other record.
    init?(_ bytes: [UInt8], _ line: Range<Int>) {
        guard let fields = RecordFields(bytes, line),
            fields.string(.kind, in: bytes) == Record.Kind.dayDeleted.rawValue,
            let pairs = fields[.inputs], let inputs = try? JSON(parsing: bytes.span.extracting(pairs))
        else { return nil }
        var values: [String: String] = [:]
        inputs.withElements { pair in
            if let name = pair.element(0)?.text { values[name] = pair.element(1)?.text }
        }
        guard let day = values["day"].flatMap({ UTCDay($0) }), let records = values["records"].flatMap({ Int($0) }),
            let previous = values["previous"], let last = values["last"]
        else { return nil }
        (self.day, self.records, self.previous, self.last) = (day, records, previous, last)
    }
}
