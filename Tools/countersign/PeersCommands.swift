import ArgumentParser
import Exchange
import Foundation
import Ledger

struct PeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers", abstract: "Look at the carriers with which there is a trunk link, and change them.",
        discussion: """
            A peer is a carrier of the ledger. Which of its trunks have their assertions handed over the link is in the table of \
            trunks, in the columns circuit and handover.
            """,
        subcommands: [
            PeersList.self, PeersShow.self, PeersAdd.self, PeersSuspend.self, PeersResume.self, PeersRemove.self,
        ])
}

struct PeersAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Enter a peer, or change what is given of one that is there.")

    @OptionGroup var change: RowChange
    @Argument(help: "The carrier's service provider code.") var carrier: String
    @Option(help: "Where it is dialled: host:port, [2001:db8::1]:7443 for IPv6; else it dials us.") var address: String?
    @Flag(inversion: .prefixedNo, help: "It may hand over calls that others signed; else it may not.")
    var transit: Bool?
    @Option(help: "Whom one writes to there.") var contact: String?
    @Option(
        help: "Its lists that are gone by here: do_not_originate, bad_number, shut_trunk, with commas between, or none."
    )
    var takes: String?
    @Option(help: "Our lists that it is told: the same names.") var gives: String?

    func run() throws {
        try change.add(
            [
                "carrier": carrier, "address": address, "transit": transit.map { String($0) }, "contact": contact,
                "takes": takes.map(Self.lists), "gives": gives.map(Self.lists),
            ], to: .peers)
    }

    /// As the ledger has them.
    private static func lists(_ text: String) -> String { text == "none" ? "" : text.replacing(",", with: " ") }
}

/// A peer, and who does something to it.
struct PeerChange: ParsableArguments {
    @OptionGroup var folder: LedgerFolder
    @OptionGroup var author: LedgerAuthor
    @OptionGroup var plan: PlanOption
    @Argument(help: "The carrier's service provider code.") var carrier: String

    func move(to state: Peer.State, _ command: String) throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            try store.move(peer: carrier, to: state, by: author.act("peers \(command)"), under: try plan.load())
            print("the link with \(carrier) is \(state.rawValue); the ledger is at version \(try store.version())")
        }
    }
}

struct PeersSuspend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Close the link with a peer, for the time being.")
    @OptionGroup var change: PeerChange
    func run() throws { try change.move(to: .suspended, "suspend") }
}

struct PeersResume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Take up again the link with a peer that was suspended.")
    @OptionGroup var change: PeerChange
    func run() throws { try change.move(to: .active, "resume") }
}

struct PeersRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "End the link with a peer, to which no trunk hands over any more.")
    @OptionGroup var change: PeerChange

    func run() throws {
        try reportingLedgerErrors {
            let store = try change.folder.store(), plan = try change.plan.load()
            try store.remove(peer: change.carrier, by: change.author.act("peers remove"), under: plan)
            print("\(change.carrier) is no peer any more; the ledger is at version \(try store.version())")
        }
    }
}

struct PeersList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Show all peers, a line each.")
    @OptionGroup var folder: LedgerFolder

    func run() throws {
        try reportingLedgerErrors {
            let states = try folder.linkStates()
            for peer in try folder.store().peers() {
                let parts = [
                    peer.carrier, peer.state.rawValue, peer.address?.description ?? "-",
                    peer.isTransit ? "transit" : "-", peer.contact ?? "-",
                    states[peer.carrier]?.summary ?? "never linked",
                ]
                print(parts.joined(separator: "\t"))
            }
        }
    }
}

struct PeersShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a peer, and the trunks to it.")
    @OptionGroup var folder: LedgerFolder
    @OptionGroup var plan: PlanOption
    @Argument(help: "The carrier's service provider code.") var carrier: String

    func run() throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            guard let peer = try store.peers().first(where: { $0.carrier == carrier }) else {
                throw CommandFault("no peer \(carrier); see those that there are with: countersign peers list")
            }
            for (title, value) in [
                ("carrier", peer.carrier), ("state", peer.state.rawValue),
                ("address", peer.address?.description ?? "-, it dials us"), ("transit", String(peer.isTransit)),
                ("contact", peer.contact ?? "-"), ("takes", peer.takes.text), ("gives", peer.gives.text),
            ] {
                print("\(title)\t\(value)")
            }
            for trunk in try store.trunks() where trunk.peer == carrier { print("trunk\t\(trunk.linkText)") }
            for line in try folder.linkStates()[carrier]?.lines ?? [] { print(line) }
            if let line = try sharedLine() { print(line) }
        }
    }
}

extension PeersShow {
    /// What the peer has told of its lists; nil if it never has.
    private func sharedLine() throws -> String? {
        guard FileManager.default.fileExists(atPath: "\(folder.data)/\(ExchangeStore.fileName)"),
            let source = try ExchangeStore(folder: folder.data).shareSources().first(where: { $0.peer == carrier })
        else { return nil }
        let lines = try SharedEntries(of: carrier, in: folder, plan: try plan.load(), at: Date()).lines
        return "lists\t\(lines.count) entries, \(lines.count(where: \.isInForce)) in force, "
            + "good until \(LedgerTime.text(source.until))"
    }
}

extension LedgerFolder {
    /// By peer, as the daemon has written them down last; none where none with a link has run.
    fileprivate func linkStates() throws -> [String: LinkState] {
        guard FileManager.default.fileExists(atPath: "\(data)/\(ExchangeStore.fileName)") else { return [:] }
        return try ExchangeStore(folder: data).linkStates()
    }
}

extension Set<SharedList> {
    fileprivate var text: String { isEmpty ? "none" : names.joined(separator: " ") }
}

extension LinkState {
    fileprivate var summary: String { isOld ? "no daemon runs" : state }

    /// A daemon that runs writes it down anew every two seconds.
    private var isOld: Bool { Int(Date().timeIntervalSince1970) - at > 15 }

    fileprivate var lines: [String] {
        [
            ("link", summary), ("version", version), ("clock", clockOffset.map { "\($0) ms ahead of ours" }),
            ("round trip", roundTrip.map { "\($0) ms" }), ("last fault", lastFault), ("counted", counters),
        ].compactMap { title, value in value.map { "\(title)\t\(printable($0))" } }
    }
}

extension Trunk {
    fileprivate var linkText: String {
        let circuit = circuit.map { "circuit \($0)" } ?? "no circuit"
        return [name, trunkClass.rawValue, state.rawValue, circuit, hasHandover ? "handover" : "no handover"]
            .joined(separator: "\t")
    }
}
