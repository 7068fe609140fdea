import Foundation
import Ledger
import NumberPlan
import Synchronization
import Testing

/// What the ledger was, and what has changed since.
@Suite struct LedgerHistoryTests {
    let folder = LedgerFolder()
    let other = LedgerFolder()

    @Test func `each change keeps who made it, when and why, and what it touched`() throws {
        let store = try folder.filled()
        try store.move(
            "ent-17", to: .suspended, by: act(by: "wang", why: "complaints", at: 2_000_000_000), under: .china)
        // A clock that was set back makes no change an earlier one.
        _ = try store.importCSV(
            [(.carriers, "spc,name,country\n1001,Renamed,86\n")], by: act(why: "name", at: 1_999_999_940))
        let history = try store.history(limit: 2)
        #expect(history.map(\.version) == [3, 2])
        #expect(history[0].by == "li" && history[0].why == "name" && history[0].at == 2_000_000_000)
        #expect(history[0].rows.map(\.table) == [.carriers])
        #expect(history[1].by == "wang" && history[1].why == "complaints" && history[1].at == 2_000_000_000)
        #expect(history[1].rows.map(\.count) == [1])
        #expect(try store.history(ofTrunk: "ent-17", limit: 9).map(\.version) == [2, 1])
        #expect(try store.history(ofTrunk: "bank-1", limit: 9).map(\.version) == [1])
        #expect(try store.history(limit: 9).last?.rows.map(\.table) == LedgerTable.allCases)
        #expect(try store.history(limit: -1).isEmpty)
    }

    @Test func `nothing is changed by a clock that is more than a minute behind the last change`() throws {
        let store = try folder.filled(), last = act().clock()
        let fault = LedgerError.clockBehind(last: last, now: last - 61)
        #expect(throws: fault) { try store.move("intl", to: .shut, by: act(at: last - 61), under: .china) }
        #expect(fault.description.hasPrefix("the last change was made at 2026-11-23T10:00:00+08:00, 61 s ahead"))
        #expect(try store.version() == 1)
        try store.move("intl", to: .shut, by: act(at: last - 60), under: .china)
        #expect(try store.history(limit: 1).map(\.at) == [last])
    }

