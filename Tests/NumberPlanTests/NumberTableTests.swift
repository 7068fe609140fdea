import NumberPlan
import Testing

@Suite struct NumberTableTests {
    @Test func `an empty table has no number`() {
        let table = NumberTable(NumberTable.Builder())
        #expect(table.place(of: number("+1")) == nil)
        #expect(table.place(of: number("86:95588")) == nil)
    }

    @Test func `a number is itself only`() {
        let table = table([("+8613800138000", 7), ("+8613800138002", 8)])
        #expect(
            ["+8613800137999", "+8613800138000", "+8613800138001", "+8613800138002", "+8613800138003"]
                .map { table.place(of: number($0)) } == [nil, 7, nil, 8, nil])
        #expect(table.place(of: number("+861380013800")) == nil)
        #expect(table.place(of: number("+86138001380000")) == nil)
        #expect(table.place(of: number("86:13800138000")) == nil)
    }

    @Test func `numbers of every kind and length are told apart`() {
        let texts =
            (1...20).flatMap { length in
                ["+", "86:"].flatMap { kind in ["0", "5", "9"].map { kind + String(repeating: $0, count: length) } }
            } + ["86:1*", "86:1#"]
        let table = table(texts.enumerated().map { ($1, UInt32($0)) })
        for (place, text) in texts.enumerated() { #expect(table.place(of: number(text)) == UInt32(place)) }
        #expect(table.place(of: number("+6")) == nil)
        #expect(table.place(of: number("86:1")) == nil)
    }

    @Test func `of a number given twice the last place counts`() {
        #expect(table([("+15", 1), ("+15", 2)]).place(of: number("+15")) == 2)
        #expect(table([("+15", 1), ("+17", 2), ("+15", 3), ("+15", 4)]).place(of: number("+15")) == 4)
        #expect(table([("86:95588", 1), ("86:95588", 2)]).place(of: number("86:95588")) == 2)
    }

    @Test(arguments: [65_535, 65_536] as [UInt32])
    func `a place may need more than two bytes, and those before it keep theirs`(greatest: UInt32) {
        let table = table([("+15", 1), ("+17", greatest), ("+18", 3)])
        #expect(["+15", "+17", "+18"].map { table.place(of: number($0)) } == [1, greatest, 3])
    }

    /// Dense, far apart, across pages and lengths; in order and in none; changed again and again.
    @Test(arguments: 0..<30)
    func `it answers as a dictionary does`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let space = [1, 3, 70_000, 1_000_000_000][seed % 4], kinds = ["+86", "+8613", "+8610000", "86:"]
        func some() -> TelephoneNumber {
            number(kinds.randomElement(using: &random)! + String(Int.random(in: 0..<2_000, using: &random) * space))
        }
        var expected: [TelephoneNumber: UInt32] = [:], builder = NumberTable.Builder()
        var given = (0..<Int.random(in: 0...3_000, using: &random)).map { _ in some() }
        if seed.isMultiple(of: 3) { given.sort { $0.description < $1.description } }
        for (place, number) in given.enumerated() {
            expected[number] = UInt32(place)
            builder.add(number, UInt32(place))
        }
        var table = NumberTable(builder)
        for round in 0..<5 {
            let wanted = Array(expected.keys) + (0..<500).map { _ in some() }
            for number in wanted where table.place(of: number) != expected[number] { Issue.record("\(number)") }
            var changes: [TelephoneNumber: UInt32?] = [:]
            for number in wanted.shuffled(using: &random).prefix(200) {
                changes.updateValue(Bool.random(using: &random) ? UInt32(round) : nil, forKey: number)
            }
            table = table.applying(changes)
            for (number, place) in changes { expected[number] = place }
        }
    }

    private func table(_ entries: [(String, UInt32)]) -> NumberTable {
        var builder = NumberTable.Builder()
        for (text, place) in entries { builder.add(number(text), place) }
        return NumberTable(builder)
    }
}

/// Global numbers that E.164 does not know as well.
private func number(_ text: String) -> TelephoneNumber {
    TelephoneNumber(described: text) ?? .global(Digits(String(text.dropFirst()))!)
}
