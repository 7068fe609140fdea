import NumberPlan
import Testing

@Suite struct DialPlanTests {
    @Test(arguments: [
        ("8657188880000", "+8657188880000"), ("+86 571-8888-0000", "+8657188880000"),
        ("008657188880000", "+8657188880000"), ("0571 88880000", "+8657188880000"),
        ("57188880000", "+8657188880000"), ("(0571) 8888.0000", "+8657188880000"),
        ("8613800138000", "+8613800138000"), ("13800138000", "+8613800138000"), ("013800138000", "+8613800138000"),
        ("1064123456", "+861064123456"), ("02152345678", "+862152345678"), ("1440012345678", "+861440012345678"),
        ("0085221234567", "+85221234567"), ("+12125550123", "+12125550123"), ("442079460018", "+442079460018"),
        ("12155551212", "+12155551212"), ("+39 06 1234567", "+39061234567"),
        ("110", "86:110"), ("95588", "86:95588"), ("9558812", "86:9558812"), ("95105105", "86:95105105"),
        ("96110", "86:96110"), ("10086", "86:10086"), ("12345", "86:12345"), ("4001234567", "86:4001234567"),
        ("10690123456789012345", "86:10690123456789012345"), ("52345678", "86:52345678"), ("*57#", "86:*57#"),
        ("tel:95588;phone-context=+86", "86:95588"), ("sip:95588@gw.example;user=phone", "86:95588"),
    ])
    func `Chinese forms`(raw: String, canonical: String) throws {
        #expect(try DialPlan.china.number(from: raw).description == canonical)
    }

    @Test(arguments: [
        ("2155551212", "+12155551212"), ("12155551212", "+12155551212"), ("1 (215) 555-1212", "+12155551212"),
        ("+1/215_555~1212!", "+12155551212"),
        ("011442079460018", "+442079460018"), ("911", "1:911"), ("411", "1:411"), ("988", "1:988"),
        ("5551212", "1:5551212"), ("8657188880000", "+8657188880000"), ("+441134960000", "+441134960000"),
        ("tel:911;phone-context=+1", "1:911"), ("tel:5551212;phone-context=+1215", "+12155551212"),
        ("tel:2155551212;phone-context=example.com", "+12155551212"),
        ("tel:+1-215-555-1212;ext=22;isub=9", "+12155551212"),
        ("tel:+12155551212;npdi;rn=+12155550000", "+12155551212"),
        ("TEL:+12155551212", "+12155551212"),
        ("sip:%2B12155551212@example.com", "+12155551212"), ("sip:%2b1215555121%32@example.com", "+12155551212"),
        ("sips:+12155551212:secret@example.com:5061;user=phone?Subject=x@y", "+12155551212"),
        ("sip:+12155551212;npdi;rn=+12155550000@example.com;user=phone", "+12155551212"),
        ("sip:5551212;phone-context=+1215@example.com;user=phone", "+12155551212"),
        ("sip:12155551212@x", "+12155551212"),
    ])
    func `North American forms and URIs`(raw: String, canonical: String) throws {
        #expect(try DialPlan.nanp.number(from: raw).description == canonical)
    }

    @Test(arguments: [
        ("", NumberFault.empty), ("+", .empty), ("-- ()", .empty), ("00", .empty), ("tel:", .empty),
        ("+0123456789", .noCountryCode), ("0001", .noCountryCode),
        ("+1234567890123456", .tooLong), ("123456789012345678901", .tooLong),
        ("+1215555121２", .forbiddenCharacter), ("١٢١٥٥٥٥١٢١٢", .forbiddenCharacter), ("12+15", .forbiddenCharacter),
        ("++1215", .forbiddenCharacter), ("1215\t555", .forbiddenCharacter), ("1215\r\n555", .forbiddenCharacter),
        ("+1*69", .forbiddenCharacter), ("1-800-FLOWERS", .forbiddenCharacter),
        ("+86 0571 88880000", .trunkPrefixAfterCountryCode), ("0086057188880000", .trunkPrefixAfterCountryCode),
        ("02692345678", .unknownNationalForm), ("095588x", .forbiddenCharacter), ("0955880000", .unknownNationalForm),
        ("+95588", .internationalServiceCode), ("00110", .internationalServiceCode),
        ("sip:alice@example.com", .uriIdentity), ("urn:service:sos", .uriIdentity), ("sip:example.com", .uriIdentity),
        ("alice@example.com", .uriIdentity), ("mailto:1@x", .uriIdentity),
        ("anonymous", .anonymous), ("sip:anonymous@anonymous.invalid", .anonymous), ("Anonymous", .anonymous),
        ("sip:+12155551212@anonymous.invalid", .anonymous),
        ("tel:5551212;phone-context=+1215;phone-context=+1216", .duplicateParameter),
        ("tel:+12155551212;ext=1;EXT=2", .duplicateParameter), ("sip:+1215@x;user=phone;user=ip", .duplicateParameter),
        ("sip:%2@x", .badPercentEncoding), ("sip:%zz@x", .badPercentEncoding), ("tel:%c3%a9", .forbiddenCharacter),
        ("tel:+1215;;ext=1", .malformedURI), ("sip:+1215@a@b", .malformedURI),
        ("tel:12345678901234567890;phone-context=+86", .tooLong),
        ("tel:1*5;phone-context=+86571", .forbiddenCharacter),
    ])
    func `what is no number says why`(raw: String, why: NumberFault) {
        #expect(throws: why) { try DialPlan.china.number(from: raw) }
    }

