import ArgumentParser
import Foundation
import Keys
import Records

struct OrigidCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "origid", abstract: "Tell whose call the origid of a token of ours is of, and who has asked.",
        discussion: """
            To everybody else an origid tells nothing. Whoever asks is written down in \(Inquiries.fileName) of the data \
            folder, with the reason and what was found, before it is printed.
            """,
        subcommands: [Resolve.self, List.self])
}

extension OrigidCommand {
    struct Resolve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell which trunk, customer and grant a call was signed for.",
            discussion: "What customer and contract were called is told as the ledger had it when the call was signed.")

        @OptionGroup var source: RecordsCommand.Source
        @Option(help: "Who asks.") var by: String
        @Option(help: "Why: the case, the complaint, the request of an authority.") var why: String
        @Option(
            help: ArgumentHelp(
                "When it was signed, as the token's iat has it: 2026-11-23. Only that day and those beside it are looked at.",
                valueName: "day"))
        var day: RecordTime?
        @Option(
            help: ArgumentHelp(
                "The chain that signed, where the keys of the data folder do not: it tells the carrier.",
                valueName: "file"))
        var chain: String?
        @Flag(help: "Print JSON Lines.") var json = false
        @Argument(help: ArgumentHelp("The origid.", valueName: "uuid")) var origid: String

        func run() throws {
            try Console.reporting {
                var inquiry = try Inquiry(
                    at: Int(Date().timeIntervalSince1970), by: by, why: why, origid: origid,
                    day: day.map { UTCDay(atMilliseconds: $0.milliseconds) })
                let reader = try source.reader(), inquiries = try Inquiries(folder: source.data)
                let calls = try reader.signed(origid: inquiry.origid, aroundMilliseconds: day?.milliseconds)
                inquiry.found = calls.map(\.record)
                try inquiries.add(inquiry)
                guard !calls.isEmpty else { throw Self.nothing(for: inquiry, in: try reader.days()) }
                let origins = CallOrigins(data: source.data, chain: chain)
                for call in calls {
                    let origin = origins.origin(of: call)
                    print(json ? try jsonLine(origin) : origin.lines.joined(separator: "\n"))
                }
            }
        }

        private static func nothing(for inquiry: Inquiry, in days: [UTCDay]) -> CommandFault {
            guard let oldest = days.first else { return CommandFault("there are no records yet") }
            let unknown = "no call was signed with \(inquiry.origid)"
            guard let day = inquiry.day else {
                return CommandFault("\(unknown) since \(oldest): it is not ours, or older than what is kept")
            }
            guard day >= oldest else {
                return CommandFault("no records of \(day) are kept any more: the oldest are of \(oldest)")
            }
            return CommandFault("\(unknown) on \(day) or a day beside it: it is not ours, or of another day")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inquiries", abstract: "Tell who asked whose call an origid is of; the newest last.")

        @OptionGroup var source: RecordsCommand.Source
        @Option(help: "The newest so many.") var limit = 100
        @Flag(help: "Print JSON Lines.") var json = false

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit is a number above 0") }
        }

        func run() throws {
            try Console.reporting {
                // A mistyped folder is not one in which nobody has asked.
                _ = try source.reader()
                let lines = try Inquiries.list(limit, inFolder: source.data).map { InquiryLine($0) }
                if json {
                    for line in lines { print(try jsonLine(line)) }
                } else {
                    printTable(["TIME", "BY", "ORIGID", "DAY", "FOUND", "WHY"], lines.map(\.cells))
                }
            }
        }
    }
}

private struct InquiryLine: Encodable {
    let time, by, why, origid: String
    let day: String?
    let found: [String]

    init(_ inquiry: Inquiry) {
        time = UTC.text(inquiry.at)
        (by, why, origid) = (inquiry.by, inquiry.why, inquiry.origid)
        day = inquiry.day?.description
        found = inquiry.found.map(\.description)
    }

    var cells: [String] {
        [time, by, origid, day ?? "all", found.isEmpty ? "nothing" : found.joined(separator: " "), why]
    }
}
