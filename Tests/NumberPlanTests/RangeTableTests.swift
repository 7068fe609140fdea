import NumberPlan
import Testing

@Suite struct RangeTableTests {
    @Test func `an empty table covers nothing`() {
        let table = RangeTable([])
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
        let entries = (0..<Int.random(in: 0...60, using: &random)).map { place in
            let length = Int.random(in: 2...3, using: &random)
            let ends = (0..<2).map { _ in Int.random(in: Self.space(length), using: &random) }.sorted()
            let last = Bool.random(using: &random) ? ends[1] : min(ends[0] + 9, Self.space(length).upperBound)
            return (range: range("\(prefix)\(ends[0])", "\(prefix)\(last)"), place: UInt32(place))
        }
        let table = RangeTable(entries)
        for length in 2...3 {
            for local in Self.space(length) {
                let wanted = number("\(prefix)\(local)")
                let covering = Oracle.covering(wanted, entries)
                let odd: (UInt32) -> Bool = { $0 % 2 == 1 }
                if table.mostSpecific(covering: wanted) != covering.first { Issue.record("\(wanted) \(covering)") }
                if table.first(covering: wanted, where: odd) != covering.first(where: odd) { Issue.record("\(wanted)") }
            }
            for _ in 0..<20 {
                let ends = (0..<2).map { _ in Int.random(in: Self.space(length), using: &random) }.sorted()
                let even: (UInt32) -> Bool = { $0 % 2 == 0 }
                let all = (ends[0]...ends[1]).allSatisfy {
                    Oracle.covering(number("\(prefix)\($0)"), entries).contains(where: even)
                }
                #expect(table.covers(range("\(prefix)\(ends[0])", "\(prefix)\(ends[1])"), where: even) == all)
            }
        }
    }