    @Test func `a bare user part is a number where the plan says so`() throws {
        let plan = DialPlan.nanp.readingBareUsers(false)
        #expect(throws: NumberFault.uriIdentity) { try plan.number(from: "sip:12155551212@x") }
        #expect(try plan.number(from: "sip:12155551212@x;user=phone").digits == Digits("12155551212"))
        #expect(try plan.number(from: "sip:+12155551212@x").digits == Digits("12155551212"))
    }

    @Test func `a text of any length is looked at in bounds`() {
        #expect(throws: NumberFault.tooLong) { try DialPlan.china.number(from: String(repeating: "-", count: 100_000)) }
    }

    @Test func `a claim's code is the country's own, anything else is global`() {
        #expect(DialPlan.china.number(fromWire: Digits("95588")!).description == "86:95588")
        #expect(DialPlan.china.number(fromWire: Digits("8657188880000")!).description == "+8657188880000")
        #expect(DialPlan.china.number(fromWire: Digits("2152345678")!).description == "+2152345678")
        #expect(DialPlan.china.number(fromWire: Digits("9512345678")!).description == "+9512345678")
        #expect(DialPlan.nanp.number(fromWire: Digits("95588")!).description == "+95588")
        #expect(DialPlan.none.number(fromWire: Digits("911")!).description == "+911")
    }

    @Test func `without a plan digits are global and nothing is an emergency`() throws {
        #expect(try DialPlan.none.number(from: "110").description == "+110")
        #expect(try DialPlan.none.number(from: "+1 215 555 1212").description == "+12155551212")
        #expect(!DialPlan.none.isEmergency(.global(Digits("110")!)))
        #expect(throws: NumberFault.noCountryCode) { try DialPlan.none.number(from: "0571") }
    }

    @Test(arguments: ["110", "119", "120", "122"]) func `Chinese emergency numbers`(code: String) throws {
        #expect(DialPlan.china.isEmergency(try DialPlan.china.number(from: code)))
        #expect(!DialPlan.nanp.isEmergency(try DialPlan.china.number(from: code)))
    }

    @Test func `only the very code is an emergency`() throws {
        #expect(DialPlan.nanp.isEmergency(try DialPlan.nanp.number(from: "9-1-1")))
        #expect(!DialPlan.nanp.isEmergency(try DialPlan.nanp.number(from: "9115551212")))
        #expect(!DialPlan.china.isEmergency(.global(Digits("110")!)))
        #expect(!DialPlan.china.isEmergency(try DialPlan.china.number(from: "1100")))
    }

    @Test func `an emergency destination may be a URN`() {
        #expect(DialPlan.isEmergency(uri: "urn:service:sos"))
        #expect(DialPlan.isEmergency(uri: "URN:Service:SOS.police"))
        #expect(!DialPlan.isEmergency(uri: "urn:service:sosial"))
        #expect(!DialPlan.isEmergency(uri: "urn:service:counseling"))
        #expect(!DialPlan.isEmergency(uri: "sip:urn:service:sos@x"))
    }

    /// RFC 8224 §8.1: both ends must come to the same digits, however the number was written.
    @Test(arguments: [DialPlan.china, .nanp]) func `formatting changes nothing`(plan: DialPlan) throws {
        var random = SeededGenerator(seed: 8224)
        for _ in 0..<2_000 {
            let text = "+" + Self.digits(Int.random(in: 4...15, using: &random), &random)
            guard let number = try? plan.number(from: text) else { continue }
            let forms = [
                Self.decorated(text, &random), "tel:\(text);ext=1", "sip:\(text)@example.com;user=phone",
                number.description,
            ]
            for form in forms where try plan.number(from: form) != number { Issue.record("\(form)") }
            if plan.number(fromWire: number.digits) != number { Issue.record("\(text)") }
        }
    }

    @Test(arguments: [DialPlan.china, .nanp]) func `what was read once reads the same from the wire`(plan: DialPlan)
        throws
    {
        var random = SeededGenerator(seed: 3966)
        for _ in 0..<5_000 {
            let text = Self.digits(Int.random(in: 1...20, using: &random), &random)
            guard let number = try? plan.number(from: text), number.country == nil else { continue }
            if plan.number(fromWire: number.digits) != number { Issue.record("\(text)") }
            if try plan.number(from: "+\(number.digits)") != number { Issue.record("\(text)") }
        }
    }

    @Test func `no text makes it trap`() {
        var random = SeededGenerator(seed: 5)
        let alphabet = Array("0123456789+-.() *#:;=@%?&tel:sip:sipsphone-contextuser=phone+86[]é２\r\n\0")
        for _ in 0..<5_000 {
            let length = Int.random(in: 0...40, using: &random)
            let text = String((0..<length).map { _ in alphabet.randomElement(using: &random)! })
            _ = try? DialPlan.china.number(from: text)
            _ = try? DialPlan.nanp.number(from: "tel:" + text)
            _ = try? DialPlan.none.number(from: "sip:" + text)
            _ = try? CanonicalURI("sip:" + text)
        }
    }

    private static func digits(_ count: Int, _ random: inout SeededGenerator) -> String {
        String((0..<count).map { _ in "0123456789".randomElement(using: &random)! })
    }

    private static func decorated(_ text: String, _ random: inout SeededGenerator) -> String {
        var result = ""
        for character in text {
            if Int.random(in: 0..<4, using: &random) == 0 { result.append("-.() ".randomElement(using: &random)!) }
            result.append(character)
        }
        return result
    }
}
