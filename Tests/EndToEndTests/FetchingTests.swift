import Certificates
import Foundation
import Glibc
import HostileRepository
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT
import Synchronization
import Testing

/// A daemon that fetches its peers' chains from a web server, over a real network, as small as it is.
@Suite(.timeLimit(.minutes(5))) struct FetchingTests {
    private let pki = MiniPKI(now: Carrier.now)

    private static let orig = "12155551212", dest = "12155552000"

    /// Verifies, and has one root for chains and for web servers.
    private func carrier(_ fetching: String = "roots: roots/root.pem") async throws -> Carrier {
        let carrier = try Carrier(pki.leaf(.spc("505K")), trusting: pki.anchors)
        try carrier.write("roots/root.pem", pki.root.certificate.pem)
        let configuration = carrier.read("c.yaml")
            .replacing("certificates: web", with: "fetching: {\(fetching)}")
        try carrier.write("c.yaml", configuration + "privateNetworkURLs: true\n")
        try await carrier.makeLedger()
        return carrier
    }

    /// Publishes at a path of its own.
    private func signer(_ path: String, at repository: HostileRepository) -> MiniPKI.Party {
        pki.leaf(.spc("709J")) { $0.x5u = "https://localhost:\(repository.port)/\(path)" }
    }

    private func token(by party: MiniPKI.Party) throws -> String {
        let passport = Passport(
            attestation: .full, origin: try #require(Digits(Self.orig)),
            destinations: [try #require(Digits(Self.dest))], issuedAt: Int(Date().timeIntervalSince1970),
            originID: UUID().uuidString.lowercased())
        return try SignedPassport(
            passport, try #require(PassportHeader(certificateURL: party.x5u)), by: Signer(party.key)
        ).identity
    }

    /// By path; what is not there is never answered.
    private final class Published: Sendable {
        private let bodies = Mutex<[String: [UInt8]]>([:])

        func publish(_ party: MiniPKI.Party) {
            bodies.withLock { $0["/" + (party.x5u.split(separator: "/").last ?? "")] = party.pem }
        }

        func conduct(_ request: HostileRepository.Request) -> HostileRepository.Conduct {
            bodies.withLock { $0[request.path] }.map { .answers(200, ["Cache-Control: max-age=60"], $0) } ?? .isSilent
        }
    }

    private func serving<Value: Sendable>(
        _ body: (HostileRepository, Published) async throws -> Value
    ) async throws -> Value {
        let published = Published()
        return try await HostileRepository.serving(
            tls: pki.server(["localhost"]).tls, { published.conduct($0) }, { try await body($0, published) })
    }

    /// A machine that is busy with other things may be too slow for the daemon's own time; then it is asked again.
    private func answer(_ daemon: RunningDaemon, _ party: MiniPKI.Party) async throws -> Answer {
        try await eventually("the chain of \(party.x5u)") {
            let answer = try await daemon.verify(try token(by: party), Self.orig, Self.dest)
            return answer.reason == "certificate_fetch_timeout" ? nil : answer
        }
    }

    private func verify(_ id: Int, _ identity: String) -> [UInt8] {
        let numbers = #""orig":{"tn":"\#(Self.orig)"},"dest":{"tn":["\#(Self.dest)"]}"#
        return netstring(
            request(id, "verify", #"{"identity":"\#(identity)",\#(numbers),"call":"\#(UUID().uuidString)"}"#))
    }

    @Test func `a chain is fetched once, and is there after a restart, when its server is not`() async throws {
        let carrier = try await carrier()
        let party = try await serving { repository, published in
            let party = signer("709J.pem", at: repository)
            published.publish(party)
            try await carrier.running { daemon in
                for _ in 0..<3 {
                    let answer = try await answer(daemon, party)
                    #expect(answer.reason == "valid", "\(answer.text)")
                }
            }
            #expect(Set(repository.requests.map(\.path)) == ["/709J.pem"])
            return party
        }
        try await carrier.running { daemon in
            try await eventually("the kept chains") { carrier.read("c.log").contains("chains=1") ? true : nil }
            let answer = try await answer(daemon, party)
            #expect(answer.reason == "valid", "\(answer.text)")
        }
    }

    /// Has the daemon keep the chain of a signer, whose server is gone then.
    private func partyKept(by carrier: Carrier) async throws -> MiniPKI.Party {
        try await serving { repository, published in
            let party = signer("709J.pem", at: repository)
            published.publish(party)
            try await carrier.running { _ = try await answer($0, party) }
            return party
        }
    }

    @Test func `what is kept is judged by the anchors of the day`() async throws {
        let carrier = try await carrier()
        let party = try await partyKept(by: carrier)
        let anchor = carrier.read("anchors/0.pem")
        try carrier.write("anchors/0.pem", MiniPKI(now: Carrier.now).root.certificate.pem)
        try await carrier.running { daemon in
            try await eventually("the chain is refused") {
                carrier.read("c.log").contains("waiting=1") ? true : nil
            }
            let answer = try await answer(daemon, party)
            #expect(answer.reason == "certificate_unreachable", "\(answer.text)")
            // Nothing is lost to a trust that comes later than the daemon.
            try carrier.write("anchors/0.pem", anchor)
            try await eventually("the chain is there again") {
                carrier.read("c.log").contains("waiting=0") ? true : nil
            }
            let after = try await self.answer(daemon, party)
            #expect(after.reason == "valid", "\(after.text)")
        }
    }

    @Test func `what no trust can mend is removed`() async throws {
        let carrier = try await carrier()
        let party = try await partyKept(by: carrier)
        try carrier.write("crls/0.crl", String(decoding: pki.revocationList(of: party), as: UTF8.self))
        try await carrier.running { _ in
            _ = try await eventually("the chain is refused") {
                carrier.read("c.log").contains("removed=true") ? true : nil
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(carrier.folder)/data/certificates").isEmpty)
    }

    @Test func `a server that is silent holds up its own calls, to their time, and no others`() async throws {
        let carrier = try await carrier()
        try await serving { repository, published in
            let quick = signer("quick.pem", at: repository)
            published.publish(quick)
            try await carrier.running { daemon in
                #expect(try await answer(daemon, quick).reason == "valid")
                var attempt = 0
                // On a machine that is busy with other things an answer may come too late to be sent.
                let (silent, answers) = try await eventually("all answers") { () -> (MiniPKI.Party, [Answer])? in
                    attempt += 1
                    let silent = signer("silent-\(attempt).pem", at: repository)
                    let held = verify(0, try token(by: silent))
                    let others = try (1...20).map { verify($0, try token(by: quick)) }
                    let answers = try await Wire.exchange(daemon.trunkPort, [held] + others).map { try Answer($0) }
                    return answers.count == 21 ? (silent, answers) : nil
                }
                // The others are answered first, although they came later.
                #expect(answers.map(\.id) == Array(1...20) + [0])
                #expect(answers.dropLast().allSatisfy { $0.reason == "valid" })
                #expect(answers.last?.reason == "certificate_not_fetched_in_time")
                #expect(answers.last?.sip == 436)
                // What became of the fetch is known to the calls that come after it.
                let after = try await daemon.verify(try token(by: silent), Self.orig, Self.dest)
                #expect(after.reason == "certificate_fetch_timeout", "\(after.text)")
            }
        }
    }

    @Test func `a daemon that is told to stop waits for no fetch`() async throws {
        let carrier = try await carrier()
        try await serving { repository, _ in
            let daemon = try await RunningDaemon(of: carrier)
            var attempt = 0
            // A busy machine may not even shake hands in the time that a fetch has.
            try await eventually("a fetch") {
                attempt += 1
                let silent = signer("silent-\(attempt).pem", at: repository)
                _ = try await Wire.exchange(daemon.trunkPort, [verify(0, try token(by: silent))])
                return repository.requests.isEmpty ? nil : true
            }
            daemon.program.send(SIGTERM)
            #expect(await daemon.program.ended() == 0)
            let log = carrier.read("c.log")
            #expect(log.contains("stopped") && !log.contains("event loop") && !log.contains("EventLoop"), "\(log)")
        }
    }

    @Test func `an answer of a gigabyte is refused, and costs no memory`() async throws {
        let carrier = try await carrier()
        let megabyte = Array(repeating: UInt8(ascii: "A"), count: 1 << 20)
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".utf8)
        try await HostileRepository.serving(
            tls: pki.server(["localhost"]).tls, { _ in .pours(head, then: megabyte, times: 1_024) }
        ) { repository in
            try await carrier.running { daemon in
                let before = try daemon.residentKilobytes
                for path in ["1", "2", "3", "4"] {
                    let answer = try await answer(daemon, signer(path, at: repository))
                    #expect(answer.reason == "certificate_body_too_large", "\(answer.text)")
                    #expect(answer.sip == 436)
                }
                #expect(try daemon.residentKilobytes - before < 64 * 1024)
            }
        }
    }

    @Test func `a server without a certificate of our roots, or at an address that is denied, is not asked`()
        async throws
    {
        for fetching in ["roots: stranger.pem", "roots: roots, deny: [127.0.0.0/8, \"::1\"]"] {
            let carrier = try await carrier(fetching)
            try carrier.write("stranger.pem", MiniPKI(now: Carrier.now).root.certificate.pem)
            try await serving { repository, published in
                let party = signer("709J.pem", at: repository)
                published.publish(party)
                try await carrier.running { daemon in
                    let answer = try await answer(daemon, party)
                    #expect(answer.reason == "certificate_unreachable", "\(answer.text)")
                    #expect(answer.sip == 436)
                }
                #expect(repository.requests.isEmpty)
            }
        }
    }
}
