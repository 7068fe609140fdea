import ArgumentParser
import Foundation

/// Measures what a call costs, each figure against the limit that no implementation could beat.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures what a call costs beside what it could cost at best.",
        discussion: """
            ratio is the limit's cost over ours: 1 is the limit itself. Both are CPU time, taken in turns in the same \
            run on the same core; value and limit are medians over all rounds, spread is the range of the middle half \
            of the ratios. Rows: \(BenchRow.allCases.map(\.rawValue).joined(separator: ", ")).

            Keys, certificates, ledgers and records are made for the run in a temporary folder and removed.
            """)

    @Option(help: ArgumentHelp("Write the rows to this file too.", valueName: "file"))
    var json: String?

    @Option(help: "Rounds for each row.")
    var rounds = 15

    @Argument(
        help:
            "The rows to measure; a name with a dot at its end stands for all that begin so. Default: all but ledger.memory and trace.lookup, which take minutes."
    )
    var names: [String] = []

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds must be at least 1") }
        for name in names where BenchRow.named(name).isEmpty {
            throw ValidationError(
                "no row is called \(name); there are \(BenchRow.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    func run() async throws {
        let wanted =
            names.isEmpty
            ? BenchRow.allCases.filter { !BenchRow.onlyByName.contains($0) }
            : BenchRow.allCases.filter { row in
                names.contains { BenchRow.named($0).contains(row) }
            }
        try Core.measuring.pin()
        var report = Report()
        print(Report.heading)
        for row in wanted {
            let result = try await row.measure(rounds: rounds)
            report.rows.append(result)
            print(result.line)
        }
        if let json { try report.write(to: json) }
    }
}

enum BenchRow: String, CaseIterable {
    case signToken = "sign.token"
    case verifyToken = "verify.token"
    case verifyKnown = "verify.token.1e4"
    case verifyCold = "verify.cold"
    case signTCP = "sign.tcp"
    case verifyTCP = "verify.tcp"
    case assertLink = "assert.link"
    case ranges3 = "ranges.lookup.1e3"
    case ranges4 = "ranges.lookup.1e4"
    case ranges5 = "ranges.lookup.1e5"
    case ranges6 = "ranges.lookup"
    case planStanding = "plan.standing"
    case ledgerLoad = "ledger.load"
    case ledgerLookup = "ledger.lookup"
    case ledgerOverlay = "ledger.lookup.overlay"
    case memory
    case ledgerMemory = "ledger.memory"
    case recordsAppend = "records.append"
    case traceLookup5 = "trace.lookup.1e5"
    case traceLookup7 = "trace.lookup"

    /// They take minutes to build what they measure.
    static let onlyByName: Set<BenchRow> = [.ledgerMemory, .traceLookup7]

    static func named(_ name: String) -> [BenchRow] {
        allCases.filter { $0.rawValue == name || name.hasSuffix(".") && $0.rawValue.hasPrefix(name) }
    }

    func measure(rounds: Int) async throws -> Row {
        switch self {
        case .signToken: try TokenRows().sign(rawValue, rounds: rounds)
        case .verifyToken: try TokenRows().verify(rawValue, rounds: rounds)
        case .verifyKnown: try await CertificateRows().verifyKnown(rawValue, signers: 10_000, rounds: rounds)
        case .verifyCold: try await CertificateRows().verifyCold(rawValue, rounds: rounds)
        case .signTCP: try await SwitchRows.sign(rawValue, rounds: rounds)
        case .verifyTCP: try await SwitchRows.verify(rawValue, rounds: rounds)
        case .assertLink: try await LinkRow.measure(rawValue, rounds: rounds)
        case .ranges3: try RangeRows.lookup(rawValue, ranges: 1_000, rounds: rounds)
        case .ranges4: try RangeRows.lookup(rawValue, ranges: 10_000, rounds: rounds)
        case .ranges5: try RangeRows.lookup(rawValue, ranges: 100_000, rounds: rounds)
        case .ranges6: try RangeRows.lookup(rawValue, ranges: 1_000_000, rounds: rounds)
        case .planStanding: try PlanRows.standing(rawValue, rounds: rounds)
        case .ledgerLoad: try LedgerLoadRow.measure(rawValue, rounds: rounds)
        case .ledgerLookup: try LedgerRows(overlaid: 0).lookup(rawValue, rounds: rounds)
        case .ledgerOverlay: try LedgerRows(overlaid: 10_000).lookup(rawValue, rounds: rounds)
        case .memory: try await MemoryRow.measure(rawValue)
        case .ledgerMemory: try await LedgerMemoryRow.measure(rawValue)
        case .recordsAppend: try AppendRow.measure(rawValue, rounds: rounds)
        case .traceLookup5: try await TraceRow(records: 100_000).measure(rawValue, rounds: rounds)
        case .traceLookup7: try await TraceRow(records: 10_000_000).measure(rawValue, rounds: rounds)
        }
    }
}
