import Forgery
import LibCrypto
import PASSporT
import Testing

/// Rows IDH-01 to IDH-11: the header field as others write it.
@Suite struct `An Identity header field value` {
    static let url = Value.url

    @Test(arguments: [
        ";info=<\(url)>", ";info=<\(url)>;alg=ES256", ";info=<\(url)>;ppt=shaken",
        ";ppt=shaken;info=<\(url)>;alg=ES256",
        ";alg=ES256;ppt=shaken;info=<\(url)>", ";info=<\(url)>;ppt=\"shaken\"", ";info=<\(url)>;alg=\"ES256\"",
        ";INFO=<\(url)>;ALG=ES256;PPT=shaken", ";Info=<\(url)>;PpT=\"shaken\"",
        "; info=<\(url)> ; alg=ES256 ;\tppt=shaken ",
        ";info = <\(url)>;alg\t=\tES256;ppt = \"shaken\"", ";info=<\(url)>;", ";info=<\(url)>; ",
        ";info=<\(url)>;x;y=1;z=\"a;b,c<d>\";canon=", ";info=<\(url)>;x-y.z!%*_+`'~=1",
        "\r\n ;info=<\(url)>;\r\n\talg=ES256\r\n ;ppt=shaken", ";info=<\(url)>;ppt=\"sh\\aken\"",
    ])
    func `may be written in many ways`(parameters: String) throws {
        // An empty value is one too many.
        let parameters = parameters.replacing(";canon=", with: "")
        let identity = Value.forgery { $0.parameters = parameters }.identity
        #expect(try Value.verified(identity).certificateURL == Self.url)
        #expect(try Value.verified(" " + identity).certificateURL == Self.url)
    }

    @Test(
        arguments: [
            ("", .infoMissing), (";alg=ES256;ppt=shaken", .infoMissing), (";inf=<\(url)>", .infoMissing),
            (";info", .infoNotURI), (";info=", .infoNotURI), (";info=\(url)", .infoNotURI),
            (";info=\"\(url)\"", .infoNotURI),
            (";info=<>", .infoNotURI), (";info=<\(url)", .infoNotURI), (";info=<nowhere>", .infoNotURI),
            (";info=<://a/b>", .infoNotURI), (";info=<https:>", .infoNotURI), (";info=<9p://a/b>", .infoNotURI),
            (";info=< \(url)>", .infoNotURI), (";info=<\(url) >", .infoNotURI),
            (";info=<https://a/\"b\">", .infoNotURI),
            (";info=<https://a/{b}>", .infoNotURI), (";info=<<\(url)>>", .infoNotURI),
            (";info=<https://a/\r\n b>", .infoNotURI), (";info=<https://a/é>", .infoNotURI),
            (";info=<ht;tp://a/b>", .infoNotURI), (";info=<https://ａ.b/c>;ppt=shaken", .infoNotURI),
            (";info=<\(url)/>", .certificateURLDiffers),
            (";info=<HTTPS://cr.example.com/1234/cert.pem>", .certificateURLDiffers),
            (";info=<https://cr.example.com:443/1234/cert.pem>", .certificateURLDiffers),
            (";info=<https://cr.example.com/1234/%63ert.pem>", .certificateURLDiffers),
            (";info=<https://evil.example.com/cert.pem>", .certificateURLDiffers),
            (";info=<cid:1@a>", .certificateURLDiffers),
            (";info=<\(url)>;alg=RS256", .algorithmParameterDiffers("RS256")),
            (";info=<\(url)>;alg=none", .algorithmParameterDiffers("none")),
            (";info=<\(url)>;alg=es256", .algorithmParameterDiffers("es256")),
            (";info=<\(url)>;alg=\"\"", .algorithmParameterDiffers("")),
            (";info=<\(url)>;ppt=div", .unsupportedExtension("div")),
            (";info=<\(url)>;ppt=rcd", .unsupportedExtension("rcd")),
            (";info=<\(url)>;ppt=Shaken", .unsupportedExtension("Shaken")),
            (";info=<\(url)>;ppt=\"\"", .unsupportedExtension("")),
        ] as [(String, PassportFault)])
    func `is refused`(parameters: String, why: PassportFault) {
        #expect(Value.fault(ofParameters: parameters) == why)
    }

    @Test(arguments: [
        ";info=<\(url)>;info=<\(url)>", ";info=<\(url)>;ppt=shaken;ppt=shaken", ";info=<\(url)>;alg=ES256;ALG=ES256",
        ";info=<\(url)>;ppt", ";info=<\(url)>;alg", ";info=<\(url)>;ppt=", ";info=<\(url)>;ppt=\"shaken",
        ";info=<\(url)>;x=\"", ";info=<\(url)>;x=\"\\", ";info=<\(url)>;;ppt=shaken", ";;info=<\(url)>",
        ";info=<\(url)>x",
        ";info=<\(url)>,", " info=<\(url)>", ";info=<\(url)>;=x", ";info=<\(url)>;ppt=sh\"ak\"en",
        ";info=<\(url)>;(x)=y",
        ";info=<\(url)>;ppt=shaken x", ";info=<\(url)> x",
    ])
    func `is malformed`(parameters: String) {
        guard case .fieldMalformed = Value.fault(ofParameters: parameters) else {
            Issue.record("\(parameters): \(String(describing: Value.fault(ofParameters: parameters)))")
            return
        }
    }