    /// An import may take minutes, in which calls are decided on the ledger as it was.
    @Test func `a change is of the time at which it is done`() throws {
        let store = try folder.filled(), begun = act().clock()
        let clock = Mutex(begun)
        let long = LedgerAct(by: "li", why: "long import") { clock.withLock { $0 } }
        var pieces = ["id,name\n", "c9,Nine\n", ""]
        let file = LedgerFile(.customers) {
            clock.withLock { $0 += 100 }
            return Array(pieces.removeFirst().utf8)
        }
        _ = try store.importCSV([file], by: long, under: .china)
        #expect(try store.history(limit: 1).map(\.at) == [begun + 300])
        #expect(try store.version(at: begun + 299) == 1)
        // A licence that ends meanwhile does not open a trunk.
        let midnight = try #require(LedgerTime("2031-01-01T00:00:00+08:00")).seconds
        clock.withLock { $0 = midnight - 100 }
        for person in ["zhao", "qian"] {
            try store.approve("bank-1", by: act(by: person, at: midnight - 100), under: .china)
        }
        pieces = ["name,class,contract\n", "bank-1,enterprise,C-6\n", ""]
        let trunks = LedgerFile(.trunks) {
            clock.withLock { $0 += 100 }
            return Array(pieces.removeFirst().utf8)
        }
        #expect(
            rowFaults { try store.importCSV([trunks], by: long, under: .china) }.map(\.reason)
                == [.missing(.licenceInForce)])
    }

    @Test func `the past is as it was`() throws {
        let store = try folder.filled()
        let number = number("+8657188880500")
        _ = try store.importCSV([(.ported, "number,carrier\n+8657188880500,1002\n")], by: act(at: 1_795_399_300))
        try store.end(2, in: .grants, at: 1_795_399_500, by: act(at: 1_795_399_400), under: .china)
        try store.move("ent-17", to: .shut, by: act(at: 1_795_399_500), under: .china)
        _ = try store.importCSV(
            [
                (
                    .delegations,
                    "delegator,delegate,first,purpose,valid_from\ncarrier:1001,customer:bank,+8657188890000,x,0\n"
                )
            ],
            by: act(at: 1_795_399_600))
        #expect(try store.version(at: 1_795_399_199) == 0)
        #expect(try store.version(at: 1_795_399_200) == 1)
        #expect(try store.version(at: 1_795_399_399) == 2)
        #expect(try store.version(at: 1_900_000_000) == 5)
        for version in 0...5 {
            let whole = try store.snapshot(asOf: version)
            let part = try store.snapshot(asOf: version, trunk: "ent-17", number: number)
            for snapshot in [whole, part] {
                #expect(snapshot.version == version)
                #expect(snapshot.holder(of: number)?.spc == (version == 0 ? nil : version == 1 ? "1001" : "1002"))
                #expect(
                    snapshot.grant(of: number, on: trunk("ent-17"), at: 1_795_399_499)?.id == (version == 0 ? nil : 2))
                #expect(
                    (snapshot.grant(of: number, on: trunk("ent-17"), at: 1_795_399_500) != nil)
                        == (1...2).contains(version))
                #expect(snapshot.trunk("ent-17")?.state == (version == 0 ? nil : version < 4 ? .active : .shut))
                #expect((snapshot.delegation(2) != nil) == (version == 5))
            }
        }
        #expect(try store.snapshot().version == 5)
        for version in [-1, 6] {
            #expect(throws: LedgerError.noVersion(version)) { try store.snapshot(asOf: version) }
            #expect(throws: LedgerError.noVersion(version)) {
                try store.snapshot(asOf: version, trunk: nil, number: number)
            }
        }
    }

    @Test func `a part of the past has the grants of the number asked for, of all trunks or of one`() throws {
        let store = try folder.filled()
        let bank = try store.snapshot(asOf: 1, trunk: nil, number: number("86:95588"))
        #expect(bank.grant(of: number("86:95588"), on: trunk("bank-1"), at: 0)?.id == 3)
        #expect(bank.grant(of: number("+8657188880000"), on: trunk("ent-17"), at: 0) == nil)
        let one = try store.snapshot(asOf: 1, trunk: "ent-17", number: number("86:95588"))
        #expect(one.grant(of: number("86:95588"), on: trunk("bank-1"), at: 0) == nil)
        let edges = [
            ("+8657188880999", true), ("+8657188881000", false), ("+865718888", false), ("86:57188880999", false),
        ]
        for (text, isThere) in edges {
            let snapshot = try store.snapshot(asOf: 1, trunk: "ent-17", number: number(text))
            #expect((snapshot.grant(of: number(text), on: trunk("ent-17"), at: 0) != nil) == isThere, "\(text)")
        }
    }

    @Test func `what there was of a number, and of the trunks to which it was granted`() throws {
        let store = try folder.filled()
        let noon = 1_795_399_200 + 2 * 3_600
        let answer = try store.answer(on: number("+8657188880500"), at: noon)
        #expect(answer.snapshot.version == 1 && answer.holder?.spc == "1001" && !answer.isPorted)
        #expect(answer.trunks.map(\.trunk.name) == ["ent-17"])
        #expect(answer.trunks.map(\.grant?.id) == [2])
        #expect(answer.trunks.map(\.licence?.id) == ["L-1"])
        #expect(try store.answer(on: number("+8657188880777"), at: noon).isPorted)
        #expect(try store.answer(on: number("+8657188880777"), at: noon).holder?.spc == "1002")
        // Granted at other times of the day.
        let lunch = try store.answer(on: number("+8657188890000"), at: noon)
        #expect(lunch.trunks.map(\.trunk.name) == ["ent-17"] && lunch.trunks.allSatisfy { $0.grant == nil })
        #expect(
            lunch.snapshot.grantFault(of: number("+8657188890000"), on: lunch.trunks[0].trunk, at: noon)
                == .outsideHours)
        // The number of an access line, and one that is granted to another.
        let line = try store.answer(on: number("+8657188880042"), at: noon)
        #expect(line.trunks.map(\.trunk.name) == ["ent-17", "line-3"])
        #expect(line.trunks.map(\.grant?.id) == [2, nil])
        #expect(try store.answer(on: number("86:95588"), trunk: "ent-17", at: noon).trunks.map(\.grant) == [nil])
        #expect(try store.answer(on: number("86:95588"), trunk: "none", at: noon).trunks.isEmpty)
        #expect(try store.answer(on: number("86:95588"), at: 5).trunks.isEmpty)
        try store.move("bank-1", to: .suspended, by: act(at: noon), under: .china)
        let suspended = try store.answer(on: number("86:95588"), at: noon)
        #expect(suspended.trunks.map(\.trunk.state) == [.suspended])
        #expect(suspended.snapshot.trunk("bank-1")?.state == .suspended)
        #expect(try store.answer(on: number("86:95588"), at: noon - 1).trunks.map(\.trunk.state) == [.active])
    }

    /// Small ones by key, and the others not at all.
    @Test func `changes are told as they led to the ledger of now`() throws {
        let store = try folder.filled()
        #expect(try store.changes(since: 1)?.version == 1)
        #expect(try store.changes(since: 1)?.carriers == nil)
        // The first change is small enough to be told too.
        #expect(try store.changes(since: 0)?.trunks.count == 5)
        #expect(try store.changes(since: 2) == nil)
        try store.move("intl", to: .shut, by: act(), under: .china)
        _ = try store.importCSV(
            [
                (.holdings, "carrier,first,last\n1001,+8657188880000,+8657188889999\n1002,86:95588,\n1002,86:95599,\n"),
                (.ported, "number,carrier\n+8613800138000,1002\n"), (.listings, "list,first,source,valid_from\n"),
            ], mode: .replace, by: act())
        try store.end(3, in: .grants, at: 9_000, by: act(), under: .china)
        let changes = try #require(try store.changes(since: 1))
        #expect(changes.version == 4)
        #expect(
            changes.carriers == nil && changes.peers == nil && changes.customers == nil && changes.licences == nil
                && changes.delegations == nil
        )
        #expect(changes.listings == [])
        guard case .set(let trunk) = try #require(changes.trunks["intl"]) else { return }
        #expect(trunk.state == .shut && changes.trunks.count == 1)
        guard case .set(let grant) = try #require(changes.grants[3]) else { return }
        #expect(grant.to == 9_000 && changes.grants.count == 1)
        func isSet<Row>(_ change: LedgerChanges.Change<Row>?) -> Bool? {
            switch change {
            case nil: nil
            case .set: true
            case .removed: false
            }
        }
        #expect(changes.ported.count == 2)
        #expect(isSet(changes.ported[number("+8613800138000")]) == true)
        #expect(isSet(changes.ported[number("+8657188880777")]) == false)
        let left = try #require(NumberRange(first: number("+8657188885000"), last: number("+8657188885999")))
        #expect(isSet(changes.holdings[.init(carrier: "1002", range: left)]) == false)
        #expect(isSet(changes.holdings[.init(carrier: "1002", range: .init(only: number("86:95599")))]) == true)
        #expect(changes.holdings.count == 3)
    }

    @Test func `after a bulk change the ledger is loaded anew`() throws {
        let store = try folder.filled()
        let rows = (0..<10_001).map { "+\(8_613_900_000_000 + $0),1001" }
        _ = try store.importCSV(.ported, text: "number,carrier\n" + rows.dropLast().joined(separator: "\n"))
        #expect(try store.changes(since: 1)?.ported.count == 10_000)
        _ = try store.importCSV(
            .ported,
            text: "number,carrier\n" + rows.map { $0.replacing(",1001", with: ",1002") }.joined(separator: "\n"))
        #expect(try store.changes(since: 2).map(\.version) == nil)
        #expect(try store.changes(since: 3).map(\.version) == 3)
    }

    /// Whatever was done, the changes since any version lead to the rows of now.
    @Test func `changes since any version agree with the ledger of now`() throws {
        let store = try folder.filled()
        var random = Generator(seed: 4)
        for _ in 0..<60 { try randomChange(store, &random) }
        let now = try store.snapshot(), last = try store.version()
        for version in stride(from: 1, through: last, by: 7) {
            let before = try store.snapshot(asOf: version), changes = try #require(try store.changes(since: version))
            for offset in 0..<40 {
                let number = number("+\(8_657_188_880_000 + offset * 10)")
                let ported: String?
                switch changes.ported[number] {
                case .set(let carrier): ported = carrier
                case .removed: ported = nil
                case nil: continue
                }
                if let ported { #expect(now.holder(of: number)?.spc == ported) }
                #expect(before.version == version)
            }
            for name in ["ent-17", "line-3", "ic-2", "intl", "bank-1"] {
                if case .set(let trunk) = changes.trunks[name] {
                    #expect(now.trunk(name) == trunk)
                } else {
                    #expect(now.trunk(name) == before.trunk(name))
                }
            }
            for (id, change) in changes.grants {
                guard case .set(let grant) = change else { continue }
                let found = now.grant(of: grant.range.first, on: trunk(grant.trunk), at: grant.from)
                #expect(found == nil || found?.id != id || found == grant)
            }
        }
    }

    private func randomChange(_ store: LedgerStore, _ random: inout Generator) throws {
        let trunks = ["ent-17", "line-3", "ic-2", "intl"]
        let name = trunks[Int.random(in: 0..<4, using: &random)], offset = Int.random(in: 0..<40, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let classes = try store.trunks().reduce(into: [:]) { $0[$1.name] = $1.trunkClass.rawValue }
            _ = try store.importCSV(
                .trunks, text: "name,class,enrolled_from\n\(name),\(classes[name] ?? ""),\(offset)\n")
        case 1:
            _ = try store.importCSV(
                .ported,
                text: "number,carrier\n+\(8_657_188_880_000 + offset * 10),\(offset.isMultiple(of: 2) ? 1001 : 1002)\n")
        case 2:
            try store.approve(only: "line-3")
            _ = try store.importCSV(
                .grants, text: "trunk,first,valid_from\nline-3,+\(8_657_188_880_000 + offset * 10),\(offset)\n")
        default:
            _ = try store.importCSV(
                .holdings, mode: .replace,
                text: "carrier,first,last\n1001,+8657188880000,+8657188889999\n1002,+\(8_657_188_880_000 + offset),\n"
                    + "1001,+8657188890000,+8657188899999\n1002,86:95588,\n")
        }
    }

    @Test func `two stores that change the ledger at once both do, one after the other`() async throws {
        _ = try folder.filled()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                let store = try LedgerStore.open(at: folder.path)
                group.addTask {
                    for row in 0..<20 {
                        _ = try store.importCSV(.customers, text: "id,name\nw\(writer)-\(row),N\n")
                    }
                }
            }
            try await group.waitForAll()
        }
        let store = try LedgerStore.open(at: folder.path)
        #expect(try store.version() == 41)
        #expect(try store.history(limit: 99).map(\.version) == Array((1...41).reversed()))
        #expect(try store.counts().first { $0.table == .customers }?.rows == 42)
    }
}

/// The same every time.
private struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
