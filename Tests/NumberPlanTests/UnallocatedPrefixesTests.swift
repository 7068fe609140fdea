import NumberPlan
import Testing

@Suite struct UnallocatedPrefixesTests {
    private static let hour = 1_795_330_800
    private static let prefix = Digits("154")!

    private static func prefix(_ number: Int) -> Digits { Digits(String(10_000 + number))! }

    @Test func `an alert comes when a prefix has reached the threshold, and once an hour`() {
        var prefixes = UnallocatedPrefixes(threshold: 3)
        let first = (0..<10).map { prefixes.note(.reserved, Self.prefix, at: Self.hour + $0) }
        #expect(first.map { $0?.calls } == [nil, nil, 3] + Array(repeating: nil, count: 7))
        #expect(first[2]?.prefix == Self.prefix)
        let next = (0..<4).map { prefixes.note(.reserved, Self.prefix, at: Self.hour + 3_600 + $0)?.calls }
        #expect(next == [nil, nil, 3, nil])
        #expect(prefixes.calls == 14)
    }

    @Test func `an hour that is over counts no more`() {
        var prefixes = UnallocatedPrefixes(threshold: 3)
        let alerts = [3_598, 3_599, 3_600, 3_601].map {
            prefixes.note(.unknownPrefix, Self.prefix, at: Self.hour + $0)
        }
        #expect(alerts == [nil, nil, nil, nil])
    }

    @Test(arguments: [
        (Unallocated.unknownPrefix, true), (.reserved, true), (.wrongLength, true), (.incomplete, false),
        (.unknownCountry, false), (.dialledCode, false),
    ])
    func `only what could be a new allocation counts`(why: Unallocated, counts: Bool) {
        var prefixes = UnallocatedPrefixes(threshold: 1)
        #expect((prefixes.note(why, Self.prefix, at: Self.hour) != nil) == counts)
        #expect(prefixes.calls == (counts ? 1 : 0))
    }

    @Test func `with a new plan the counting begins anew`() {
        var prefixes = UnallocatedPrefixes(threshold: 2)
        _ = prefixes.note(.reserved, Self.prefix, at: Self.hour)
        prefixes.startAgain()
        #expect(prefixes.note(.reserved, Self.prefix, at: Self.hour) == nil)
        #expect(prefixes.note(.reserved, Self.prefix, at: Self.hour) != nil)
    }

    /// However many are invented: what is shown in more than one of 257 calls is found, and no more is said than came.
    @Test func `invented prefixes neither hide a frequent one nor make a false alert`() {
        var prefixes = UnallocatedPrefixes(threshold: 500), random = SeededGenerator(seed: 1982)
        var came = 0, told: [UnallocatedPrefixes.Alert] = []
        for call in 0..<100_000 {
            let isFrequent = call % 50 == 0
            if isFrequent { came += 1 }
            let shown = isFrequent ? Self.prefix : Self.prefix(Int.random(in: 0..<50_000, using: &random))
            if let alert = prefixes.note(.unknownPrefix, shown, at: Self.hour) {
                told.append(alert)
                #expect(alert.calls <= came)
            }
        }
        #expect(told.map(\.prefix) == [Self.prefix])
    }

    @Test func `of all that is wrong in an hour so much is told that people can look into it`() {
        var prefixes = UnallocatedPrefixes(threshold: 1)
        let alerts = (0..<1_000).compactMap { prefixes.note(.unknownPrefix, Self.prefix($0), at: Self.hour) }
        #expect(alerts.count == UnallocatedPrefixes.mostAlerts)
        #expect(prefixes.note(.unknownPrefix, Self.prefix, at: Self.hour + 3_600) != nil)
        #expect(prefixes.calls == 1_001)
    }
}
