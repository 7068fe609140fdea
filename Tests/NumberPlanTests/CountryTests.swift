import Foundation
import NumberPlan
import Testing

/// Whose numbers are whose, against what libphonenumber says of single ones (countries.py).
@Suite struct CountryTests {
    private struct Vectors: Decodable {
        struct Row: Decodable {
            let number, country: String

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                (number, country) = (try values.decode(String.self), try values.decode(String.self))
            }
        }
        let codes: [String]
        let numbers: [Row]
    }

    /// The built-in file, read another way than the program does.
    private struct File: Decodable {
        struct Entry: Decodable {
            let country: String
            let shortest: Int
            let prefixes: [String]
        }
        let entries: [Entry]

        /// Without a tree: of the entries that fit the one with the longest prefix.
        func entry(of digits: String) -> Entry? {
            entries.flatMap { entry in entry.prefixes.filter(digits.hasPrefix).map { ($0.count, entry) } }
                .max { $0.0 < $1.0 }?.1
        }
    }

    private static let vectors = try! JSONDecoder().decode(
        Vectors.self,
        from: Data(
            contentsOf: Bundle.module.url(forResource: "countries", withExtension: "json", subdirectory: "Vectors")!))

    private static let file = try! JSONDecoder().decode(File.self, from: Data(PlanFile.text("countries")))

    private static func number(_ text: String) throws -> TelephoneNumber {
        try #require(TelephoneNumber(described: text))
    }

    @Test func `numbers are of the countries that libphonenumber says`() throws {
        for row in Self.vectors.numbers {
            let number = try Self.number(row.number), country = Country.of(number)?.description
            if country != row.country { Issue.record("\(row.number): \(country ?? "-"), not \(row.country)") }
            #expect(DialPlan.none.standing(of: number).country == row.country, "\(row.number)")
            guard !row.number.hasPrefix("+86") else { continue }
            #expect(DialPlan.china.standing(of: number).country == row.country, "\(row.number)")
        }
        let countries = Set(Self.vectors.numbers.map(\.country))
        #expect(Self.file.entries.allSatisfy { countries.contains($0.country) }, "each entry has its numbers")
    }

    @Test func `a calling code is a country's, a service's, or nobody's`() throws {
        for start in 100...999 {
            let number = try Self.number("+\(start)200000000")
            let isAssigned = Self.vectors.codes.contains { "\(start)".hasPrefix($0) }
            #expect((Country.of(number) != nil) == isAssigned, "\(number)")
            guard !isAssigned else { continue }
            for plan in [DialPlan.china, .nanp, .none] {
                #expect(plan.standing(of: number).fault == .unknownCountry, "\(number)")
            }
        }
        let services = Set(Self.file.entries.map(\.country)).filter { GlobalService(rawValue: $0) != nil }
        #expect(services.count == GlobalService.allCases.count)
    }

    /// At each prefix, and the ones beside it.
    @Test func `the longest prefix decides`() throws {
        for entry in Self.file.entries {
            for prefix in entry.prefixes {
                for beside in [-1, 0, 1] {
                    let digits = String((String((Int(prefix) ?? 0) + beside) + "00000000000000").prefix(15))
                    guard let number = TelephoneNumber(described: "+" + digits) else { continue }
                    let country = Country.of(number)?.description, expected = Self.file.entry(of: digits)?.country
                    if country != expected { Issue.record("\(digits): \(country ?? "-"), not \(expected ?? "-")") }
                }
            }
        }
    }

    @Test func `a number is as long as the shortest of its country`() throws {
        for entry in Self.file.entries {
            let prefix = try #require(entry.prefixes.first)
            for (length, isWhole) in [(entry.shortest - 1, false), (entry.shortest, true), (15, true), (16, false)] {
                guard length >= prefix.count else { continue }
                let digits = prefix + String(repeating: "0", count: length - prefix.count)
                guard Self.file.entry(of: digits)?.country == entry.country else { continue }
                let number = TelephoneNumber.global(try #require(Digits(digits)))
                let standing = DialPlan.none.standing(of: number)
                #expect((standing.country == entry.country) == isWhole, "\(number)")
                if !isWhole { #expect(standing.fault == (length > 15 ? .wrongLength : .incomplete), "\(number)") }
            }
        }
    }

    @Test(arguments: [
        ("+85221234567", "HK"), ("+85366123456", "MO"), ("+886212345678", "TW"), ("+8613800138000", "CN"),
        ("+12125550123", "US"), ("+14165550123", "CA"), ("+18765550123", "JM"), ("+18005550123", "US"),
        ("+12005550123", "US"), ("+74951234567", "RU"), ("+77012345678", "KZ"), ("+447911123456", "GG"),
        ("+390669812345", "VA"), ("+38344123456", "XK"), ("+80012345678", "freephone"), ("+870773111632", "maritime"),
        ("+881612345678", "satellite"), ("+88312345678", "networks"), ("86:95588", "CN"), ("1:911", "US"),
        ("44:999", "GB"), ("999:112", nil), ("+999123456789", nil), ("+21", nil),
    ])
    func `some numbers of the world`(number: String, country: String?) throws {
        #expect(Country.of(try Self.number(number))?.description == country)
    }

    @Test(arguments: [
        ("+2101234567", Unallocated.unknownCountry, "210"), ("+21", .unknownCountry, "21"),
        ("+99912345678", .unknownCountry, "999"), ("999:112", .unknownCountry, "999"), ("+4412", .incomplete, "4412"),
        ("+1212555012", .incomplete, "1212555012"), ("+142", .incomplete, "142"),
    ])
    func `another country's number is nobody's for a reason`(
        described: String, why: Unallocated, prefix: String
    ) throws {
        let standing = DialPlan.china.standing(of: try Self.number(described))
        #expect(standing.fault == why)
        #expect(standing.prefix == prefix)
    }

    @Test func `a country is written as it is read`() throws {
        for text in ["CN", "XK", "freephone", "disaster_relief"] {
            #expect(try #require(Country(text)).description == text)
        }
        for text in ["", "C", "cn", "CHN", "C1", "Ç", "Freephone", "world"] { #expect(Country(text) == nil, "\(text)") }
    }
}
