import CertificateRepository
import Certificates
import HostileRepository
import MiniPKI
import NIOCore
import NIOPosix
import Testing

/// X5U-07.
@Suite struct `The rates of fetching` {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func rates(total: Int, perHost: Int) -> FetchRates {
        var limits = FetchLimits()
        limits.fetchesPerSecond = total
        limits.fetchesPerSecondPerHost = perHost
        return FetchRates(limits)
    }

    /// How many of so many are admitted at once, each from the host of its number.
    private func admitted(
        _ rates: inout FetchRates, of count: Int = 100, seconds: Int64 = 0, _ host: (Int) -> String = { _ in "a" }
    ) -> Int {
        (0..<count).count { rates.admits(host: host($0), at: Self.start + .seconds(seconds)) }
    }

    @Test func `let four seconds' worth go at once, and then so many a second`() {
        var rates = rates(total: 1_000, perHost: 5)
        #expect([0, 1, 1, 3, 3_600].map { admitted(&rates, seconds: $0) } == [20, 5, 0, 10, 20])
    }

    @Test func `are each host's own, whatever the case of its name`() {
        var rates = rates(total: 1_000, perHost: 1)
        #expect(admitted(&rates) { $0 % 2 == 0 ? "a.example.com" : "A.Example.COM" } == 4)
        #expect(admitted(&rates) { _ in "b.example.com" } == 4)
    }

    @Test func `are also those of all hosts together`() {
        var rates = rates(total: 10, perHost: 10)
        #expect(admitted(&rates) { "\($0).example.com" } == 40)
        // What is refused for want of the total has cost its host nothing.
        #expect(admitted(&rates, seconds: 4) { _ in "99.example.com" } == 40)
    }

    @Test func `count an address once for each of its names, and no total`() {
        var rates = rates(total: 1, perHost: 2)
        let address = InternetAddress("192.0.2.1")!
        let admitted = (0..<100).count { _ in rates.admits(address: address, at: Self.start) }
        #expect(admitted == 8)
        #expect(self.admitted(&rates) == 4)
    }

    @Test func `count the addresses of IPv6 that one owner has as one`() {
        var rates = rates(total: 1, perHost: 1)
        func admitted(_ address: (Int) -> String) -> Int {
            (0..<10).count { rates.admits(address: InternetAddress(address($0))!, at: Self.start) }
        }
        #expect(admitted { "2001:db8::\($0):1" } == 4)
        #expect(admitted { "2001:db8:0:1::\($0)" } == 4)
        #expect(admitted { "::ffff:192.0.2.\($0)" } == 10)
        #expect(admitted { _ in "192.0.2.9" } == 3)
    }

    @Test func `go on when there have been more hosts than are remembered`() {
        var rates = rates(total: 10, perHost: 5)
        for second in 0..<Int64(200) {
            let expected = second == 0 ? 40 : 10
            #expect(admitted(&rates, seconds: second) { "\(second)-\($0)" } == expected, "\(second)")
        }
        #expect(rates.places <= 800)
    }

    @Test(arguments: ["cr.example.com", "N.example.com", "127.0.0.1"])
    func `keep ten thousand URLs of one server from becoming as many requests`(host: String) async throws {
        try await HostileRepository.serving({ _ in .answers(404, [], []) }) { repository in
            var limits = FetchLimits.patient
            // Far above what is counted, so that only the rate of the one server is.
            (limits.fetchesPerSecond, limits.fetchesPerSecondPerHost) = (100_000, 1)
            let fetcher = try Fetcher(
                roots: [], limits: limits, group: .singletonMultiThreadedEventLoopGroup,
                resolve: HostResolver { _, _ in [InternetAddress(ipv4: "127.0.0.1")!] }, isAllowed: { _ in true })
            let start = NIODeadline.now()
            var overloaded = 0
            for number in 0..<10_000 {
                let host = host.replacing("N", with: "\(number)")
                let url = try CertificateURL("http://\(host):\(repository.port)/\(number)", rules: .laboratory)
                if await fetcher.fetch(url, largestBody: 1_024, at: MiniPKI.now) == .overloaded { overloaded += 1 }
            }
            let seconds = Int((NIODeadline.now() - start).nanoseconds / 1_000_000_000) + 1
            #expect(repository.requests.count <= 4 + seconds)
            #expect(overloaded + repository.requests.count == 10_000)
        }
    }
}
