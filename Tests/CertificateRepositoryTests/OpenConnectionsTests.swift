import CertificateRepository
import Certificates
import Testing

@Suite struct `Open connections` {
    private func connections(_ most: Int, perAddress: Int) -> OpenConnections {
        var limits = PublishingLimits()
        (limits.connections, limits.connectionsPerAddress) = (most, perAddress)
        return OpenConnections(limits)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"), ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"),
        ("2001:db8::1", "2001:db8::ffff:0:0:2", "2001:db8:0:1::1"), ("::1", "::2", "127.0.0.1"),
    ])
    func `are so many from one address, and of IPv6 from a block of 64 bits`(
        first: String, same: String, other: String
    ) {
        var connections = connections(10, perAddress: 2)
        let (first, same, other) = (InternetAddress(first)!, InternetAddress(same)!, InternetAddress(other)!)
        #expect([first, same, first, same].map { connections.admit(from: $0) } == [true, true, false, false])
        let isOtherAdmitted = connections.admit(from: other)
        #expect(isOtherAdmitted && connections.count == 3)
        connections.remove(same)
        #expect([first, same].map { connections.admit(from: $0) } == [true, false])
    }

    @Test func `are so many in all, and what has ended makes room`() {
        var connections = connections(3, perAddress: 10)
        let addresses = (0..<5).map { InternetAddress("192.0.2.\($0)")! }
        #expect(addresses.map { connections.admit(from: $0) } == [true, true, true, false, false])
        connections.remove(addresses[0])
        #expect(addresses.map { connections.admit(from: $0) } == [true, false, false, false, false])
        #expect(connections.count == 3)
    }
}
