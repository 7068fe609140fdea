import Certificates
import Exchange
import Foundation
import GRDB
import LibCrypto
import MiniPKI
import Records
import Statements
import Testing

/// Notices from the call that is blocked to the store of the carrier it came from: two stores on disk, real signatures.
@Suite struct NoticeTests {
    /// At which a minute begins.
    static let now = (MiniPKI.now / 60 + 1) * 60
    let east = Folder(), west = Folder(), board = NoticeBoard(), pki = MiniPKI()
    let party: MiniPKI.Party, signer: StatementSigner

    init() throws {
        party = pki.leaf(.spc("1001"))
        let url = try CertificateURL("https://cert.example/1001.pem")
        signer = try #require(StatementSigner(try Credential(key: party.key, chain: party.chain, url: url)))
    }

    private func call(
        _ number: Int = 1, after milliseconds: Int = 0, reason: String = "protected_number", circuit: String? = "c-1",
        orig: String = "+8657188880000"
    ) throws -> BlockedCall {
        BlockedCall(
            record: try #require(RecordID("20261123-\(String(1_000_000_000 + number).dropFirst())")),
            at: Self.now * 1_000 + milliseconds, reason: reason, sipCode: 603, circuit: circuit, orig: orig,
            dest: "+8657188880001", tokenDigest: BlockedCall.digest(ofIdentity: "token"))
    }

    private func flush(
        after milliseconds: Int, contact: String? = "appeals@east.example", isLast: Bool = false
    ) async throws -> [ExchangeFault] {
        await board.flush(
            at: Self.now * 1_000 + milliseconds, by: signer, contact: contact, into: try east.store, isLast: isLast
        ).map(\.fault)
    }

    /// What waits for the peer, as the peer reads it.
    private func messages() throws -> [(sequence: Int, notices: PeerNotices)] {
        try east.store.outgoing(to: "2002", after: 0, limit: 100_000).map { message in
            (message.sequence, try PeerNotices(try verified(message.statement), from: "1001"))
        }
    }

    private func verified(_ statement: SignedStatement) throws -> VerifiedStatement {
        try VerifiedStatement(
            statement, as: .notice, trust: TrustSnapshot(anchors: pki.anchors, epoch: 1), at: Self.now + 3_600)
    }

    private func kept(
        _ folder: Folder, _ direction: KeptNotice.Direction = .received,
        _ change: (inout NoticeFilter) -> Void = { _ in }
    ) throws -> [KeptNotice] {
        var filter = NoticeFilter()
        filter.direction = direction
        change(&filter)
        return try folder.store.notices(filter)
    }

    @Test func `a blocked call is told to whom it came from, once, with whom to turn to`() async throws {
        let blocked = try call()
        board.note(blocked, for: "2002")
        #expect(try await flush(after: 900) == [])
        #expect(try await flush(after: 1_900) == [])
        let message = try #require(try messages().first)
        #expect(try messages().count == 1)
        let store = try west.store
        #expect(try store.take(message.notices, sequence: 1) == .taken)
        #expect(try store.take(message.notices, sequence: 1) == .repeated)
        #expect(try store.take(message.notices, sequence: 3) == .outOfOrder(received: 1))
        let received = try kept(west)
        #expect(received.map(\.notice) == [.call(blocked)])
        #expect(received.map(\.contact) == ["appeals@east.example"])
        #expect(received.map(\.peer) == ["1001"] && received.map(\.issuedAt) == [Self.now])
        #expect(try kept(east, .sent).map(\.notice) == [.call(blocked)])
        #expect(try kept(east).isEmpty && kept(west, .sent).isEmpty)
    }

    @Test func `of a flood some are named and all are counted, in messages that do not grow with it`() async throws {
        for number in 1...10_000 {
            let reason = number.isMultiple(of: 4) ? "do_not_originate" : "protected_number"
            board.note(try call(number, after: number % 50, reason: reason), for: "2002")
        }
        #expect(try await flush(after: 100) == [])
        #expect(try messages().flatMap(\.notices.notices).map(\.count) == Array(repeating: 1, count: 60))
        #expect(try await flush(after: 59_000) == [])
        #expect(try messages().count == 3)
        #expect(try await flush(after: 60_000) == [])
        let sent = try messages().flatMap(\.notices.notices)
        #expect(try messages().count == 4)
        #expect(sent.reduce(0) { $0 + $1.count } == 10_000)
        let counted = sent.compactMap { if case .calls(let calls) = $0 { calls } else { nil } }
        #expect(Set(counted.map(\.count)) == [7_500 - 45, 2_500 - 15])
        #expect(counted.allSatisfy { $0.records.count == 3 && $0.circuit == "c-1" })
        #expect(counted.map(\.first).min() == Self.now * 1_000 && counted.map(\.last).max() == Self.now * 1_000 + 49)
    }

