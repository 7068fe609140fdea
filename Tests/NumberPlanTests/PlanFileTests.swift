import Foundation
import NumberPlan
import Testing

/// What a plan's file must be.
@Suite struct PlanFileTests {
    /// A small plan of a country that has everything.
    private static let text = """
        {
          "id": "xx-1", "note": "anything", "countryCode": "999", "internationalPrefixes": ["00"], "trunkPrefix": "0",
          "longestLocal": 6, "emergencyNumbers": ["112"],
          "forms": [{"form": "service", "patterns": ["11X"]}, {"form": "subscriber", "patterns": ["[2-9]XXXXXXX"]}],
          "allocations": [
            {"prefixes": ["112"], "lengths": [3], "kind": "emergency", "originate": "ledger", "fromAbroad": "no",
             "protected": true},
            {"prefixes": ["7", "81"], "lengths": [8], "kind": "mobile", "holder": "one", "originate": "yes",
             "fromAbroad": "roaming"}
          ],
          "areas": {"kind": "fixed", "originate": "yes", "fromAbroad": "no", "localBegins": "2345",
            "codes": [{"code": "22", "local": [6], "place": "Capital"}]},
          "reserved": ["9"]
        }
        """

    private static func plan(_ text: String) throws(PlanFault) -> DialPlan { try DialPlan(file: Array(text.utf8)) }

    private static func fault(_ text: String) throws -> String {
        do throws(PlanFault) { _ = try plan(text) } catch { return error.description }
        throw NoFault()
    }

    private struct NoFault: Error {}

    @Test func `a plan of another country is another file`() throws {
        let plan = try Self.plan(Self.text)
        func kind(_ number: String) throws -> String? { plan.standing(of: try plan.number(from: number)).kind }
        #expect(try plan.number(from: "0712 34567").description == "+99971234567")
        #expect(try kind("71234567") == "mobile")
        #expect(try kind("22 345678") == "fixed")
        #expect(try kind("22 145678") == nil)
        #expect(try kind("112") == "emergency")
        #expect(plan.isEmergency(try plan.number(from: "112")))
        #expect(try kind("+8613800138000") == "foreign")
    }

