import ACME
import Certificates
import Foundation
import HostileRepository
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing
import TokenCA

/// A CA that says what it should not, and servers that are no CA at all.
@Suite(.timeLimit(.minutes(5))) struct `A hostile CA` {
    private func fault(
        _ path: String, _ alter: @escaping @Sendable (inout WebServer.Answer) -> Void
    ) async throws -> ACMEFault? {
        let ca = try TokenCA({ $0.alterAnswer = { place, answer in if place == path { alter(&answer) } } })
        let carrier = try Carrier()
        return await #expect(throws: ACMEFault.self) { try await carrier.chain(carrier.request("709J"), of: ca) }
    }

    private static func replace(_ old: String, _ new: String) -> @Sendable (inout WebServer.Answer) -> Void {
        { answer in
            let text = String(decoding: answer.body, as: UTF8.self).replacingOccurrences(of: "\\/", with: "/")
            answer.body = Array(text.replacingOccurrences(of: old, with: new).utf8)
        }
    }

    /// What comes of an order by `carrier` if the CA sends these certificates for it.
    private func fault(
        _ carrier: Carrier, _ request: CertificationRequest, isForAuthority: Bool = false,
        sending chain: [Certificate]
    ) async throws -> ACMEFault? {
        let body = Array(chain.map(\.pem).joined().utf8)
        let ca = try TokenCA({
            $0.alterAnswer = { path, answer in if path == "/certificate/0" { answer.body = body } }
        })
        return await #expect(throws: ACMEFault.self) {
            try await carrier.chain(request, isForAuthority: isForAuthority, of: ca)
        }
    }

    @Test func `certifies no other key, nor other numbers`() async throws {
        let carrier = try Carrier(), request = try carrier.request("709J"), pki = MiniPKI(now: TokenCA.now)
        let stranger = pki.leaf(.spc("709J")), other = pki.leaf(.spc("1234")) { $0.key = .of(carrier.key) }
        #expect(
            try await fault(carrier, request, sending: stranger.chain)
                == .answer(.otherKey(stranger.certificate.subjectText)))
        #expect(
            try await fault(carrier, request, sending: other.chain)
                == .answer(.otherScope(other.certificate.subjectText)))
    }

    @Test func `makes nobody a CA who did not ask to be one, and leaves out no constraints`() async throws {
        let carrier = try Carrier(), pki = MiniPKI(now: TokenCA.now), list = try TNAuthList([.spc("709J")])
        let authority = pki.authority(.spc("709J")) { $0.key = .of(carrier.key) }
        #expect(
            try await fault(carrier, carrier.request("709J"), sending: authority.chain)
                == .answer(.authority(authority.certificate.subjectText)))
        let leaf = pki.leaf(.spc("709J")) { $0.key = .of(carrier.key) }, subject = leaf.certificate.subjectText
        let constrained = try CertificationRequest(
            for: Holder(name: "x", tnAuthList: list, constraints: ClaimConstraints(mustExclude: ["rcd"])),
            subject: DistinguishedName(country: "US", organization: "x", commonName: "x"), by: carrier.key)
        #expect(
            try await fault(carrier, constrained, sending: leaf.chain) == .answer(.otherConstraints(subject)))
    }

    @Test func `sends each certificate once, and its issuer behind it`() async throws {
        let carrier = try Carrier(), request = try carrier.request("709J"), pki = MiniPKI(now: TokenCA.now)
        let leaf = pki.leaf(.spc("709J")) { $0.key = .of(carrier.key) }.certificate
        #expect(
            try await fault(carrier, request, sending: [leaf] + pki.anchors + [pki.provider.certificate])
                == .answer(.certificate(.unordered(1))))
        #expect(
            try await fault(carrier, request, sending: [leaf, leaf]) == .answer(.certificate(.duplicateCertificate)))
    }

    @Test func `sends no chain and is told so`() async throws {
        #expect(try await fault("/certificate/0") { $0.body = [] } == .answer(.certificate(.noCertificate)))
        let block = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
        for body in [block, Array(repeating: MiniPKI(now: TokenCA.now).leaf().pem, count: 4).flatMap { $0 }] {
            guard case .malformed(let place, _) = try await fault("/certificate/0", { $0.body = body }) else {
                Issue.record("taken")
                continue
            }
            #expect(place.hasSuffix("/certificate/0"))
        }
    }

    @Test func `has tokens sent for no other numbers`() async throws {
        let fault = try await fault("/authorization/0", Self.replace("MAigBhYENzA5Sg", "MAigBhYEMTIzNA"))
        guard case .otherIdentifier = fault else { Issue.record("\(fault as Any)"); return }
    }

    @Test func `asks for proof of another kind, and is told what it offers`() async throws {
        #expect(
            try await fault("/authorization/0", Self.replace("tkauth-01", "http-01"))
                == .noTokenChallenge(offered: ["http-01"]))
        #expect(
            try await fault("/authorization/0", Self.replace("\"atc\"", "\"other\""))
                == .noTokenChallenge(offered: ["tkauth-01"]))
    }

    @Test func `asks for more proof than of what was ordered`() async throws {
        let fault = try await fault(
            "/new-order", Self.replace(#"authorizations":["#, #"authorizations":["https://a.example/1","#))
        guard case .malformed(_, "2 authorizations for one identifier") = fault else {
            Issue.record("\(fault as Any)")
            return
        }
    }

    @Test(arguments: ["/directory", "/new-account", "/new-order", "/authorization/0", "/order/0", "/certificate/0"])
    func `leads nowhere else`(path: String) async throws {
        let fault = try await fault(path) { answer in
            answer.status = 302
            answer.fields["Location"] = "http://169.254.169.254/"
        }
        guard case .redirected(let place, 302) = fault else { Issue.record("\(fault as Any)"); return }
        #expect(place.hasSuffix(path))
    }

    @Test(arguments: ["/directory", "/new-order", "/authorization/0", "/order/0", "/at/account/1001/token"])
    func `sends what is not its JSON`(path: String) async throws {
        for text in ["", "[]", "{", #"{"status":"valid","status":"invalid"}"#, #"{"status":1}"#, "{}"] {
            let fault = try await fault(path) { $0.body = Array(text.utf8) }
            guard case .malformed(let place, _) = fault else { Issue.record("\(text): \(fault as Any)"); return }
            #expect(place.hasSuffix(path), "\(text)")
        }
    }

    @Test func `fails without a reason, or with one that would move the cursor`() async throws {
        for path in ["/directory", "/new-order", "/certificate/0", "/at/account/1001/token"] {
            let fault = try await fault(path) { $0.status = 500 }
            guard case .status(let place, 500) = fault else { Issue.record("\(path): \(fault as Any)"); return }
            #expect(place.hasSuffix(path))
        }
        let fault = try await fault("/new-order") {
            $0 = .init(
                403, [:],
                Array(
                    (#"{"type":"urn:ietf:params:acme:error:rejectedIdentifier","#
                        + #""detail":"no\u001b[2J\u202ea\u2028b\u2029c"}"#).utf8))
        }
        #expect(fault?.problem == Problem(type: "rejectedIdentifier", detail: "no?[2J?a?b?c"))
    }

    @Test func `fails an order, or has nothing for it`() async throws {
        #expect(try await fault("/order/0", Self.replace(#""ready""#, #""invalid""#)) == .orderFailed(nil))
        let why = Self.replace(
            #""ready""#, #""invalid","error":{"type":"urn:ietf:params:acme:error:caa","detail":"no"}"#)
        #expect(try await fault("/order/0", why) == .orderFailed(Problem(type: "caa", detail: "no")))
        #expect(try await fault("/order/0", Self.replace(#""certificate""#, #""other""#)) == .orderFailed(nil))
    }

    @Test(arguments: ["invalid", "deactivated", "expired", "revoked"])
    func `withdraws an authorization`(status: String) async throws {
        let fault = try await fault("/authorization/0", Self.replace(#""status":"valid""#, #""status":"\#(status)""#))
        #expect(fault == .unauthorised(nil))
    }

    @Test func `gives no nonce, or none that may be used`() async throws {
        for nonce in [nil, "", "a b", "a=", String(repeating: "a", count: 2_000)] {
            let fault = try await fault("/new-nonce") { $0.fields["Replay-Nonce"] = nonce }
            guard case .noNonce = fault else { Issue.record("\(nonce ?? "none"): \(fault as Any)"); return }
        }
    }

    @Test func `knows no account that was just made`() async throws {
        guard case .malformed(let place, _) = try await fault("/new-account", { $0.fields["Location"] = nil }) else {
            Issue.record("taken")
            return
        }
        #expect(place.hasSuffix("/new-account"))
    }

    @Test func `wants an account that it knows already`() async throws {
        let fault = try await fault("/directory", Self.replace("{", #"{"meta":{"externalAccountRequired":true},"#))
        #expect(fault == .externalAccount)
    }

    @Test func `names places that may be asked, and no others`() async throws {
        let fault = try await fault("/directory", Self.replace("https://localhost", "file://localhost"))
        guard case .url(_, .scheme) = fault else { Issue.record("\(fault as Any)"); return }
    }

    @Test(arguments: [
        ("http://ca.example.com/directory", CertificateURLFault.scheme),
        ("https://10.0.0.1/directory", .privateAddress),
        ("https://localhost/directory", .privateName), ("https://u@ca.example.com/directory", .userInformation),
        ("https://ca.example.com/directory#a", .fragment), ("https://ca.example.com/a?b c", .character),
    ])
    func `outside a laboratory is a public one at https`(text: String, why: CertificateURLFault) {
        #expect(throws: ACMEFault.url(text, why)) { try ServiceURL(text, isLaboratory: false) }
    }

    @Test(arguments: ["https://ca.example.com/directory", "https://ca.example.com:14000/acme?profile=shaken&x=1"])
    func `may have any port, and a query`(text: String) throws {
        #expect(try ServiceURL(text, isLaboratory: false).text == text)
    }
}

/// Servers on a socket.
@Suite(.timeLimit(.minutes(5))) struct `A server that is no CA` {
    private static let pki = MiniPKI(now: TokenCA.now)

    private func fault(
        tls: TLSConfiguration? = pki.server(["localhost"]).tls, limits: WebLimits = WebLimits(),
        _ conduct: HostileRepository.Conduct
    ) async throws -> (fault: ACMEFault?, sent: Int) {
        let carrier = try Carrier(),
            web = try WebClient(
                roots: Self.pki.anchors, limits: limits, group: .singletonMultiThreadedEventLoopGroup)
        return try await HostileRepository.serving(tls: tls, { _ in conduct }) { server in
            let client = ACMEClient(
                directory: try ServiceURL("https://localhost:\(server.port)/directory", isLaboratory: true),
                carrier.account, carrier.dialect, web,
                ACMEWaiting(seconds: 1, pause: { _ in }, now: { TokenCA.now }))
            let fault = await #expect(throws: ACMEFault.self) {
                try await client.chain(for: carrier.request("709J")) { _, _ throws(ACMEFault) in throw .cancelled }
            }
            return (fault, server.sentBytes)
        }
    }

    @Test func `is not read beyond what a CA would say`() async throws {
        let megabyte = [UInt8](repeating: 0x20, count: 1 << 20)
        let (body, sent) = try await fault(
            .pours(Array("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".utf8), then: megabyte, times: 1_024))
        guard case .tooLarge = body else { Issue.record("\(body as Any)"); return }
        #expect(sent < 64 << 20)
        let (head, _) = try await fault(.pours(Array("HTTP/1.1 200 OK\r\nX: ".utf8), then: megabyte, times: 1_024))
        guard case .tooLarge = head else { Issue.record("\(head as Any)"); return }
    }

    @Test func `is not waited for`() async throws {
        var limits = WebLimits()
        limits.total = .milliseconds(200)
        for conduct in [
            HostileRepository.Conduct.isSilent,
            .drips(Array("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{".utf8), every: .milliseconds(1)),
        ] {
            let (fault, _) = try await fault(limits: limits, conduct)
            guard case .timedOut = fault else { Issue.record("\(fault as Any)"); return }
        }
    }

    @Test func `is not believed without a certificate of the roots, nor below TLS 1.2`() async throws {
        var old = Self.pki.server(["localhost"]).tls
        old.minimumTLSVersion = .tlsv1
        old.maximumTLSVersion = .tlsv11
        let stranger = MiniPKI(now: TokenCA.now)
        for tls in [stranger.server(["localhost"]).tls, Self.pki.server(["other.example.com"]).tls, old] {
            let (fault, _) = try await fault(tls: tls, .answers(200, [], Array("{}".utf8)))
            guard case .unreachable = fault else { Issue.record("\(fault as Any)"); return }
        }
    }
}
