import Certificates
import Exchange
import Foundation
import GRDB
import Ledger
import LibCrypto
import MiniPKI
import NumberPlan
import Statements
import Testing

/// Two carriers, 1001 in the east and 2002 in the west, with their stores on disk: east tells west of its lists.
final class Sharing {
    static let now = MiniPKI.now
    static let hour = 3_600

    let east = Folder(), west = Folder(), pki = MiniPKI()
    let party: MiniPKI.Party, signer: StatementSigner

    init() throws {
        party = pki.leaf(.spc("1001"))
        let url = try CertificateURL("https://cert.example/1001.pem")
        signer = try #require(StatementSigner(try Credential(key: party.key, chain: party.chain, url: url)))
        _ = try meet()
    }

    var trust: TrustSnapshot { TrustSnapshot(anchors: pki.anchors, epoch: 1) }

    static func number(_ place: Int) -> NumberRange {
        NumberRange(only: .global(Digits("\(86_571_888_80000 + place)")!))
    }

    static func bad(_ place: Int, to: Int = now + 30 * 86_400) -> SharedEntry {
        SharedEntry(list: .badNumber, range: number(place), from: 0, to: to)
    }

    static func uncalling(_ place: Int) -> SharedEntry {
        SharedEntry(list: .doNotOriginate, range: number(place), from: 5, to: nil)
    }

    /// - Returns: how many statements that took.
    @discardableResult
    func tell(
        _ entries: [SharedEntry], of lists: Set<SharedList> = Set(SharedList.allCases), at now: Int = now
    ) async throws -> Int {
        try await ShareFeed(try east.store).tell(entries, of: lists, to: "2002", by: signer, at: now).statements
    }

    /// What waits for west, as it came off the link.
    func waiting() throws -> [OutgoingMessage] { try east.store.outgoing(to: "2002", after: 0, limit: 2_000) }

    /// Has west take what waits for it, and east know that.
    @discardableResult
    func deliver(_ most: Int = .max, at now: Int = now) throws -> [ShareFault?] {
        let store = try west.store
        let faults = try waiting().prefix(most).map { message in
            let (receipt, fault) = try store.take(
                try peerShare(message.statement, at: now), sequence: message.sequence, at: now)
            #expect(receipt == .taken)
            return fault
        }
        if let last = try waiting().prefix(most).last { try east.store.acknowledge("2002", through: last.sequence) }
        return faults
    }

    /// Has west take a statement as if it came next.
    func take(_ statement: SignedStatement, at now: Int = now) throws -> ShareFault? {
        let store = try west.store, next = (try store.known(of: "1001")?.received ?? 0) + 1
        return try store.take(try peerShare(statement, at: now), sequence: next, at: now).fault
    }

    func peerShare(_ statement: SignedStatement, from peer: String = "1001", at now: Int = now) throws -> PeerShare {
        try PeerShare(try VerifiedStatement(statement, as: .share, trust: trust, at: now), from: peer)
    }

    /// What west has of east.
    func here() throws -> Set<SharedEntry> { Set(try west.store.sharedEntries(of: "1001").map(\.entry)) }

    func lease() throws -> Int? { try west.store.shareSources().first?.until }

    func meet() throws -> Meeting {
        let east = try east.store, west = try west.store
        let known = try west.known(of: "1001")
        _ = try west.meet(PeerGreeting(carrier: "1001", instance: east.instance, known: try east.known(of: "2002")))
        return try east.meet(PeerGreeting(carrier: "2002", instance: west.instance, known: known))
    }

    /// A statement of east's by a program of its own.
    func written(_ members: String, at now: Int = now) throws -> SignedStatement {
        let chain = party.chain.map { "\"\(Data($0.der).base64EncodedString())\"" }.joined(separator: ",")
        let header = #"{"alg":"ES256","typ":"countersign-share+jwt","x5c":[\#(chain)]}"#
        let text = [header, #"{"iss":"1001","iat":\#(now),\#(members)}"#].map { base64URL(Array($0.utf8)) }
            .joined(separator: ".")
        let signature = base64URL(try Signer(party.key).signature(for: Array(text.utf8).span).bytes)
        return SignedStatement(unverified: "\(text).\(signature)")
    }

    private func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension Sharing {
    /// As another program could.
    func sql(_ folder: Folder, _ statements: String...) throws {
        try DatabaseQueue(path: "\(folder.path)/\(ExchangeStore.fileName)").write { db in
            for statement in statements { try db.execute(sql: statement) }
        }
    }

    func count(_ table: String, in folder: Folder) throws -> Int? {
        try DatabaseQueue(path: "\(folder.path)/\(ExchangeStore.fileName)").read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)")
        }
    }
}
