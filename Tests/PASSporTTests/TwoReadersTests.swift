import Forgery
import Jansson
import PASSporT
import Testing

/// Claims as we write them ourselves are read without the JSON parser; a blank behind them is enough to have it read
/// them. Of every text the two must say the same, or one part of the service would see what another never does (P-04).
@Suite struct `Claims in canonical form` {
    private enum Reading: Equatable {
        case passport(Passport)
        case fault(PassportFault)
    }

    private static let parts = Value.forgery().parts

    /// Whoever signed it: only what is read is looked at.
    private func token(_ claims: [UInt8]) throws(PassportFault) -> UnverifiedPassport {
        let claims = Forgery.base64URL(claims)
        return try Value.read("\(Self.parts[0]).\(claims).\(Self.parts[2]);info=<\(Value.url)>;alg=ES256;ppt=shaken")
    }

    private func reading(_ claims: [UInt8]) -> Reading {
        do throws(PassportFault) { return .passport(try token(claims).claimed) } catch { return .fault(error) }
    }

    private func expectAgreement(_ claims: [UInt8]) {
        let text = String(decoding: claims, as: UTF8.self), here = reading(claims)
        #expect(here == reading(claims + [0x20]), "\(text)")
        if claims.first == UInt8(ascii: "{") {
            #expect(here == reading([0x7B, 0x20] + claims.dropFirst()), "\(text)")
        }
        #expect((try? token(claims))?.isCanonical ?? false == isCanonical(claims), "\(text)")
        #expect((try? token(claims + [0x20]))?.isCanonical != true, "\(text)")
    }

    /// By what the JSON printer makes of it: the one form of RFC 8225 §9, of SHAKEN's claims alone and without escapes.
    private func isCanonical(_ claims: [UInt8]) -> Bool {
        guard case .passport(let passport) = reading(claims), passport.destinationURIs.isEmpty,
            let json = try? JSON(parsing: claims.span), json.canonicalText() == claims,
            json.names.sorted() == ["attest", "dest", "iat", "orig", "origid"], let dest = json.member("dest")
        else { return false }
        let isPlain = passport.originID.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        return isPlain && dest.names == ["tn"]
    }

    private static func claims(
        attest: String = #""A""#, dest: String = #"["1"]"#, iat: String = "1", orig: String = #""1""#,
        origid: String = #""x""#
    ) -> String {
        #"{"attest":\#(attest),"dest":{"tn":\#(dest)},"iat":\#(iat),"orig":{"tn":\#(orig)},"origid":\#(origid)}"#
    }

