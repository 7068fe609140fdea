import NumberPlan
import Testing

@Suite struct RangeTableTests {
    @Test func `an empty table covers nothing`() {
        let table = RangeTable<Int>([])
        #expect(table.mostSpecific(covering: number("+1")) == nil)
        #expect(table.first(covering: number("+1")) { _ in true } == nil)
        #expect(!table.covers(range("+1", "+1")) { _ in true })
    }

    @Test func `a range ends exactly at its edges`() {
        let table = RangeTable([(range("+8657188880000", "+8657188880999"), 7)])
        #expect(table.mostSpecific(covering: number("+8657188879999")) == nil)
        #expect(table.mostSpecific(covering: number("+8657188880000")) == 7)
        #expect(table.mostSpecific(covering: number("+8657188880999")) == 7)
        #expect(table.mostSpecific(covering: number("+8657188881000")) == nil)
    }

    @Test func `width counts`() {
        let table = RangeTable([(range("+39060000", "+39069999"), 1)])
        #expect(table.mostSpecific(covering: number("+39061234")) == 1)
        #expect(table.mostSpecific(covering: number("+390612345")) == nil)
        #expect(table.mostSpecific(covering: number("+3906123")) == nil)
    }

    @Test func `the last number of a length is covered, and none beyond`() {
        let table = RangeTable([(range("+999999999999990", "+999999999999999"), 1), (range("+90", "+99"), 2)])
        #expect(table.mostSpecific(covering: number("+999999999999999")) == 1)
        #expect(table.mostSpecific(covering: number("+99")) == 2)
        #expect(table.mostSpecific(covering: number("+100")) == nil)
    }

    @Test func `of nested ranges the smallest counts, and the wider resumes behind it`() {
        let table = RangeTable([
            (range("+1000", "+1999"), 1), (range("+1200", "+1299"), 2), (range("+1250", "+1250"), 3),
        ])
        #expect(table.mostSpecific(covering: number("+1199")) == 1)
        #expect(table.mostSpecific(covering: number("+1200")) == 2)
        #expect(table.mostSpecific(covering: number("+1249")) == 2)
        #expect(table.mostSpecific(covering: number("+1250")) == 3)
        #expect(table.mostSpecific(covering: number("+1251")) == 2)
        #expect(table.mostSpecific(covering: number("+1300")) == 1)
        #expect(table.mostSpecific(covering: number("+2000")) == nil)
    }

    @Test func `of crossing ranges the smaller counts where both cover`() {
        let table = RangeTable([(range("+1000", "+1500"), 1), (range("+1400", "+1600"), 2)])
        #expect(table.mostSpecific(covering: number("+1399")) == 1)
        #expect(table.mostSpecific(covering: number("+1400")) == 2)
        #expect(table.mostSpecific(covering: number("+1501")) == 2)
        #expect(table.mostSpecific(covering: number("+1601")) == nil)
    }

    @Test func `size is counted in numbers`() {
        // Two numbers across a carry against three: were the size taken from the packed form, three would win.
        let table = RangeTable([(range("+1999", "+2000"), 1), (range("+1998", "+2000"), 2)])
        #expect(table.mostSpecific(covering: number("+2000")) == 1)
        let other = RangeTable([(range("+2000", "+2002"), 1), (range("+1999", "+2000"), 2)])
        #expect(other.mostSpecific(covering: number("+2000")) == 2)
    }

    @Test func `of identical ranges the last given counts`() {
        let table = RangeTable([(range("+10", "+19"), 1), (range("+10", "+19"), 2)])
        #expect(table.mostSpecific(covering: number("+15")) == 2)
        #expect(table.first(covering: number("+15")) { $0 != 2 } == 1)
    }

    @Test func `adjacent ranges touch without overlapping, and cover together`() {
        let table = RangeTable([(range("+1000", "+1099"), 1), (range("+1100", "+1199"), 2)])
        #expect(table.mostSpecific(covering: number("+1099")) == 1)
        #expect(table.mostSpecific(covering: number("+1100")) == 2)
        #expect(table.covers(range("+1000", "+1199")) { _ in true })
        #expect(table.covers(range("+1050", "+1150")) { _ in true })
        #expect(!table.covers(range("+1000", "+1199")) { $0 == 1 })
        #expect(!table.covers(range("86:1000", "86:1199")) { _ in true })
        #expect(!table.covers(range("+1001", "+1200")) { _ in true })
    }

    @Test func `a gap of one number is a gap`() {
        let table = RangeTable([(range("+1000", "+1098"), 1), (range("+1100", "+1199"), 2)])
        #expect(!table.covers(range("+1000", "+1199")) { _ in true })
    }

    @Test func `the predicate is asked from the smallest to the widest`() {
        let table = RangeTable([
            (range("+1000", "+1999"), 1), (range("+1200", "+1299"), 2), (range("+1250", "+1250"), 3),
        ])
        #expect(table.first(covering: number("+1250")) { _ in true } == 3)
        #expect(table.first(covering: number("+1250")) { $0 < 3 } == 2)
        #expect(table.first(covering: number("+1250")) { $0 < 2 } == 1)
        #expect(table.first(covering: number("+1250")) { $0 < 1 } == nil)
    }

