import Certificates
import Testing

@Suite struct `A certificate URL` {
    @Test(arguments: [
        "https://cr.example.com/709J/cert.pem", "https://cr.example.com:443/c", "https://cr.example.com:8443/c",
        "HTTPS://CR.EXAMPLE.COM/c", "https://a-b.example.com/c", "https://cr.example.com/a/../b",
        "https://cr.example.com/a%2Fb", "https://cr.example.com//", "https://8.8.8.8/c", "https://[2606:4700::1111]/c",
        "https://1.example.com/c", "https://xn--fiqs8s.example.com/c", "https://cr.example.com/c;v=1,2!$&'()*+=:@",
        "https://0xz.example.com/c", "https://172.32.0.1/c", "https://100.128.0.1/c", "https://9.255.255.255/c",
    ])
    func `is kept as it was written`(text: String) throws {
        #expect(try CertificateURL(text, rules: .shaken).text == text)
    }

    static let refused: [(String, CertificateURLFault)] = [
        ("", .scheme), ("cr.example.com/c", .scheme), ("http://cr.example.com/c", .scheme),
        ("ftp://cr.example.com/c", .scheme), ("https:/cr.example.com/c", .scheme), ("https:cr.example.com/c", .scheme),
        ("cid:a@example.com", .scheme), ("sip:a@example.com", .scheme), ("file:///etc/passwd", .scheme),
        ("//cr.example.com/c", .scheme), ("data:,x", .scheme), ("httpss://cr.example.com/c", .scheme),
        ("https://", .emptyPath), ("https:///c", .host), ("https://cr.example.com", .emptyPath),
        ("https://cr.example.com/", .emptyPath), ("https://cr.example.com:443", .emptyPath),
        ("https://u@cr.example.com/c", .userInformation), ("https://u:p@cr.example.com/c", .userInformation),
        ("https://@cr.example.com/c", .userInformation), ("https://cr.example.com@127.0.0.1/c", .userInformation),
        ("https://cr.example.com/c?a=1", .query), ("https://cr.example.com/c?", .query),
        ("https://cr.example.com?/c", .query), ("https://cr.example.com/c#", .fragment),
        ("https://cr.example.com/c#a", .fragment), ("https://cr.example.com#/c", .fragment),
        ("https://cr.example.com:80/c", .port), ("https://cr.example.com:8080/c", .port),
        ("https://cr.example.com:/c", .port), ("https://cr.example.com:0443/c", .port),
        ("https://cr.example.com:+443/c", .port), ("https://cr.example.com:65979/c", .port),
        ("https://cr.example.com:99999999999999999999/c", .port), ("https://cr.example.com:443:443/c", .port),
        ("https://cr.example.com:a/c", .port), ("https://cr.example.com/ c", .character),
        ("https://cr.example.com/c\r\nX: y", .character), ("https://cr.example.com/\u{0}", .character),
        ("https://cr.example.com/\u{7F}", .character), (" https://cr.example.com/c", .character),
        ("https://cr.example.com/\u{E9}", .character), ("https://cr.ex\u{430}mple.com/c", .character),
        ("https://cr.example.com/709\u{212A}", .character), ("https://cr.example.com\\@127.0.0.1/c", .character),
        ("https://cr.example.com/<c>", .character), ("https://cr.example.com/a[b].pem", .character),
        ("https://cr.example.com/\"", .character),
        ("https://cr.example.com/{c}", .character), ("https://cr.example.com/c%", .character),
        ("https://cr.example.com/c%2", .character), ("https://cr.example.com/c%zz", .character),
        ("https://cr.example.com./c", .host), ("https://.cr.example.com/c", .host),
        ("https://cr..example.com/c", .host), ("https://-cr.example.com/c", .host),
        ("https://cr_1.example.com/c", .host), ("https://cr%2Eexample.com/c", .host),
        ("https://*.example.com/c", .host),
        ("https://localhost/c", .privateName), ("https://LOCALHOST/c", .privateName), ("https://localhost./c", .host),
        ("https://a.localhost/c", .privateName), ("https://printer.local/c", .privateName),
        ("https://metadata.google.internal/c", .privateName), ("https://metadata/c", .privateName),
        ("https://127.0.0.1/c", .privateAddress), ("https://127.255.255.254:8443/c", .privateAddress),
        ("https://0.0.0.0/c", .privateAddress), ("https://10.0.0.1/c", .privateAddress),
        ("https://172.16.0.1/c", .privateAddress), ("https://172.31.255.255/c", .privateAddress),
        ("https://192.168.1.1/c", .privateAddress), ("https://169.254.169.254/latest/meta-data", .privateAddress),
        ("https://100.64.0.1/c", .privateAddress), ("https://198.18.0.1/c", .privateAddress),
        ("https://224.0.0.1/c", .privateAddress), ("https://255.255.255.255/c", .privateAddress),
        ("https://192.0.2.1/c", .privateAddress), ("https://2130706433/c", .host), ("https://0x7f000001/c", .host),
        ("https://0x7f.1/c", .host), ("https://127.1/c", .host), ("https://0177.0.0.1/c", .host),
        ("https://127.0.0.01/c", .host), ("https://127.0.0.1./c", .host), ("https://1.2.3.4.5/c", .host),
        ("https://1.2.3.256/c", .host), ("https://0x7f.0.0.0x1/c", .host), ("https://example.com.0x/c", .host),
        ("https://[::1]/c", .privateAddress), ("https://[::]/c", .privateAddress),
        ("https://[::ffff:127.0.0.1]/c", .privateAddress), ("https://[::ffff:8.8.8.8]/c", .privateAddress),
        ("https://[::127.0.0.1]/c", .privateAddress), ("https://[fe80::1]/c", .privateAddress),
        ("https://[fc00::1]/c", .privateAddress), ("https://[fd12:3456::1]/c", .privateAddress),
        ("https://[ff02::1]/c", .privateAddress), ("https://[64:ff9b::7f00:1]/c", .privateAddress),
        ("https://[2002:7f00:1::]/c", .privateAddress), ("https://[2001::1]/c", .privateAddress),
        ("https://[2001:db8::1]/c", .privateAddress), ("https://[fe80::1%25eth0]/c", .host),
        ("https://[fe80::1%eth0]/c", .character), ("https://[::1/c", .host), ("https://[]/c", .host),
        ("https://[::1]x/c", .host), ("https://[::1]:80/c", .port), ("https://[1::2::3]/c", .host),
        ("https://[1:2:3:4:5:6:7]/c", .host), ("https://[1:2:3:4:5:6:7:8:9]/c", .host), ("https://[12345::]/c", .host),
        ("https://[v1.a]/c", .host), ("https://[8.8.8.8]/c", .host), ("https://[1:2:3:4:5:6:7::8]/c", .host),
        ("https://cr.example.com/" + String(repeating: "a", count: 2026), .tooLong),
        ("https://" + String(repeating: "a", count: 64) + ".example.com/c", .host),
        ("https://" + String(repeating: "a.", count: 127) + "com/c", .host),
    ]

