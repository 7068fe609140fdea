import Exchange
import Foundation
import Ledger
import Statements
import Testing

/// What a carrier says of its lists, and what comes of it at its peer.
@Suite struct ShareFeedTests {
    let sharing: Sharing
    private let now = Sharing.now, hour = Sharing.hour

    init() throws { sharing = try Sharing() }

    @Test func `a peer has what it was told, and is told nothing twice`() async throws {
        let entries = [Sharing.bad(1), Sharing.uncalling(2)]
        #expect(try await sharing.tell(entries) == 1)
        #expect(try await sharing.tell(entries, at: now + 1) == 0)
        #expect(try sharing.deliver() == [nil])
        #expect(try sharing.here() == Set(entries))
        #expect(try sharing.lease() == now + 24 * hour)
        #expect(try await sharing.tell(entries + [Sharing.bad(3)], at: now + 2) == 1)
        #expect(try sharing.deliver(at: now + 2) == [nil])
        #expect(try sharing.here() == Set(entries + [Sharing.bad(3)]))
        #expect(try sharing.lease() == now + 2 + 24 * hour)
    }

    @Test func `what is withdrawn goes, and what ends otherwise than it was said is said again`() async throws {
        try await sharing.tell([Sharing.bad(1), Sharing.bad(2)])
        try sharing.deliver()
        let changes = try sharing.west.store.shareSources().map(\.changes)
        #expect(try await sharing.tell([Sharing.bad(2, to: now + 9)], at: now + 1) == 2)
        #expect(try sharing.deliver(at: now + 1) == [nil, nil])
        #expect(try sharing.here() == [Sharing.bad(2, to: now + 9)])
        #expect(try sharing.west.store.shareSources().map(\.changes) != changes)
    }