    @Test(arguments: [
        (claims(), true), (claims(dest: #"["2","1","*#","1"]"#), true), (claims(iat: "999999999999999999"), true),
        (claims(iat: "1000000000000000000"), true), (claims(iat: "9223372036854775807"), true),
        (claims(iat: "-1"), true), (claims(iat: "-9223372036854775808"), true), (claims(iat: "0"), true),
        (claims(iat: "-0"), false), (claims(origid: #""""#), true), (claims(origid: #""/ ~""#), true),
        (claims(origid: #""\/""#), false), (claims(origid: #""\"""#), false), (claims(origid: #""\t""#), false),
        (claims(origid: #""é""#), false), (" " + claims(), false),
        (claims(attest: #""\u0041""#), false), (claims(dest: #"[ "1"]"#), false),
        (claims().replacing(#"]}"#, with: #"],"uri":["sip:a@b.c"]}"#), false),
        (claims().replacing(#""origid""#, with: #""origid":"x","x""#), false),
        (claims().replacing(#""origid""#, with: #""origi":"x","origid""#), false),
        (
            claims(dest: "[" + Array(repeating: #""12345678901234567890""#, count: 64).joined(separator: ",") + "]"),
            true
        ),
        (claims(origid: "\"\(String(repeating: "x", count: 2_000))\""), true),
    ])
    func `are known as such`(text: String, canonical: Bool) throws {
        let claims = Array(text.utf8)
        #expect(try token(claims).isCanonical == canonical)
        #expect(isCanonical(claims) == canonical, "the two definitions agree")
        expectAgreement(claims)
    }

    @Test(arguments: [
        #"{"attest":"A","dest":{"tn":[]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1","1"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["2","1"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1",]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":01,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":-1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":-0,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":0,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":9223372036854775807,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":9223372036854775808,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":99999999999999999999,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1234567890123456"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"*1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["*#"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":""}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"\u0041"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"a","origid":"b"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"x""#,
        #"{"attest":"D","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#, "", "{}", "{",
        claims(iat: "00"), claims(iat: "+1"), claims(iat: "1.0"), claims(iat: "1e3"), claims(iat: #""1""#),
        claims(iat: "99999999999999999"), claims(iat: "999999999999999999"), claims(iat: "1000000000000000000"),
        claims(iat: "0999999999999999999"), claims(iat: "9999999999999999999"), claims(iat: "-999999999999999999"),
        claims(iat: "-"), claims(iat: "null"), claims(orig: #""1a""#), claims(orig: #""""#), claims(orig: "1"),
        claims(orig: #""123456789012345""#), claims(orig: #""\u0031""#), claims(orig: #""+1""#),
        claims(orig: #"["1"]"#),
        claims(dest: #"["1a"]"#), claims(dest: #"[""]"#), claims(dest: #"["12345678901234567890"]"#),
        claims(dest: #"["123456789012345678901"]"#), claims(dest: #"["1" ,"2"]"#), claims(dest: #"["\u0031"]"#),
        claims(dest: #"["1",2]"#), claims(dest: #""1""#), claims(dest: #"["1","1a"]"#),
        claims(origid: #""\"""#), claims(origid: #""\""#), claims(origid: #""\\""#), claims(origid: #""é号😀""#),
        claims(origid: "\"\u{7F}\""), claims(origid: "\"\t\""), claims(origid: "\"\u{0}\""), claims(origid: "null"),
        claims(origid: "\"\u{FFFD}\""), claims(attest: #""""#), claims(attest: #""AA""#), claims(attest: #""a""#),
        claims(attest: "\"A\u{301}\""), claims(attest: #""C""#),
    ])
    func `say the same at their edges`(text: String) { expectAgreement(Array(text.utf8)) }

    @Test(arguments: [0, 1, 2, 63, 64, 65, 66], [1, 11, 20])
    func `say the same with any number of callees`(count: Int, length: Int) {
        let number = "\"" + String(repeating: "7", count: length) + "\""
        let dest = "[" + Array(repeating: number, count: count).joined(separator: ",") + "]"
        #expect(
            (reading(Array(Self.claims(dest: dest).utf8)) == .fault(.claimMalformed("dest"))) == (count == 0))
        expectAgreement(Array(Self.claims(dest: dest).utf8))
    }

    /// The short way ends at 1,024 bytes, and nothing may come of it.
    @Test func `say the same at any length`() throws {
        let rest = Self.claims(origid: #""""#).utf8.count
        for count in [1_022, 1_023, 1_024, 1_025, 1_026, 8_000] {
            let claims = Array(Self.claims(origid: "\"\(String(repeating: "x", count: count - rest))\"").utf8)
            #expect(claims.count == count)
            #expect(try token(claims).isCanonical)
            expectAgreement(claims)
        }
    }

    /// Bytes that are no UTF-8 are a fault of the JSON and never a text.
    @Test(arguments: [
        [0x80], [0xC3], [0xC3, 0x28], [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ])
    func `say the same where they are no UTF-8`(bytes: [UInt8]) {
        let text = Array(Self.claims().utf8)
        // Within the letter, the two numbers and the identifier.
        for place in [12, 30, 57, 71] {
            let claims = Array(text[..<place]) + bytes + Array(text[place...])
            #expect(reading(claims) == .fault(.notJSON(.claims)))
            expectAgreement(claims)
        }
    }

    @Test func `say the same with any one byte changed, added or left out`() {
        let claims = Array(Value.forgery().claims.text.utf8)
        for place in claims.indices {
            for byte in Array(#"0 9"A\{}[],:.e-*u"#.utf8) + [0x00, 0x1F, 0x7F, 0xC3, 0xFF] {
                var changed = claims, longer = claims
                changed[place] = byte
                longer.insert(byte, at: place)
                expectAgreement(changed)
                expectAgreement(longer)
            }
            var shorter = claims, twice = claims
            shorter.remove(at: place)
            twice.insert(claims[place], at: place)
            expectAgreement(shorter)
            expectAgreement(twice)
            expectAgreement(Array(claims[..<place]))
        }
    }

    @Test func `say the same with some pieces put elsewhere`() {
        var generator = SeededGenerator(seed: 4)
        let claims = Array(Value.forgery().claims.text.utf8)
        for _ in 0..<2_000 {
            var text = claims
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let from = Int.random(in: 0..<text.count, using: &generator)
                let piece = text[from..<min(text.count, from + Int.random(in: 1...12, using: &generator))]
                text.insert(contentsOf: Array(piece), at: Int.random(in: 0...text.count, using: &generator))
            }
            expectAgreement(text)
        }
    }
}