    /// With what overlaps, and numbers of both kinds, against a table made of the same entries at once.
    @Test(arguments: 0..<20)
    func `a table made of another has what was not left out, at its new places`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let entries = (0..<60).map { place in
            let start = Int.random(in: 100...160, using: &random), prefix = ["+", "86:"].randomElement(using: &random)!
            let last = start + [0, 0, 3, seed % 3 * 20].randomElement(using: &random)!
            return (range: range("\(prefix)\(start)", "\(prefix)\(last)"), place: UInt32(place % 7))
        }
        let gone = entries.shuffled(using: &random).prefix(20)
        var without = RangeTable.Builder(), moved = RangeTable.Builder()
        without.add(RangeTable(entries), except: Array(gone))
        moved.add(RangeTable(entries)) { $0 == 3 ? nil : $0 + 10 }
        let kept = entries.filter { entry in !gone.contains { $0 == entry } }
        let others = entries.filter { $0.place != 3 }.map { (range: $0.range, place: $0.place + 10) }
        for (table, expected) in [(RangeTable(without), kept), (RangeTable(moved), others)] {
            for wanted in (95...210).flatMap({ [number("+\($0)"), number("86:\($0)")] }) {
                let covering = Oracle.covering(wanted, expected)
                if table.mostSpecific(covering: wanted).map({ covering.contains($0) })
                    != (covering.isEmpty ? nil : true)
                    || table.first(covering: wanted, where: { $0 % 2 == 1 }) == nil
                        && covering.contains(where: { $0 % 2 == 1 })
                {
                    Issue.record("\(wanted): \(covering)")
                }
            }
        }
    }

    @Test func `of identical ranges the one of the greatest rank counts, if ranks are given`() {
        for range in [range("+10", "+19"), range("86:10", "86:19")] {
            var builder = RangeTable.Builder()
            for place in 0..<3 as Range<UInt32> { builder.add(range, place) }
            builder.order { [1, 2, 0][Int($0)] }
            #expect(RangeTable(builder).mostSpecific(covering: range.first) == 1)
        }
    }

    @Test func `the smaller range is the more specific, of equal ones the one that starts last`() {
        #expect(range("+1999", "+2000").isMoreSpecific(than: range("+1998", "+2000")) == true)
        #expect(range("+1998", "+2000").isMoreSpecific(than: range("+1999", "+2000")) == false)
        #expect(range("+11", "+12").isMoreSpecific(than: range("+10", "+11")) == true)
        #expect(range("+10", "+11").isMoreSpecific(than: range("+11", "+12")) == false)
        #expect(range("+10", "+11").isMoreSpecific(than: range("+10", "+11")) == nil)
        let code = NumberRange(only: number("86:1*"))
        #expect(code.isMoreSpecific(than: code) == nil)
    }

    @Test func `twenty thousand ranges are exact at every edge`() {
        var random = SeededGenerator(seed: 20_000)
        let entries = (0..<20_000).map { place in
            (
                range: range("+86571\(1_000_000 + place * 10)", "+86571\(1_000_005 + place * 10)"), place: UInt32(place)
            )
        }
        let table = RangeTable(entries.shuffled(using: &random))
        for place in 0..<20_000 {
            let edges = [-1, 0, 5, 6].map {
                table.mostSpecific(covering: number("+86571\(1_000_000 + place * 10 + $0)"))
            }
            if edges != [nil, UInt32(place), UInt32(place), nil] { Issue.record("\(place): \(edges)") }
        }
    }

    /// Every kind of crowding and spreading, at every edge and beside it, against a search in the ranges as they are.
    @Test(arguments: Spread.allCases)
    func `what lies apart is found however it is spread`(spread: Spread) {
        var random = SeededGenerator(seed: 7)
        let blocks = spread.blocks(3_000, using: &random)
        var builder = RangeTable.Builder()
        for place in blocks.indices.shuffled(using: &random) { builder.add(blocks[place].range, UInt32(place)) }
        let table = RangeTable(builder)
        for (place, block) in blocks.enumerated() {
            for wanted in block.around {
                let found = table.firstEntry(covering: wanted) { _ in true }
                let expected = blocks[max(0, place - 1)...min(place + 1, blocks.count - 1)].firstIndex {
                    $0.range.contains(wanted)
                }
                if table.mostSpecific(covering: wanted) != expected.map(UInt32.init)
                    || found?.place != expected.map(UInt32.init)
                    || found.map(\.range) != expected.map({ blocks[$0].range })
                {
                    Issue.record("\(wanted): \(String(describing: found)), not \(String(describing: expected))")
                }
            }
        }
    }

    @Test func `one giant range shows wherever none of many small ones lies in it`() {
        let giant = range("+8600000000000", "+8699999999999")
        let wide: UInt32 = 5_000
        var entries = [(range: giant, place: wide)]
        for place in 0..<5_000 {
            let start = 8_613_000_000_000 + place * 20
            entries.append((range: range("+\(start)", "+\(start + 9)"), place: UInt32(place)))
        }
        let table = RangeTable(entries)
        for place in 0..<5_000 {
            let start = 8_613_000_000_000 + place * 20
            let places = [-1, 0, 9, 10].map { table.mostSpecific(covering: number("+\(start + $0)")) }
            if places != [wide, UInt32(place), UInt32(place), wide] { Issue.record("\(start): \(places)") }
            let wider = table.firstEntry(covering: number("+\(start)")) { $0 == wide }
            if wider?.range != giant { Issue.record("\(start)") }
        }
        #expect(table.covers(giant) { _ in true })
        #expect(!table.covers(giant) { $0 != wide })
    }

    @Test func `numbers of every length are told apart, and come back as they were given`() {
        for prefix in ["+", "86:"] {
            let texts = (1...20).flatMap { length in
                ["0", "5", "9"].map { prefix + String(repeating: $0, count: length) }
            }
            let entries = texts.enumerated().map { (range: range($1, $1), place: UInt32($0)) }
            let table = RangeTable(entries)
            for (own, place) in entries {
                let found = table.firstEntry(covering: own.first) { _ in true }
                #expect(found?.place == place && found?.range == own)
                #expect(table.covers(own) { $0 == place })
            }
            #expect(table.mostSpecific(covering: number(prefix + "6")) == nil)
        }
    }

    @Test func `a range of more numbers than four bytes count ends exactly at its edges`() {
        let fourBytes = 4_294_967_296
        for prefix in ["+", "86:"] {
            for count in [fourBytes - 1, fourBytes, fourBytes + 1, 100_000_000_000_000] {
                let start = 400_000_000_000_000
                let own = range("\(prefix)\(start)", "\(prefix)\(start + count - 1)")
                let next = range("\(prefix)\(start + count)", "\(prefix)\(start + count + 9)")
                for again in [0, 1] {
                    // Given twice, one lies over the other.
                    let given = [own, next] + Array(repeating: next, count: again)
                    let table = RangeTable(given.map { (range: $0, place: $0 == own ? 1 : 2) })
                    let values = [-1, 0, count - 1, count, count + 10].map {
                        table.mostSpecific(covering: number("\(prefix)\(start + $0)"))
                    }
                    #expect(values == [nil, 1, 1, 2, nil])
                    #expect(table.firstEntry(covering: own.last) { _ in true }?.range == own)
                    #expect(table.firstEntry(covering: next.first) { _ in true }?.range == next)
                    #expect(table.covers(range("\(prefix)\(start)", "\(prefix)\(start + count)")) { _ in true })
                    #expect(!table.covers(own) { $0 == 2 })
                }
            }
        }
    }

    @Test func `ranges of twenty digits end exactly at their edges`() {
        for prefix in ["+", "86:"] {
            let ends = range(prefix + "12340000000000000000", prefix + "12349999999999999999")
            let next = range(prefix + "12350000000000000000", prefix + "12350000000000000009")
            let table = RangeTable([(ends, 1), (next, 2)])
            #expect(table.mostSpecific(covering: number(prefix + "12339999999999999999")) == nil)
            #expect(table.firstEntry(covering: ends.last) { _ in true }?.range == ends)
            #expect(table.firstEntry(covering: next.first) { _ in true }?.range == next)
            #expect(table.mostSpecific(covering: number(prefix + "12350000000000000010")) == nil)
            #expect(table.covers(range(prefix + "12340000000000000001", prefix + "12350000000000000009")) { _ in true })
        }
    }

    private static func space(_ length: Int) -> ClosedRange<Int> { length == 2 ? 10...99 : 100...199 }
}

