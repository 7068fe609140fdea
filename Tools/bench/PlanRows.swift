import NumberPlan

/// What a caller's number is and whose, beside reading the same text into an integer and one binary search for it among
/// as many integers as the plan and the world have prefixes.
enum PlanRows {
    /// As switches in China write numbers: X is any digit.
    private static let forms = [
        "138XXXXXXXX", "+86139XXXXXXXX", "0571888XXXXX", "0108XXXXXXX", "95588", "12345", "+8657188XXXXXX",
        "8613700XXXXXX", "0085221XXXXXX", "+1212555XXXX", "400XXXXXXX", "1064812XXXXXX",
    ]

    static func standing(_ name: String, rounds: Int) throws -> Row {
        let plan = DialPlan.china
        let texts = (0..<65_536).map { text(forms[$0 % forms.count]) }
        let prefixes = (0..<UInt64(1_024)).map { $0 << 33 }
        var expected = 0, found = 0
        let measured = try Stopwatch.rounds(rounds) { times in
            for time in 0..<times { expected &+= BinarySearch.place(of: value(texts[time & 0xFFFF]), in: prefixes) }
        } ours: { times in
            for time in 0..<times where isSomebodys(try plan.number(from: texts[time & 0xFFFF]), plan) { found &+= 1 }
        }
        guard expected > 0, found > 0, try texts.allSatisfy({ isSomebodys(try plan.number(from: $0), plan) }) else {
            throw BenchError.setup("a number is nobody's")
        }
        return Row(name, rounds: measured, unit: "ns", perSecond: 1e9)
    }

    private static func isSomebodys(_ number: TelephoneNumber, _ plan: DialPlan) -> Bool {
        if case .unallocated = plan.standing(of: number) { false } else { true }
    }

    private static func value(_ text: String) -> UInt64 {
        text.utf8.reduce(0) { $1 == UInt8(ascii: "+") ? $0 : $0 &* 10 &+ UInt64($1 &- UInt8(ascii: "0")) }
    }

    private static func text(_ form: String) -> String {
        String(form.map { $0 == "X" ? "0123456789".randomElement() ?? "0" : $0 })
    }
}