    @Test func `each minute has its names, and a call of the minute before does not begin it anew`() async throws {
        for minute in 0..<2 {
            for number in 1...100 { board.note(try call(number, after: minute * 60_000), for: "2002") }
            board.note(try call(200, after: minute * 60_000 - 1), for: "2002")
            board.note(try call(201, after: minute * 60_000), for: "2002")
            _ = try await flush(after: minute * 60_000 + 100)
        }
        #expect(try named() == 120)
    }

    private func named() throws -> Int {
        try messages().flatMap(\.notices.notices).count { if case .call = $0 { true } else { false } }
    }

    @Test func `a clock that was put back has its minutes too`() async throws {
        for minute in [9, 0] {
            for number in 1...61 { board.note(try call(number, after: minute * 60_000), for: "2002") }
            _ = try await flush(after: minute * 60_000)
        }
        #expect(try named() == 120)
    }

    @Test func `while nothing is sent no more names wait than go in a minute`() async throws {
        for minute in 0..<3 {
            for number in 1...60 { board.note(try call(number, after: minute * 60_000), for: "2002") }
        }
        #expect(try await flush(after: 180_000) == [])
        #expect(try named() == 60)
        #expect(try messages().reduce(0) { $0 + $1.notices.count } == 180)
    }

    @Test func `each peer has its own minute`() async throws {
        for number in 1...100 { board.note(try call(number), for: "3003") }
        board.note(try call(101), for: "2002")
        _ = try await flush(after: 10)
        #expect(try messages().flatMap(\.notices.notices) == [.call(try call(101))])
    }

    @Test func `of more circuits than are counted apart the calls are counted all the same`() async throws {
        for number in 1...1_000 { board.note(try call(number, circuit: "c-\(number)"), for: "2002") }
        _ = try await flush(after: 10, isLast: true)
        let sent = try messages().flatMap(\.notices.notices)
        #expect(sent.count == 60 + NoticeBoard.mostCounted + 1)
        #expect(sent.reduce(0) { $0 + $1.count } == 1_000)
        #expect(sent.contains { if case .calls(let calls) = $0 { calls.circuit == nil } else { false } })
    }

    @Test func `what is counted goes at once when nothing comes after it`() async throws {
        for number in 1...61 { board.note(try call(number), for: "2002") }
        _ = try await flush(after: 10)
        #expect(try messages().reduce(0) { $0 + $1.notices.count } == 60)
        _ = try await flush(after: 20, isLast: true)
        #expect(try messages().reduce(0) { $0 + $1.notices.count } == 61)
    }

    @Test func `what there is no room for is counted until there is, and holds up no other peer`() async throws {
        let full = try east.store
        board.note(try call(1), for: "1009")
        _ = try await flush(after: 1)
        func set(_ sent: Int) throws {
            try DatabaseQueue(path: "\(east.path)/\(ExchangeStore.fileName)").write { db in
                try db.execute(sql: "UPDATE stream SET sent = \(sent) WHERE peer = '1009'")
            }
        }
        try set(ExchangeStore.mostOutgoing)
        for number in 2...31 { board.note(try call(number), for: "1009") }
        board.note(try call(50), for: "2002")
        #expect(try await flush(after: 2) == [.full(peer: "1009")])
        #expect(try messages().count == 1)
        try set(1)
        #expect(try await flush(after: 60_000) == [])
        var filter = NoticeFilter()
        (filter.direction, filter.peer) = (.sent, "1009")
        #expect(try full.notices(filter).map(\.notice.count) == [1, 30])
    }

    /// Has every notice fail on its way to the disk for as long as `body` takes.
    private func failing(_ folder: Folder, _ body: () async throws -> Void) async throws {
        func change(_ sql: String) throws {
            try DatabaseQueue(path: "\(folder.path)/\(ExchangeStore.fileName)").write { try $0.execute(sql: sql) }
        }
        _ = try folder.store
        try change("CREATE TRIGGER full BEFORE INSERT ON notice BEGIN SELECT raise(ABORT, 'no room'); END")
        try await body()
        try change("DROP TRIGGER full")
    }

