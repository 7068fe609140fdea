extension DialPlan {
    /// Digits are a global number, always: no country's habits, codes or emergency numbers.
    package static let none = DialPlan(id: "none", country: nil)

    /// China's telephone network numbering plan, as coarse as canonical form needs it: which strings are short codes,
    /// mobile numbers or area code and local number, not which blocks are allocated.
    package static let china: DialPlan = {
        var plan = DialPlan(id: "cn-2026", country: CountryCode("86"))
        plan.internationalPrefixes = ["00"].compactMap { Digits($0) }
        plan.trunkPrefix = Digits("0")
        plan.longestLocal = 8
        plan.emergencyNumbers = Set(["110", "119", "120", "122"].compactMap { Digits($0) })
        plan.rules =
            service("1XX", "400XXXXXXX", "800XXXXXXX", "950XXXXXXX", "950XXXXXXXX")
            + subscriber(
                "1[3-9]XXXXXXXXX", "14[0-4]XXXXXXXXXX", "10[2-8]XXXXXXX", "2X[2-8]XXXXXXX", "[3-9]XX[2-8]XXXXXX",
                "[3-9]XX[2-8]XXXXXXX")
            + (5...8).flatMap { length in
                ["95", "96", "10", "11", "12"].flatMap { service($0 + String(repeating: "X", count: length - 2)) }
            }
            + service("106XXXXX.")
        return plan
    }()

    /// The North American Numbering Plan, for tests and demonstrations.
    package static let nanp: DialPlan = {
        var plan = DialPlan(id: "nanp-2026", country: CountryCode("1"))
        plan.internationalPrefixes = ["011"].compactMap { Digits($0) }
        plan.trunkPrefix = Digits("1")
        plan.longestLocal = 7
        plan.emergencyNumbers = Set(["911"].compactMap { Digits($0) })
        plan.rules = service("[2-9]11", "988") + subscriber("[2-9]XX[2-9]XXXXXX")
        return plan
    }()

    private static func service(_ patterns: String...) -> [Rule] {
        patterns.compactMap { DigitPattern($0).map { Rule($0, .service) } }
    }

    private static func subscriber(_ patterns: String...) -> [Rule] {
        patterns.compactMap { DigitPattern($0).map { Rule($0, .subscriber) } }
    }
}