    @Test func `a code is matched by its exact digits, in its own country`() {
        let table = RangeTable([(range("86:95588", "86:95588"), 1), (range("+95580", "+95589"), 2)])
        #expect(table.mostSpecific(covering: number("86:95588")) == 1)
        #expect(table.mostSpecific(covering: number("86:955881")) == nil)
        #expect(table.mostSpecific(covering: number("86:9558")) == nil)
        #expect(table.mostSpecific(covering: number("1:95588")) == nil)
        #expect(table.mostSpecific(covering: number("+95588")) == 2)
    }

    @Test func `stars and hashes are in no range but their own`() {
        let table = RangeTable([(range("86:10", "86:29"), 1), (NumberRange(only: number("86:1*")), 2)])
        #expect(table.mostSpecific(covering: number("86:1*")) == 2)
        #expect(table.mostSpecific(covering: number("86:1#")) == nil)
        #expect(table.mostSpecific(covering: number("86:19")) == 1)
        #expect(!range("86:10", "86:29").contains(number("86:1*")))
    }

    @Test func `a range has one kind, one length and an order`() {
        #expect(NumberRange(first: number("+100"), last: number("86:199")) == nil)
        #expect(NumberRange(first: number("+19"), last: number("+10")) == nil)
        #expect(NumberRange(first: number("+10"), last: number("+100")) == nil)
        #expect(NumberRange(first: number("+10"), last: number("86:19")) == nil)
        #expect(NumberRange(first: number("1:10"), last: number("86:19")) == nil)
        #expect(NumberRange(first: number("86:1*"), last: number("86:1#")) == nil)
    }

    /// Against a search through all ranges, in a space small enough for every kind of overlap to come up.
    @Test(arguments: 0..<100)
    func `every number gets what a plain search gives`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let prefix = ["+", "86:", "+86571888", "86:10690123456789"].randomElement(using: &random)!
        let entries = (0..<Int.random(in: 0...60, using: &random)).map { value in
            let length = Int.random(in: 2...3, using: &random)
            let ends = (0..<2).map { _ in Int.random(in: Self.space(length), using: &random) }.sorted()
            let last = Bool.random(using: &random) ? ends[1] : min(ends[0] + 9, Self.space(length).upperBound)
            return (range: range("\(prefix)\(ends[0])", "\(prefix)\(last)"), value: value)
        }
        let table = RangeTable(entries)
        for length in 2...3 {
            for local in Self.space(length) {
                let wanted = number("\(prefix)\(local)")
                let covering = Oracle.covering(wanted, entries)
                let odd: (Int) -> Bool = { $0 % 2 == 1 }
                if table.mostSpecific(covering: wanted) != covering.first { Issue.record("\(wanted) \(covering)") }
                if table.first(covering: wanted, where: odd) != covering.first(where: odd) { Issue.record("\(wanted)") }
            }
            for _ in 0..<20 {
                let ends = (0..<2).map { _ in Int.random(in: Self.space(length), using: &random) }.sorted()
                let even: (Int) -> Bool = { $0 % 2 == 0 }
                let all = (ends[0]...ends[1]).allSatisfy {
                    Oracle.covering(number("\(prefix)\($0)"), entries).contains(where: even)
                }
                #expect(table.covers(range("\(prefix)\(ends[0])", "\(prefix)\(ends[1])"), where: even) == all)
            }
        }
    }

    @Test func `twenty thousand ranges are exact at every edge`() {
        var random = SeededGenerator(seed: 20_000)
        let entries = (0..<20_000).map { place in
            (range: range("+86571\(1_000_000 + place * 10)", "+86571\(1_000_005 + place * 10)"), value: place)
        }
        let table = RangeTable(entries.shuffled(using: &random))
        for place in 0..<20_000 {
            let edges = [-1, 0, 5, 6].map {
                table.mostSpecific(covering: number("+86571\(1_000_000 + place * 10 + $0)"))
            }
            if edges != [nil, place, place, nil] { Issue.record("\(place): \(edges)") }
        }
    }

    private static func space(_ length: Int) -> ClosedRange<Int> { length == 2 ? 10...99 : 100...199 }
}

private enum Oracle {
    /// The values of all that cover the number, from the smallest to the widest.
    static func covering(_ number: TelephoneNumber, _ entries: [(range: NumberRange, value: Int)]) -> [Int] {
        entries.filter { $0.range.contains(number) }
            .sorted { one, other in
                let sizes = (size(one.range), size(other.range))
                if sizes.0 != sizes.1 { return sizes.0 < sizes.1 }
                let starts = (one.range.first.digits, other.range.first.digits)
                return starts.0 != starts.1 ? starts.0 > starts.1 : one.value > other.value
            }
            .map(\.value)
    }

    private static func size(_ range: NumberRange) -> Int {
        let ends = [range.first, range.last].compactMap { Int($0.digits.description.suffix(5)) }
        return ends[1] - ends[0]
    }
}

private func number(_ text: String) -> TelephoneNumber {
    TelephoneNumber(described: text) ?? .global(Digits("0")!)
}

private func range(_ first: String, _ last: String) -> NumberRange {
    NumberRange(first: number(first), last: number(last))!
}
