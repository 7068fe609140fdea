import NumberPlan
import Testing

@Suite struct NumberUnionTests {
    private func range(_ text: String) throws -> NumberRange {
        let ends = text.split(separator: "-").compactMap { TelephoneNumber(described: String($0)) }
        let first = try #require(ends.first), last = try #require(ends.last)
        return first == last ? NumberRange(only: first) : try #require(NumberRange(first: first, last: last))
    }

    @Test(arguments: [
        ("+100-+199", [], ["+100-+199"]), ("+100-+199", ["+100-+199"], []), ("+110-+199", ["+100-+999"], []),
        ("+100-+199", ["+120-+129"], ["+100-+119", "+130-+199"]),
        ("+100-+199", ["+120-+129", "+125-+140", "+141-+150"], ["+100-+119", "+151-+199"]),
        ("+100-+199", ["+100", "+199"], ["+101-+198"]), ("+100-+199", ["+200-+299", "+1000-+1999"], ["+100-+199"]),
        ("+100-+199", ["+150-+250", "+120-+130"], ["+100-+119", "+131-+149"]),
        ("86:10-86:19", ["7:10-7:19", "86:15"], ["86:10-86:14", "86:16-86:19"]), ("86:*1#", ["86:*1#"], []),
        ("86:*1#", ["86:*2#", "86:10-86:19"], ["86:*1#"]),
        (
            "86:12345678901234567890-86:12345678901234567899", ["86:12345678901234567891"],
            ["86:12345678901234567890", "86:12345678901234567892-86:12345678901234567899"]
        ),
    ])
    func `what is left of a range`(text: String, others: [String], left: [String]) throws {
        let union = NumberUnion(try others.map(range)), whole = try range(text)
        #expect(union.rest(of: whole).map(\.description) == left)
        #expect(union.overlaps(whole) == (left != [text]))
    }
}
