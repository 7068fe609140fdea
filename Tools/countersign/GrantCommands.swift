import ArgumentParser
import Foundation
import Ledger

struct GrantsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grants", abstract: "Grant numbers to a trunk, or end a grant.",
        subcommands: [GrantsAdd.self, GrantsEnd.self])
}

struct DelegationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delegations", abstract: "Let another use one's numbers, or end that.",
        subcommands: [DelegationsAdd.self, DelegationsEnd.self])
}

/// A change of one row.
struct RowChange: ParsableArguments {
    @OptionGroup var folder: LedgerFolder
    @OptionGroup var author: LedgerAuthor
    @OptionGroup var plan: PlanOption

    func add(_ row: [String: String?], to table: LedgerTable) throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            try store.set(
                row.compactMapValues { $0 }, in: table, by: author.act("\(table.rawValue) add"), under: plan.load())
            print("the ledger is at version \(try store.version())")
        }
    }

    func end(_ id: Int, in table: LedgerTable, at time: String?) throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            let act = author.act("\(table.rawValue) end")
            let seconds = try time.map { text in
                guard let time = LedgerTime(text) else { throw CommandFault("\(text): \(RowFault.Reason.notATime)") }
                return time.seconds
            }
            try store.end(id, in: table, at: seconds ?? act.clock(), by: act, under: plan.load())
            print("the ledger is at version \(try store.version())")
        }
    }
}

/// The numbers, and from when until when.
struct RangeOptions: ParsableArguments {
    @Option(help: "The number, or the first of a range: +8657188880000, or 86:95588 for a country's own code.")
    var first: String
    @Option(help: "The last of a range.") var last: String?
    @Option(help: "From when on: seconds since 1970, or as 2026-11-23T10:00:00+08:00; else now.") var from: String?
    @Option(help: "Until when, which is no longer included; else without end.") var until: String?

    var row: [String: String?] {
        [
            "first": first, "last": last, "valid_from": from ?? String(Int(Date().timeIntervalSince1970)),
            "valid_to": until,
        ]
    }
}

struct GrantsAdd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Let a trunk show numbers.")

    @OptionGroup var change: RowChange
    @Option(help: "The trunk.") var trunk: String
    @OptionGroup var range: RangeOptions
    @Option(help: "What for; else whatever the trunk is for.") var use: String?
    @Flag(help: "Only to be called; no call goes out with it.") var inboundOnly = false
    @Option(help: "When on a day, in Asia/Shanghai: \"09:00-12:00 14:00-20:00\"; else always.") var hours: String?
    @Option(help: "The id of the delegation by which the customer uses another's numbers.") var delegation: String?

    func run() throws {
        let row: [String: String?] = [
            "trunk": trunk, "use": use, "outbound": inboundOnly ? "false" : "true", "hours": hours,
            "delegation": delegation,
        ]
        try change.add(row.merging(range.row) { $1 }, to: .grants)
    }
}

struct GrantsEnd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "end", abstract: "End a grant.")

    @OptionGroup var change: RowChange
    @Argument(help: "The grant's id.") var id: Int
    @Option(help: "When; else now.") var at: String?

    func run() throws { try change.end(id, in: .grants, at: at) }
}

struct DelegationsAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Let another use one's numbers, for a stated purpose.")

    @OptionGroup var change: RowChange
    @Option(help: "Whose numbers they are: carrier:1001, customer:acme.") var delegator: String
    @Option(help: "Who may use them.") var delegate: String
    @OptionGroup var range: RangeOptions
    @Option(help: "What for.") var purpose: String
    @Flag(help: "The delegate may delegate further.") var onward = false
    @Option(help: "The id of the delegation by which the delegator has the numbers.") var parent: String?

    func run() throws {
        let row: [String: String?] = [
            "delegator": delegator, "delegate": delegate, "purpose": purpose, "onward": String(onward),
            "parent": parent,
        ]
        try change.add(row.merging(range.row) { $1 }, to: .delegations)
    }
}

struct DelegationsEnd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "end", abstract: "End a delegation.")

    @OptionGroup var change: RowChange
    @Argument(help: "The delegation's id.") var id: Int
    @Option(help: "When; else now.") var at: String?

    func run() throws { try change.end(id, in: .delegations, at: at) }
}