    @Test func `a message is queued and kept, or neither; taken and kept, or neither`() async throws {
        let theirs = try west.store
        board.note(try call(), for: "2002")
        try await failing(east) {
            let faults = try await flush(after: 1)
            #expect(faults.count == 1)
        }
        #expect(try messages().isEmpty)
        #expect(try kept(east, .sent).isEmpty)
        #expect(try await flush(after: 60_000) == [])
        let message = try #require(try messages().first)
        #expect(message.sequence == 1 && message.notices.count == 1)
        try await failing(west) {
            #expect(throws: ExchangeFault.self) { try theirs.take(message.notices, sequence: 1) }
        }
        #expect(try theirs.take(message.notices, sequence: 1) == .taken)
        #expect(try kept(west).map(\.notice.count) == [1])
    }

    @Test func `the longest texts fit into the statements, and nothing in them moves a cursor`() async throws {
        let hostile = String(repeating: "\"\\", count: 500), control = "\u{1b}[2J\u{85}\u{202E}\u{2028}\u{2029}é"
        for number in 1...60 {
            board.note(try call(number, reason: hostile, circuit: hostile, orig: hostile), for: "2002")
        }
        board.note(try call(61, circuit: control), for: "2002")
        #expect(try await flush(after: 1, contact: String(repeating: "\\", count: 5_000), isLast: true) == [])
        let sent = try messages().flatMap(\.notices.notices)
        #expect(sent.count == 61)
        guard case .calls(let last) = sent.last else { return #expect(Bool(false), "\(sent)") }
        #expect(last.circuit == "?[2J????é")
    }

    @Test func `a notice is its signer's, whoever brings it`() async throws {
        board.note(try call(), for: "2002")
        _ = try await flush(after: 1)
        let message = try #require(try east.store.outgoing(to: "2002", after: 0, limit: 1).first)
        #expect(throws: NoticeFault.notOfPeer("1001", peer: "3003")) {
            try PeerNotices(verified(message.statement), from: "3003")
        }
    }

    private static let good =
        #"{"record":"20261123-000000001","at":5,"orig":"1","dest":"2","reason":"r","sip":603}"#
    private static let counted =
        #"{"first":5,"last":6,"count":7,"records":["20261123-000000001"],"reason":"r","sip":603}"#

    /// Written by a peer with a program of its own.
    private func notices(_ list: String, contact: String = "x") throws -> PeerNotices {
        let chain = party.chain.map { "\"\(Data($0.der).base64EncodedString())\"" }.joined(separator: ",")
        let header = #"{"alg":"ES256","typ":"countersign-notice+jwt","x5c":[\#(chain)]}"#
        let payload = #"{"iss":"1001","iat":\#(Self.now),"contact":"\#(contact)","notices":\#(list)}"#
        let text = [header, payload].map { base64URL(Array($0.utf8)) }.joined(separator: ".")
        let signature = base64URL(try Signer(party.key).signature(for: Array(text.utf8).span).bytes)
        return try PeerNotices(try verified(SignedStatement(unverified: "\(text).\(signature)")), from: "1001")
    }

