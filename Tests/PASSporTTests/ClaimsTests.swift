import Forgery
import NumberPlan
import LibCrypto
import PASSporT
import Testing

/// Rows CLM-01 to CLM-09 and CLM-15, TOK-06, TOK-19 and TOK-20 for the claims.
@Suite struct `A token's claims` {
    @Test(arguments: ["attest", "dest", "iat", "orig", "origid"]) func `are all there`(name: String) {
        #expect(Value.fault { $0.claims[name] = nil } == .claimMissing(name))
    }

    @Test(arguments: [
        "\"1795329200\"", "1795329200.0", "1.7953292e9", "17953292e2", "true", "null", "[1795329200]", "{}",
        "\"\"", "1795329200.5", "-1.0", "1e0",
    ])
    func `have an integer for iat`(value: String) {
        #expect(Value.fault { $0.claims["iat"] = value } == .claimMalformed("iat"))
    }

    @Test(arguments: [
        "01795329200", "+1795329200", "9223372036854775808", "0x6B", "1_000", "NaN", "-9223372036854775809",
    ])
    func `have an iat that JSON knows`(value: String) {
        #expect(Value.fault { $0.claims["iat"] = value } == .notJSON(.claims))
    }

    @Test(arguments: [0, -1, 1, .max, .min, 1_795_329_200_000]) func `may have any integer for iat`(value: Int) throws {
        #expect(try Value.read(Value.forgery { $0.claims["iat"] = "\(value)" }.identity).claimed.issuedAt == value)
    }

    @Test(arguments: [
        "null", "[]", "{}", #""12155551212""#, #"["12155551212"]"#, #"{"tn":["12155551212"]}"#, #"{"tn":12155551212}"#,
        #"{"tn":null}"#, #"{"tn":""}"#, #"{"tn":"12155551212","uri":"sip:a@b.c"}"#, #"{"uri":"sip:a@b.c"}"#,
        #"{"tn":"12155551212","x":1}"#, #"{"tn":"+12155551212"}"#, #"{"tn":"1215 5551212"}"#,
        #"{"tn":"1215-555-1212"}"#,
        #"{"tn":"１２１５５５５１２１２"}"#, #"{"tn":"١٢١٥٥٥٥"}"#, #"{"tn":"1234567890123456"}"#, #"{"tn":"1215555#"}"#,
        #"{"tn":"*67"}"#, #"{"tn":"12155551212 "}"#, #"{"TN":"12155551212"}"#, #"{"tn":"1215555121é"}"#,
        #"{"tn":"12155551212;ext=1"}"#, #"{"tn":"tel:12155551212"}"#,
    ])
    func `have one number for orig`(value: String) {
        #expect(Value.fault { $0.claims["orig"] = value } == .claimMalformed("orig"))
    }

    @Test(arguments: ["1", "110", "95588", "123456789012345", "0012"]) func `have a number of up to 15 digits`(
        tn: String
    ) throws {
        let token = try Value.read(Value.forgery { $0.claims["orig"] = "{\"tn\":\"\(tn)\"}" }.identity)
        #expect(token.claimed.origin.description == tn)
    }

    @Test(arguments: [
        "null", "[]", "{}", #""12355551213""#, #"["12355551213"]"#, #"{"tn":"12355551213"}"#, #"{"tn":[]}"#,
        #"{"tn":[12355551213]}"#, #"{"tn":["12355551213",7]}"#, #"{"tn":["12355551213",null]}"#, #"{"tn":[""]}"#,
        #"{"tn":["+12355551213"]}"#, #"{"tn":["1235 5551213"]}"#, #"{"tn":["１２３"]}"#, #"{"tn":{"0":"1"}}"#,
        #"{"uri":"sip:a@b.c"}"#, #"{"uri":[]}"#, #"{"uri":[1]}"#, #"{"tn":[],"uri":["sip:a@b.c"]}"#,
        #"{"tn":["12355551213"],"uri":[]}"#, #"{"tn":["12355551213"],"uri":"sip:a@b.c"}"#, #"{"x":["12355551213"]}"#,
        #"{"tn":["123456789012345678901"]}"#, #"{"tn":[["12355551213"]]}"#,
    ])
    func `have a list of callees for dest`(value: String) {
        #expect(Value.fault { $0.claims["dest"] = value } == .claimMalformed("dest"))
    }

    @Test func `may name numbers and URIs, in any order, more than once`() throws {
        let dest = #"{"uri":["sip:b@c.d","sip:a@b.c"],"tn":["2","1","2","*67","911"]}"#
        let token = try Value.read(Value.forgery { $0.claims["dest"] = dest }.identity)
        #expect(token.claimed.destinations.map(\.description) == ["2", "1", "2", "*67", "911"])
        #expect(token.claimed.destinationURIs == ["sip:b@c.d", "sip:a@b.c"])
        #expect(!token.isCanonical)
    }

    @Test(arguments: [
        #""a""#, #""""#, #""D""#, "1", "null", #"["A"]"#, #""A ""#, #"" A""#, #""AA""#, "true", #""Ａ""#, #""full""#,
        #""A\n""#,
    ])
    func `have A, B or C for attest`(value: String) {
        #expect(Value.fault { $0.claims["attest"] = value } == .attestationInvalid)
    }

