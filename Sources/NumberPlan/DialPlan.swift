/// A numbering plan: what a country's switches may leave out of a number, and which numbers are its own (how a dialled
/// or signalled string becomes a number, RFC 8224 §8.3), and what it has given each of them out for.
///
/// Signer and verifier read numbers through the same plan, so that both ends agree (RFC 8224 §8.1).
package final class DialPlan: Sendable {
    /// What a matching string is. The first rule that matches decides.
    package enum Form: String, CaseIterable, Sendable {
        /// A significant number: the country code goes in front of it.
        case subscriber
        /// A code of the country's own, which has no E.164 form and keeps its exact digits.
        case service
        /// Looks like a significant number and is none: it must not be taken for E.164 without its `+` either.
        case malformed
    }

    package struct Rule: Hashable, Sendable {
        package let pattern: DigitPattern
        package let form: Form

        package init(_ pattern: DigitPattern, _ form: Form) {
            self.pattern = pattern
            self.form = form
        }
    }

    /// Stored in every record: which plan a decision was made under.
    package let id: String
    /// Nil where no country's habits apply: whatever is a digit string is a global number.
    package let country: CountryCode?
    let internationalPrefixes: [Digits]
    /// In front of area codes and, by habit, of mobile numbers.
    let trunkPrefix: Digits?
    /// Tried in order, on strings without any prefix.
    let rules: [Rule]
    /// A string without a prefix, matching no rule and no longer than this, is somebody's local number, which cannot be
    /// made global and stays as it is; a longer one is E.164 without its `+`.
    let longestLocal: Int
    let emergencyNumbers: Set<Digits>
    /// Whether the user part of a SIP URI without `user=phone` and without `+` is a number when it consists of digits
    /// (RFC 8224 §8.1 leaves that to local policy).
    let readsBareUsers: Bool
    let allocations: [Allocation]
    let prefixes: PrefixTree
    /// For each first digit, the rules that a string beginning with it can match.
    private let rulesByFirstDigit: [[Rule]]

    init(
        id: String, country: CountryCode?, internationalPrefixes: [Digits] = [], trunkPrefix: Digits? = nil,
        longestLocal: Int = 0, emergencyNumbers: Set<Digits> = [], rules: [Rule] = [],
        allocations: [Allocation] = [], prefixes: PrefixTree = .empty, readsBareUsers: Bool = true
    ) {
        self.id = id
        self.country = country
        self.internationalPrefixes = internationalPrefixes
        self.trunkPrefix = trunkPrefix
        self.longestLocal = longestLocal
        self.emergencyNumbers = emergencyNumbers
        self.rules = rules
        self.allocations = allocations
        self.prefixes = prefixes
        self.readsBareUsers = readsBareUsers
        rulesByFirstDigit = (0..<10).map { digit in rules.filter { $0.pattern.canBegin(with: digit) } }
    }

    /// The same plan, reading such users or not.
    package func readingBareUsers(_ reads: Bool) -> DialPlan {
        DialPlan(
            id: id, country: country, internationalPrefixes: internationalPrefixes, trunkPrefix: trunkPrefix,
            longestLocal: longestLocal, emergencyNumbers: emergencyNumbers, rules: rules,
            allocations: allocations, prefixes: prefixes, readsBareUsers: reads)
    }
}

extension DialPlan {
    /// For a claim's digits, from which prefixes and separators are already gone.
    package func number(fromWire digits: Digits) -> TelephoneNumber {
        guard let country, isOwnCode(digits) else { return .global(digits) }
        return .national(country, digits)
    }

    /// Also behind the country code, where a code is no number: whoever dials it so is to be helped all the same.
    package func isEmergency(_ number: TelephoneNumber) -> Bool {
        if number.country == country { return emergencyNumbers.contains(number.digits) }
        guard let country, case .global(let digits) = number,
            digits.count <= country.digits.count + Self.longestEmergency,
            digits.hasPrefix(country.digits)
        else { return false }
        return emergencyNumbers.contains(digits.dropping(country.digits.count))
    }

    /// Longer codes are no emergency's anywhere.
    private static let longestEmergency = 6

    /// A destination of the form `urn:service:sos` or `urn:service:sos.police` (RFC 5031 §4.2, RFC 9027 §3).
    package static func isEmergency(uri: String) -> Bool {
        let lowercased = uri.lowercased()
        return lowercased == "urn:service:sos" || lowercased.utf8.starts(with: "urn:service:sos.".utf8)
    }

    /// A code dialled as it stands: one of the plan's, or anything with `*` or `#`.
    func isOwnCode(_ digits: Digits) -> Bool {
        guard digits.isDecimal else { return country != nil }
        return form(of: digits) == .service
    }

    /// Of decimal digits, without any prefix; nil when no rule is about them.
    func form(of digits: Digits) -> Form? {
        guard digits.count > 0, digits.isDecimal else { return nil }
        return rulesByFirstDigit[Int(digits.nibble(at: 0))].first { $0.pattern.matches(digits) }?.form
    }
}
