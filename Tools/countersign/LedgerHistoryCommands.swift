import ArgumentParser
import Ledger

struct LedgerHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show who changed the ledger, when and why, the latest change first.")

    @OptionGroup var folder: LedgerFolder
    @Option(help: "Only changes of this trunk, its grants and approvals.") var trunk: String?
    @Option(help: "How many.") var limit = 20

    func run() throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            let entries = try trunk.map { try store.history(ofTrunk: $0, limit: limit) } ?? store.history(limit: limit)
            for entry in entries {
                let rows = entry.rows.map { "\($0.table.rawValue) \($0.count)" }.joined(separator: ", ")
                let time = LedgerTime.text(entry.at)
                print([String(entry.version), time, entry.by, entry.why, rows].joined(separator: "\t"))
            }
        }
    }
}
