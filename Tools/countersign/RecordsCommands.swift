import ArgumentParser
import Foundation
import Records

struct RecordsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records", abstract: "Read what was signed and judged, and check that nobody changed it.",
        subcommands: [List.self, Show.self, Explain.self, Audit.self])
}

extension RecordsCommand {
    struct Source: ParsableArguments {
        @Option(help: ArgumentHelp("The data folder.", valueName: "folder"))
        var data = "."

        func reader() throws -> RecordReader { try RecordReader(folder: "\(data)/records") }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List records, the newest last.")

        @OptionGroup var source: Source
        @Option(help: "Not before this time of UTC: 2026-11-23 or 2026-11-23T12:00:00Z.") var from: RecordTime?
        @Option(help: "Before this time.") var until: RecordTime?
        @Option(help: "The calling number as records have it: +8657188880000, or 86:95588.") var orig: String?
        @Option(help: "A called number, likewise.") var dest: String?
        @Option(help: "The SIP Call-ID.") var call: String?
        @Option(help: "The origid of a token.") var origid: String?
        @Option(help: "The verdict.") var verdict: String?
        @Option(help: "The reason.") var reason: String?
        @Option(help: "The newest so many.") var limit = 100
        @Flag(help: "Print JSON Lines: the whole records.") var json = false

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit is a number above 0") }
        }

        func run() throws {
            var filter = RecordFilter()
            (filter.fromMilliseconds, filter.untilMilliseconds) = (from?.milliseconds, until?.milliseconds)
            (filter.orig, filter.dest, filter.call, filter.origid) = (orig, dest, call, origid)
            (filter.verdict, filter.reason, filter.limit) = (verdict, reason, limit)
            try reportingErrors {
                let records = try source.reader().list(filter)
                for line in json ? records.map(\.json) : RecordTable.lines(of: records) { print(line) }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print one record as JSON.")

        @OptionGroup var source: Source
        @Argument(help: "The id, as in 20261123-000000042.") var id: String

        func run() throws {
            guard let id = RecordID(id) else {
                throw fault("\(id) is not the id of a record: it looks like 20261123-000000042")
            }
            try reportingErrors {
                let reader = try source.reader()
                guard let record = try reader.record(id), let hash = try reader.hash(of: id) else {
                    throw fault("no record \(id): try countersign records list --data \(source.data)")
                }
                print(record.json(hash: hash))
            }
        }
    }
}

/// A time given as a day or to the second, in UTC.
struct RecordTime: ExpressibleByArgument {
    let milliseconds: Int

    init?(argument: String) {
        let text = argument.utf8.count == 10 ? argument + "T00:00:00Z" : argument
        guard let date = try? Date(text, strategy: .iso8601),
            let milliseconds = Int(exactly: (date.timeIntervalSince1970 * 1_000).rounded())
        else { return nil }
        self.milliseconds = milliseconds
    }
}

private enum RecordTable {
    static func lines(of records: [StoredRecord]) -> [String] {
        let rows =
            [["ID", "TIME", "KIND", "FROM", "TO", "TRUNK", "ATTEST", "VERDICT", "CODE", "REASON"]]
            + records.map(cells)
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(line.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func cells(_ record: StoredRecord) -> [String] {
        [
            record.id.description,
            Date(timeIntervalSince1970: Double(record.atMilliseconds) / 1_000).formatted(.iso8601),
            record.kind, record.orig ?? "-", record.dest ?? "-", record.trunk ?? "-", record.attest ?? "-",
            record.verdict ?? "-", record.sipCode.map(String.init) ?? "-", record.reason ?? "-",
        ].map(printable)
    }
}

func reportingErrors(_ body: () throws -> Void) throws {
    do { try body() } catch let error as RecordsError { throw fault("\(error)") }
}
