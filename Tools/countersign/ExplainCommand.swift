import ArgumentParser
import Foundation
import Ledger
import NumberPlan
import Records

extension RecordsCommand {
    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a decision again, by the ledger as it was then, and say how it comes about.",
            discussion: """
                Without an id, makes all decisions of a time again, prints those that come out otherwise than recorded, and how \
                many did not. Ends with 1 if any does.

                What the clock, the key, a certificate, an earlier call or somebody else said is taken from the record. The plan is \
                the built-in one of the record's id, or one of the files that --plan names.
                """)

        @OptionGroup var source: Source
        @Option(help: "A plan's file, as it was in force then; may be given more than once.") var plan: [String] = []
        @Option(help: "Not before this time of UTC: 2026-11-23 or 2026-11-23T12:00:00Z.") var from: RecordTime?
        @Option(help: "Before this time.") var until: RecordTime?
        @Flag(help: "Print JSON.") var json = false
        @Argument(help: "The id, as in 20261123-000000042; none for all.") var id: String?

        func run() throws {
            let explainer = try Explainer(data: source.data, planFiles: plan)
            try reportingErrors {
                if let id { try explain(id, explainer) } else { try explainAll(explainer) }
            }
        }

        private func explain(_ id: String, _ explainer: Explainer) throws {
            guard let id = RecordID(id) else {
                throw fault("\(id) is not the id of a record: it looks like 20261123-000000042")
            }
            guard let record = try source.reader().record(id) else {
                throw fault("no record \(id): try countersign records list --data \(source.data)")
            }
            let report = try explainer.report(record)
            print(json ? try report.json() : report.text)
            if !report.isReproduced { throw ExitCode.failure }
        }

        private func explainAll(_ explainer: Explainer) throws {
            var filter = RecordFilter()
            (filter.fromMilliseconds, filter.untilMilliseconds) = (from?.milliseconds, until?.milliseconds)
            var decisions = 0, besides = 0, otherwise = 0
            var snapshots = LedgerPast(explainer.ledger)
            try source.reader().visit(filter) { records in
                for record in records where Record.Kind(rawValue: record.kind)?.isDecision ?? true {
                    decisions += 1
                    let report = try explainer.report(record, snapshots: &snapshots)
                    if report.foundOtherwise != nil { besides += 1 }
                    guard !report.isReproduced else { continue }
                    otherwise += 1
                    print(json ? try report.json() : report.text)
                }
            }
            print(
                json
                    ? #"{"decisions":\#(decisions),"foundBesides":\#(besides),"otherwise":\#(otherwise)}"#
                    : """
                    \(decisions) decisions made again, \(otherwise) come out otherwise than recorded; of \(besides) it was not \
                    for the ledger to say
                    """)
            if otherwise > 0 { throw ExitCode.failure }
        }
    }
}

/// The last past ledger that was asked for: records mostly follow each other under one.
struct LedgerPast {
    private let store: LedgerStore
    private var snapshot: LedgerSnapshot?

    init(_ store: LedgerStore) { self.store = store }

    mutating func snapshot(asOf version: Int) throws -> LedgerSnapshot {
        if let snapshot, snapshot.version == version { return snapshot }
        let snapshot = try store.snapshot(asOf: version)
        self.snapshot = snapshot
        return snapshot
    }
}

/// All that it takes to explain the records of a data folder.
struct Explainer {
    let ledger: LedgerStore
    private let plans: [String: DialPlan]

    init(data: String, planFiles: [String]) throws {
        do { ledger = try LedgerStore.open(at: data) } catch let error as LedgerError { throw fault("\(error)") }
        var plans = ["china", "nanp", "none"].compactMap(DialPlan.builtIn)
        for file in planFiles {
            var option = PlanOption()
            option.plan = file
            plans.append(try option.load())
        }
        self.plans = Dictionary(plans.map { ($0.id, $0) }) { $1 }
    }

    /// Of the ledger only what the record is about is read.
    func report(_ record: StoredRecord) throws -> ExplanationReport {
        try report(record) { decision, plan in
            let number = decision.rawOrig.flatMap { try? plan.number(from: $0) }
            guard let version = decision.ledger else { throw ExplanationFault.incomplete("its ledger's version") }
            guard let number else { return try ledger.snapshot(asOf: version) }
            return try ledger.snapshot(asOf: version, trunk: decision.trunk, number: number)
        }
    }

    func report(_ record: StoredRecord, snapshots: inout LedgerPast) throws -> ExplanationReport {
        try report(record) { decision, _ in
            guard let version = decision.ledger else { throw ExplanationFault.incomplete("its ledger's version") }
            return try snapshots.snapshot(asOf: version)
        }
    }

    private func report(
        _ record: StoredRecord, _ snapshot: (RecordedDecision, DialPlan) throws -> LedgerSnapshot
    ) throws -> ExplanationReport {
        do {
            let decision = try RecordedDecision(record)
            guard let plan = decision.plan.flatMap({ plans[$0] }) else {
                throw fault(
                    "record \(record.id) was decided under the plan \(decision.plan ?? "-"): give its file with --plan")
            }
            let snapshot = try snapshot(decision, plan)
            return ExplanationReport(
                record, decision, try Explanation(decision, plan: plan, ledger: snapshot), plan, snapshot)
        } catch let error as ExplanationFault {
            throw fault("record \(record.id): \(error)")
        } catch let error as LedgerError {
            throw fault("record \(record.id): \(error)")
        } catch is DecodingError {
            throw fault("record \(record.id) is not as this software writes records")
        }
    }
}