    @Test(arguments: zip(["A", "B", "C"], Attestation.allCases)) func `say how much is vouched for`(
        letter: String, level: Attestation
    ) throws {
        #expect(
            try Value.read(Value.forgery { $0.claims["attest"] = "\"\(letter)\"" }.identity).claimed.attestation
                == level)
    }

    @Test(arguments: ["null", "7", "[]", "{}", "true"]) func `have a text for origid`(value: String) {
        #expect(Value.fault { $0.claims["origid"] = value } == .claimMalformed("origid"))
    }

    /// IDH-11: an answer may carry them into a header field.
    @Test(arguments: [#"\r\nX: y"#, #"\n"#, #"\r"#, #"\u0001"#, "\u{7F}", #"\u001f"#])
    func `have nothing in a text that ends a header field`(control: String) {
        #expect(Value.fault { $0.claims["origid"] = "\"a\(control)b\"" } == .claimMalformed("origid"))
        #expect(
            Value.fault { $0.claims["dest"] = "{\"uri\":[\"sip:a@b.c\",\"sip:\(control)@b.c\"]}" }
                == .claimMalformed("dest"))
    }

    /// CLM-09: whoever verifies carries it as it is; that it is no UUID is for the record.
    @Test(arguments: ["", "123e4567-e89b-12d3-a456-42665544000", "call 7", "é", #"a\"b\\c"#, #"a\tb"#])
    func `may have any text for origid`(value: String) throws {
        let token = try Value.read(Value.forgery { $0.claims["origid"] = "\"\(value)\"" }.identity)
        #expect(!Passport.isUUID(token.claimed.originID))
        #expect(try token.verified(by: Value.key.verifyingKey).passport == token.claimed)
    }

    @Test(arguments: [
        ("de305d54-75b4-431b-adb2-eb6b9e546014", true), ("DE305D54-75B4-431B-ADB2-EB6B9E546014", true),
        ("de305d5475b4431badb2eb6b9e546014", false), ("de305d54-75b4-431b-adb2-eb6b9e54601", false),
        ("de305d54-75b4-431b-adb2-eb6b9e5460145", false), ("ge305d54-75b4-431b-adb2-eb6b9e546014", false),
        ("{de305d54-75b4-431b-adb2-eb6b9e546014}", false), ("de305d54_75b4_431b_adb2_eb6b9e546014", false),
        ("d-e305d54-75b4-431b-adb2-eb6b9e54601", false), ("", false),
    ])
    func `know a UUID`(text: String, isUUID: Bool) { #expect(Passport.isUUID(text) == isUUID) }

    @Test func `may say more`() throws {
        let token = try Value.read(Value.forgery { $0.claims["rcd"] = #"{"nam":"Bank"}"# }.identity)
        #expect(!token.isCanonical)
        #expect(token.claimTexts.map(\.name) == ["attest", "dest", "iat", "orig", "origid", "rcd"])
        #expect(token.claimTexts.last?.text == #"{"nam":"Bank"}"#)
    }

    @Test(arguments: ["attest", "dest", "iat", "orig", "origid", "extra"]) func `say nothing twice`(name: String) {
        #expect(
            Value.fault { forgery in
                forgery.claims["extra"] = "1"
                forgery.claims.repeating(name, forgery.claims[name] ?? "1")
            } == .notJSON(.claims))
    }

    @Test(arguments: [
        ("orig", #"{"tn":"12155551212","tn":"13035551212"}"#), ("dest", #"{"tn":["1"],"tn":["2"]}"#),
        ("extra", #"{"a":[{"b":1,"b":1}]}"#),
    ])
    func `say nothing twice at any depth`(name: String, value: String) {
        #expect(Value.fault { $0.claims[name] = value } == .notJSON(.claims))
    }

    @Test(arguments: [
        [0xEF, 0xBB, 0xBF] + Array(Value.forgery().claims.text.utf8), Array((Value.forgery().claims.text + "x").utf8),
        Array(Value.forgery().claims.text.utf8) + [0], [], Array("[]".utf8), Array("1".utf8),
        Array(#"{"a":"\ud800"}"#.utf8), Array(#"{"a":"\u0000"}"#.utf8), Array(#"{"\u0000":1}"#.utf8),
        Array(#"{"a":""#.utf8) + [0xFF, 0x22, 0x7D], Array(#"{"a":"\#u{1}"}"#.utf8),
    ])
    func `are JSON`(text: [UInt8]) { #expect(Value.fault { $0.claimsText = text } == .notJSON(.claims)) }

    @Test func `are bounded in members and depth`() {
        #expect(Value.fault { f in for n in 0..<59 { f.claims["m\(n)"] = "1" } } == nil)
        #expect(Value.fault { f in for n in 0..<60 { f.claims["m\(n)"] = "1" } } == .tooManyMembers(.claims))
        #expect(Value.fault { $0.claims["extra"] = String(repeating: "[", count: 2_000) } == .notJSON(.claims))
        #expect(
            Value.fault { $0.claims["extra"] = String(repeating: "[", count: 16) + String(repeating: "]", count: 16) }
                == .notJSON(.claims))
    }
}
