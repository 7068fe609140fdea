import NumberPlan
import Testing

/// How callers' numbers are written.
@Suite struct CallerTests {
    @Test(arguments: [
        ("+8613800138000", DialPlan.Reading.Form.international), ("008613800138000", .international),
        ("8613800138000", .international), ("+86 571-8888-0000", .international), ("8657188880000", .international),
        ("0085221234567", .international), ("442079460018", .international), ("+8695588", .international),
        ("tel:+8613800138000", .international), ("tel:57188880000;phone-context=+86", .international),
        ("sip:57188880000;phone-context=+86@gw.example;user=phone", .international),
        ("sip:+85221234567@gw.example", .international), ("sip:%2B8613800138000@gw.example", .international),
        ("13800138000", .national), ("013800138000", .national), ("0571 88880000", .national),
        ("57188880000", .national), ("52345678", .national), ("95588", .national), ("110", .national),
        ("4001234567", .national), ("10690123456789012345", .national), ("*57#", .national),
        ("tel:95588;phone-context=+86", .national), ("tel:13800138000;phone-context=gw.example", .national),
        ("sip:13800138000@gw.example;user=phone", .national),
    ])
    func `a number in China shows a country code or does not`(raw: String, form: DialPlan.Reading.Form) throws {
        let reading = try DialPlan.china.reading(of: raw)
        #expect(reading.form == form)
        #expect(reading.number == (try DialPlan.china.number(from: raw)))
    }

    @Test(arguments: [
        ("+12155551212", DialPlan.Reading.Form.international), ("011442079460018", .international),
        ("8657188880000", .international), ("12155551212", .international), ("2155551212", .national),
        ("5551212", .national), ("911", .national), ("*69", .national),
    ])
    func `in North America the trunk prefix is the country code too`(
        raw: String, form: DialPlan.Reading.Form
    ) throws {
        #expect(try DialPlan.nanp.reading(of: raw).form == form)
    }

    @Test(arguments: ["110", "13800138000", "+12155551212", "*69"])
    func `without a plan every number is international`(raw: String) throws {
        #expect(try DialPlan.none.reading(of: raw).form == .international)
    }

    @Test(arguments: [
        ("008601012345678", NumberFault.trunkPrefixAfterCountryCode), ("02692345678", .unknownNationalForm),
        ("+95588", .internationalServiceCode), ("+0123456789", .noCountryCode),
    ])
    func `what is no number has no form`(raw: String, why: NumberFault) {
        #expect(throws: why) { try DialPlan.china.reading(of: raw) }
    }

    @Test(arguments: [
        "13800138000", "+8613800138000", "0", "00852", "+1", "10690123456789012345", "tel:+86-138.0013(8000)",
        "tel:13800138000;phone-context=+86", "TEL:+1", "sip:+8613800138000@gw.example;user=phone",
        "sip:13800138000@gw.example", "sips:138-0013-8000:secret@gw.example:5061;user=phone?Subject=x",
        "sip:%2B8613800138000@gw.example", "sip:+8613800138000;npdi;rn=+8613@gw.example;user=phone",
    ])
    func `a caller's number conforms`(raw: String) {
        #expect(DialPlan.isConforming(raw: raw))
    }

    @Test(arguments: [
        "", " ", "+", "++86", "86+138", "138 0013 8000", "138-0013-8000", "(0571)88880000", "138.0013.8000", "*57#",
        "1380013800O", "１３８", "138\u{0}", "123456789012345678901", "13800138000;ext=1", "%31", "tel:", "tel:+",
        "tel:--", "tel:*57%23", "tel:138 0013", "tel:138/0013", "tel:1-800-FLOWERS", "tel:123456789012345678901",
        "sip:alice@gw.example", "sip:gw.example", "sip:*69@gw.example", "sip:@gw.example", "sip:1@a@b", "sip:%2@x",
        "13800138000@gw.example", "urn:service:sos", "mailto:1@x", "http://1", "sip:+8613800138000@anonymous.invalid",
        "sip:+8613800138000@unknown.invalid", "sip:anonymous@anonymous.invalid", "anonymous", "+anonymous", "unknown",
        "tel:" + String(repeating: "-", count: 512) + "1",
    ])
    func `what a caller's number must not look like`(raw: String) {
        #expect(!DialPlan.isConforming(raw: raw))
    }

    @Test(arguments: [
        "", "  ", "anonymous", "Anonymous", "ANONYMOUS", "unavailable", "Unavailable", "restricted", "withheld",
        "private", "unknown", "sip:anonymous@anonymous.invalid", "SIP:Anonymous@Anonymous.Invalid;user=phone",
        "sips:anonymous@anonymous.invalid:5061", "anonymous@anonymous.invalid", "sip:anonymous@gw.example",
        "sip:unavailable@unknown.invalid", "unavailable@unknown.invalid", "sip:c8oqz84zk7z@anonymous.invalid",
        "sip:+8613800138000@anonymous.invalid", "sip:%61nonymous@gw.example",
    ])
    func `nobody is shown`(raw: String) {
        #expect(DialPlan.isAnonymous(raw: raw))
        #expect(throws: raw.allSatisfy { $0 == " " } ? NumberFault.empty : .anonymous) {
            try DialPlan.china.number(from: raw)
        }
    }

    @Test(arguments: [
        "13800138000", "+", "0", "0000000000", "anonymously", "anonymous ", "not anonymous", "urn:service:sos",
        "sip:alice@gw.example", "alice@gw.example", "sip:alice@anonymous.invalid.example", "tel:anonymous", "tel:",
        "sip:13800138000@gw.example", "sip:%2@anonymous.invalid", "\tanonymous",
        "sip:anonymous@" + String(repeating: "a", count: 512),
    ])
    func `somebody is shown, or nonsense`(raw: String) {
        #expect(!DialPlan.isAnonymous(raw: raw))
    }
}
