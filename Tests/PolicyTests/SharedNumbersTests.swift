import Ledger
import NumberPlan
import Policy
import Testing

/// Whether what a peer tells of a number counts.
@Suite struct SharedNumbersTests {
    private static let shown = "+862152345678"

    private static func entry(
        _ list: SharedList, _ number: String = shown, from: Int = 0, to: Int? = Rules.now + 1
    ) -> SharedEntry {
        SharedEntry(list: list, range: only(number), from: from, to: to)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let standings: [SharedStanding]
        let number: String
        let alter: @Sendable (inout Rules) -> Void

        /// - Parameter standings: of a bad number, one that nobody calls with, and one of a shut trunk.
        init(
            _ name: String, _ standings: [SharedStanding], _ number: String = shown,
            alter: @escaping @Sendable (inout Rules) -> Void = { _ in }
        ) { (testDescription, self.standings, self.number, self.alter) = (name, standings, number, alter) }
    }

    static let rows: [Row] = [
        Row("a number of the peer's", [.inForce, .inForce, .inForce]),
        Row("one of another carrier", all(.outsidePeersNumbers), "+862152346000"),
        Row("one of the country that nobody holds", all(.outsidePeersNumbers), "+862152347000"),
        Row("a foreign one under a plan of no country", all(.outsidePeersNumbers), "+442071838750") {
            $0.plan = DialPlan.none
        },
        Row("a foreign one that another holds", all(.outsidePeersNumbers), "+442071838750") {
            $0.holdings.append(("Q", only("+442071838750")))
        },
        Row(
            "a foreign one that nobody holds", [.inForce, .outsidePeersNumbers, .outsidePeersNumbers], "+442071838750"),
        Row("one of the peer's range that another holds", all(.outsidePeersNumbers)) {
            $0.holdings.append(("Q", only(shown)))
        },
        Row("a peer of which one list is taken", [.notTaken, .inForce, .notTaken]) {
            $0.peer = Peer(carrier: "P", takes: [.doNotOriginate])
        },
        Row("a peer that only is told", all(.notTaken)) {
            $0.peer = Peer(carrier: "P", gives: Set(SharedList.allCases))
        },
        Row("a peer that is suspended", all(.notTaken)) {
            $0.peer = Peer(carrier: "P", state: .suspended, takes: Set(SharedList.allCases))
        },
        Row("another than the peer", all(.notTaken)) {
            $0.peer = Peer(carrier: "Q", takes: Set(SharedList.allCases))
        },
        Row("a peer that was not heard of for too long", all(.leaseOver)) { $0.lease = Rules.now },
        Row("an emergency number", all(.protected), "86:110") { $0.holdings.append(("P", only("86:110"))) },
        Row("a code of an authority", all(.protected), "86:12381") { $0.holdings.append(("P", only("86:12381"))) },
        Row("a number that the ledger protects", all(.protected)) {
            $0.listings = [Listing(list: .protected, range: only(shown), source: "x", from: 0)]
        },
        Row("once it protects it no more", all(.inForce)) {
            $0.listings = [Listing(list: .protected, range: only(shown), source: "x", from: 0, to: Rules.now)]
        },
    ]

    private static func all(_ standing: SharedStanding) -> [SharedStanding] {
        Array(repeating: standing, count: 3)
    }

    @Test(arguments: rows) func `counts if the peer may say it`(row: Row) {
        let lists: [SharedList] = [.badNumber, .doNotOriginate, .shutTrunk]
        for (list, standing) in zip(lists, row.standings) {
            var rules = Rules()
            row.alter(&rules)
            rules.told = [Self.entry(list, row.number)]
            let inForce = rules.inForce(), shown = number(row.number)
            #expect(inForce.standing(of: SharedNumbers.Told(rules.told[0], by: "P"), on: shown) == standing, "\(list)")
            #expect((inForce.shared(on: shown) != nil) == (standing == .inForce))
            #expect(inForce.isShutByHolder(shown) == (standing == .inForce && list == .shutTrunk))
        }
    }

    @Test(
        arguments: [
            (Rules.now + 60, nil, SharedStanding.inForce), (Rules.now + 61, nil, .notBegun),
            (0, Rules.now + 1, .inForce),
            (0, Rules.now, .ended),
        ] as [(Int, Int?, SharedStanding)])
    func `counts from its beginning until its end`(from: Int, to: Int?, standing: SharedStanding) {
        var rules = Rules()
        rules.told = [Self.entry(.doNotOriginate, from: from, to: to)]
        let told = SharedNumbers.Told(rules.told[0], by: "P")
        #expect(rules.inForce().standing(of: told, on: number(Self.shown)) == standing)
    }

    @Test func `every standing is tried`() {
        let found = Set(Self.rows.flatMap(\.standings) + [.notBegun, .ended, .tooMany, .tooWide])
        #expect(found == Set(SharedStanding.allCases))
    }

    @Test(
        arguments: [
            ("+442071830000", "+442071839999", SharedStanding.inForce), ("+442071829999", "+442071839998", .tooWide),
            ("+442071800000", "+442071899999", .tooWide), ("+442071838750", "+442071838750", .inForce),
            ("+29020000", "+29020099", .inForce),
            ("+29020000", "+29020999", .tooWide),
        ]) func `of foreign numbers up to 10,000 that begin alike are named at once`(
            first: String, last: String, standing: SharedStanding
        )
    {
        var rules = Rules()
        rules.told = [
            SharedEntry(list: .badNumber, range: range(first, last), from: 0, to: Rules.now + 1)
        ]
        let inForce = rules.inForce()
        #expect(inForce.standing(of: SharedNumbers.Told(rules.told[0], by: "P"), on: number(first)) == standing)
        #expect((inForce.shared(on: number(first)) != nil) == (standing == .inForce))
        // Its own are as many as it holds.
        rules.holdings.append(("P", range(first, last)))
        #expect(rules.inForce().shared(on: number(first)) != nil)
    }

