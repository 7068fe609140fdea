import Foundation
import NumberPlan
import Testing

/// The cases of Vectors/tn_canonicalization.json, derived from RFC 8224 §8.1, §8.3, §8.5 and RFC 3966 §3 to §5.
@Suite struct CanonicalFormTests {
    private struct Vectors: Decodable {
        struct Case: Decodable {
            let `in`: String
            let out: String?
            let policy: String?
        }
        let cases: [Case]
        let uri_cases: [Case]
    }

    private let vectors = try! JSONDecoder().decode(
        Vectors.self,
        from: Data(
            contentsOf: #require(
                Bundle.module.url(forResource: "tn_canonicalization", withExtension: "json", subdirectory: "Vectors"))))

    @Test func `numbers come out as the vectors say`() {
        for vector in vectors.cases {
            // The one case with 00 is about a country that uses it.
            let plan = vector.policy?.contains("prefix 00") == true ? DialPlan.china : .nanp
            #expect((try? plan.number(from: vector.in))?.digits.description == vector.out, "\(vector.in)")
        }
        #expect(vectors.cases.count == 19)
    }

    @Test func `URIs come out as the vectors say`() {
        for vector in vectors.uri_cases {
            #expect((try? CanonicalURI(vector.in))?.text == vector.out, "\(vector.in)")
        }
        #expect(vectors.uri_cases.count == 3)
    }
}
