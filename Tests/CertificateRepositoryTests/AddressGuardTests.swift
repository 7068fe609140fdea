import CertificateRepository
import Certificates
import Dispatch
import Foundation
import HostileRepository
import MiniPKI
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// X5U-04: what is asked is an address that was checked, and nothing else.
@Suite(.timeLimit(.minutes(5))) struct `A host` {
    private static let loopback = InternetAddress(ipv4: "127.0.0.1")!

    private func fetch(
        _ host: String, port: Int, resolve: @escaping @Sendable () async throws -> [InternetAddress],
        isAllowed: @escaping @Sendable (InternetAddress) -> Bool = \.isPublic
    ) async throws -> FetchAnswer {
        let fetcher = try Fetcher(
            roots: [], limits: .patient, group: .singletonMultiThreadedEventLoopGroup,
            resolve: HostResolver { _, _ in try await resolve() },
            isAllowed: isAllowed)
        return await fetcher.fetch(
            try CertificateURL("http://\(host):\(port)/cert.pem", rules: .laboratory), largestBody: 1_024,
            at: MiniPKI.now)
    }

    @Test(arguments: [
        ["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["fd00::1"], ["fe80::1"],
        ["2002:7f00:1::"], ["224.0.0.1"], ["0.0.0.0"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"],
    ])
    func `that leads within a network is not asked, whatever else it leads to`(addresses: [String]) async throws {
        try await HostileRepository.serving({ _ in .answers(200, [], [1]) }) { repository in
            let found = addresses.map { InternetAddress(ipv4: $0) ?? InternetAddress(ipv6: $0)! }
            let answer = try await fetch("cr.example.com", port: repository.port, resolve: { found })
            #expect(answer == .failed("its host leads to an address that may not be asked; see verification.fetching"))
            #expect(repository.connections == 0)
        }
    }

    @Test(arguments: ["127.0.0.1", "[::1]", "[::ffff:7f00:1]"])
    func `that is a private address is not asked, nor looked up`(host: String) async throws {
        let lookups = Mutex(0)
        let answer = try await fetch(
            host, port: 80,
            resolve: {
                lookups.withLock { $0 += 1 }; return []
            })
        #expect(answer.isFailed)
        #expect(lookups.withLock { $0 } == 0)
    }

    private static let hasIPv6 =
        (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?
        .contains("00000000000000000000000000000001") == true

    @Test(.enabled(if: hasIPv6), arguments: ["[::1]", "six.example.com"])
    func `is asked by IPv6 as well`(host: String) async throws {
        try await HostileRepository.serving(on: "::1", { _ in .answers(200, [], [1]) }) { repository in
            let answer = try await fetch(
                host, port: repository.port, resolve: { [InternetAddress(ipv6: "::1")!] }, isAllowed: { _ in true })
            #expect(answer == .body(status: 200, contentType: nil, [1]))
            #expect(repository.requests.first?.fields["host"] == "\(host):\(repository.port)")
        }
    }

    /// The second answer, to whoever looks a second time, is the one that would do harm.
    @Test func `is looked up once, and what was checked is what is asked`() async throws {
        let lookups = Mutex(0)
        try await HostileRepository.serving({ _ in .answers(200, [], [1]) }) { repository in
            let answer = try await fetch(
                "rebinding.example.com", port: repository.port,
                resolve: {
                    let count = lookups.withLock {
                        $0 += 1; return $0
                    }
                    return [count == 1 ? Self.loopback : InternetAddress(ipv4: "127.0.0.2")!]
                }, isAllowed: { $0 == Self.loopback })
            #expect(answer == .body(status: 200, contentType: nil, [1]))
            #expect(lookups.withLock { $0 } == 1)
            #expect(repository.connections == 1)
        }
    }

    @Test func `is tried at its next address when nobody is at the first`() async throws {
        try await HostileRepository.serving({ _ in .answers(200, [], [1]) }) { repository in
            let found = [InternetAddress(ipv4: "127.0.0.9")!, InternetAddress(ipv6: "::1")!, Self.loopback]
            let answer = try await fetch(
                "cr.example.com", port: repository.port, resolve: { found }, isAllowed: { _ in true })
            #expect(answer == .body(status: 200, contentType: nil, [1]))
        }
    }

    /// What is sent to the one may have been done there, and counts in what it was admitted for.
    @Test(arguments: ["", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nX: \(String(repeating: "y", count: 9_000))\r\n\r\n"])
    func `is not asked at its next address what it has been asked at one`(said: String) async throws {
        try await HostileRepository.serving({ _ in .says(Array(said.utf8)) }) { repository in
            let answer = try await fetch(
                "cr.example.com", port: repository.port, resolve: { [Self.loopback, Self.loopback] },
                isAllowed: { _ in true })
            #expect(answer.isFailed)
            #expect(repository.connections == 1)
        }
    }

    @Test func `without an address is not asked`() async throws {
        #expect(try await fetch("cr.example.com", port: 80, resolve: { [] }).isFailed)
        #expect(try await fetch("cr.example.com", port: 80, resolve: { throw Unknown() }).isFailed)
    }

    private struct Unknown: Error {}

    @Test func `is found by the machine's own resolver, until its time is over`() async throws {
        let system = HostResolver.system(MultiThreadedEventLoopGroup.singleton)
        let found = try await system.addresses("localhost", .now() + .seconds(30))
        #expect(found.contains(Self.loopback) || found.contains(InternetAddress(ipv6: "::1")!))
        #expect(found == found.sorted { $0.bytes.count < $1.bytes.count })
        #expect(try await system.addresses("0::0::1", .now() + .seconds(30)).isEmpty)
    }

    @Test func `whose name server is silent holds up its own calls, to their time, until too many wait`() async throws {
        let silence = DispatchSemaphore(value: 0), group = MultiThreadedEventLoopGroup.singleton
        let resolver = HostResolver.system(group, atMost: 2) { host in
            if host.contains("silent") { silence.wait() }
            return [[192, 0, 2, 1]]
        }
        func lookUpInVain(_ host: String) async throws {
            await #expect(throws: FetchFault.resolverTimedOut) {
                try await resolver.addresses(host, .now() + .milliseconds(100))
            }
        }
        try await lookUpInVain("silent.example.com")
        #expect(try await resolver.addresses("quick.example.net", .now() + .seconds(30)).count == 1)
        try await lookUpInVain("silent.example.org")
        let fetcher = try Fetcher(roots: [], limits: .patient, group: group, resolve: resolver)
        let url = try CertificateURL("https://quick.example.net/1")
        #expect(await fetcher.fetch(url, largestBody: 1_024, at: MiniPKI.now) == .overloaded)
        for _ in 0..<2 { silence.signal() }
    }

    @Test(arguments: [
        ("example.com", "other.com"), ("example.com.cn", "other.com.cn"), ("example.co.uk", "other.co.uk"),
        ("example.cn", "other.cn"),
    ])
    func `of a zone that is silent takes an eighth of the look-ups, whatever names are below it`(
        zone: String, other: String
    ) async throws {
        let silence = DispatchSemaphore(value: 0), group = MultiThreadedEventLoopGroup.singleton
        let resolver = HostResolver.system(group, atMost: 16) { host in
            if host.lowercased().hasSuffix(zone) { silence.wait() }
            return [[192, 0, 2, 1]]
        }
        for name in ["a", "b.a"] {
            await #expect(throws: FetchFault.resolverTimedOut) {
                try await resolver.addresses("\(name).\(zone)", .now() + .milliseconds(20))
            }
        }
        for name in ["c", "d.a", "e.E"] {
            await #expect(throws: FetchFault.resolverBusy) {
                try await resolver.addresses("\(name).\(zone.uppercased())", .now() + .seconds(30))
            }
        }
        #expect(try await resolver.addresses("a.\(other)", .now() + .seconds(30)).count == 1)
        // Two that wait, and one when they have ended.
        for _ in 0..<3 { silence.signal() }
        while (try? await resolver.addresses("f.\(zone)", .now() + .seconds(30))) == nil { await Task.yield() }
    }
}