    @Test func `what has ended is not withdrawn, and goes by itself`() async throws {
        try await sharing.tell([Sharing.bad(1, to: now + 9), Sharing.uncalling(2)])
        try sharing.deliver()
        #expect(try await sharing.tell([Sharing.uncalling(2)], at: now + 9) == 0)
        #expect(try await sharing.tell([Sharing.uncalling(2), Sharing.uncalling(3)], at: now + 10) == 1)
        try sharing.deliver(at: now + 10)
        #expect(try sharing.here() == [Sharing.uncalling(2), Sharing.uncalling(3)])
        // Listed anew it is said anew.
        #expect(
            try await sharing.tell([Sharing.bad(1), Sharing.uncalling(2), Sharing.uncalling(3)], at: now + 11) == 1)
    }

    @Test func `of two entries of the same numbers that begin together the one that lasts longer is told`() async throws
    {
        let long = SharedEntry(list: .shutTrunk, range: Sharing.number(1), from: 0, to: nil)
        let short = SharedEntry(list: .shutTrunk, range: Sharing.number(1), from: 0, to: now + 5)
        let shorter = SharedEntry(list: .shutTrunk, range: Sharing.number(1), from: 0, to: now + 4)
        try await sharing.tell([shorter, short])
        try sharing.deliver()
        #expect(try sharing.here() == [short])
        try await sharing.tell([short, long, shorter], at: now + 1)
        try sharing.deliver()
        #expect(try sharing.here() == [long])
    }

    @Test func `every six hours something is said, and every twelve all of it`() async throws {
        try await sharing.tell([Sharing.uncalling(1)])
        try sharing.deliver()
        #expect(try await sharing.tell([Sharing.uncalling(1)], at: now + 6 * hour - 1) == 0)
        #expect(try await sharing.tell([Sharing.uncalling(1)], at: now + 6 * hour) == 1)
        let changes = try sharing.west.store.shareSources().map(\.changes)
        #expect(try sharing.deliver(at: now + 6 * hour) == [nil])
        #expect(try sharing.lease() == now + 30 * hour)
        #expect(try sharing.west.store.shareSources().map(\.changes) == changes)
        // One that was never told to be withdrawn.
        #expect(
            try sharing.take(
                sharing.written(
                    #""number":3,"until":\#(now + 7 * hour),"added":[{"list":"do_not_originate","first":"+1","from":0}]"#,
                    at: now + 6 * hour), at: now + 6 * hour) == nil)
        #expect(try sharing.here().count == 2)
        #expect(try await sharing.tell([Sharing.uncalling(1)], at: now + 12 * hour) == 1)
        let message = try #require(try sharing.waiting().first)
        #expect(try sharing.take(message.statement, at: now + 12 * hour) == nil)
        #expect(try sharing.here() == [Sharing.uncalling(1)])
        // A clock that was put back has nobody wait.
        #expect(try await sharing.tell([Sharing.uncalling(1)], at: now) == 1)
    }

    @Test func `a whole in parts takes the place of what was there when the last is here`() async throws {
        try await sharing.tell([Sharing.uncalling(1_000)])
        try sharing.deliver()
        let entries = (0..<250).map { Sharing.bad($0) }
        #expect(try await sharing.tell(entries, of: [.badNumber], at: now + 1) == 3)
        #expect(try sharing.deliver(2) == [nil, nil])
        #expect(try sharing.here() == [Sharing.uncalling(1_000)])
        #expect(try sharing.lease() == now + 24 * hour)
        #expect(try sharing.deliver() == [nil])
        #expect(try sharing.here() == Set(entries))
        #expect(try sharing.lease() == now + 1 + 24 * hour)
    }

    @Test func `lists that are given or no more given are told as a whole, and none in silence`() async throws {
        #expect(try await sharing.tell([], of: []) == 0)
        try await sharing.tell([Sharing.uncalling(1), Sharing.bad(1)])
        #expect(try await sharing.tell([Sharing.bad(1)], of: [.badNumber], at: now + 1) == 1)
        #expect(try sharing.deliver() == [nil, nil])
        #expect(try sharing.here() == [Sharing.bad(1)])
        #expect(try await sharing.tell([], of: [], at: now + 2) == 1)
        #expect(try sharing.deliver() == [nil])
        #expect(try sharing.here().isEmpty)
        #expect(try await sharing.tell([], of: [], at: now + 50 * hour) == 0)
        #expect(try ShareFeed(sharing.east.store).told() == [:])
    }

    @Test func `a peer that has lost its data is told all again`() async throws {
        _ = try sharing.meet()
        try await sharing.tell([Sharing.bad(1)])
        try sharing.deliver()
        #expect(try ShareFeed(sharing.east.store).told() == ["2002": false])
        try FileManager.default.removeItem(atPath: "\(sharing.west.path)/\(ExchangeStore.fileName)")
        // Said before it was met again, and understood only with what went before.
        try await sharing.tell([Sharing.bad(1), Sharing.bad(2)], at: now + 1)
        #expect(try sharing.meet() == .peerLostData)
        #expect(try ShareFeed(sharing.east.store).told() == ["2002": true])
        #expect(try await sharing.tell([Sharing.bad(1), Sharing.bad(2)], at: now + 2) == 1)
        #expect(try sharing.deliver() == [nil])
        #expect(try sharing.here() == [Sharing.bad(1), Sharing.bad(2)])
        #expect(try ShareFeed(sharing.east.store).told() == ["2002": false])
    }

    @Test func `for a peer that is another each time the lists wait once, and all else stays`() async throws {
        let store = try sharing.east.store, other = SignedStatement(unverified: "a notice")
        for turn in 1...4 {
            let instance = "\(turn)0000000-0000-0000-0000-000000000000"
            _ = try store.meet(PeerGreeting(carrier: "2002", instance: instance, known: nil))
            try await sharing.tell((0..<150).map { Sharing.bad($0) }, at: now + turn)
            try store.send(other, .notice, to: "2002", at: now + turn)
            let waiting = try sharing.waiting()
            #expect(waiting.map(\.sequence) == Array(1...waiting.count))
            #expect(waiting.count(where: { $0.kind == .share }) == 2)
            #expect(waiting.count(where: { $0.statement == other }) == turn)
        }
    }

    @Test func `that nothing is given any more is said again to a peer that may not have heard it`() async throws {
        _ = try sharing.meet()
        try await sharing.tell([Sharing.bad(1)])
        try sharing.deliver()
        try await sharing.tell([], of: [], at: now + 1)
        #expect(try ShareFeed(sharing.east.store).told() == [:])
        // Less is acknowledged there than here, as after a copy of before was put back.
        try sharing.sql(sharing.west, "UPDATE stream SET received = 0")
        #expect(try sharing.meet() == .peerLostData)
        #expect(try sharing.waiting().isEmpty)
        #expect(try ShareFeed(sharing.east.store).told() == ["2002": true])
        #expect(try await sharing.tell([], of: [], at: now + 2) == 1)
        #expect(try sharing.deliver(at: now + 2) == [nil])
        #expect(try sharing.here().isEmpty)
        #expect(try ShareFeed(sharing.east.store).told() == [:])
    }

    @Test func `with data of before a carrier tells all again, and what it had withdrawn since is gone`() async throws {
        _ = try sharing.meet()
        try await sharing.tell([Sharing.bad(1), Sharing.bad(2)])
        try sharing.deliver()
        let file = "\(sharing.east.path)/\(ExchangeStore.fileName)", copy = file + ".copy"
        try FileManager.default.copyItem(atPath: file, toPath: copy)
        for turn in 1...2 {
            try await sharing.tell(turn == 1 ? [Sharing.bad(1)] : [Sharing.bad(1), Sharing.bad(3)], at: now + turn)
            try sharing.deliver()
        }
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
        try FileManager.default.moveItem(atPath: copy, toPath: file)
        #expect(try sharing.meet() == .ownDataIsOld)
        #expect(try await sharing.tell([Sharing.bad(1)], at: now + 3) == 1)
        #expect(try sharing.deliver() == [nil])
        #expect(try sharing.here() == [Sharing.bad(1)])
    }

    @Test func `after a restart only what is new is told`() async throws {
        let entries = (0..<150).map { Sharing.bad($0) }
        #expect(try await sharing.tell(entries) == 2)
        try sharing.deliver(1)
        // Stores and feeds are opened anew for each of these; one part has not gone yet.
        #expect(try await sharing.tell(entries.dropLast() + [Sharing.uncalling(1)], at: now + 1) == 2)
        #expect(try sharing.deliver() == [nil, nil, nil])
        #expect(try sharing.here() == Set(entries.dropLast() + [Sharing.uncalling(1)]))
    }

    @Test func `a peer whose queue is full is told when there is room, of all`() async throws {
        let store = try sharing.east.store
        try await sharing.tell([Sharing.bad(1)])
        try sharing.sql(sharing.east, "UPDATE stream SET sent = \(ExchangeStore.mostOutgoing + 1)")
        await #expect(throws: ExchangeFault.full(peer: "2002")) {
            try await ShareFeed(store).tell(
                [Sharing.bad(2)], of: Set(SharedList.allCases), to: "2002", by: sharing.signer, at: now)
        }
        try sharing.sql(sharing.east, "UPDATE stream SET sent = 1")
        #expect(try await sharing.tell([Sharing.bad(2)], at: now + 1) == 2)
        try sharing.deliver()
        #expect(try sharing.here() == [Sharing.bad(2)])
    }

    @Test func `of several who look at one time one tells`() async throws {
        let feed = ShareFeed(try sharing.east.store), signer = sharing.signer, now = now
        let told = try await withThrowingTaskGroup(of: Int.self) { looking in
            for _ in 0..<8 {
                looking.addTask {
                    try await feed.tell([Sharing.bad(1)], of: [.badNumber], to: "2002", by: signer, at: now).statements
                }
            }
            return try await looking.reduce(0, +)
        }
        #expect(told == 1)
        #expect(try sharing.waiting().count == 1)
    }

    @Test func `beyond what a peer keeps nothing is told, and that is known`() async throws {
        let entries = (0...200).map { Sharing.bad($0) }
        let outcome = try await ShareFeed(sharing.east.store, mostEntries: 200).tell(
            entries, of: [.badNumber], to: "2002", by: sharing.signer, at: now)
        #expect(outcome.leftOut == 1 && outcome.statements == 2)
        try sharing.deliver()
        #expect(try sharing.here().count == 200)
    }
}
