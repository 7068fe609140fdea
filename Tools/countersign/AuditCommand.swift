import ArgumentParser
import Certificates
import Exchange
import Foundation
import LibCrypto
import Records
import Statements

extension RecordsCommand {
    struct Audit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compute everything again, and name what was altered, moved, taken out or cut off.",
            discussion: """
                Prints the number of records, the newest one and its hash, and ends with 1 if anything is not as it was written. \
                With --anchors and --carrier the signed heads beside the records are checked as well, and with --heads those that \
                others keep of us, as those are that peers have sent back over the link: whoever writes all of the chain anew, or cuts its end off, is seen by them alone.
                """)

        @OptionGroup var source: Source
        @Option(help: ArgumentHelp("The anchors of whoever signs our heads, as PEM.", valueName: "file"))
        var anchors: String?
        @Option(help: ArgumentHelp("Our service provider code, which must have signed them.", valueName: "spc"))
        var carrier: String?
        @Option(
            help: ArgumentHelp(
                "Heads that others keep of us, one line each; may be given more than once.", valueName: "file"))
        var heads: [String] = []
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (anchors == nil) == (carrier == nil) else {
                throw ValidationError("heads are checked with both --anchors and --carrier")
            }
            guard heads.isEmpty || anchors != nil else {
                throw ValidationError("to check --heads, give --anchors and --carrier")
            }
        }

        func run() throws {
            let verify = try anchors.map { try HeadCheck(anchors: $0, carrier: carrier ?? "") }
            var others = try heads.map { file in SignedHeads(named: file, lines: try Self.lines(of: file)) }
            try reportingErrors {
                if verify != nil { others += try Self.headsHeldByPeers(of: source.data) }
                let report = try source.reader().audit(
                    others: others, verify: verify.map { check in { check.head(of: $0) } })
                for line in json ? [try jsonLine(AuditLine(report))] : Self.lines(of: report, verify != nil) {
                    print(line)
                }
                if !report.findings.isEmpty { throw ExitCode.failure }
            }
        }

        /// What peers have sent back over the link.
        private static func headsHeldByPeers(of data: String) throws -> [SignedHeads] {
            guard FileManager.default.fileExists(atPath: "\(data)/\(ExchangeStore.fileName)") else { return [] }
            return try ExchangeStore(folder: data).ownHeads().map { peer, statement in
                SignedHeads(named: "the head that \(peer) holds", lines: [statement.text])
            }
        }

        private static func lines(of file: String) throws -> [String] {
            guard let text = FileManager.default.contents(atPath: file) else {
                throw fault("\(file) cannot be read: give a file of signed heads, one line each")
            }
            return text.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        }

        private static func lines(of report: AuditReport, _ areHeadsChecked: Bool) -> [String] {
            var lines = report.findings.map(\.description)
            if let first = report.deletedDays.first, let last = report.deletedDays.last {
                lines.append(
                    "\(report.deletedDays.count) days, \(first) to \(last), with \(report.deletedRecords) records were "
                        + "deleted when they had been kept long enough, as the chain tells")
            }
            let heads = areHeadsChecked ? ", \(report.heads) signed heads hold" : ""
            let last = report.last?.description ?? "none"
            return lines + ["\(report.records) records, last \(last), hash \(report.lastHash)\(heads)"]
        }
    }
}

/// Whether a line is a head that our key signed.
private struct HeadCheck {
    private let trust: TrustSnapshot
    private let carrier: String

    init(anchors file: String, carrier: String) throws {
        guard let text = FileManager.default.contents(atPath: file),
            let anchors = try? Certificate.all(inPEM: Array(text).span, atMost: TrustList.mostAnchors), !anchors.isEmpty
        else { throw fault("\(file) holds no certificates: give the anchors as PEM") }
        trust = TrustSnapshot(anchors: anchors, epoch: 0)
        self.carrier = carrier
    }

    /// By its own time: the certificate may have ended since.
    func head(of line: String) -> ChainHead? {
        let signed = SignedStatement(unverified: line)
        guard let statement = try? VerifiedStatement(signed, as: .head, trust: trust, at: nil),
            statement.carrier == carrier, let claims = try? statement.claims()
        else { return nil }
        return ChainHead(claims)
    }
}

private struct AuditLine: Encodable {
    let records, heads: Int
    let last, hash: String
    let deletedDays: [String]
    let deletedRecords: Int
    let findings: [String]

    init(_ report: AuditReport) {
        (records, heads) = (report.records, report.heads)
        (last, hash) = (report.last?.description ?? "", report.lastHash)
        deletedDays = report.deletedDays.map(\.description)
        deletedRecords = report.deletedRecords
        findings = report.findings.map(\.description)
    }
}
