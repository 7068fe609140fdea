import ArgumentParser
import Exchange
import Foundation
import Ledger
import NumberPlan
import Policy

struct SharedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shared", abstract: "Look at what peers tell of bad numbers, and of those that nobody calls with.",
        subcommands: [SharedListCommand.self])
}

struct SharedListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show what peers have told, a line each, and whether it counts.",
        discussion: """
            COUNTS is in_force, or why it is not; of a range whose first and last numbers are not alike, both are said. Each call \
            is asked of by its own number.
            """)

    @OptionGroup var folder: LedgerFolder
    @OptionGroup var plan: PlanOption
    @Option(help: "Of this peer: its service provider code.") var peer: String?
    @Option(help: "Only do_not_originate, bad_number or shut_trunk.") var list: SharedList?
    @Flag(help: "Print JSON Lines.") var json = false

    func run() throws {
        try Console.reporting {
            let lines = try SharedEntries(of: peer, in: folder, plan: try plan.load(), at: Date()).lines.filter {
                list?.rawValue ?? $0.list == $0.list
            }
            if json {
                for line in lines { print(try jsonLine(line)) }
            } else {
                printTable(SharedLine.titles, lines.map(\.cells))
            }
        }
    }
}

/// What peers have told, held against the ledger as it is.
struct SharedEntries {
    let lines: [SharedLine]

    init(of peer: String?, in folder: LedgerFolder, plan: DialPlan, at date: Date) throws {
        let store = try ExchangeStore.opened(in: folder.data), now = Int(date.timeIntervalSince1970)
        let told = try store.sharedEntries(of: peer).map { SharedNumbers.Told($0.entry, by: $0.peer) }
        let leases = Dictionary(try store.shareSources().map { ($0.peer, $0.until) }) { $1 }
        let numbers = Set(told.flatMap { [$0.entry.range.first, $0.entry.range.last] })
        let ledger = try folder.store().snapshotOfHolders(of: numbers)
        let rules = RulesInForce(
            plan: plan, ledger: ledger, shared: SharedNumbers(told, takenBy: ledger, leases: leases),
            whenRoamingUnknown: .withhold, at: now)
        lines = told.map { SharedLine($0, rules) }
    }
}

struct SharedLine: Encodable {
    let list, first, last, source: String
    /// Unix time.
    let from: Int
    let to: Int?
    /// Of the first number, and where it is another, of the last.
    let counts: [String]

    var isInForce: Bool { counts == [SharedStanding.inForce.rawValue] }

    init(_ told: SharedNumbers.Told, _ rules: RulesInForce) {
        let entry = told.entry, range = entry.range
        (list, source, from, to) = (entry.list.rawValue, told.source, entry.from, entry.to)
        (first, last) = (range.first.description, range.last.description)
        let ends = [range.first, range.last].map { rules.standing(of: told, on: $0).rawValue }
        counts = ends[0] == ends[1] ? [ends[0]] : ends
    }

    static let titles = ["LIST", "FIRST", "LAST", "SOURCE", "FROM", "TO", "COUNTS"]

    var cells: [String] {
        [
            list, first, last, source, LedgerTime.text(from), to.map(LedgerTime.text) ?? "-",
            counts.joined(separator: ", "),
        ]
    }
}

extension SharedList: ExpressibleByArgument {}