    /// P-09: to Swift, CR LF is one character, and neither CR nor LF.
    @Test(arguments: [
        "\r\n", "\r", "\n", "\r\nVia: x", "\n ", "\r ", "\r\n\r\n ", "\u{0}", "\u{1}", "\u{B}", "\u{7F}",
    ])
    func `brings no other header field with it`(injected: String) {
        for place in ["before", "middle", "info", "parameter", "quotes", "end"] {
            let fault = Value.fault { forgery in
                switch place {
                case "before": forgery.alter = { $0[0] = injected + $0[0] }
                case "middle": forgery.alter = { $0[1] += injected }
                case "info": forgery.parameters = ";info=<https://cr.example.com/\(injected)/cert.pem>"
                case "parameter": forgery.parameters += ";x=\(injected)y"
                case "quotes": forgery.parameters += ";x=\"\(injected)y\""
                default: forgery.parameters += injected
                }
            }
            #expect(fault == .fieldMalformed("a character that no header field may hold"), "\(place)")
        }
    }

    /// RFC 3261 §25.1: UTF8-NONASCII is for quoted strings.
    @Test(arguments: ["é", "\u{85}", "\u{2028}", "\u{FEFF}", "号"])
    func `has nothing beyond ASCII but in quotes`(character: String) throws {
        let parameters = ";info=<\(Self.url)>;ppt=shaken"
        #expect(Value.fault(ofParameters: parameters + ";x=\"\(character)\"") == nil)
        for place in [";x=\(character)", ";\(character)=x", "\(character)", ";x=y\(character)"] {
            guard case .fieldMalformed = Value.fault(ofParameters: parameters + place) else {
                Issue.record("\(place)")
                continue
            }
        }
        #expect(Value.fault { $0.alter = { $0[0] = character + $0[0] } } == .notBase64URL(.header))
    }

    @Test func `is no longer than 16 KiB`() throws {
        let identity = Value.forgery().identity + ";x="
        let longest = identity + String(repeating: "y", count: 16_384 - identity.utf8.count)
        #expect(try Value.verified(longest).certificateURL == Value.url)
        #expect(throws: PassportFault.tooLarge(bytes: 16_385)) { try Value.read(longest + "y") }
        #expect(throws: PassportFault.tooLarge(bytes: 1_048_576)) {
            try Value.read(String(repeating: "a", count: 1_048_576))
        }
    }

    @Test(arguments: [
        "", " ", ";", "<", ">", ".", "..", "...", "a.b", "=", "\"", ";info=<https://a.b/c>", "..;info=<https://a.b/c>",
    ])
    func `may be anything`(text: String) { #expect(throws: PassportFault.self) { try Value.read(text) } }

    /// RFC 8224 §6.2 step 1: what is not supported is told before the token is looked at.
    @Test func `of an unsupported ppt is not looked into`() {
        #expect(throws: PassportFault.unsupportedExtension("div")) { try Value.read("junk;ppt=div") }
        #expect(throws: PassportFault.unsupportedExtension("rph")) {
            try Value.read("..x;ppt=rph;info=<https://a.b/c>")
        }
    }
}

/// RFC 3261 §7.3.1: several values in one field.
@Suite struct `A list of values` {
    @Test(arguments: [
        ("", []), (" ", []), (",", []), (" , \t,\r\n ", []), ("a", ["a"]), ("a,b", ["a", "b"]),
        ("a, b ,c", ["a", " b ", "c"]),
        ("a,,b", ["a", "b"]), (",a", ["a"]), ("a,", ["a"]), ("a;info=<x,y>,b", ["a;info=<x,y>", "b"]),
        ("a;x=\"y,z\",b", ["a;x=\"y,z\"", "b"]), ("a;x=\"\\\",\",b", ["a;x=\"\\\",\"", "b"]),
        ("a;x=\"<\",b", ["a;x=\"<\"", "b"]), ("a;info=<\">,b", ["a;info=<\">", "b"]), ("a;x=\\,b", ["a;x=\\", "b"]),
        ("a;info=<x,b", ["a;info=<x,b"]), ("a;x=\"y,b", ["a;x=\"y,b"]), ("a>,b", ["a>", "b"]),
        ("a;info=<x,eyb", ["a;info=<x", "eyb"]), ("a;x=\"y, eyb;x=\"z\"", ["a;x=\"y", " eyb;x=\"z\""]),
        ("ey;info=<x,b,\r\n ey;info=<a:b,ey>", ["ey;info=<x,b", "\r\n ey;info=<a:b", "ey>"]),
        ("ey;info=<a:b,eyc>;x=\",eyd\",eye", ["ey;info=<a:b,eyc>;x=\",eyd\"", "eye"]),
    ])
    func `is taken apart at its commas`(field: String, values: [String]) {
        #expect(IdentityHeader.split([field]) == values)
    }

    @Test func `may have a thousand`() {
        let identity = Value.forgery().identity
        let field = Array(repeating: identity, count: 1_000).joined(separator: ", ")
        #expect(IdentityHeader.split([field]).count == 1_000)
    }
}