    @Test func `without areas, reserved prefixes and a trunk prefix it is one too`() throws {
        let areas = try #require(Self.text.range(of: #"  "areas""#)), end = try #require(Self.text.range(of: #""9"]"#))
        let text = Self.text.replacingCharacters(in: areas.lowerBound..<end.upperBound, with: #"  "note": "none""#)
            .replacing(#""note": "anything", "#, with: "").replacing(#", "trunkPrefix": "0""#, with: "")
        let plan = try Self.plan(text)
        #expect(plan.standing(of: try plan.number(from: "22345678")).fault == .unknownPrefix)
        #expect(plan.standing(of: try plan.number(from: "71234567")).kind == "mobile")
    }

    @Test func `its id differs as soon as a byte does`() throws {
        let ids = try [Self.text, Self.text + "\n", Self.text].map { try Self.plan($0).id }
        #expect(ids[0] != ids[1] && ids[0] == ids[2])
        #expect(ids.allSatisfy { $0.hasPrefix("xx-1@") })
        #expect(DialPlan.china.id.hasPrefix("cn-2026.1@"))
        #expect(DialPlan.china.id == (try DialPlan(file: PlanFile.text("china"))).id)
    }

    @Test(arguments: [
        (#""xx-1""#, #""""#, "id must be 1 to 64 letters"), (#""xx-1""#, #""x x""#, "id must be 1 to 64 letters"),
        (#""xx-1""#, "\"\(String(repeating: "x", count: 65))\"", "id must be 1 to 64 letters"),
        (#""xx-1""#, "7", "id must be"), (#""id": "xx-1", "#, "", "id is missing"),
        (#""countryCode": "999", "#, "", "countryCode is missing"), (#""999""#, #""0""#, "countryCode must be"),
        (#"["00"]"#, "[]", "internationalPrefixes must be a list of at least one"),
        (#"["00"]"#, #"["0*"]"#, "internationalPrefixes[0] must be digits"),
        (#"["00"]"#, #""00""#, "internationalPrefixes must be a list, in brackets"),
        (#""trunkPrefix": "0""#, #""trunkPrefix": "#, "column"),
        (#""trunkPrefix": "0""#, ##""trunkPrefix": "#""##, "trunkPrefix must be digits"),
        (#""longestLocal": 6, "#, "", "longestLocal is missing"),
        ("6, \"emer", "16, \"emer", "longestLocal must be a whole number from 0 to 15"),
        ("6, \"emer", "6.0, \"emer", "longestLocal must be a whole number from 0 to 15"),
        (#"["112"],"#, "[],", "emergencyNumbers must be a list of at least one"),
        (#""emergencyNumbers": ["112"]"#, #""emergencyNumbers": ["71234567"]"#, "71234567 is not read as a code"),
        (#""forms""#, #""form""#, "forms is missing"),
        (#""form": "service""#, #""form": "code""#, "forms[0].form must be"),
        (#""11X""#, #""11x""#, "forms[0].patterns[0] must be a pattern"),
        (#""allocations""#, #""allocation""#, "allocations is missing"),
        (#"["112"], "len"#, #"[], "len"#, "allocations[0].prefixes must be a list of at least one"),
        (#"["7", "81"]"#, #"["7", "8x"]"#, "allocations[1].prefixes[1] must be digits"),
        (#"[8]"#, "[21]", "allocations[1].lengths[0] must be a whole number from 1 to 20"),
        (#"[8]"#, "[0]", "allocations[1].lengths[0] must be a whole number from 1 to 20"),
        (#"[8]"#, "[8, 1]", "allocations[1].lengths must be no less than the 2 of 81"),
        (#"[8]"#, "[]", "allocations[1].lengths must be a list of at least one number"),
        (#""one""#, #""one", "followedBy": "x""#, "allocations[1].followedBy must be the digits"),
        (#""mobile""#, #""Mobile""#, "allocations[1].kind must be 1 to 64"),
        (#""one""#, #""one two""#, "allocations[1].holder must be 1 to 64"),
        (#""originate": "ledger""#, #""originate": "maybe""#, "allocations[0].originate must be one of yes, ledger"),
        (#""roaming""#, #""sometimes""#, "allocations[1].fromAbroad must be one of yes, roaming, no"),
        (#"true"#, #""true""#, "allocations[0].protected must be true or false"),
        (#""holder""#, #""hodler""#, "allocations[1].hodler is not known; known here: followedBy, fromAbroad, holder"),
        (#""2345""#, #""2-5""#, "areas.localBegins must be the digits"),
        (#"[6]"#, "[19]", "areas.codes[0].local[0] must be a whole number from 1 to 18"),
        (#""Capital""#, #""""#, "areas.codes[0].place must be"),
        (#""Capital""#, #""Cap\nital""#, "areas.codes[0].place must be"),
        (#""place""#, #""city""#, "areas.codes[0].city is not known"),
        (#"[{"code": "22", "local": [6], "place": "Capital"}]"#, "[]", "areas.codes must be a list of at least one"),
        (#"{"code": "22""#, #"7, {"code": "22""#, "areas.codes[0] must be an object, in braces"),
        (#"["9"]"#, #"["9", ""]"#, "reserved[1] must be digits"),
        (#"["9"]"#, #"["1234567890123456"]"#, "reserved[0] must be digits"),
        (#""reserved""#, #""reserve""#, "reserve is not known"),
        (#""note": "anything""#, #""id": "yy-1""#, "line 2, column"), ("{\n", "[\n", "line "),
    ])
    func `what is wrong is named with its place`(old: String, new: String, says: String) throws {
        let start = try #require(Self.text.range(of: old))
        let fault = try Self.fault(Self.text.replacingCharacters(in: start, with: new))
        #expect(fault.contains(says), "\(fault)")
    }

    @Test(arguments: [
        (#"["81"], "lengths": [7, 8]"#, "allocations[2].prefixes: 81 is given out by allocations[1].prefixes too"),
        (#"["22"], "lengths": [8]"#, "areas.codes[0].code: 22 is given out by allocations[2].prefixes too"),
        (#"["33", "33"], "lengths": [8]"#, "allocations[2].prefixes: 33 is given out by allocations[2].prefixes too"),
    ])
    func `a number has one holder`(entry: String, says: String) throws {
        let other = #"{"kind": "other", "originate": "yes", "fromAbroad": "no", "prefixes": "# + entry + "}"
        let text = Self.text.replacing(#""roaming"}"#, with: #""roaming"}, "# + other)
        #expect(try Self.fault(text).contains(says))
    }

    @Test func `the same prefix at other lengths, or with other digits behind it, is another's`() throws {
        let other = #", {"kind": "other", "originate": "yes", "fromAbroad": "no", "prefixes": "#
        let plan = try Self.plan(
            Self.text.replacing(
                #""roaming"}"#,
                with: #""roaming"}"# + other + #"["7", "22"], "lengths": [7]}"# + other
                    + #"["22"], "lengths": [8], "followedBy": "01"}"#))
        let numbers = [
            ("7123456", "other"), ("71234567", "mobile"), ("22134567", "other"), ("22234567", "fixed"),
            ("22934567", nil),
        ]
        for (digits, kind) in numbers {
            let number = try #require(TelephoneNumber(described: "+999" + digits))
            #expect(plan.standing(of: number).kind == kind, "\(digits)")
        }
    }

    @Test(arguments: [
        ("9123456", Unallocated.reserved, "9"), ("8512345", .reserved, "8"), ("8112345", .wrongLength, "81"),
        ("8171234", .reserved, "817"), ("1234567", .unknownPrefix, "12"), ("6123456", .unknownPrefix, "6"),
    ])
    func `of what is reserved and what is given out the longer prefix explains`(
        digits: String, why: Unallocated, prefix: String
    ) throws {
        let plan = try Self.plan(Self.text.replacing(#"["9"]"#, with: #"["9", "8", "817"]"#))
        let standing = plan.standing(of: try #require(TelephoneNumber(described: "+999" + digits)))
        #expect(standing.fault == why)
        #expect(standing.prefix == prefix)
    }

    @Test func `a file holds one object`() throws {
        #expect(try Self.fault("[]") == "the file must be an object, in braces")
        #expect(try Self.fault("") == "line 1, column 0: this is not JSON")
        #expect(try Self.fault(Self.text + "{}").hasSuffix("this is not JSON"))
    }

    @Test func `a file is refused for its size before it is read`() throws {
        let padded = Self.text + String(repeating: " ", count: DialPlan.largestFile - Self.text.utf8.count)
        _ = try Self.plan(padded)
        #expect(try Self.fault(padded + " ").contains("are more than the 1048576"))
        #expect(try Self.fault(String(repeating: "[", count: 9)).contains("is this one?"))
        #expect(try Self.fault(#"{"id": "\#(String(repeating: "x", count: 2_000))"}"#).contains("is this one?"))
        let patterns = Array(repeating: "\"11X\"", count: 1_001).joined(separator: ",")
        _ = try Self.plan(Self.text.replacing("\"11X\"", with: patterns.dropFirst(2 * 6)))
        #expect(try Self.fault(Self.text.replacing("\"11X\"", with: patterns)).contains("more patterns than a plan"))
        let many = (0..<8_000).map { "\"9\(10_000 + $0)123456789\"" }
        let text = Self.text.replacing(#"["9"]"#, with: "[\(many.joined(separator: ","))]")
        #expect(try Self.fault(text).contains("too many prefixes"))
    }
}
