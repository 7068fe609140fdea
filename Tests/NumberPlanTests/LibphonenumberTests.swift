import Foundation
import NumberPlan
import Testing

/// The plans against libphonenumber: each class of numbers on which the two disagree is listed with its cause in
/// Vectors/libphonenumber_86_disagreements.json or _1_disagreements.json, and there is no other.
@Suite struct LibphonenumberTests {
    /// What libphonenumber.py has written.
    private struct Answers: Decodable {
        /// Length, the first five digits from and to, and the type.
        struct Entry: Decodable {
            let length, first, last: Int
            let type: String

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                (length, first, last) = (
                    try values.decode(Int.self), try values.decode(Int.self), try values.decode(Int.self)
                )
                type = try values.decode(String.self)
            }
        }
        let version: String
        let entries: [Entry]
    }

    private struct Disagreements: Decodable {
        struct Row: Decodable, Hashable {
            let cause: String
            /// Our kinds, and the library's type; `-` for what is no number.
            let ours: [String]
            let theirs: String
            /// Of all the digits.
            let patterns: [String]
        }
        let rows: [Row]
    }

    private static func vectors<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let file = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
        return try JSONDecoder().decode(type, from: Data(contentsOf: file))
    }

    /// What a kind of China's plan is to the library.
    private static func type(china kind: String) -> String {
        switch kind {
        case "mobile", "mobile_mvno", "satellite", "mobile_iot": "mobile"
        case "geographic": "fixed_line"
        case "toll_free_800": "toll_free"
        case "shared_cost_400", "enterprise_national": "shared_cost"
        case "premium_info": "premium_rate"
        default: kind
        }
    }

    /// North America's. Its geographic numbers may be mobile ones, which the library knows of some area codes.
    private static func type(nanp kind: String) -> String {
        switch kind {
        case "geographic": "fixed_line_or_mobile"
        case "personal": "personal_number"
        case "premium": "premium_rate"
        default: kind
        }
    }

    @Test func `disagrees with China's plan where it is said to, and for a cause`() throws {
        try compare(.china, code: "86") {
            Self.type(china: $0)
        } theirs: {
            $0
        }
    }

    @Test func `disagrees with North America's plan where it is said to, and for a cause`() throws {
        try compare(.nanp, code: "1") {
            Self.type(nanp: $0)
        } theirs: {
            ["fixed_line", "mobile"].contains($0) ? "fixed_line_or_mobile" : $0
        }
    }

    private func compare(
        _ plan: DialPlan, code: String, ours: (String) -> String, theirs: (String) -> String
    ) throws {
        let answers = try Self.vectors("libphonenumber_\(code)", as: Answers.self)
        let rows = try Self.vectors("libphonenumber_\(code)_disagreements", as: Disagreements.self).rows.map { row in
            (row, try row.patterns.map { try #require(DigitPattern($0)) })
        }
        var unexplained: [String] = [], used = Set<Disagreements.Row>()
        let byLength = Dictionary(grouping: answers.entries, by: \.length)
        for length in 5...13 {
            var entries = (byLength[length] ?? [])[...]
            for start in 10_000..<100_000 {
                while let next = entries.first, next.last < start { entries = entries.dropFirst() }
                let type = entries.first.flatMap { $0.first <= start ? theirs($0.type) : nil } ?? "-"
                let digits = "\(start)" + "23456789".prefix(length - 5)
                let number = TelephoneNumber.global(try #require(Digits(code + digits)))
                let kind = plan.standing(of: number).kind
                guard kind.map(ours) ?? "-" != type else { continue }
                let own = try #require(Digits(digits))
                let row = rows.first { row, patterns in
                    row.theirs == type && row.ours.contains(kind ?? "-") && patterns.contains { $0.matches(own) }
                }
                if let row { used.insert(row.0) } else { unexplained.append("\(digits) \(kind ?? "-") \(type)") }
            }
        }
        #expect(unexplained.isEmpty, "\(unexplained.count): \(unexplained.prefix(40))")
        #expect(used.count == rows.count, "each cause has its numbers")
    }
}
