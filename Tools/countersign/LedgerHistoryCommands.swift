import ArgumentParser
import Foundation
import Ledger
import NumberPlan

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

struct LedgerAsOf: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "as-of", abstract: "Say who could show a number at a moment, and over which trunks.",
        discussion: "Ends with 1 if it could be shown over no trunk that was asked for.")

    @OptionGroup var folder: LedgerFolder
    @Argument(help: "Seconds since 1970, or as 2026-11-23T10:00:00+08:00.") var time: String
    @Option(help: "The number: +8657188880000, or 86:95588 for a country's own code.") var number: String
    @Option(help: "Only over this trunk.") var trunk: String?
    @Flag(help: "As one JSON object.") var json = false

    func validate() throws {
        guard LedgerTime(time) != nil else { throw ValidationError("\(time): \(RowFault.Reason.notATime)") }
        guard TelephoneNumber(described: number) != nil else {
            throw ValidationError("\(number): \(RowFault.Reason.notANumber)")
        }
    }

    func run() throws {
        guard let time = LedgerTime(time)?.seconds, let number = TelephoneNumber(described: number) else { return }
        var isShown = false
        try reportingLedgerErrors {
            let answer = try folder.store().answer(on: number, trunk: trunk, at: time)
            if let trunk, answer.trunks.isEmpty { throw CommandFault("there was no trunk \(trunk) then") }
            let report = AsOfReport(answer, number, at: time)
            print(json ? try report.json() : report.text)
            isShown = answer.trunks.contains(where: \.mayShow)
        }
        if !isShown { throw ExitCode.failure }
    }
}

/// What was true then, for people and programs.
private struct AsOfReport: Encodable {
    struct OnTrunk: Encodable {
        let trunk, `class`, state: String
        let customer, licence: String?
        let mayShow: Bool
        /// Why not.
        let reason: String?
        let grant: Int?
        let range, hours, until: String?
        let delegation: Int?
    }

    let time, number: String
    let version: Int
    let holder, holderName: String?
    let isPorted: Bool
    let trunks: [OnTrunk]

    init(_ answer: NumberAnswer, _ number: TelephoneNumber, at time: Int) {
        self.time = LedgerTime.text(time)
        self.number = number.description
        version = answer.version
        holder = answer.holder?.spc
        holderName = answer.holder?.name
        isPorted = answer.isPorted
        trunks = answer.trunks.map(OnTrunk.init)
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    var text: String {
        let holding = holder.map { "of \($0) (\(holderName ?? "-")), \(isPorted ? "ported" : "allocated")" }
        let lines = ["\(time)\tversion \(version)", "\(number)\t\(holding ?? "of no carrier of the ledger")"]
        return (lines + (trunks.isEmpty ? ["no trunk had a grant of it"] : trunks.map(\.text))).joined(separator: "\n")
    }
}

extension AsOfReport.OnTrunk {
    init(_ answer: NumberAnswer.OnTrunk) {
        trunk = answer.trunk.name
        `class` = answer.trunk.trunkClass.rawValue
        state = answer.trunk.state.rawValue
        customer = answer.trunk.customer
        licence = answer.licence?.id
        mayShow = answer.mayShow
        reason =
            answer.mayShow ? nil : answer.closed?.text ?? answer.fault?.rawValue ?? "not granted"
        grant = answer.grant?.id
        range = answer.grant?.range.description
        hours = answer.grant?.hours?.description
        until = answer.grant?.to.map(LedgerTime.text)
        delegation = answer.grant?.delegation
    }

    var text: String {
        let papers = [
            `class`, state, customer.map { "customer \($0)" }, licence.map { "licence \($0)" },
            grant.map { "grant \($0)" }, range, hours.map { "at \($0)" }, until.map { "until \($0)" },
            delegation.map { "delegation \($0)" },
        ].compactMap { $0 }
        return
            "\(trunk)\t\(mayShow ? "could show it" : "could not: \(reason ?? "-")")\t\(papers.joined(separator: ", "))"
    }
}
