import Certificates
import Foundation
import Ledger
import LibCrypto
import NumberPlan

/// All that a daemon needs, in a temporary folder: a PKI of its own, a ledger, a configuration.
struct Site {
    static let certificateURL = "https://cert.carrier.example/709J/shaken.pem"
    static let carrier = "709J", trunk = "pbx-1"

    let folder: URL
    let credential: Credential
    static let configurationName = "countersignd.yaml"
    var configuration: String { folder.appending(path: Self.configurationName).path }

    /// - Parameter ranges: of which half are held and half are granted.
    init(ranges: Int) throws { try self.init(holdings: ranges / 2, grants: ranges - ranges / 2, ported: 0) }

    /// - Parameter ported: how many numbers are, all to the one carrier there is.
    init(holdings: Int, grants: Int, ported: Int) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "countersign-bench-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            credential = try Self.makePKI(in: folder)
            try Self.makeLedger(in: folder, holdings: holdings, grants: grants, ported: ported)
            try Self.configurationText(trunk: Self.trunk, trusting: folder).write(
                to: folder.appending(path: Self.configurationName), atomically: true, encoding: .utf8)
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Everything on, as an operator would have it; only the rate of one trunk's calls is not that of one trunk.
    ///
    /// - Parameter folder: with the anchors and the published certificates.
    static func configurationText(trunk: String, trusting folder: URL) -> String {
        """
        data: data
        plan: china
        threads: 1
        requestLog: requests.log
        listeners:
          - name: bench
            address: 127.0.0.1:0
            trunk: \(trunk)
        limits:
          connectionsPerThread: 4096
        signing:
          key: carrier/key.pem
          chain: carrier/chain.pem
          url: \(certificateURL)
          callsPerSecondPerTrunk: 10000000
        verification:
          anchors: \(folder.appending(path: "anchors").path)
          certificates: \(folder.appending(path: "certificates").path)
        """
    }

    private static func makePKI(in folder: URL) throws -> Credential {
        let now = Int(Date().timeIntervalSince1970)
        let authority = try Authority.create(
            at: folder.appending(path: "ca").path, root: .testing(.root), intermediate: .testing(.intermediate),
            at: now)
        let holder = Holder(name: "Carrier", tnAuthList: try TNAuthList([.spc(carrier)]))
        let delivery = try authority.issue(
            to: holder, .testing(.endEntity), into: folder.appending(path: "carrier").path, at: now)
        let anchors = folder.appending(path: "anchors")
        let published = folder.appending(path: "certificates/https/cert.carrier.example/709J")
        for folder in [anchors, published] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(
            at: folder.appending(path: "ca/\(Authority.File.root)"), to: anchors.appending(path: "root.pem"))
        try FileManager.default.copyItem(
            at: URL(filePath: delivery.chainFile), to: published.appending(path: "shaken.pem"))
        return try Credential(
            keyFile: delivery.keyFile, chainFile: delivery.chainFile,
            url: CertificateURL(certificateURL, rules: .shaken))
    }

    /// The first ranges hold the numbers that call here.
    private static func makeLedger(in folder: URL, holdings: Int, grants: Int, ported: Int) throws {
        let data = folder.appending(path: "data").path
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        let store = try LedgerStore.create(at: data)
        try load(.carriers, into: store, "spc,name,country", rows: 1) { _ in "\(carrier),Carrier,86" }
        try loadTrunk(into: store)
        try loadHoldings(holdings, into: store)
        try loadGrants(0..<grants, into: store)
        try load(.ported, into: store, "number,carrier", rows: ported) { place in
            "+\(firstPorted + place * 50),\(carrier)"
        }
    }

    static func loadHoldings(_ count: Int, into store: LedgerStore) throws {
        try load(.holdings, into: store, "carrier,first,last", rows: count) { place in
            "\(carrier),+\(range(place).lowerBound),+\(range(place).upperBound)"
        }
    }

    /// Of so many more ranges, in one change, of which two people have approved.
    static func loadGrants(_ places: Range<Int>, into store: LedgerStore) throws {
        for person in ["zhao", "qian"] { try store.approve(trunk, by: act(by: person), under: .none) }
        try load(.grants, into: store, "trunk,first,last,valid_from", rows: places.count) { place in
            let range = range(places.lowerBound + place)
            return "\(trunk),+\(range.lowerBound),+\(range.upperBound),0"
        }
    }

    var ledger: String { folder.appending(path: "data/\(LedgerStore.fileName)").path }

    var store: LedgerStore {
        get throws { try LedgerStore.open(at: folder.appending(path: "data").path) }
    }

    /// One open trunk, with all that this takes.
    private static func loadTrunk(into store: LedgerStore) throws {
        let tables: [(LedgerTable, [String])] = [
            (.customers, ["id,name,entity", "c1,Customer,E-1"]),
            (.licences, ["id,customer,scope,valid_from", "L-1,c1,voice,2020-01-01"]),
            (
                .trunks,
                [
                    "name,class,state,customer,service,use,contract",
                    "\(trunk),enterprise,active,c1,voice,service,C-1",
                ]
            ),
            (.approvals, ["trunk,by,at", "\(trunk),li,0", "\(trunk),wang,0"]),
        ]
        try load(tables, into: store)
    }

    /// In one change; the first line of each is its heading.
    static func load(_ tables: [(LedgerTable, [String])], into store: LedgerStore) throws {
        _ = try store.importCSV(
            tables.map { table, lines in file(table, lines[0], rows: lines.count - 1) { lines[$0 + 1] } }, by: act(),
            under: .none)
    }

    /// The callers: numbers of the first range.
    static func caller(_ index: Int) -> String { "+\(firstNumber + index % rangeSize)" }

    /// The first number of a range.
    static func caller(ofRange place: Int) -> String { "+\(range(place).lowerBound)" }

    // Of one area, which has numbers for a million such ranges.
    private static let firstNumber = 8_657_120_000_000, rangeSize = 60, firstPorted = 8_613_500_000_000

    private static func range(_ place: Int) -> ClosedRange<Int> {
        let first = firstNumber + place * rangeSize
        return first...first + rangeSize - 1
    }

    /// No plan is asked whether it gives the numbers out, which takes longer than to write them.
    private static func load(
        _ table: LedgerTable, into store: LedgerStore, _ heading: String, rows: Int, _ row: @escaping (Int) -> String
    ) throws {
        _ = try store.importCSV([file(table, heading, rows: rows, row)], by: act(), under: .none)
    }

    private static func act(by person: String = "bench") -> LedgerAct {
        LedgerAct(by: person, why: "measurement") { Int(Date().timeIntervalSince1970) }
    }

    /// In pieces, for there may be millions of rows.
    private static func file(
        _ table: LedgerTable, _ heading: String, rows: Int, _ row: @escaping (Int) -> String
    ) -> LedgerFile {
        var next = 0, piece = heading + "\n"
        return LedgerFile(table) {
            defer {
                piece = (next..<min(next + 10_000, rows)).map { row($0) + "\n" }.joined()
                next = min(next + 10_000, rows)
            }
            return Array(piece.utf8)
        }
    }
}
