extension DialPlan {
    /// Digits are a global number, always: no country's habits, codes or emergency numbers.
    package static let none = DialPlan(id: "none", country: nil)

    /// China's telephone network numbering plan, as coarse as canonical form needs it: which strings are short codes,
    /// mobile numbers or area code and local number, not which blocks are allocated.
    package static let china = DialPlan(
        id: "cn-2026", country: CountryCode("86"), internationalPrefixes: digits("00"), trunkPrefix: Digits("0"),
        longestLocal: 8, emergencyNumbers: Set(digits("110", "119", "120", "122")),
        rules: service("1XX", "400XXXXXXX", "800XXXXXXX", "950XXXXXXX", "950XXXXXXXX")
            + subscriber(
                "1[3-9]XXXXXXXXX", "14[0-4]XXXXXXXXXX", "10[2-8]XXXXXXX", "2X[2-8]XXXXXXX", "[3-9]XX[2-8]XXXXXX",
                "[3-9]XX[2-8]XXXXXXX")
            + (5...8).flatMap { length in
                ["95", "96", "10", "11", "12"].flatMap { service($0 + String(repeating: "X", count: length - 2)) }
            }
            + service("106XXXXX."))

    /// The North American Numbering Plan, for tests and demonstrations.
    package static let nanp = DialPlan(
        id: "nanp-2026", country: CountryCode("1"), internationalPrefixes: digits("011"), trunkPrefix: Digits("1"),
        longestLocal: 7, emergencyNumbers: Set(digits("911")),
        rules: service("[2-9]11", "988") + subscriber("[2-9]XX[2-9]XXXXXX"))

    private static func digits(_ texts: String...) -> [Digits] { texts.compactMap { Digits($0) } }

    private static func service(_ patterns: String...) -> [Rule] {
        patterns.compactMap { DigitPattern($0).map { Rule($0, .service) } }
    }

    private static func subscriber(_ patterns: String...) -> [Rule] {
        patterns.compactMap { DigitPattern($0).map { Rule($0, .subscriber) } }
    }
}