    @Test func `of one peer so many count over one number, and beside it as many`() {
        func entry(_ list: SharedList, _ first: Int, _ last: Int) -> SharedEntry {
            SharedEntry(
                list: list, range: range("+86215234\(5_000 + first)", "+86215234\(5_000 + last)"), from: 0,
                to: Rules.now + 1)
        }
        let most = SharedNumbers.mostOverNumber
        var rules = Rules()
        rules.told = (0..<most).map { entry(.shutTrunk, $0, 500 - $0) }
        rules.told.append(entry(.badNumber, 450, 999))
        let ledger = rules.inForce().ledger
        let last = SharedNumbers.Told(rules.told[most], by: "P")
        #expect(
            rules.inForce().shared(on: number("+862152345450"))?.entry.list == .badNumber, "one covers it less often")
        rules.told.append(entry(.doNotOriginate, 300, 300))
        let extra = SharedNumbers.Told(rules.told[most + 1], by: "P")
        #expect(rules.inForce().shared.leftOut == [extra])
        #expect(rules.inForce().standing(of: extra, on: number("+862152345300")) == .tooMany)
        #expect(rules.inForce().shared(on: number("+862152345300"))?.entry.list == .shutTrunk)
        #expect(rules.inForce().standing(of: last, on: number("+862152345450")) == .inForce)
        let ofOthers = rules.told.map { SharedNumbers.Told($0, by: $0.list == .shutTrunk ? "P" : "Q") }
        #expect(SharedNumbers(ofOthers, takenBy: ledger, leases: [:]).leftOut.isEmpty)
    }

    @Test func `of all that a hostile peer nests over everybody's numbers few are looked at`() {
        var rules = Rules()
        rules.told = (0..<50_000).map { place in
            SharedEntry(
                list: .badNumber, range: range("+8621523\(10_000 + place)", "+86215239\(9_999 - place / 10)"),
                from: place,
                to: Rules.now + 1)
        }
        #expect(rules.inForce().shared.leftOut.count == rules.told.count - SharedNumbers.mostOverNumber)
    }

    @Test func `what the ledger does not take of a peer is not looked at`() {
        var rules = Rules()
        rules.peer = Peer(carrier: "P", takes: [.shutTrunk])
        let told = [Self.entry(.badNumber), Self.entry(.shutTrunk)].map { SharedNumbers.Told($0, by: "P") }
        func isEmpty(_ told: SharedNumbers.Told) -> Bool {
            SharedNumbers([told], takenBy: rules.inForce().ledger, leases: [:]).isEmpty
        }
        #expect(told.map(isEmpty) == [true, false])
        rules.peer = Peer(carrier: "P", state: .suspended, takes: Set(SharedList.allCases))
        #expect(told.map(isEmpty) == [true, true])
        rules.peer = nil
        #expect(told.map(isEmpty) == [true, true])
    }

    @Test func `entries that count until another time are the same`() {
        var rules = Rules()
        rules.told = [Self.entry(.badNumber)]
        let shared = rules.inForce().shared
        for (lease, isInForce) in [(Rules.now, false), (Rules.now + 1, true)] {
            let later = RulesInForce(
                plan: .china, ledger: rules.inForce().ledger, shared: shared.until(["P": lease]),
                whenRoamingUnknown: .withhold, at: Rules.now)
            #expect((later.shared(on: number(Self.shown)) != nil) == isInForce)
        }
    }

    @Test func `without a lease of its carrier an entry does not count`() {
        let told = SharedNumbers.Told(Self.entry(.badNumber), by: "P"), ledger = Rules().inForce().ledger
        let rules = RulesInForce(
            plan: .china, ledger: ledger, shared: SharedNumbers([told], leases: [:]), whenRoamingUnknown: .withhold,
            at: Rules.now)
        #expect(rules.shared(on: number(Self.shown)) == nil)
    }

    @Test func `of several the one counts that nobody can lift, and one that does not count hides none`() {
        var rules = Rules()
        rules.told = [
            Self.entry(.shutTrunk), Self.entry(.badNumber, to: Rules.now),
            SharedEntry(list: .badNumber, range: range("+862152345600", "+862152345699"), from: 0, to: Rules.now + 1),
        ]
        #expect(rules.inForce().shared(on: number(Self.shown))?.entry == rules.told[2])
        rules.told.removeLast()
        #expect(rules.inForce().shared(on: number(Self.shown))?.entry == rules.told[0])
        #expect(rules.inForce().shared(on: number("+862152345677")) == nil)
    }

    @Test(arguments: SharedList.allCases) func `what a record keeps of it decides the same again`(list: SharedList) {
        var rules = Rules()
        rules.told = [Self.entry(list, to: list == .badNumber ? Rules.now + 1 : nil)]
        guard let told = rules.inForce().shared(on: number(Self.shown)) else { return #expect(Bool(false)) }
        let inputs = [(name: "listener", value: "x")] + SharedNumbers.inputs(of: told)
        let again = RulesInForce(
            plan: .china, ledger: rules.inForce().ledger, shared: SharedNumbers(inputs: inputs),
            whenRoamingUnknown: .withhold, at: Rules.now)
        #expect(again.shared(on: number(Self.shown))?.entry.list == list)
        #expect(again.shared(on: number(Self.shown))?.source == "P")
        #expect(SharedNumbers(inputs: [(name: "sharedBy", value: "P")]).isEmpty)
    }
}
