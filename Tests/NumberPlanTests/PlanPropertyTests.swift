import NumberPlan
import Testing

/// What must hold of every number there could be.
@Suite struct PlanPropertyTests {
    private static let plans: [(plan: DialPlan, file: PlanFile)] = [(.china, .china), (.nanp, .nanp)]

    /// Of the country, whatever it is: with the country code while that is E.164.
    private static func number(_ digits: String, _ file: PlanFile) -> TelephoneNumber? {
        TelephoneNumber(described: "+\(file.countryCode)\(digits)")
    }

    private static func known(_ file: PlanFile) -> [String: [PlanFile.Entry]] {
        Dictionary(grouping: file.entries, by: \.prefix)
    }

    /// Against a search through all entries, at the first and last number of each, one digit more and one less, and at
    /// the prefixes beside it.
    @Test(arguments: [0, 1]) func `every entry begins and ends where its file says`(index: Int) throws {
        let (plan, file) = Self.plans[index], known = Self.known(file)
        for entry in file.entries {
            for length in Set(entry.lengths.flatMap { [$0 - 1, $0, $0 + 1] }) where length >= entry.prefix.count {
                for prefix in [entry.prefix, Self.beside(entry.prefix, 1), Self.beside(entry.prefix, -1)] {
                    for digits in Self.edges(of: entry, prefix, length) {
                        guard let number = Self.number(digits, file) else { continue }
                        let kind = plan.standing(of: number).kind, expected = PlanFile.kind(of: digits, in: known)
                        if kind != expected { Issue.record("\(digits): \(kind ?? "-"), not \(expected ?? "-")") }
                    }
                }
            }
        }
    }

    /// The first and the last of all numbers, those that are given out, and the ones just outside of these.
    private static func edges(of entry: PlanFile.Entry, _ prefix: String, _ length: Int) -> Set<String> {
        let open = length - prefix.count
        guard open > 0, let first = entry.following.first, let last = entry.following.last else { return [prefix] }
        let nexts: Set<Character> = ["0", "1", "9", first, last]
        let rests = ["0", "9"].map { String(repeating: $0, count: open - 1) }
        return Set(nexts.flatMap { next in rests.map { prefix + [next] + $0 } })
    }

    private static func beside(_ prefix: String, _ step: Int) -> String {
        let text = String((Int(prefix) ?? 0) + step)
        return text.count == prefix.count ? text : prefix
    }

    /// And its own number is read from the way in which people of the country write it.
    @Test(arguments: [0, 1]) func `every entry's numbers are read as such`(index: Int) throws {
        let (plan, file) = Self.plans[index], known = Self.known(file)
        for entry in file.entries {
            for length in entry.lengths {
                let digits = entry.prefix + String(repeating: "2", count: length - entry.prefix.count)
                let kind = try plan.standing(of: plan.number(from: digits)).kind
                let expected = PlanFile.kind(of: digits, in: known)
                if kind != expected || kind == nil { Issue.record("\(digits): \(kind ?? "-")") }
            }
        }
    }

    @Test(arguments: [0, 1]) func `every string of up to twenty digits has a standing`(index: Int) throws {
        let (plan, file) = Self.plans[index], known = Self.known(file)
        var random = SeededGenerator(seed: 8)
        for _ in 0..<4_000 {
            let text = Self.digits(Int.random(in: 1...20, using: &random), &random)
            let digits = try #require(Digits(text)), country = try #require(CountryCode(file.countryCode))
            // As it may stand in a token, E.164 or not.
            _ = (plan.standing(of: .global(digits)), plan.standing(of: .national(country, digits)))
            guard let number = Self.number(text, file) else { continue }
            let kind = plan.standing(of: number).kind, expected = PlanFile.kind(of: text, in: known)
            if kind != expected { Issue.record("\(text): \(kind ?? "-"), not \(expected ?? "-")") }
        }
    }

    @Test(arguments: [0, 1]) func `what has been read once reads the same again`(index: Int) throws {
        let plan = Self.plans[index].plan
        for (text, number) in Self.readings(index) {
            let form = number.country == nil ? number.description : number.digits.description
            if try plan.number(from: form) != number { Issue.record("\(text) is \(number), and then another") }
        }
    }

    /// Only what stands in front may go or come: a prefix, or the country code.
    @Test(arguments: [0, 1]) func `no digit of a number is ever made another`(index: Int) throws {
        let file = Self.plans[index].file
        for (text, number) in Self.readings(index) {
            let digits = number.digits.description
            let bare = ["00", "011", "0", "1", ""].filter(text.hasPrefix).map { String(text.dropFirst($0.count)) }
            let allowed = bare.flatMap { [$0, file.countryCode + $0] } + [text]
            if !allowed.contains(digits) { Issue.record("\(text) became \(number)") }
        }
    }

    /// A digit is lost or doubled, or the prefix is not given out: such a number is nobody's, as it stands and with its
    /// prefixes, and it is not taken for another country's.
    @Test func `a wrong number is never read as a right one`() throws {
        let plan = DialPlan.china
        var random = SeededGenerator(seed: 2)
        let subscribers = PlanFile.china.entries.filter { $0.prefix.hasPrefix("1") && $0.lengths == [11] }
        for entry in subscribers {
            let right = entry.prefix + Self.digits(11 - entry.prefix.count, &random)
            let wrong = [
                String(right.dropLast()), right + "0", right + right.suffix(1), "154" + right.suffix(8),
                "169" + right.suffix(8),
            ]
            for digits in wrong {
                for form in ["", "0", "86", "+86", "0086"] {
                    guard let number = try? plan.number(from: form + digits) else { continue }
                    let standing = plan.standing(of: number)
                    if standing.kind != nil { Issue.record("\(form)\(digits) is read as \(number)") }
                }
            }
        }
    }

    private static func digits(_ count: Int, _ random: inout SeededGenerator) -> String {
        String((0..<count).map { _ in "0123456789".randomElement(using: &random)! })
    }

    /// What the plan reads as numbers, of texts that are mostly like them.
    private static func readings(_ index: Int) -> [(text: String, number: TelephoneNumber)] {
        let (plan, file) = plans[index], entries = file.entries
        var random = SeededGenerator(seed: 17)
        return (0..<5_000).compactMap { _ in
            let text = wish(entries, file.countryCode, &random)
            return (try? plan.number(from: text)).map { (text, $0) }
        }
    }

    private static func wish(
        _ entries: [PlanFile.Entry], _ country: String, _ random: inout SeededGenerator
    ) -> String {
        let front = ["", "0", "00", "011", "1", country].randomElement(using: &random)!
        let prefix = entries.randomElement(using: &random)!.prefix
        let text = front + (Bool.random(using: &random) ? prefix : "")
        return text + digits(Int.random(in: 1...20 - text.count, using: &random), &random)
    }
}
