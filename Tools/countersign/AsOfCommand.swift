import ArgumentParser
import Certificates
import Foundation
import Ledger
import NumberPlan
import Originating
import PASSporT
import Policy

struct LedgerAsOf: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "as-of", abstract: "Say who could show a number at a moment, and over which trunks.",
        discussion: """
            The rules are asked as of a call that is to be signed, with the ledger as it was then. Ends with 1 if the number could \
            be shown over no trunk that was asked for.
            """)

    @OptionGroup var folder: LedgerFolder
    @OptionGroup var plan: PlanOption
    @Argument(help: "Seconds since 1970, or as 2026-11-23T10:00:00+08:00.") var time: String
    @Option(help: "The number: +8657188880000, or 86:95588 for a country's own code.") var number: String
    @Option(help: "Only over this trunk.") var trunk: String?
    @Option(
        help: "A service provider code of our certificate; without it is not asked whether the number is another's.")
    var spc: [String] = []
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
            let rules = RulesInForce(
                plan: try plan.load(), ledger: answer.snapshot, whenRoamingUnknown: .withhold, at: time)
            let report = AsOfReport(answer, number, rules, signer: try signer())
            print(json ? try report.json() : report.text)
            isShown = report.trunks.contains(where: \.mayShow)
        }
        if !isShown { throw ExitCode.failure }
    }

    private func signer() throws -> TNAuthList? {
        guard !spc.isEmpty else { return nil }
        do { return try TNAuthList(spc.map { .spc($0) }) } catch {
            throw CommandFault("--spc takes a service provider code, such as 1001")
        }
    }
}

extension RulesInForce {
    /// What a call would have come to that shows a number, whomever it calls.
    fileprivate func ruling(
        onShowing number: TelephoneNumber, over trunk: Trunk, signer: TNAuthList?
    ) -> SigningRuling {
        let shown = number.country == nil ? number.description : number.digits.description
        let call = OriginatingCall(orig: shown, dest: ["+8613800138000"], trunk: trunk.name)
        return ruling(on: call, signer: signer, roaming: nil)
    }
}

/// What was true then, for people and programs.
private struct AsOfReport: Encodable {
    struct OnTrunk: Encodable {
        let trunk, `class`, state: String
        let customer, licence: String?
        let mayShow: Bool
        let attest: String?
        /// Why not, and what was the matter with a grant that there was.
        let reason, grantFault: String?
        let grant: Int?
        let range, hours, until: String?
        let delegation: Int?
    }

    let time, number, plan: String
    let version: Int
    let holder, holderName: String?
    let isPorted: Bool
    let trunks: [OnTrunk]

    init(_ answer: NumberAnswer, _ number: TelephoneNumber, _ rules: RulesInForce, signer: TNAuthList?) {
        time = LedgerTime.text(rules.now)
        self.number = number.description
        plan = rules.plan.id
        version = answer.snapshot.version
        holder = answer.holder?.spc
        holderName = answer.holder?.name
        isPorted = answer.isPorted
        trunks = answer.trunks.map {
            OnTrunk($0, rules.ruling(onShowing: number, over: $0.trunk, signer: signer))
        }
    }

    func json() throws -> String { try jsonLine(self) }

    var text: String {
        let holding = holder.map { "of \($0) (\(holderName ?? "-")), \(isPorted ? "ported" : "allocated")" }
        let lines = [
            "\(time)\tversion \(version), plan \(plan)", "\(number)\t\(holding ?? "of no carrier of the ledger")",
        ]
        return (lines + (trunks.isEmpty ? ["no trunk had a grant of it"] : trunks.map(\.text))).joined(separator: "\n")
    }
}

extension AsOfReport.OnTrunk {
    init(_ answer: NumberAnswer.OnTrunk, _ ruling: SigningRuling) {
        trunk = answer.trunk.name
        `class` = answer.trunk.trunkClass.rawValue
        state = answer.trunk.state.rawValue
        customer = answer.trunk.customer
        licence = answer.licence?.id
        mayShow = ruling.right != nil
        attest = ruling.right?.attestation.rawValue
        reason = ruling.reason
        grantFault = ruling.grantFault
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
        let why = [reason, grantFault].compactMap { $0 }.joined(separator: ", ")
        let end = attest.map { "could show it, attested \($0)" } ?? "could not: \(why)"
        return "\(trunk)\t\(end)\t\(papers.joined(separator: ", "))"
    }
}

extension SigningRuling {
    /// Nil of a call that would have been signed.
    fileprivate var reason: String? {
        switch self {
        case .allowed, .emergency: nil
        case .refused(let refusal): refusal.reason
        case .asksRoaming: Refusal.numberWithheld.reason
        }
    }

    fileprivate var grantFault: String? {
        if case .refused(.cli(let refusal)) = self { refusal.fault?.rawValue } else { nil }
    }
}
