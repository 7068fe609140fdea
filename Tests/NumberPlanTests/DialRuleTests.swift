import NumberPlan
import Testing

/// A plan looks its rules up by a string's first digit. Trying one after the other, as here, must come to the same.
@Suite struct `The rules of a plan` {
    private enum Form { case service, subscriber, malformed }

    /// What is looked up, as a list: the first pattern that matches decides.
    private struct Rules {
        private var list: [(pattern: DigitPattern, form: Form)] = []

        mutating func add(_ form: Form, _ patterns: String...) throws {
            for pattern in patterns { list.append((try #require(DigitPattern(pattern)), form)) }
        }

        /// Which pattern decides, and what it says.
        func decision(on digits: Digits) -> (index: Int, form: Form)? {
            list.firstIndex { $0.pattern.matches(digits) }.map { ($0, list[$0].form) }
        }

        var count: Int { list.count }
    }

    private static func china() throws -> Rules {
        var rules = Rules()
        try rules.add(.service, "1XX", "400XXXXXXX", "800XXXXXXX", "950XXXXXXX", "950XXXXXXXX")
        try rules.add(
            .subscriber, "1[3-9]XXXXXXXXX", "14[0-4]XXXXXXXXXX", "10[2-8]XXXXXXX", "2X[2-8]XXXXXXX",
            "[3-9]XX[2-8]XXXXXX", "[3-9]XX[2-8]XXXXXXX")
        try rules.add(.malformed, "1[3-9]XXXXXXX.")
        for start in ["95", "96", "10", "11", "12"] {
            try rules.add(.service, start + "XXX", start + "XXXX", start + "XXXXX", start + "XXXXXX")
        }
        try rules.add(.service, "106XXXXX.")
        return rules
    }

    private static func nanp() throws -> Rules {
        var rules = Rules()
        try rules.add(.service, "[2-9]11", "988")
        try rules.add(.subscriber, "[2-9]XX[2-9]XXXXXX")
        return rules
    }

    /// Every beginning that a pattern can tell from another, at every length. No pattern looks beyond the fourth digit,
    /// and those that look at it tell 2 to 8 or 2 to 9 from the rest.
    private static let strings: [Digits] = (0..<1_000).flatMap { start in
        let start = String(String(start + 1_000).dropFirst())
        let short = (1...3).compactMap { Digits(String(start.prefix($0))) }
        return short
            + (4...15).flatMap { length in
                ["1", "2", "8", "9"].compactMap { Digits(String((start + $0 + "05050505050").prefix(length))) }
            }
    }

    @Test func `are those of China`() throws {
        let rules = try Self.china()
        try expect(rules, of: .china, country: "86")
    }

    @Test func `are those of North America`() throws {
        let rules = try Self.nanp()
        try expect(rules, of: .nanp, country: "1")
    }

    private func expect(_ rules: Rules, of plan: DialPlan, country: String) throws {
        var used = Set<Int>()
        for digits in Self.strings {
            let decision = rules.decision(on: digits), form = decision?.form, text = digits.description
            if let decision { used.insert(decision.index) }
            let isNational = plan.number(fromWire: digits).description == "\(country):\(text)"
            if isNational != (form == .service) { Issue.record("\(text) from the wire") }
            // With a prefix in front it is no longer a string of its own.
            guard !["00", "011"].contains(where: { text.hasPrefix($0) }) else { continue }
            let read = (try? plan.number(from: text))?.description
            switch form {
            case .service: if read != "\(country):\(text)" { Issue.record("\(text): \(read ?? "nothing")") }
            case .subscriber: if read != "+\(country)\(text)" { Issue.record("\(text): \(read ?? "nothing")") }
            case .malformed: if let read { Issue.record("\(text): \(read)") }
            case nil: if read == "+\(country)\(text)" { Issue.record("\(text): \(read ?? "nothing")") }
            }
        }
        #expect(used.count == rules.count, "every rule has decided about something")
    }
}
