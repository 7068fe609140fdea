import Foundation
import Glibc
import MiniPKI
import NIOCore
import NIOPosix
import Testing

/// What a running daemon says of where it learns who is abroad.
@Suite(.timeLimit(.minutes(5))) struct RoamingTests {
    private let pki = MiniPKI(now: Carrier.now)

    private func carrier(_ settings: String) async throws -> Carrier {
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors)
        try carrier.write("c.yaml", carrier.read("c.yaml") + settings)
        try await carrier.makeLedger()
        return carrier
    }

    private func eventually(_ carrier: Carrier, says words: String, times: Int = 1) async throws {
        try await EndToEndTests.eventually(words) {
            carrier.read("c.log").components(separatedBy: words).count > times ? true : nil
        }
    }

    @Test func `a new list of who is abroad counts without a restart, and a bad one does not`() async throws {
        let carrier = try await carrier("roaming: {file: abroad.csv}\n")
        try carrier.write("abroad.csv", "number,roaming\n*,home\n")
        try await carrier.running { daemon in
            try carrier.write("abroad.csv", "number,roaming\n+8613800138000,abroad\n+8613800138001,home\n")
            try await eventually(carrier, says: "list of who is abroad reloaded")
            try await eventually(carrier, says: "numbers=2")
            try carrier.write("abroad.csv", "number,roaming\n*,abroad\n")
            try await eventually(carrier, says: "list of who is abroad not reloaded: the old one stays")
            try await eventually(carrier, says: "abroad.csv:2: * can only be home")
            try carrier.write("abroad.csv", "number,roaming\n")
            try await eventually(carrier, says: "numbers=0")
            daemon.program.send(SIGHUP)
            try await eventually(carrier, says: "numbers=0", times: 2)
        }
    }

    @Test func `a service that is not there is told of, and that it is there again`() async throws {
        func service(_ port: Int = 0) async throws -> any Channel {
            try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: "127.0.0.1", port: port).get()
        }
        let first = try await service(), port = try #require(first.localAddress?.port)
        try await first.close()
        let carrier = try await carrier("roaming: {service: \"127.0.0.1:\(port)\", whenUnknown: block}\n")
        try await carrier.running { daemon in
            try await eventually(carrier, says: "the roaming service fails")
            try await eventually(carrier, says: "no connection can be made")
            // Calls that show no number of ours from abroad do not depend on it.
            #expect(try await daemon.sign("12155551212", "12155552000").attest == "A")
            let second = try await service(port)
            try await eventually(carrier, says: "the roaming service works again")
            daemon.program.send(SIGUSR1)
            try await eventually(carrier, says: "roamingAsked=0")
            try await second.close()
        }
    }
}
