import ArgumentParser
import Foundation
import Ledger
import NumberPlan

struct TrunksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunks", abstract: "Look at trunks, and take them from the application to the end.",
        discussion: """
            A trunk is applied for, reviewed, active, and at last shut; an active one may be suspended. It becomes active, and \
            comes back from being suspended or shut, only with all its papers and the approval of two people. What is \
            missing is named.
            """,
        subcommands: [
            TrunksList.self, TrunksShow.self, TrunksReview.self, TrunksApprove.self, TrunksActivate.self,
            TrunksSuspend.self, TrunksResume.self, TrunksShut.self, TrunksReopen.self,
        ])
}

/// A trunk, and who does something to it.
struct TrunkChange: ParsableArguments {
    @OptionGroup var folder: LedgerFolder
    @OptionGroup var author: LedgerAuthor
    @OptionGroup var plan: PlanOption
    @Argument(help: "The trunk.") var name: String

    func move(to state: TrunkState, _ command: String) throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            try store.move(name, to: state, by: author.act(command), under: try plan.load())
            print("\(name) is \(state.rawValue); the ledger is at version \(try store.version())")
        }
    }
}

struct TrunksReview: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "review", abstract: "Take up an application.")
    @OptionGroup var change: TrunkChange
    func run() throws { try change.move(to: .reviewed, "review") }
}

struct TrunksApprove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve of what is to become of a trunk; nobody does so twice.")
    @OptionGroup var change: TrunkChange

    func run() throws {
        try reportingLedgerErrors {
            let store = try change.folder.store()
            let act = change.author.act("approve")
            try store.approve(change.name, by: act, under: try change.plan.load())
            print("\(change.name) is approved by \(act.by); the ledger is at version \(try store.version())")
        }
    }
}

struct TrunksActivate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate", abstract: "Let calls go over a trunk that was reviewed.")
    @OptionGroup var change: TrunkChange
    func run() throws { try change.move(to: .active, "activate") }
}

struct TrunksSuspend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Let no further call go over a trunk, for the time being.")
    @OptionGroup var change: TrunkChange
    func run() throws { try change.move(to: .suspended, "suspend") }
}

struct TrunksResume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let calls go again over a trunk that was suspended.")
    @OptionGroup var change: TrunkChange
    func run() throws { try change.move(to: .active, "resume") }
}

struct TrunksShut: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shut", abstract: "Let no further call go over a trunk; within a second none is signed.")
    @OptionGroup var change: TrunkChange
    func run() throws { try change.move(to: .shut, "shut") }
}

struct TrunksReopen: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen", abstract: "Let calls go again over a trunk that was shut.")
    @OptionGroup var change: TrunkChange
    func run() throws { try change.move(to: .active, "reopen") }
}

struct TrunksList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show all trunks, a line each.")
    @OptionGroup var folder: LedgerFolder

    func run() throws {
        try reportingLedgerErrors {
            for trunk in try folder.store().trunks() {
                let parts = [
                    trunk.trunkClass.rawValue, trunk.state.rawValue, trunk.customer, trunk.peer, trunk.service,
                    trunk.use?.rawValue,
                ]
                print("\(trunk.name)\t\(parts.map { $0 ?? "-" }.joined(separator: "\t"))")
            }
        }
    }
}

struct TrunksShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a trunk: its papers, who has approved, whether calls go over it now.")
    @OptionGroup var folder: LedgerFolder
    @Argument(help: "The trunk.") var name: String

    func run() throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            guard let trunk = try store.trunks().first(where: { $0.name == name }) else {
                throw CommandFault("no trunk \(name); see those that there are with: countersign ledger trunks list")
            }
            let approvals = try store.people(approving: trunk)
            let closed = try store.closure(of: trunk, at: Int(Date().timeIntervalSince1970))
            for (title, value) in [
                ("class", trunk.trunkClass.rawValue), ("state", trunk.state.rawValue), ("customer", trunk.customer),
                ("peer", trunk.peer), ("line", trunk.line?.description), ("service", trunk.service),
                ("use", trunk.use?.rawValue), ("contract", trunk.contract), ("circuit", trunk.circuit),
                ("handover", String(trunk.hasHandover)),
                ("approvals", approvals.isEmpty ? nil : approvals.joined(separator: ", ")),
                ("calls", closed.map { "none: \($0.text)" } ?? "may go over it"),
            ] {
                print("\(title)\t\(value ?? "-")")
            }
        }
    }
}

extension TrunkClosed {
    var text: String {
        switch self {
        case .state(let state): "trunk \(state.rawValue)"
        case .licenceMissing: "no licence for its service"
        case .licenceNotBegun: "its licence has not begun"
        case .licenceEnded: "its licence has ended"
        }
    }
}