    @Test func `what a peer writes by the format is read`() throws {
        let token = String(repeating: "0f", count: 32)
        let more = Self.good.replacing("\"at\"", with: #""new":{},"circuit":"c","token":"\#(token)","at""#)
        let notices = try notices("[\(Self.good),\(Self.counted),\(more)]").notices
        #expect(notices.map(\.count) == [1, 7, 1])
        guard case .call(let call) = notices.last else { return #expect(Bool(false), "\(notices)") }
        #expect((call.circuit, call.tokenDigest, call.at) == ("c", token, 5))
    }

    @Test(arguments: [
        ("\"at\":5", "\"at\":-1"), ("\"at\":5", "\"at\":253402300800000"), ("\"at\":5", "\"when\":5"),
        ("20261123-000000001", "20261123-1"), ("\"sip\":603", "\"sip\":200"), ("\"sip\":603", "\"sip\":700"),
        ("\"sip\":603", "\"sip\":\"603\""), ("\"r\"", "\"\\u001b[2J\""),
        ("\"r\"", "\"" + String(repeating: "r", count: 65) + "\""), ("\"dest\":\"2\"", "\"dest\":\"\\u0085\""),
        ("\"r\"", "\"\\u202e\""), ("\"orig\":\"1\"", "\"orig\":\"\\u2066\""),
        ("\"dest\":\"2\"", "\"dest\":\"\\u2028\""), ("\"sip\"", "\"circuit\":\"\\u2029\",\"sip\""),
        ("\"sip\"", "\"circuit\":\"" + String(repeating: "c", count: 65) + "\",\"sip\""),
        ("\"sip\"", "\"token\":\"0F\",\"sip\""),
        ("\"sip\"", "\"token\":\"" + String(repeating: "0F", count: 32) + "\",\"sip\""),
    ])
    func `a call that is not by the format is refused with all that came with it`(
        _ was: String, _ becomes: String
    ) throws {
        let wrong = Self.good.replacing(was, with: becomes)
        #expect(wrong != Self.good)
        #expect(throws: NoticeFault.self) { try notices("[\(Self.good),\(wrong)]") }
    }

    @Test(arguments: [
        ("\"count\":7", "\"count\":0"), ("\"count\":7", "\"count\":281474976710657"), ("\"last\":6", "\"last\":4"),
        ("\"last\":6", "\"last\":253402300800000"), ("\"first\":5", "\"first\":-1"), ("000000001\"", "1\""),
        (
            "[\"20261123-000000001\"]",
            #"["20261123-000000001","20261123-000000002","20261123-000000003","20261123-000000004"]"#
        ),
    ])
    func `a count that is not by the format is refused`(_ was: String, _ becomes: String) throws {
        let wrong = Self.counted.replacing(was, with: becomes)
        #expect(wrong != Self.counted)
        #expect(throws: NoticeFault.self) { try notices("[\(wrong)]") }
    }

    @Test func `a statement holds so many notices, a list of them, and a contact that can be printed`() throws {
        let twenty = Array(repeating: Self.good, count: 20).joined(separator: ",")
        #expect(try notices("[\(twenty)]").count == 20)
        #expect(throws: NoticeFault.tooMany(21)) { try notices("[\(twenty),\(Self.good)]") }
        #expect(throws: NoticeFault.member("notices")) { try notices("{}") }
        for harmful in ["\\u0007", "\\u202e", "\\u2028", "\\u2029"] {
            #expect(throws: NoticeFault.member("contact"), "\(harmful)") { try notices("[]", contact: harmful) }
        }
    }

    @Test func `the oldest of a peer's give way, and no other peer's`() throws {
        let store = try west.store, one = try notices("[\(Self.good)]")
        _ = try store.take(one, sequence: 1)
        let file = try DatabaseQueue(path: "\(west.path)/\(ExchangeStore.fileName)")
        try file.write { db in
            try db.execute(
                sql: """
                    INSERT INTO notice SELECT '3003', direction, place, issued, first, last, calls, reason, sip, circuit,
                    orig, dest, token, records, contact FROM notice
                    """)
            try db.execute(
                sql: """
                    INSERT INTO notice SELECT peer, direction, \(ExchangeStore.mostNotices), issued, first, last, calls,
                    'newer', sip, circuit, orig, dest, token, records, contact FROM notice WHERE peer = '1001'
                    """)
        }
        _ = try store.take(one, sequence: 2)
        #expect(try kept(west) { $0.peer = "1001" }.map(\.notice.reason) == ["newer", "r"])
        #expect(try kept(west) { $0.peer = "3003" }.count == 1)
    }

    @Test func `notices are found by peer, time, reason and number, the newest last`() async throws {
        for (number, reason) in ["a", "b", "a", "c"].enumerated() {
            board.note(try call(number + 1, after: number * 1_000, reason: reason), for: "2002")
            _ = try await flush(after: number * 1_000)
        }
        func found(_ change: (inout NoticeFilter) -> Void) throws -> [String] {
            try kept(east, .sent, change).map(\.notice.reason)
        }
        #expect(try found { _ in } == ["a", "b", "a", "c"])
        #expect(try found { $0.since = Self.now * 1_000 + 1_000 } == ["b", "a", "c"])
        #expect(try found { $0.reason = "a" } == ["a", "a"])
        #expect(try found { $0.limit = 2 } == ["a", "c"])
        #expect(try found { $0.peer = "3003" } == [])
    }
}

private func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}
