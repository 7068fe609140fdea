import NumberPlan

/// A number's range among so many, beside a binary search over as many plain sorted integers.
enum RangeRows {
    static func lookup(_ name: String, ranges: Int, rounds: Int) throws -> Row {
        // Of 10 numbers each, with a gap of 10 behind: what is looked for is the range's first, in both.
        let starts = (0..<ranges).map { UInt64(861_000_000_000) + UInt64($0) * 20 }
        let table = RangeTable(
            try starts.enumerated().map { (range: try range(from: $1), place: UInt32($0)) })
        var random = SystemRandomNumberGenerator()
        let places = (0..<65_536).map { _ in Int.random(in: 0..<ranges, using: &random) }
        let keys = places.map { starts[$0] }
        let numbers = try keys.map { try number($0) }
        var found = 0, expected = 0
        let measured = Stopwatch.rounds(rounds) { times in
            for time in 0..<times { expected &+= BinarySearch.place(of: keys[time & 0xFFFF], in: starts) }
        } ours: { times in
            for time in 0..<times { found &+= Int(table.mostSpecific(covering: numbers[time & 0xFFFF]) ?? .max) }
        }
        guard expected > 0, found > 0,
            numbers.indices.allSatisfy({ index in
                table.mostSpecific(covering: numbers[index]) == UInt32(places[index])
            })
        else { throw BenchError.setup("a range was not found") }
        return Row(name, rounds: measured, unit: "ns", perSecond: 1e9)
    }

    private static func number(_ value: UInt64) throws -> TelephoneNumber {
        guard let digits = Digits(String(value)) else { throw BenchError.setup("\(value) is no number") }
        return .global(digits)
    }

    private static func range(from start: UInt64) throws -> NumberRange {
        guard let range = NumberRange(first: try number(start), last: try number(start + 9)) else {
            throw BenchError.setup("\(start) begins no range")
        }
        return range
    }
}
