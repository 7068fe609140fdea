import CertificateRepository
import Certificates
import Foundation
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The publishing listener` {
    let repository: Repository
    let chain: String

    init() throws {
        repository = try Repository()
        let leaf = repository.pki.leaf(.spc("709J"))
        chain = String(decoding: leaf.pem, as: UTF8.self)
        repository.write("1.pem", leaf.pem)
        repository.write("all.crl", repository.pki.revocationList(of: leaf))
    }

    private func ask(_ text: String, _ listener: PublishingListener) async throws -> Answer {
        Answer(try await exchange(text, with: listener))
    }

    @Test func `a chain is served as X5U-14 has it`() async throws {
        let listener = try await repository.listener()
        let answer = try await ask(request("/1.pem"), listener)
        #expect(answer.status == "200 OK")
        #expect(answer.body == chain)
        #expect(answer.headers["content-type"] == "application/pem-certificate-chain")
        #expect(answer.headers["cache-control"] == "public, max-age=86400, immutable")
        #expect(answer.headers["content-length"] == "\(chain.utf8.count)")
        #expect(answer.headers["date"] == "Sun, 22 Nov 2026 06:33:20 GMT")
        #expect(answer.headers["connection"] == "close")
        await listener.shutDown()
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (1_798_761_600, "Fri, 01 Jan 2027 00:00:00 GMT"),
    ])
    func `an answer is dated`(now: Int, date: String) async throws {
        let listener = try await repository.listener(now: now)
        #expect(try await ask(request("/1.pem"), listener).headers["date"] == date)
        await listener.shutDown()
    }

    @Test func `a CRL is served so that a new one is seen within seconds`() async throws {
        let listener = try await repository.listener()
        let answer = try await ask(request("/all.crl"), listener)
        #expect(answer.status == "200 OK")
        #expect(answer.headers["content-type"] == "application/pkix-crl")
        #expect(answer.headers["cache-control"] == "public, max-age=5")
        await listener.shutDown()
    }

    @Test func `HEAD says what GET would, without the body`() async throws {
        let listener = try await repository.listener()
        let (get, head) = (
            try await ask(request("/1.pem"), listener), try await ask(request("/1.pem", method: "HEAD"), listener)
        )
        #expect(head.headers == get.headers && head.status == get.status && head.body == "")
        #expect(try await ask(request("/2.pem", method: "HEAD"), listener).body == "")
        await listener.shutDown()
    }

    @Test(arguments: [
        ("%", true), ("W/%", true), ("\"x\", %", true), ("*", true), ("\"x\"", false), ("%x", false), ("", false),
    ])
    func `whoever has it already is told so`(tags: String, isKnown: Bool) async throws {
        let listener = try await repository.listener()
        let tag = try #require(try await ask(request("/1.pem"), listener).headers["etag"])
        #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 20)
        let header = "If-None-Match: \(tags.replacing("%", with: tag))\r\n"
        let answer = try await ask(request("/1.pem", header), listener)
        #expect(answer.status == (isKnown ? "304 Not Modified" : "200 OK"))
        #expect(answer.headers["etag"] == tag)
        #expect(answer.body.isEmpty == isKnown)
        await listener.shutDown()
    }

    @Test(arguments: [
        "/", "", "/2.pem", "1.pem", "//1.pem", "/./1.pem", "/../1.pem", "/x/../1.pem", "/%31.pem", "/1.pem?",
        "/1.pem?a",
        "/1.pem/", "/1.PEM", "/etc/passwd", "/..%2f..%2fetc%2fpasswd", "http://localhost/1.pem", "*",
    ])
    func `no target but the exact one leads to a file`(target: String) async throws {
        let listener = try await repository.listener()
        let status = try await ask(request(target), listener).status
        #expect(status == "404 Not Found" || !target.hasPrefix("/") && status == "400 Bad Request")
        await listener.shutDown()
    }

    @Test func `what stands before the name is part of it`() async throws {
        let listener = try await repository.listener(prefix: "/sti/")
        #expect(try await ask(request("/sti/1.pem"), listener).status == "200 OK")
        for target in ["/1.pem", "/sti1.pem", "/sti//1.pem", "/STI/1.pem"] {
            #expect(try await ask(request(target), listener).status == "404 Not Found")
        }
        await listener.shutDown()
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"])
    func `nothing but GET and HEAD is done`(method: String) async throws {
        let listener = try await repository.listener()
        let answer = try await ask(request("/1.pem", method: method, "Content-Length: 3\r\n") + "abc", listener)
        #expect(answer.status == "405 Method Not Allowed")
        #expect(answer.headers["allow"] == "GET, HEAD")
        #expect(try await listener.counters().methodNotAllowed == 1)
        await listener.shutDown()
    }

    struct Request: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        var status = "400 Bad Request"
    }

    private static let get = "GET /1.pem HTTP/1.1\r\nHost: a\r\n"
    private static let much = String(repeating: "a", count: 9_000)

    @Test(arguments: [
        Request(testDescription: "something else", text: "hello\r\n\r\n"),
        Request(testDescription: "no host", text: "GET /1.pem HTTP/1.1\r\n\r\n"),
        Request(testDescription: "two hosts", text: get + "Host: b\r\n\r\n"),
        Request(testDescription: "a long field", text: get + "X: \(much)\r\n\r\n", status: "431"),
        Request(testDescription: "a long target", text: "GET /\(much) HTTP/1.1\r\nHost: a\r\n\r\n", status: "431"),
        Request(
            testDescription: "many fields", text: get + String(repeating: "X: 45678\r\n", count: 1_200) + "\r\n",
            status: "431"),
    ])
    func `a request is HTTP and short, or refused`(request: Request) async throws {
        let listener = try await repository.listener()
        #expect(try await ask(request.text, listener).status.hasPrefix(request.status))
        #expect(try await listener.counters().malformed == 1)
        await listener.shutDown()
    }

    @Test func `HTTP 1.0 will do, and needs no host`() async throws {
        let listener = try await repository.listener()
        #expect(try await ask("GET /1.pem HTTP/1.0\r\n\r\n", listener).status == "200 OK")
        await listener.shutDown()
    }

    @Test func `nothing behind the first request is answered`() async throws {
        let listener = try await repository.listener()
        let said = try await exchange(request("/1.pem") + request("/all.crl"), with: listener)
        #expect(said.components(separatedBy: "HTTP/1.1 ").count == 2)
        #expect(try await listener.counters().served == 1)
        await listener.shutDown()
    }

    @Test func `whoever asks nothing, or only by and by, is closed`() async throws {
        var limits = PublishingLimits()
        limits.requestTime = .milliseconds(50)
        let listener = try await repository.listener(limits: limits)
        #expect(try await exchange("", with: listener) == "")
        #expect(try await exchange("GET /1.pem HTTP/1.1\r\nHost: a\r\n", with: listener) == "")
        #expect(try await listener.counters().timedOut == 2)
        await listener.shutDown()
    }

    @Test func `whoever does not read the answer is closed`() async throws {
        var limits = Repository.patient
        limits.answerTime = .milliseconds(50)
        // More than the kernel takes off our hands.
        repository.write("large.crl", try longList())
        let listener = try await repository.listener(limits: limits)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 16_384)
            .connect(host: "127.0.0.1", port: listener.address.port!).get()
        try await channel.writeAndFlush(ByteBuffer(string: request("/large.crl")))
        try await until(listener) { $0.timedOut == 1 }
        let counters = try await listener.counters()
        #expect(counters.served == 1)
        try await channel.close()
        await listener.shutDown()
    }

    @Test func `there are only so many connections, in all and from one address`() async throws {
        for perAddress in [1, 100] {
            var limits = Repository.patient
            (limits.connections, limits.connectionsPerAddress) = (perAddress == 1 ? 100 : 1, perAddress)
            let listener = try await repository.listener(limits: limits)
            let first = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: listener.address.port!).get()
            try await until(listener) { $0.open == 1 }
            #expect(((try? await exchange(request("/1.pem"), with: listener)) ?? "") == "")
            #expect(try await listener.counters().tooMany == 1)
            try await first.close()
            try await until(listener) { $0.open == 0 }
            #expect(try await ask(request("/1.pem"), listener).status == "200 OK")
            await listener.shutDown()
        }
    }

    @Test func `what is published anew is served from the next request on`() async throws {
        let listener = try await repository.listener()
        let old = try await ask(request("/all.crl"), listener)
        repository.write("all.crl", repository.pki.revocationList(number: 2))
        try await listener.publish(try repository.files())
        let new = try await ask(request("/all.crl"), listener)
        #expect(new.status == "200 OK" && new.headers["etag"] != old.headers["etag"])
        await listener.shutDown()
    }

    /// A CRL of 300 KB, in DER.
    private func longList() throws -> [UInt8] {
        try UnsignedRevocationList(
            issuer: repository.pki.provider.certificate.subject, authorityKeyIdentifier: Array(repeating: 1, count: 20),
            number: 1, thisUpdate: MiniPKI.now, nextUpdate: MiniPKI.now + 3_600,
            entries: [.init(serial: Array(repeating: 1, count: 300_000), revokedAt: MiniPKI.now)]
        ).signed(by: repository.pki.provider.key)
    }

    private func identity(_ party: MiniPKI.Party) throws -> PublishingIdentity {
        repository.write("server.chain", party.pem)
        repository.write("server.key", try party.key.pem(), mode: 0o600)
        return try PublishingIdentity(
            chainFile: "\(repository.folder)/server.chain", keyFile: "\(repository.folder)/server.key")
    }

    private func client(_ root: Certificate, most: TLSVersion? = nil) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([try NIOSSLCertificate(bytes: root.der, format: .der)])
        configuration.certificateVerification = .noHostnameVerification
        configuration.maximumTLSVersion = most
        return try NIOSSLContext(configuration: configuration)
    }

    @Test(arguments: [true, false]) func `a long file arrives whole`(isOverTLS: Bool) async throws {
        let list = try longList(), pki = MiniPKI(now: Int(Date().timeIntervalSince1970))
        repository.write("long.crl", list)
        let listener = try await repository.listener(identity: isOverTLS ? identity(pki.leaf(.spc("709J"))) : nil)
        let tls = isOverTLS ? try client(pki.root.certificate) : nil
        let said = try await bytes(to: request("/long.crl"), from: listener, tls: tls)
        #expect(said.readableBytesView.suffix(list.count).elementsEqual(list))
        #expect(try await listener.counters().timedOut == 0)
        await listener.shutDown()
    }

    @Test func `over TLS, 1.2 at least, with a certificate that can be replaced`() async throws {
        let now = Int(Date().timeIntervalSince1970), pki = MiniPKI(now: now), other = MiniPKI(now: now)
        let listener = try await repository.listener(identity: try identity(pki.leaf(.spc("709J"))))
        let answer = Answer(
            try await exchange(request("/1.pem"), with: listener, tls: try client(pki.root.certificate)))
        #expect(answer.status == "200 OK" && answer.body == chain)
        await #expect(throws: (any Error).self) {
            try await exchange(request("/1.pem"), with: listener, tls: try client(other.root.certificate))
        }
        await #expect(throws: (any Error).self) {
            try await exchange(request("/1.pem"), with: listener, tls: try client(pki.root.certificate, most: .tlsv11))
        }
        try await listener.present(try identity(other.leaf(.spc("709J"))))
        let replaced = Answer(
            try await exchange(request("/1.pem"), with: listener, tls: try client(other.root.certificate)))
        #expect(replaced.status == "200 OK")
        await listener.shutDown()
    }

    @Test func `a TLS key that others can read, or that is another's, is refused`() throws {
        let leaf = repository.pki.leaf(.spc("709J"))
        repository.write("server.chain", leaf.pem)
        repository.write("open.key", try leaf.key.pem())
        repository.write("other.key", try SigningKey.generate().pem(), mode: 0o600)
        for (name, words) in [
            ("open.key", "chmod 600"), ("other.key", "not the unencrypted key"), ("no.key", "cannot read"),
        ] {
            let fault = #expect(throws: PublishingFault.self) {
                try PublishingIdentity(
                    chainFile: "\(repository.folder)/server.chain", keyFile: "\(repository.folder)/\(name)")
            }
            #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
        }
    }
}
