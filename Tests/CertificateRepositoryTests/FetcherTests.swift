import CertificateRepository
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

/// What a server on loopback answers, as the fetcher takes it. Time is the machine's, since TLS looks at it.
@Suite(.timeLimit(.minutes(5))) struct `A fetch` {
    static let pki = MiniPKI(now: Int(Date().timeIntervalSince1970))
    static let chain = pki.leaf(.spc("709J")).pem
    private static let server = pki.server(["cr.example.com"], addresses: [InternetAddress(ipv4: "127.0.0.1")!])

    /// Where every name leads to this machine, and may.
    private func fetcher(
        _ limits: FetchLimits = .patient,
        resolve: HostResolver = HostResolver { _, _ in [InternetAddress(ipv4: "127.0.0.1")!] },
        isAllowed: @escaping @Sendable (InternetAddress) -> Bool = { _ in true }
    ) throws -> Fetcher {
        try Fetcher(
            roots: Self.pki.anchors, limits: limits, group: .singletonMultiThreadedEventLoopGroup, resolve: resolve,
            isAllowed: isAllowed)
    }

    private func url(_ scheme: String = "https", _ host: String = "cr.example.com", port: Int) throws -> CertificateURL
    {
        try CertificateURL("\(scheme)://\(host):\(port)/709J/cert.pem", rules: .laboratory)
    }

    private func answer(
        tls: TLSConfiguration? = server.tls, host: String = "cr.example.com", limits: FetchLimits = .patient,
        largestBody: Int = 32 * 1024, _ conduct: HostileRepository.Conduct
    ) async throws -> FetchAnswer {
        try await HostileRepository.serving(tls: tls, { _ in conduct }) { repository in
            let url = try url(tls == nil ? "http" : "https", host, port: repository.port)
            return try await fetcher(limits).fetch(url, largestBody: largestBody, at: MiniPKI.now)
        }
    }

    @Test func `brings what is there, under the name that was asked for`() async throws {
        try await HostileRepository.serving(
            tls: Self.server.tls,
            { _ in .answers(200, ["Content-Type: application/pem-certificate-chain"], Self.chain) }
        ) { repository in
            let url = try url(port: repository.port)
            #expect(
                try await fetcher().fetch(url, largestBody: 32 * 1024, at: MiniPKI.now)
                    == .body(status: 200, contentType: "application/pem-certificate-chain", Self.chain))
            let request = try #require(repository.requests.first)
            #expect(request.method == "GET" && request.path == "/709J/cert.pem")
            #expect(request.fields["host"] == "cr.example.com:\(repository.port)")
            #expect(request.fields["accept-encoding"] == "identity")
        }
    }

    @Test func `brings what comes in chunks, and what ends with the connection`() async throws {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        let unframed = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde"
        for text in [chunked, unframed] {
            let answer = try await answer(tls: nil, .says(Array(text.utf8)))
            #expect(answer == .body(status: 200, contentType: nil, Array("abcde".utf8)))
        }
    }

    /// X5U-03: neither to a private address nor to a good URL.
    @Test(arguments: [301, 302, 303, 307, 308])
    func `follows no redirect`(status: Int) async throws {
        for place in ["http://169.254.169.254/", "/709J/other.pem"] {
            try await HostileRepository.serving(
                tls: Self.server.tls, { _ in .answers(status, ["Location: \(place)"], []) }
            ) { repository in
                let answer = try await fetcher().fetch(
                    try url(port: repository.port), largestBody: 1_024, at: MiniPKI.now)
                #expect(answer == .redirect(place))
                #expect(repository.connections == 1)
            }
        }
    }

    @Test(arguments: [204, 400, 404, 500, 503])
    func `reads no body but that of a 200`(status: Int) async throws {
        let answer = try await answer(.answers(status, [], status == 204 ? [] : Self.chain))
        #expect(answer == .body(status: status, contentType: nil, []))
    }

    /// X5U-02.
    @Test func `trusts no server but those of its roots, for their names, in their time`() async throws {
        let now = Self.pki.now, stranger = MiniPKI(now: now)
        let rejected = [
            ("self-signed", Self.pki.selfSignedServer("cr.example.com")),
            ("another root", stranger.server(["cr.example.com"])),
            ("another name", Self.pki.server(["other.example.com"])),
            ("a name within", Self.pki.server(["example.com"])),
            ("expired", Self.pki.server(["cr.example.com"], notBefore: now - 7_200, notAfter: now - 3_600)),
            ("not valid yet", Self.pki.server(["cr.example.com"], notBefore: now + 3_600)),
        ]
        for (name, party) in rejected {
            try await HostileRepository.serving(tls: party.tls, { _ in .answers(200, [], Self.chain) }) { repository in
                let answer = try await fetcher().fetch(
                    try url(port: repository.port), largestBody: 32 * 1024, at: MiniPKI.now)
                #expect(answer.isFailed, "\(name): \(answer)")
                #expect(repository.requests.isEmpty, "\(name)")
            }
        }
    }

    @Test func `goes on to the next address of a host whose TLS fails at one`() async throws {
        let here = InternetAddress(ipv4: "127.0.0.1")!, tls = Self.pki.selfSignedServer("cr.example.com").tls
        try await HostileRepository.serving(tls: tls, { _ in .answers(200, [], Self.chain) }) { repository in
            let answer = try await fetcher(resolve: HostResolver { _, _ in [here, here] })
                .fetch(try url(port: repository.port), largestBody: 32 * 1024, at: MiniPKI.now)
            #expect(answer.isFailed)
            #expect(repository.connections == 2)
        }
    }

    @Test(arguments: [TLSVersion.tlsv1, .tlsv11, .tlsv12, .tlsv13])
    func `speaks TLS from 1.2 on`(version: TLSVersion) async throws {
        var tls = Self.server.tls
        tls.minimumTLSVersion = .tlsv1
        tls.maximumTLSVersion = version
        let answer = try await answer(tls: tls, .answers(200, [], Self.chain))
        #expect(answer.isFailed == (version == .tlsv1 || version == .tlsv11), "\(answer)")
    }

    @Test func `holds a server that is named by its address to that address`() async throws {
        let named = try await answer(host: "127.0.0.1", .answers(200, [], Self.chain))
        #expect(named == .body(status: 200, contentType: nil, Self.chain))
        let unnamed = try await answer(
            tls: Self.pki.server(["cr.example.com"]).tls, host: "127.0.0.1", .answers(200, [], Self.chain))
        #expect(unnamed.isFailed)
    }

    @Test func `ends with its time, however slowly the answer comes`() async throws {
        var limits = FetchLimits()
        limits.total = .milliseconds(300)
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".utf8)
        let body = Array(repeating: UInt8(ascii: "A"), count: 100_000)
        for conduct in [
            .isSilent, .drips(head, every: .milliseconds(50)), .drips(head + body, every: .milliseconds(1)),
        ] as [HostileRepository.Conduct] {
            #expect(try await answer(limits: limits, conduct) == .timedOut)
        }
    }

    @Test func `waits no longer for a connection than for a whole answer`() async throws {
        var limits = FetchLimits.patient
        limits.connect = .milliseconds(200)
        // It takes the connection, and what should be the beginning of TLS, and says nothing.
        let answer = try await HostileRepository.serving({ _ in .isSilent }) { repository in
            try await fetcher(limits).fetch(try url(port: repository.port), largestBody: 1_024, at: MiniPKI.now)
        }
        #expect(answer == .timedOut)
    }

    /// X5U-05.
    @Test func `stops reading where an answer is too long`() async throws {
        let megabyte = Array(repeating: UInt8(ascii: "A"), count: 1 << 20)
        let endless: [(name: String, first: String, then: [UInt8])] = [
            ("a body that tells its length", "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", megabyte),
            ("one that does not", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", megabyte),
            (
                "hints", "HTTP/1.1 100 Continue\r\n\r\n",
                Array(String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 1_000).utf8)
            ),
            (
                "chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                Array("100000\r\n".utf8) + megabyte + Array("\r\n".utf8)
            ),
            (
                "a chunk for each byte", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                Array(String(repeating: "1;a=bcdefghijklmn\r\nA\r\n", count: 1_000).utf8)
            ),
        ]
        for (name, first, then) in endless {
            try await HostileRepository.serving({ _ in .pours(Array(first.utf8), then: then, times: 1_024) }) {
                repository in
                let answer = try await fetcher().fetch(
                    try url("http", port: repository.port), largestBody: 32 * 1024, at: MiniPKI.now)
                #expect(answer == .tooLarge, "\(name)")
                // What the sockets on both sides hold is the machine's affair; it is far from all of it.
                #expect(repository.sentBytes < 64 << 20, "\(name)")
            }
        }
    }

    @Test func `takes a body of the largest size, and none of a byte more`() async throws {
        for (count, isTaken) in [(1_000, true), (1_001, false)] {
            let body = Array(repeating: UInt8(ascii: "A"), count: count)
            let answer = try await answer(largestBody: 1_000, .answers(200, [], body))
            #expect(answer == (isTaken ? .body(status: 200, contentType: nil, body) : .tooLarge))
        }
    }

    @Test func `takes a header of 8 KiB, and none of a byte more`() async throws {
        let rest = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \r\n\r\n".utf8.count
        for (count, isTaken) in [(8_192, true), (8_193, false)] {
            let filling = String(repeating: "a", count: count - rest)
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \(filling)\r\n\r\n"
            let answer = try await answer(tls: nil, .says(Array(head.utf8)))
            #expect(answer.isFailed != isTaken, "\(answer)")
        }
        // What comes before it is no part of it, and does not hide it.
        let filling = String(repeating: "a", count: 8_192)
        for before in ["\r\n\r\n", "\n\n", "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"] {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX:"
            let short = try await answer(tls: nil, .says(Array("\(before)\(head)y\r\n\r\n".utf8)))
            #expect(short == .body(status: 200, contentType: nil, []))
            let long = try await answer(tls: nil, .says(Array("\(before)\(head)\(filling)\r\n\r\n".utf8)))
            #expect(long == .failed("the header of the answer is too long"))
        }
        let endless = try await HostileRepository.serving(
            { _ in
                .pours(
                    Array("HTTP/1.1 200 OK\r\n".utf8), then: Array("X: \(String(repeating: "y", count: 500))\r\n".utf8),
                    times: 1 << 20)
            }
        ) { repository in
            try await fetcher().fetch(try url("http", port: repository.port), largestBody: 32 * 1024, at: MiniPKI.now)
        }
        #expect(endless == .failed("the header of the answer is too long"))
    }

    /// 1 KiB of it would be 1 MiB of zeros; it is not even unpacked.
    @Test(arguments: ["gzip", "deflate", "br", "identity, gzip"])
    func `unpacks nothing`(encoding: String) async throws {
        let answer = try await answer(.answers(200, ["Content-Encoding: \(encoding)"], [0x1F, 0x8B, 8, 0]))
        #expect(answer == .failed("it is sent compressed, unasked"))
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nshort", "HTTP/1.1 200 OK\r\nContent-Le", "SSH-2.0-x\r\n\r\n",
        "\r\n",
        "",
    ])
    func `takes nothing that is not whole, or not HTTP`(said: String) async throws {
        let answer = try await answer(tls: nil, .says(Array(said.utf8)))
        #expect(answer.isFailed, "\(answer)")
    }

    @Test func `finds nobody at a closed port`() async throws {
        let port = try await HostileRepository.serving({ _ in .isSilent }) { $0.port }
        #expect(try await fetcher().fetch(try url(port: port), largestBody: 1_024, at: MiniPKI.now).isFailed)
    }
}

extension FetchLimits {
    /// For tests of anything but time, on a machine that may be busy with other things.
    static var patient: FetchLimits {
        var limits = FetchLimits()
        (limits.connect, limits.total) = (.seconds(30), .seconds(40))
        return limits
    }
}

extension FetchAnswer {
    var isFailed: Bool { if case .failed = self { true } else { false } }
}
