import Certificates
import Foundation
import LibCrypto
import MiniPKI
import NIOCore
import NIOPosix
import NumberPlan
import PASSporT
import Testing
import TrunkLink

/// A carrier's daemon, and a peer that hands over what the test tells it to, when the test tells it to.
@Suite struct OutOfBandTests {
    private static let calls = 10_000, batch = 500
    /// One in a hundred comes when its call has been answered, and one in a thousand never.
    private static func isLate(_ place: Int) -> Bool { place % 100 == 7 }
    private static func isLost(_ place: Int) -> Bool { place % 1_000 == 500 }

    private func call(_ place: Int) -> (orig: String, dest: String) {
        (LinkedCarriers.number(0, place % 1_000), LinkedCarriers.number(1, place / 1_000))
    }

    private func assertions(_ places: [Int], _ carrier: Carrier) throws -> [AssertedCall] {
        let header = try #require(PassportHeader(certificateURL: carrier.party.x5u)),
            signer = try Signer(carrier.party.key)
        var random = RandomBytes()
        return try places.map { place in
            let (orig, dest) = call(place)
            let passport = Passport(
                attestation: .full, origin: try #require(Digits(orig)), destinations: [try #require(Digits(dest))],
                issuedAt: Int(Date().timeIntervalSince1970), originID: random.uuid())
            let identity = try SignedPassport(passport, header, by: signer).identity
            return AssertedCall(circuit: "c-0", orig: orig, dest: [dest], identity: identity, call: nil)
        }
    }

    @Test func `ten thousand calls get the verdicts that the rules give, which costs no memory`() async throws {
        let row = try await LinkedCarriers(2), group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let node = try row.node(0, on: group)
        let receiver = row.carriers[1]
        try await receiver.running { daemon in
            let port = try await eventually("a port") { RunningDaemon.port(of: "link", in: receiver.read("c.log")) }
            node.setPeers([LinkPeer(carrier: "1002", address: .init(host: "127.0.0.1", port: port))])
            var handedOver = 0, resident = 0
            func handOver(_ places: [Int]) async throws {
                node.handOver(try assertions(places, row.carriers[0]), to: "1002")
                handedOver += places.count
                try await eventually("\(handedOver) calls taken") {
                    try await node.status().first?.counters.handoversTaken == handedOver ? true : nil
                }
            }
            for start in stride(from: 0, to: Self.calls, by: Self.batch) {
                let places = Array(start..<start + Self.batch)
                try await handOver(places.filter { !Self.isLate($0) && !Self.isLost($0) })
                let reasons = try await reasons(of: places, daemon)
                for (place, reason) in reasons {
                    let isHere = !Self.isLate(place) && !Self.isLost(place)
                    #expect(reason == (isHere ? "valid" : "missing_attestation"), "call \(place)")
                }
                try await handOver(places.filter { Self.isLate($0) })
                if start == 2_000 { resident = try daemon.residentKilobytes }
            }
            // Its call has gone; if it comes again, it is served, for as long as its token is fresh.
            let late = Self.calls - 93
            #expect(try await reasons(of: [late], daemon)[late] == "valid")
            #expect(try await reasons(of: [500], daemon)[500] == "missing_attestation")
            #expect(try daemon.residentKilobytes < resident + 65_536)
        }
        await node.shutDown()
        try await group.shutdownGracefully()
    }

    private func reasons(of places: [Int], _ daemon: RunningDaemon) async throws -> [Int: String] {
        try await withThrowingTaskGroup(of: (Int, String).self) { asking in
            var waiting = places[...], reasons: [Int: String] = [:]
            func askNext() {
                guard let place = waiting.popFirst() else { return }
                let (orig, dest) = call(place)
                asking.addTask {
                    (place, try await daemon.receive(orig, dest, over: "to-1001").reason ?? "none")
                }
            }
            for _ in 0..<16 { askNext() }
            while let (place, reason) = try await asking.next() {
                reasons[place] = reason
                askNext()
            }
            return reasons
        }
    }
}
