import GRDB
import Ledger
import NumberPlan
import Testing

/// What of a ledger its peers are told, and which peers.
@Suite struct LedgerSharingTests {
    let folder = LedgerFolder()
    private static let now = act().clock()
    private static let listings = "list,first,last,source,valid_from,valid_to\n"

    private func shared(_ lists: Set<SharedList> = Set(SharedList.allCases), at now: Int = now) throws -> [String] {
        try LedgerStore.open(at: folder.path).entriesToShare(lists, at: now).map { entry in
            "\(entry.list.rawValue) \(entry.range) \(entry.from) \(entry.to.map(String.init) ?? "-")"
        }.sorted()
    }

    @Test func `the lists of a peer are what was given last`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.peers, text: "carrier,takes,gives\n1002,do_not_originate bad_number,shut_trunk\n")
        let peer = try #require(try store.snapshot().peer("1002"))
        #expect(peer.takes == [.doNotOriginate, .badNumber] && peer.gives == [.shutTrunk])
        #expect(peer.contact == "noc@south.example")
        try store.set(["carrier": "1002", "takes": ""], in: .peers, by: act(), under: .china)
        #expect(try store.snapshot().peer("1002")?.takes == [])
        #expect(try store.snapshot().peer("1002")?.gives == [.shutTrunk])
        #expect(try store.snapshot(asOf: 2).peer("1002")?.takes == [.doNotOriginate, .badNumber])
        #expect(try store.csv(.peers).contains("noc@south.example,,shut_trunk\r\n"))
    }

    @Test func `what is listed is told until it ends, and what is protected is not`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(
            .listings,
            text: Self.listings + "bad_number,+447000000000,+447000000099,police,0,\(Self.now + 1)\n"
                + "bad_number,+33100000000,,police,\(Self.now + 5),\(Self.now + 9)\nprotected,+8657188880110,,x,0,\n")
        let later = "bad_number +33100000000 \(Self.now + 5) \(Self.now + 9)"
        let listed = "do_not_originate 86:95599 0 -"
        #expect(try shared() == ["bad_number +447000000000-+447000000099 0 \(Self.now + 1)", later, listed].sorted())
        #expect(try shared(at: Self.now + 1) == [later, listed])
        #expect(try shared([.doNotOriginate]) == [listed])
        #expect(try shared([]) == [])
    }

    @Test func `numbers of a shut trunk are told but for those that an active one has been granted`() throws {
        let store = try folder.filled()
        #expect(try shared([.shutTrunk]) == [])
        try store.move("bank-1", to: .shut, by: act(at: Self.now + 1), under: .china)
        try store.move("ent-17", to: .shut, by: act(at: Self.now + 2), under: .china)
        let bank = "shut_trunk 86:95588 \(Self.now + 1) -", from = Self.now + 2
        // A grant that is over is nobody's any more, and one by a delegation is as good as another.
        let sales = "shut_trunk +8657188890000-+8657188890099 \(from) -"
        let whole = [sales, "shut_trunk +8657188880000-+8657188880999 \(from) -", bank].sorted()
        #expect(try shared([.shutTrunk], at: Self.now + 3) == whole)
        #expect(try shared([.doNotOriginate], at: Self.now + 3).count == 1)
        // One of the same customer's that is open.
        try store.set(
            [
                "name": "ent-18", "class": "enterprise", "customer": "acme", "service": "voice", "use": "service",
                "contract": "C-18",
            ], in: .trunks, by: act(at: Self.now + 4), under: .china)
        for (step, state) in [TrunkState.reviewed, .active].enumerated() {
            for person in ["li", "wang"] where state == .active {
                try store.approve("ent-18", by: act(by: person, at: Self.now + 5), under: .china)
            }
            try store.move("ent-18", to: state, by: act(at: Self.now + 5 + step), under: .china)
        }
        try store.approve(only: "ent-18", at: Self.now + 7)
        _ = try store.importCSV(
            [
                (
                    .grants,
                    "trunk,first,last,valid_from,valid_to\n"
                        + "ent-18,+8657188880100,+8657188880199,\(Self.now + 10),\(Self.now + 20)\n"
                )
            ], by: act(at: Self.now + 8))
        #expect(try shared([.shutTrunk], at: Self.now + 9) == whole)
        #expect(
            try shared([.shutTrunk], at: Self.now + 10)
                == [
                    sales, "shut_trunk +8657188880000-+8657188880099 \(from) -",
                    "shut_trunk +8657188880200-+8657188880999 \(from) -", bank,
                ].sorted())
        #expect(try shared([.shutTrunk], at: Self.now + 20) == whole)
    }

    @Test func `who holds a number is told without the whole ledger`() throws {
        let numbers = ["+8657188880777", "+8657188885000", "+8657188880001", "+1"].map(number)
        let snapshot = try folder.filled().snapshotOfHolders(of: numbers)
        #expect(numbers.map { snapshot.holder(of: $0)?.spc } == ["1002", "1002", "1001", nil])
        #expect(snapshot.peer("1002") != nil)
    }

    /// As the third migration left it: lists of two kinds, with history, and peers of which nothing is taken.
    @Test func `a ledger of before keeps its lists and their history, and shares nothing`() throws {
        let before = try folder.filled()
        _ = try before.importCSV(.listings, text: Self.listings + "do_not_originate,86:95599,,bank,0,5\n")
        let history = try before.csv(.listings)
        try folder.sql(
            "DROP TRIGGER peer_lists_stay", "ALTER TABLE peer DROP COLUMN takes", "ALTER TABLE peer DROP COLUMN gives",
            """
            CREATE TABLE former (
                list TEXT NOT NULL CHECK (list IN ('do_not_originate', 'protected')), first TEXT NOT NULL,
                last TEXT NOT NULL, source TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
                since INTEGER NOT NULL, until INTEGER, PRIMARY KEY (list, first, last, valid_from, since)
            ) STRICT, WITHOUT ROWID
            """, "INSERT INTO former SELECT list, first, last, source, valid_from, valid_to, since, until FROM listing",
            "DROP TABLE listing", "ALTER TABLE former RENAME TO listing",
            "CREATE TRIGGER listing_is_kept BEFORE DELETE ON listing BEGIN SELECT RAISE(ABORT, 'kept'); END",
            "DELETE FROM grdb_migrations WHERE identifier LIKE '4 %'")
        let store = try LedgerStore.open(at: folder.path)
        #expect(try store.csv(.listings) == history)
        let code = number("86:95599")
        #expect(try store.snapshot(asOf: 1).isListed(code, in: .doNotOriginate, at: 5))
        #expect(try !store.snapshot().isListed(code, in: .doNotOriginate, at: 5))
        let peer = try #require(try store.snapshot().peer("1002"))
        #expect(peer.takes.isEmpty && peer.gives.isEmpty)
        _ = try store.importCSV(.listings, text: Self.listings + "bad_number,+1,,x,0,9\n")
        #expect(try store.snapshot().isListed(number("+1"), in: .badNumber, at: 8))
        #expect(throws: DatabaseError.self) { try folder.sql("DELETE FROM listing") }
    }
}