/// Blocks of numbers that do not overlap, in order.
enum Spread: CaseIterable {
    case evenly, touching, randomly, clustered, doubling, betweenOutliers, overAllLengths

    struct Block {
        let count: Int
        let first, last: Int

        var range: NumberRange { NumberRange(first: number(first), last: number(last))! }

        /// The edges and their neighbours.
        var around: [TelephoneNumber] {
            let limit = (0..<count).reduce(1) { power, _ in power * 10 }
            return [first - 1, first, last, last + 1].filter { (0..<limit).contains($0) }.map(number)
        }

        private func number(_ value: Int) -> TelephoneNumber {
            let digits = String(value)
            return .global(Digits(String(repeating: "0", count: count - digits.count) + digits)!)
        }
    }

    func blocks(_ wanted: Int, using random: inout SeededGenerator) -> [Block] {
        switch self {
        case .evenly: (0..<wanted).map { Block(count: 13, first: $0 * 20, last: $0 * 20 + 9) }
        case .touching: (0..<wanted).map { Block(count: 15, first: $0 * 1_000, last: $0 * 1_000 + 999) }
        case .randomly:
            Self.blocks(13, from: (0..<wanted).map { _ in .random(in: 0..<1_000_000_000_000, using: &random) })
        case .clustered:
            Self.blocks(
                15,
                from: (0..<wanted).map { _ in
                    Int.random(in: 0..<10, using: &random) * 98_765_432_100_000 + .random(in: 0..<9_000, using: &random)
                })
        case .doubling: Self.blocks(15, from: (0..<49).flatMap { [1 << $0, 1 << $0 + 1, 3 << $0] })
        case .betweenOutliers:
            Self.blocks(15, from: [0, 999_999_999_999_990] + (0..<wanted).map { 861_300_000_000_000 + $0 * 2 })
        case .overAllLengths:
            (1...15).flatMap { count in
                let limit = (0..<count).reduce(1) { power, _ in power * 10 }
                let starts = (0..<wanted / 15).map { _ in Int.random(in: 0..<limit, using: &random) }
                return Self.blocks(count, from: starts + [0, limit - 1])
            }
        }
    }

    /// Each of up to seven numbers, but no further than to the next, nor to the end of its length.
    private static func blocks(_ count: Int, from starts: [Int]) -> [Block] {
        let sorted = Set(starts).sorted()
        let end = (0..<count).reduce(1) { power, _ in power * 10 }
        return zip(sorted, sorted.dropFirst() + [end]).map { start, next in
            Block(count: count, first: start, last: min(start + 6, next - 1))
        }
    }
}

private enum Oracle {
    /// The places of all that cover the number, from the smallest to the widest.
    static func covering(_ number: TelephoneNumber, _ entries: [(range: NumberRange, place: UInt32)]) -> [UInt32] {
        entries.filter { $0.range.contains(number) }
            .sorted { one, other in
                let sizes = (size(one.range), size(other.range))
                if sizes.0 != sizes.1 { return sizes.0 < sizes.1 }
                let starts = (one.range.first.digits, other.range.first.digits)
                return starts.0 != starts.1 ? starts.0 > starts.1 : one.place > other.place
            }
            .map(\.place)
    }

    private static func size(_ range: NumberRange) -> Int {
        let ends = [range.first, range.last].compactMap { Int($0.digits.description.suffix(5)) }
        return ends[1] - ends[0]
    }
}

/// Global numbers that E.164 does not know as well.
private func number(_ text: String) -> TelephoneNumber {
    TelephoneNumber(described: text) ?? .global(Digits(String(text.dropFirst()))!)
}

private func range(_ first: String, _ last: String) -> NumberRange {
    NumberRange(first: number(first), last: number(last))!
}
