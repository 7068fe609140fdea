import Forgery
import LibCrypto
import PASSporT
import Testing

/// Rows TOK-06, TOK-13 to TOK-18 and TOK-20 for the header, and pitfalls P-01, P-04 and P-36.
@Suite struct `A token's header` {
    @Test(
        arguments: [
            ("typ", nil, .headerMemberMissing("typ")), ("typ", #""JWT""#, .typeNotPassport),
            ("typ", #""Passport""#, .typeNotPassport), ("typ", #""vcard+json""#, .typeNotPassport),
            ("typ", #"["passport"]"#, .typeNotPassport), ("typ", "null", .typeNotPassport),
            ("typ", "7", .typeNotPassport),
            ("typ", #""""#, .typeNotPassport),
            ("alg", nil, .headerMemberMissing("alg")), ("alg", #""none""#, .algorithmNotES256),
            ("alg", #""es256""#, .algorithmNotES256), ("alg", #""HS256""#, .algorithmNotES256),
            ("alg", #""RS256""#, .algorithmNotES256), ("alg", #""ES384""#, .algorithmNotES256),
            ("alg", #""ES256K""#, .algorithmNotES256), ("alg", #""""#, .algorithmNotES256),
            ("alg", "null", .algorithmNotES256), ("alg", #"["ES256"]"#, .algorithmNotES256),
            ("ppt", nil, .headerMemberMissing("ppt")), ("ppt", "null", .extensionParameterDiffers("")),
            ("ppt", "1", .extensionParameterDiffers("")), ("ppt", #""Shaken""#, .extensionParameterDiffers("Shaken")),
            ("ppt", #""div""#, .extensionParameterDiffers("div")),
            ("x5u", nil, .headerMemberMissing("x5u")), ("x5u", "null", .certificateURLNotText),
            ("x5u", #"{"a":"b"}"#, .certificateURLNotText), ("x5u", #""""#, .certificateURLDiffers),
            ("x5u", #""https://cr.example.com/1234/cert.pem/""#, .certificateURLDiffers),
            ("x5u", #""https://CR.example.com/1234/cert.pem""#, .certificateURLDiffers),
            ("x5u", #""https://cr.example.com:443/1234/cert.pem""#, .certificateURLDiffers),
            ("crit", #"["b64"]"#, .criticalHeader), ("crit", "[]", .criticalHeader),
            ("crit", #""ppt""#, .criticalHeader),
            ("crit", #"["ppt","ppt"]"#, .criticalHeader), ("crit", #"["ppt","b64"]"#, .criticalHeader),
            ("crit", #"["x5u"]"#, .criticalHeader), ("crit", "null", .criticalHeader), ("crit", "[1]", .criticalHeader),
            ("crit", #"{"ppt":1}"#, .criticalHeader), ("crit", #"["exp"]"#, .criticalHeader),
        ] as [(String, String?, PassportFault)])
    func `is refused`(name: String, value: String?, why: PassportFault) {
        #expect(Value.fault { $0.header[name] = value } == why)
    }

    @Test(arguments: [
        ("crit", #"["ppt"]"#), ("kid", #""1""#), ("x5t", #""x""#), ("cty", "null"), ("zip", #""DEF""#),
        ("b64", "false"),
        ("jku", #""https://evil.example/keys""#), ("x5c", #"["MIIB"]"#), ("jwk", #"{"kty":"EC"}"#),
    ])
    func `may say more`(name: String, value: String) throws {
        let identity = Value.forgery { $0.header[name] = value }.identity
        let verified = try Value.verified(identity)
        #expect(verified.certificateURL == Value.url)
        #expect(try !Value.read(identity).isCanonical)
    }

    @Test(
        arguments: [
            ("a byte order mark", [0xEF, 0xBB, 0xBF] + Array(Value.forgery().header.text.utf8)),
            ("nothing", []), ("an array", Array("[]".utf8)), ("a string", Array(#""passport""#.utf8)),
            ("trailing bytes", Array((Value.forgery().header.text + "{}").utf8)),
            ("a trailing NUL", Array(Value.forgery().header.text.utf8) + [0]),
            ("no end", Array(Value.forgery().header.text.utf8.dropLast())),
            (
                "invalid UTF-8",
                Array(Value.forgery().header.text.utf8.dropLast()) + Array(#","a":""#.utf8) + [0xFF, 0x22, 0x7D]
            ),
            ("an overlong slash", Array(#"{"a":""#.utf8) + [0xC0, 0xAF, 0x22, 0x7D]),
            ("a surrogate in UTF-8", Array(#"{"a":""#.utf8) + [0xED, 0xA0, 0x80, 0x22, 0x7D]),
            ("single quotes", Array("{'alg':'ES256'}".utf8)), ("a comment", Array("{/**/}".utf8)),
            ("a trailing comma", Array(Value.forgery().header.text.dropLast().utf8) + Array(",}".utf8)),
        ] as [(String, [UInt8])])
    func `is not JSON with`(name: String, text: [UInt8]) {
        #expect(Value.fault { $0.headerText = text } == .notJSON(.header), "\(name)")
    }

    @Test(arguments: ["alg", "ppt", "typ", "x5u", "extra"]) func `says nothing twice`(name: String) {
        #expect(
            Value.fault { forgery in
                forgery.header["extra"] = "1"
                forgery.header.repeating(name, forgery.header[name] ?? "1")
            } == .notJSON(.header))
        // The same name, escaped, is the same name.
        #expect(
            Value.fault { $0.header.repeating(#"al\u0067"#, #""none""#) } == .notJSON(.header))
    }

    @Test func `is bounded in members, depth, strings and bytes`() {
        func extra(_ value: String) -> PassportFault? { Value.fault { $0.header["extra"] = value } }
        #expect(Value.fault { f in for n in 0..<60 { f.header["m\(n)"] = "1" } } == nil)
        #expect(Value.fault { f in for n in 0..<61 { f.header["m\(n)"] = "1" } } == .tooManyMembers(.header))
        #expect(extra(String(repeating: "[", count: 15) + String(repeating: "]", count: 15)) == nil)
        #expect(
            extra(String(repeating: "[", count: 16) + String(repeating: "]", count: 16)) == .notJSON(.header))
        #expect(extra(String(repeating: "[", count: 2_000)) == .notJSON(.header))
        #expect(extra("\"" + String(repeating: "x", count: 8_192) + "\"") == nil)
        #expect(extra("\"" + String(repeating: "x", count: 8_193) + "\"") == .notJSON(.header))
        #expect(extra(#""\ud800""#) == .notJSON(.header))
        #expect(extra(#""\u0000""#) == .notJSON(.header))
        #expect(extra(String(repeating: "9", count: 40)) == .notJSON(.header))
    }

    /// The alternatives of P-01 and TOK-18: a key out of the token itself is never looked at.
    @Test func `does not choose the key`() throws {
        let attacker = try Forgery.strangersKey.verifyingKey
        let point = attacker.point
        let jwk =
            #"{"kty":"EC","crv":"P-256","x":"\#(Forgery.base64URL(Array(point[1..<33])))","y":"\#(Forgery.base64URL(Array(point[33...])))"}"#
        let identity = Value.forgery {
            $0.key = Forgery.strangersKey
            $0.header["jwk"] = jwk
        }.identity
        #expect(throws: PassportFault.signatureInvalid) {
            try Value.read(identity).verified(by: Value.key.verifyingKey)
        }
    }
}
