import ArgumentParser
import Exchange
import Foundation
import Records

struct NoticesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notices", abstract: "Show what peers say of calls of ours that they blocked, the newest last.",
        discussion: """
            Of each blocked call that is named, OURS is our own record of it, for countersign records show. When a peer \
            blocks very many, most are only counted: CALLS says how many, TIME when the last was, and THEIRS the peer's \
            records of a few.
            """)

    @Option(help: ArgumentHelp("The data folder.", valueName: "folder")) var data = "."
    @Option(help: "Of this peer: its service provider code.") var peer: String?
    @Option(help: "Calls not before this time of UTC: 2026-11-23 or 2026-11-23T12:00:00Z.") var since: RecordTime?
    @Option(help: "Blocked for this reason.") var reason: String?
    @Option(help: "The newest so many.") var limit = 100
    @Flag(help: "What was sent to peers of calls of theirs that were blocked here.") var sent = false
    @Flag(help: "Print JSON Lines.") var json = false

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is a number above 0") }
    }

    func run() throws {
        try Console.reporting {
            let notices = try ExchangeStore.opened(in: data).notices(filter)
            let records = "\(data)/records"
            // A carrier that has signed nothing yet has no records.
            let calls = FileManager.default.fileExists(atPath: records) ? try CallIndex(folder: records) : nil
            let lines = try notices.map { NoticeLine($0, own: sent ? nil : try ownRecord(of: $0.notice, among: calls)) }
            if json {
                for line in lines { print(try jsonLine(line)) }
            } else {
                printTable(NoticeLine.titles, lines.map(\.cells))
            }
        }
    }

    private var filter: NoticeFilter {
        var filter = NoticeFilter()
        if sent { filter.direction = .sent }
        (filter.peer, filter.since, filter.reason, filter.limit) = (peer, since?.milliseconds, reason, limit)
        return filter
    }

    private func ownRecord(of notice: Notice, among calls: CallIndex?) throws -> RecordID? {
        guard case .call(let call) = notice else { return nil }
        return try calls.flatMap { try call.ownRecord(among: $0) }?.id
    }
}

/// A notice as it is printed.
private struct NoticeLine: Encodable {
    let peer, reason: String
    /// Of the first and the last call, in milliseconds since 1970.
    let first, last: Int
    let calls, sip: Int
    let circuit, orig, dest, token: String?
    /// Of whoever blocked.
    let records: [String]
    /// Our own of the call.
    let own: String?
    let contact: String?

    static let titles = [
        "TIME", "PEER", "CALLS", "REASON", "CODE", "CIRCUIT", "FROM", "TO", "THEIRS", "OURS", "CONTACT",
    ]

    init(_ kept: KeptNotice, own: RecordID?) {
        (peer, reason, contact) = (kept.peer, kept.notice.reason, kept.contact)
        (calls, self.own) = (kept.notice.count, own?.description)
        switch kept.notice {
        case .call(let call):
            (first, last) = (call.at, call.at)
            (sip, circuit, records) = (call.sipCode, call.circuit, [call.record.description])
            (orig, dest, token) = (call.orig, call.dest, call.tokenDigest)
        case .calls(let counted):
            (first, last) = (counted.first, counted.last)
            (sip, circuit, records) = (counted.sipCode, counted.circuit, counted.records.map(\.description))
            (orig, dest, token) = (nil, nil, nil)
        }
    }

    var cells: [String] {
        [
            Date(timeIntervalSince1970: Double(last) / 1_000).formatted(.iso8601), peer, String(calls), reason,
            String(sip), circuit ?? "-", orig ?? "-",
            dest ?? "-", records.joined(separator: " "), own ?? "-", contact ?? "-",
        ]
    }
}
