import Certificates
import Exchange
import Foundation
import Ledger
import LibCrypto
import MiniPKI
import NumberPlan
import Records
import Statements
import Synchronization
import Testing

/// Carriers in a row, `100n`, with stores, records and ledgers of their own; messages are carried from one to the next by hand.
final class TracedRow {
    static let now = MiniPKI.now, called = "+8613800138000", cli = "+8657188880000"

    /// One of them.
    final class Carrier {
        let code: String
        let folder = Folder()
        let signer: StatementSigner
        /// On which its calls were decided.
        let ledger: LedgerSnapshot
        /// In the place of it since.
        var ledgerNow: LedgerSnapshot?
        /// As one that was put back from a copy.
        var hasNoHistory = false
        let records: RecordWriter
        /// By how much its clock is ahead. In milliseconds.
        let skew: Int
        var isSilent = false
        private let offsets: [String: Int]
        private let trust: TrustSnapshot

        init(_ code: String, _ row: Int, of count: Int, pki: MiniPKI, skews: [Int]) throws {
            self.code = code
            skew = skews[row]
            let party = pki.leaf(.spc(code))
            signer = try #require(
                StatementSigner(
                    Credential(key: party.key, chain: party.chain, url: CertificateURL("https://c.example/\(code).pem"))
                ))
            trust = TrustSnapshot(anchors: pki.anchors, epoch: 1)
            let others = [row - 1, row + 1].filter { (0..<count).contains($0) }
            offsets = Dictionary(uniqueKeysWithValues: others.map { ("100\($0 + 1)", skews[$0] - skews[row]) })
            ledger = LedgerSnapshot(
                version: 1, customers: [Customer(id: "c1", name: "Shady & Co", entity: "E-1")],
                trunks: [Trunk(name: "ent-1", trunkClass: .enterprise, customer: "c1", contract: "C-1")]
                    + others.map {
                        Trunk(
                            name: "to-100\($0 + 1)", trunkClass: .interconnect, peer: "100\($0 + 1)",
                            circuit: "c-\(min(row, $0))", hasHandover: true)
                    })
            records = try RecordWriter(folder: "\(folder.path)/records", atMilliseconds: TracedRow.now * 1_000 + skew)
        }

        var store: ExchangeStore { get throws { try folder.store } }

        /// Made anew each time, as after a restart.
        var tracing: Tracing {
            get throws {
                let index = try CallIndex(folder: "\(folder.path)/records"), ledger = ledger, offsets = offsets
                let now = ledgerNow ?? ledger, hasNoHistory = hasNoHistory
                let trust = trust, signer = signer
                return Tracing(
                    store: try store, data: folder.path,
                    sources: Tracing.Sources(
                        calls: { try index.calls(to: $0, in: $1) }, ledger: { now },
                        ledgerThen: { version in
                            if hasNoHistory { throw LedgerError.noVersion(version) }
                            return ledger
                        },
                        clockOffset: { offsets[$0] }, trust: { trust }, signer: { signer }))
            }
        }

        @discardableResult
        func record(
            _ kind: Record.Kind, over trunk: String, egress: String?, cli: String = TracedRow.cli, at milliseconds: Int,
            call: String = UUID().uuidString, token: String? = "token", alter: (inout Record) -> Void = { _ in }
        ) async throws -> RecordID {
            var record = Record(kind, atMilliseconds: milliseconds + skew)
            (record.trunk, record.egress, record.rawOrig, record.orig) = (trunk, egress, cli, cli)
            (record.dest, record.call, record.ledgerVersion) = ([TracedRow.called], call, 1)
            record.tokens = token.map { [$0] } ?? []
            alter(&record)
            let lines = RecordLines([record])
            let ids = try await withCheckedThrowingContinuation { done in
                records.append(lines) { outcome in
                    done.resume(with: outcome.map { Array($0) }.mapError { $0 as any Error })
                }
            }
            return ids[0]
        }

        func take(_ message: OutgoingMessage, from peer: String, at now: Int = TracedRow.now) throws {
            let verified = try VerifiedStatement(
                message.statement, as: message.kind, trust: trust, at: now)
            _ = try store.takeTrace(verified, sequence: message.sequence, from: peer, at: now)
        }

        func report(_ trace: String) throws -> TraceChain {
            let trace = try #require(try store.traces(id: trace).first)
            return try TraceChain(
                question: #require(trace.question), answers: store.answers(to: trace.id), trust: trust)
        }
    }

    let pki = MiniPKI()
    let carriers: [Carrier]
    var last: Carrier { carriers[carriers.count - 1] }

    init(_ count: Int, skews: [Int]? = nil) throws {
        let pki = pki
        carriers = try (0..<count).map { row in
            try Carrier("100\(row + 1)", row, of: count, pki: pki, skews: skews ?? Array(repeating: 0, count: count))
        }
    }

    /// The call as each of them lets it in, from the first to the last.
    func call(
        at milliseconds: Int = now * 1_000, call: String = UUID().uuidString,
        alter: (Int, inout Record) -> Void = { _, _ in }
    ) async throws {
        for (row, carrier) in carriers.enumerated() {
            try await carrier.record(
                row == 0 ? .signed : .verified, over: row == 0 ? "ent-1" : "to-100\(row)",
                egress: row == carriers.count - 1 ? nil : "to-100\(row + 2)", at: milliseconds, call: "\(call)-\(row)"
            ) { record in
                if row == 0 { (record.attest, record.origid) = ("A", "7e6af518-afe3-4e10-9ac3-acb48c3be0e8") }
                alter(row, &record)
            }
        }
    }

    /// By the last one.
    func begin(
        cli: String? = nil, record: RecordID? = nil, span: Int = 90_000, patience: Int = 60,
        incident: Incident = Incident()
    ) throws -> String {
        var random = RandomBytes()
        let id = random.uuid()
        try last.store.begin(
            Trace(
                id: id, started: Self.now, by: "li", why: "complaint 7", called: Self.called,
                at: Self.now * 1_000 + last.skew, span: span, cli: cli, record: record?.description, isUrgent: false,
                incident: incident, patience: patience))
        return id
    }

    /// Until nobody has anything to say any more. Every store is opened anew at every step.
    func settle(at now: Int = now) async throws {
        for _ in 0..<100 {
            var isQuiet = true
            for carrier in carriers where !carrier.isSilent { _ = try await carrier.tracing.step(at: now) }
            for (row, carrier) in carriers.enumerated() {
                for other in [row - 1, row + 1] where carriers.indices.contains(other) {
                    let peer = carriers[other], store = try carrier.store
                    for message in try store.outgoing(to: peer.code, after: 0, limit: 100) {
                        isQuiet = false
                        try peer.take(message, from: carrier.code, at: now)
                        try store.acknowledge(peer.code, through: message.sequence)
                    }
                }
            }
            if isQuiet { return }
        }
        Issue.record("they never come to an end")
    }
}
