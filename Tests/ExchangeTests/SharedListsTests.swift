import Exchange
import Ledger
import NumberPlan
import Statements
import Testing

/// What is taken of what a peer says, and what is not.
@Suite struct SharedListsTests {
    let sharing: Sharing
    private let now = Sharing.now

    init() throws { sharing = try Sharing() }

    private static let until = Sharing.now + 86_400
    private static let whole = #""number":5,"until":\#(until),"part":1,"parts":1"#
    private static let entry =
        #"{"list":"bad_number","first":"+8657188880000","last":"+8657188880009","from":5,"to":9}"#

    @Test func `what a peer writes by the format is taken`() throws {
        let more = #"{"list":"do_not_originate","first":"86:*57#","from":0,"new":7}"#
        let news = try sharing.peerShare(
            try sharing.written(#"\#(Self.whole),"more":{},"added":[\#(Self.entry),\#(more)]"#))
        let range = try #require(
            NumberRange(first: Sharing.number(0).first, last: Sharing.number(9).first))
        #expect(
            news.share.added == [
                SharedEntry(list: .badNumber, range: range, from: 5, to: 9),
                SharedEntry(
                    list: .doNotOriginate,
                    range: NumberRange(only: try #require(TelephoneNumber(described: "86:*57#"))),
                    from: 0, to: nil),
            ])
        #expect(news.peer == "1001" && news.share.number == 5 && news.share.until == Self.until)
        #expect(news.share.added[0].id == "244c0a78c6b41342ba558336ee185a60")
    }

    @Test(arguments: [
        (#""number":5"#, #""number":0"#), (#""number":5"#, #""number":9007199254740993"#),
        (#""number":5"#, #""number":"5""#), (#""number":5"#, #""numbers":5"#),
        ("\"until\":\(until)", "\"until\":\(Sharing.now)"),
        ("\"until\":\(until)", "\"until\":\(Sharing.now + 172_801)"),
        ("\"until\":\(until)", "\"until\":9223372036854775807"), ("\"until\":\(until)", "\"til\":1"),
        (#""part":1"#, #""part":0"#), (#""part":1"#, #""part":2"#), (#""parts":1"#, #""parts":1001"#),
        (#","parts":1"#, ""), (#""part":1,"#, ""), (#""part":1"#, #""part":"1""#),
        ("\"added\":[", "\"added\":7,\"more\":["), ("[{", "[7,{"),
        ("bad_number", "protected"), ("bad_number", "none"), (#""list":"bad_number","#, ""),
        (#""first":"+8657188880000""#, #""first":"8657188880000""#), (#""first":"+8657188880000""#, #""first":"+""#),
        (#""first":"+8657188880000""#, #""first":7"#), ("8880009", "888000*"), ("8880009", "88800099"),
        ("+8657188880009", "+8657188870009"), ("+8657188880009", "86:8880009"), (#""from":5"#, #""from":-1"#),
        (#""from":5"#, #""from":253402300800"#), (#""from":5"#, #""form":5"#), (#""to":9"#, #""to":5"#),
        (#""to":9"#, #""to":253402300800"#), (#","to":9"#, ""), (#""to":9"#, #""to":"9""#),
        (#""added""#, #""withdrawn":["00000000000000000000000000000000"],"added""#),
    ])
    func `a statement that is not by the format is refused whole`(was: String, becomes: String) throws {
        let right = #"\#(Self.whole),"added":[\#(Self.entry)]"#
        let wrong = right.replacing(was, with: becomes)
        #expect(wrong != right)
        #expect(throws: ShareFault.self, "\(wrong)") { try sharing.peerShare(sharing.written(wrong)) }
    }

    @Test(arguments: [
        #""0000000000000000000000000000000""#, #""0000000000000000000000000000000A""#,
        #""0000000000000000000000000000000g""#, "7", #""00000000000000000000000000000000","""#,
    ])
    func `what is withdrawn is named by its id`(ids: String) throws {
        let members = #""number":5,"until":\#(Self.until),"withdrawn":["#
        #expect(throws: ShareFault.self) { try sharing.peerShare(sharing.written("\(members)\(ids)]")) }
        #expect(try sharing.peerShare(sharing.written("\(members)]")).share.withdrawn == [])
    }

    @Test func `a statement holds so many entries and ids`() throws {
        func members(_ added: Int, _ withdrawn: Int) -> String {
            let entries = (0..<added).map { #"{"list":"shut_trunk","first":"+\#(1_000 + $0)","from":0}"# }
            let ids = (0..<withdrawn).map { _ in "\"00000000000000000000000000000000\"" }
            return #""number":5,"until":\#(Self.until),"added":[\#(entries.joined(separator: ","))],"#
                + #""withdrawn":[\#(ids.joined(separator: ","))]"#
        }
        #expect(try sharing.peerShare(sharing.written(members(60, 40))).share.added.count == 60)
        #expect(throws: ShareFault.tooMany(101)) { try sharing.peerShare(sharing.written(members(60, 41))) }
        #expect(throws: ShareFault.tooMany(101)) { try sharing.peerShare(sharing.written(members(101, 0))) }
    }

    @Test func `the longest entries fit into a statement`() async throws {
        var longest: [SharedEntry] = []
        let first = try #require(TelephoneNumber(described: "852:12345678901234560000"))
        for place in 0..<100 {
            let last = try #require(TelephoneNumber(described: "852:1234567890123456\(9_000 + place)"))
            let range = try #require(NumberRange(first: first, last: last))
            longest.append(SharedEntry(list: .doNotOriginate, range: range, from: 253_402_300_798, to: 253_402_300_799))
        }
        #expect(try await sharing.tell(longest) == 1)
        #expect(try sharing.deliver() == [nil])
        #expect(try sharing.here() == Set(longest))
    }

    @Test func `lists are their signer's, whoever brings them`() async throws {
        try await sharing.tell([Sharing.bad(1)])
        let message = try #require(try sharing.waiting().first)
        #expect(throws: ShareFault.notOfPeer("1001", peer: "3003")) {
            try sharing.peerShare(message.statement, from: "3003")
        }
    }

    @Test func `each peer has its own entries`() async throws {
        try await sharing.tell([Sharing.bad(1)])
        try sharing.deliver()
        try sharing.sql(
            sharing.west, "INSERT INTO share_source (peer, number, issued, until) VALUES ('3003', 1, 1, 1)",
            "INSERT INTO share_entry SELECT '3003', id, list, first, last, starts, ends FROM share_entry")
        try await sharing.tell([], at: now + 1)
        try sharing.deliver()
        #expect(try sharing.west.store.sharedEntries().map(\.peer) == ["3003"])
        #expect(try sharing.here().isEmpty)
    }

    @Test func `while one is missing nothing is taken and nothing prolonged, until all is said again`() async throws {
        try await sharing.tell([Sharing.bad(1)])
        try sharing.deliver()
        let lease = try sharing.lease()
        try await sharing.tell([], at: now + 1)
        // It was not believed when it came, for whatever reason.
        let lost = try #require(try sharing.waiting().first)
        #expect(try sharing.west.store.note(lost.sequence, from: "1001") == .taken)
        try sharing.east.store.acknowledge("2002", through: lost.sequence)
        try await sharing.tell([Sharing.bad(2)], at: now + 2)
        #expect(try sharing.deliver() == [.gap])
        #expect(try sharing.here() == [Sharing.bad(1)])
        #expect(try sharing.lease() == lease)
        try await sharing.tell([Sharing.bad(2)], at: now + 12 * 3_600)
        #expect(try sharing.deliver(at: now + 12 * 3_600) == [nil])
        #expect(try sharing.here() == [Sharing.bad(2)])
        #expect(try sharing.lease() == now + 36 * 3_600)
    }

    /// Number, part and parts of what comes; whether it is taken.
    @Test(
        arguments: [
            [("1,2", nil), ("2,2", nil)], [("1,2", nil), ("2,3", .gap)], [("1,3", nil), ("3,3", .gap)],
            [("2,2", .gap)], [("1,2", nil), ("1,2", nil), ("2,2", nil)], [("1,2", nil), ("", .gap)],
            [("1,1", nil), ("2,2", .gap)], [("1,1", nil), ("", nil)], [("", .gap)],
        ] as [[(String, ShareFault?)]])
    func `parts follow each other`(steps: [(part: String, fault: ShareFault?)]) throws {
        for (place, step) in steps.enumerated() {
            let numbers = step.part.split(separator: ",")
            let part = numbers.isEmpty ? "" : #","part":\#(numbers[0]),"parts":\#(numbers[1])"#
            let statement = try sharing.written(#""number":\#(place + 1),"until":\#(Self.until)\#(part)"#)
            #expect(try sharing.take(statement) == step.fault, "step \(place)")
        }
    }

    @Test func `a part or news out of its number is refused`() throws {
        func members(_ number: Int, _ more: String) -> String { #""number":\#(number),"until":\#(Self.until)\#(more)"# }
        #expect(try sharing.take(sharing.written(members(7, #","part":1,"parts":2"#))) == nil)
        #expect(try sharing.take(sharing.written(members(9, #","part":2,"parts":2"#))) == .gap)
        #expect(try sharing.take(sharing.written(members(8, #","part":2,"parts":2"#))) == nil)
        #expect(try sharing.take(sharing.written(members(8, ""))) == .gap)
        #expect(try sharing.take(sharing.written(members(10, ""))) == .gap)
        #expect(try sharing.take(sharing.written(members(9, ""))) == nil)
    }

    @Test func `a whole of before does not bring back what was withdrawn`() async throws {
        try await sharing.tell([Sharing.bad(1)])
        let old = try #require(try sharing.waiting().first).statement
        try sharing.deliver()
        try await sharing.tell([], at: now + 1)
        try sharing.deliver(at: now + 1)
        #expect(try sharing.take(old, at: now + 1) == .older)
        #expect(try sharing.here().isEmpty)
        // Nor one of the same second, which comes with a number that was taken.
        let whole = #""until":\#(Self.until),"part":1,"parts":1"#
        #expect(try sharing.take(sharing.written(#""number":2,\#(whole)"#, at: now + 1), at: now + 1) == .older)
        #expect(try sharing.take(sharing.written(#""number":3,\#(whole)"#, at: now + 1), at: now + 1) == nil)
        #expect(try sharing.take(sharing.written(#""number":1,\#(whole)"#, at: now + 2), at: now + 2) == nil)
    }

    @Test func `of a peer so many are kept, and what it withdraws goes all the same`() async throws {
        try await sharing.tell([Sharing.bad(1), Sharing.bad(2)])
        try sharing.deliver()
        try sharing.sql(
            sharing.west,
            """
            WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < \(Share.mostEntries - 2))
            INSERT INTO share_entry SELECT '1001', printf('%032x', n), 'bad_number', '+1', '+1', 0, 253402300799 FROM counted
            """)
        #expect(
            try sharing.take(
                sharing.written(
                    #""number":2,"until":\#(Self.until),"added":[\#(Self.entry.replacing(":9}", with: ":\(Self.until)}"))],"#
                        + #""withdrawn":["\#(Sharing.bad(1).id)"]"#)) == nil)
        #expect(
            try sharing.take(
                sharing.written(
                    #""number":3,"until":\#(Self.until + 1),"added":[{"list":"shut_trunk","first":"+2","from":0},"#
                        + #"{"list":"shut_trunk","first":"+3","from":0}],"withdrawn":["\#(Sharing.bad(2).id)"]"#))
                == .full(Share.mostEntries + 1))
        #expect(try !sharing.here().contains(Sharing.bad(2)))
        #expect(try sharing.here().allSatisfy { $0.list != .shutTrunk })
        #expect(try sharing.lease() == Self.until + 1)
        // What takes the place of what is here needs no room.
        let two = (2...3).map { #"{"list":"shut_trunk","first":"+\#($0)","from":0}"# }
        func added(_ number: Int, _ entries: String...) throws -> ShareFault? {
            let members =
                #""number":\#(number),"until":\#(Self.until + 1),"added":[\#(entries.joined(separator: ","))]"#
            return try sharing.take(sharing.written(members))
        }
        #expect(try added(4, two[0]) == nil)
        #expect(try added(5, two[0].replacing("}", with: #","to":\#(Self.until)}"#)) == nil)
        #expect(try sharing.here().filter { $0.list == .shutTrunk }.map(\.to) == [Self.until])
        #expect(try added(6, two[0], two[1]) == .full(Share.mostEntries + 1))
        #expect(try sharing.here().filter { $0.list == .shutTrunk }.map(\.to) == [Self.until])
    }

    @Test func `of a peer that is none any more nothing stays`() async throws {
        try await sharing.tell([Sharing.bad(1)])
        try sharing.deliver()
        try await sharing.tell((0..<150).map { Sharing.bad($0) }, of: [.badNumber], at: now + 1)
        try sharing.deliver(1, at: now + 1)
        let (east, west) = (try sharing.east.store, try sharing.west.store)
        #expect(try west.forgetLists(ofAllBut: ["1001"]) == [])
        #expect(try sharing.here() == [Sharing.bad(1)])
        #expect(try west.forgetLists(ofAllBut: ["2002"]) == ["1001"])
        #expect(try east.forgetLists(ofAllBut: []) == ["2002"])
        for folder in [sharing.east, sharing.west] {
            for table in ["entry", "staged", "source", "told", "feed"] {
                #expect(try sharing.count("share_\(table)", in: folder) == 0, "\(table)")
            }
        }
        #expect(try west.forgetLists(ofAllBut: []) == [])
        // Agreed anew, all is said.
        try await sharing.tell([Sharing.bad(2)], at: now + 2)
        #expect(try sharing.deliver(at: now + 2) == [.gap, nil])
        #expect(try sharing.here() == [Sharing.bad(2)])
    }

    @Test(arguments: ["list = 'protected'", "first = '+0'", "last = '+1'"])
    func `an entry that was changed by other means is an error`(change: String) async throws {
        try await sharing.tell([Sharing.bad(1)])
        try sharing.deliver()
        try sharing.sql(sharing.west, "UPDATE share_entry SET \(change)")
        #expect(throws: ExchangeFault.self) { try sharing.west.store.sharedEntries() }
    }

    @Test func `what is taken is taken once, in its order, and stays over a restart`() async throws {
        try await sharing.tell([Sharing.bad(1)])
        let message = try #require(try sharing.waiting().first), store = try sharing.west.store
        let news = try sharing.peerShare(message.statement)
        #expect(try store.take(news, sequence: 2, at: now).receipt == .outOfOrder(received: 0))
        #expect(try store.take(news, sequence: 1, at: now).receipt == .taken)
        #expect(try store.take(news, sequence: 1, at: now).receipt == .repeated)
        #expect(try sharing.west.store.sharedEntries().map(\.entry) == [Sharing.bad(1)])
        #expect(try store.shareSources().map(\.changes) == [1])
    }
}