    @Test(arguments: refused) func `is refused for one reason`(text: String, why: CertificateURLFault) {
        #expect(throws: why) { try CertificateURL(text, rules: .shaken) }
    }

    @Test func `each reason is tried, and has a code of its own`() {
        #expect(Set(Self.refused.map(\.1)) == Set(CertificateURLFault.allCases))
        #expect(Set(CertificateURLFault.allCases.map(\.code)).count == CertificateURLFault.allCases.count)
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080/c", "127.0.0.1", 8080, false), ("http://localhost/c", "localhost", 80, false),
        ("https://[::1]:1/c", "::1", 1, true), ("https://cr.lan:9443/c", "cr.lan", 9443, true),
        ("HTTP://cr/c", "cr", 80, false), ("https://10.1.2.3/c", "10.1.2.3", 443, true),
    ])
    func `in a laboratory may be near`(text: String, host: String, port: Int, isTLS: Bool) throws {
        let url = try CertificateURL(text, rules: .laboratory)
        #expect((url.host, url.port, url.isTLS) == (host, port, isTLS))
    }

    @Test(arguments: [
        "http://u@127.0.0.1/c", "http://127.1/c", "http://127.0.0.1/c?a", "ftp://127.0.0.1/c", "http://a/",
    ])
    func `in a laboratory is held to all else`(text: String) {
        #expect(throws: CertificateURLFault.self) { try CertificateURL(text, rules: .laboratory) }
    }

    @Test func `no text of any bytes traps`() {
        var random = SeededGenerator(seed: 8225)
        let alphabet = Array("https://[]:.@?#%0x1afz/-\u{E9}".unicodeScalars)
        for _ in 0..<20_000 {
            var text = Bool.random(using: &random) ? "https://" : ""
            for _ in 0..<Int.random(in: 0...24, using: &random) {
                text.unicodeScalars.append(alphabet.randomElement(using: &random)!)
            }
            if let url = try? CertificateURL(text, rules: .laboratory), url.text != text { Issue.record("\(text)") }
        }
    }

    @Test(arguments: [
        (FetchAnswer.body(status: 200, contentType: "text/html", []), "certificate_absent"),
        (.body(status: 404, contentType: nil, [1]), "certificate_http_status"),
        (.body(status: 204, contentType: nil, []), "certificate_http_status"),
        (.body(status: 206, contentType: nil, [1]), "certificate_http_status"),
        (.body(status: 302, contentType: nil, [1]), "certificate_redirect"),
        (.redirect("https://cr.example.com/same"), "certificate_redirect"),
        (.timedOut, "certificate_fetch_timeout"), (.failed("refused"), "certificate_unreachable"),
    ])
    func `that answers otherwise is unavailable`(answer: FetchAnswer, code: String) {
        let fault = #expect(throws: CertificateFault.self) { try answer.content }
        #expect(fault?.code == code)
        #expect(fault?.isUnavailable == true)
    }
}
