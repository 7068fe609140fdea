import Ledger
import NumberPlan
import Testing

@Suite struct LedgerSnapshotTests {
    let folder = LedgerFolder()

    @Test func `a trunk is what was imported`() throws {
        let snapshot = try folder.filled().snapshot()
        #expect(
            snapshot.trunk("ent-17")
                == Trunk(
                    name: "ent-17", trunkClass: .enterprise, customer: "acme", service: "voice", use: .service,
                    contract: "C-17"))
        #expect(
            snapshot.trunk("line-3")
                == Trunk(
                    name: "line-3", trunkClass: .access, customer: "acme", line: number("+8657188880042"),
                    use: .private, contract: "C-3"))
        #expect(
            snapshot.trunk("ic-2")
                == Trunk(
                    name: "ic-2", trunkClass: .interconnect, peer: "1002", use: .carrier, contract: "C-2",
                    enrolledFrom: 1_700_000_000, circuit: "E-7", hasHandover: true))
        #expect(snapshot.trunk("intl")?.trunkClass == .international)
        #expect(snapshot.trunk("ENT-17") == nil)
    }

    @Test func `the most specific grant that is live counts`() throws {
        let snapshot = try folder.filled().snapshot()
        func range(at now: Int, _ text: String = "+8657188880042") -> String? {
            snapshot.grant(of: number(text), on: trunk("ent-17"), at: now)?.range.description
        }
        #expect(range(at: 999) == "+8657188880000-+8657188880999")
        #expect(range(at: 1000) == "+8657188880000-+8657188880099")
        #expect(range(at: 1999) == "+8657188880000-+8657188880099")
        #expect(range(at: 2000) == "+8657188880000-+8657188880999")
        #expect(range(at: 1500, "+8657188880100") == "+8657188880000-+8657188880999")
        #expect(range(at: 1500, "+8657188881000") == nil)
        #expect(range(at: -1) == nil)
    }

    @Test func `a grant is one trunk's`() throws {
        let snapshot = try folder.filled().snapshot()
        #expect(snapshot.grant(of: number("+8657188880042"), on: trunk("bank-1"), at: 1500) == nil)
        #expect(snapshot.grant(of: number("+8657188880042"), on: trunk("nobody"), at: 1500) == nil)
        #expect(snapshot.grant(of: number("86:95588"), on: trunk("ent-17"), at: 1500) == nil)
        let grant = snapshot.grant(of: number("86:95588"), on: trunk("bank-1"), at: 1500)
        #expect(grant == Grant(id: 3, trunk: "bank-1", range: NumberRange(only: number("86:95588")), from: 0))
        #expect(snapshot.grant(of: number("86:955881"), on: trunk("bank-1"), at: 1500) == nil)
        #expect(snapshot.grant(of: number("+95588"), on: trunk("bank-1"), at: 1500) == nil)
    }

    @Test func `who holds a number, and whether ranges together cover another`() throws {
        let snapshot = try folder.filled().snapshot()
        #expect(snapshot.holder(of: number("+8657188884999"))?.spc == "1001")
        #expect(snapshot.holder(of: number("+8657188885000"))?.name == "South, and East")
        #expect(snapshot.holder(of: number("+8657188886000"))?.spc == "1001")
        #expect(snapshot.holder(of: number("86:95588"))?.spc == "1002")
        #expect(snapshot.holder(of: number("+8657188900000")) == nil)
        let both = try #require(NumberRange(first: number("+8657188880000"), last: number("+8657188899999")))
        #expect(snapshot.hold(["1001"], both))
        #expect(!snapshot.hold(["1002"], both))
        #expect(!snapshot.hold(["9999"], both))
        #expect(snapshot.carrier("1001")?.country == CountryCode("86"))
        #expect(snapshot.carrier("9999") == nil)
    }

    @Test func `a snapshot stays as it is, and the next one has another version`() throws {
        let store = try folder.filled()
        let before = try store.snapshot()
        _ = try store.importCSV(.trunks, text: "name,class\nnew,access\n")
        #expect(before.trunk("new") == nil)
        let after = try store.snapshot()
        #expect(after.trunk("new") != nil)
        #expect(after.version == before.version + 1)
    }

    @Test func `one made in memory answers alike`() {
        let range = NumberRange(first: number("+8657188880000"), last: number("+8657188880999"))!
        let snapshot = LedgerSnapshot(
            version: 7, carriers: [Carrier(spc: "1001", name: "North", country: CountryCode("86")!)],
            holdings: [("1001", range), ("gone", range)], trunks: [Trunk(name: "t", trunkClass: .enterprise)],
            grants: [
                Grant(id: 1, trunk: "t", range: range, from: 0), Grant(id: 2, trunk: "gone", range: range, from: 0),
            ])
        #expect(snapshot.version == 7)
        #expect(snapshot.holder(of: range.first)?.spc == "1001")
        #expect(
            snapshot.grant(of: range.last, on: trunk("t"), at: 0) == Grant(id: 1, trunk: "t", range: range, from: 0))
        #expect(snapshot.grant(of: range.last, on: trunk("gone"), at: 0) == nil)
    }
}
