import Foundation
import LibCrypto
import MiniPKI
import NIOCore
import PASSporT
import Records
import SoftToken
import Testing

/// A carrier whose key is in a token, which no file of its holds any more.
@Suite(.timeLimit(.minutes(5))) struct TokenTests {
    private let token: SoftToken
    private let carrier: Carrier
    private let party: MiniPKI.Party

    private static let orig = "12155551212", dest = "12155552323"

    init() throws {
        let pki = MiniPKI(now: Carrier.now)
        party = pki.leaf(.spc("709J"))
        token = try SoftToken()
        carrier = try Carrier(party, trusting: pki.anchors)
        try token.hold(Array(carrier.read("key.pem").utf8))
        try FileManager.default.removeItem(atPath: "\(carrier.folder)/key.pem")
        try carrier.write("pin", "\(SoftToken.pin)\n", mode: 0o600)
        try configure(module: SoftToken.module)
    }

    private func configure(key: String = SoftToken.uri, module: String, pin: String = "pin") throws {
        let lines = carrier.read("c.yaml").split(separator: "\n").filter { !$0.hasPrefix("signing:") }
        let signing =
            #"signing: {key: "\#(key)", pkcs11Module: \#(module), pin: \#(pin), chain: chain.pem, url: "\#(party.x5u)"}"#
        try carrier.write("c.yaml", (lines + [Substring(signing), ""]).joined(separator: "\n"))
    }

    private var environment: String { "export SOFTHSM2_CONF=\(token.configuration)" }

    private func isSigned(_ answer: Answer) throws -> Bool {
        guard let identity = answer.identity else { return false }
        let passport = try UnverifiedPassport(IdentityHeader(parsing: identity))
        _ = try passport.verified(by: party.certificate.verifyingKey)
        return true
    }

    private func ask(_ id: Int, _ dest: String = TokenTests.dest) -> [UInt8] {
        netstring(request(id, "sign", #"{"orig":"\#(Self.orig)","dest":"\#(dest)"}"#))
    }

    @Test func `a daemon signs with a key that no file holds`() async throws {
        try await carrier.makeLedger()
        try await carrier.running(after: environment) { daemon in
            _ = try await eventually("a signature") {
                try isSigned(try await daemon.sign(Self.orig, Self.dest)) ? true : nil
            }
            // At once, on its loop: no token is waited for.
            let emergency = try await daemon.sign(Self.orig, "911")
            #expect(emergency.reason == "emergency_call_unsigned" && emergency.sip == 200)
            let refused = try await daemon.sign("13035551212", Self.dest)
            #expect(refused.reason == "cli_not_authorised_for_trunk")
            // A machine that is busy with other things may let some expire: then all are asked for again.
            _ = try await eventually("200 signatures at once") {
                let answers = try await Wire.exchange(daemon.switchPort, (1...200).map { ask($0) })
                return try answers.count == 200 && answers.allSatisfy { try isSigned(try Answer($0)) } ? true : nil
            }
        }
        var filter = RecordFilter()
        filter.limit = 1_000
        #expect(try carrier.records.list(filter).filter { $0.kind == "signed" }.count >= 201)
        #expect(try await carrier.tool("records", "audit", "--data", "data").contains("records, last"))
        #expect(!carrier.read("c.log").contains(SoftToken.pin))
        #expect(!FileManager.default.fileExists(atPath: "\(carrier.folder)/key.pem"))
    }

    @Test func `nobody else waits for a token that is slow`() async throws {
        try await carrier.makeLedger()
        try configure(module: RemoteToken.module)
        try await RemoteToken.with(token) { remote in
            try await carrier.running(after: remote.environment) { daemon in
                // Two answers of the token, or more, are one signature.
                remote.slowDown(to: .milliseconds(25))
                _ = try await eventually("a signature") {
                    try isSigned(try await daemon.sign(Self.orig, Self.dest)) ? true : nil
                }
                remote.fallSilent()
                let verify = request(4, "verify", #"{"orig":"\#(Self.orig)","dest":"\#(Self.dest)"}"#)
                let asked = ask(1) + ask(2) + ask(3, "911") + netstring(verify) + netstring(request(5, "ping"))
                let order = try await order(of: asked, on: daemon.switchPort) { remote.speak() }
                #expect(Set(order.prefix(3)) == [3, 4, 5] && Set(order.suffix(2)) == [1, 2])
            }
        }
    }

    /// The ids of five answers, as they come; `body` after the third.
    private func order(
        of asked: [UInt8], on port: Int, then body: @escaping @Sendable () -> Void
    ) async throws -> [Int?] {
        try await Wire.with(port) { wire in
            try await wire.send(asked)
            var order: [Int?] = []
            while order.count < 5, let answer = try await wire.next() {
                order.append(try Answer(answer).id)
                if order.count == 3 { body() }
            }
            return order
        }
    }

    @Test func `a token that says nothing holds up neither its calls nor the end`() async throws {
        try await carrier.makeLedger()
        try configure(module: RemoteToken.module)
        try await RemoteToken.with(token) { remote in
            try await carrier.running(after: remote.environment) { daemon in
                remote.fallSilent()
                // Said within the time of the call, while the token still says nothing.
                let answer = try await daemon.sign(Self.orig, Self.dest)
                #expect(answer.code == -32002, "\(answer.text)")
                _ = try await eventually("an alarm") {
                    let code = try await daemon.sign(Self.orig, Self.dest).code
                    #expect(code == -32002)
                    return carrier.read("c.log").contains("the token does not answer") ? true : nil
                }
            }
        }
        let records = try carrier.records.list()
        #expect(records.contains { $0.reason == "signing_failed" })
        #expect(carrier.read("c.log").split(separator: "the token does not sign").count == 2)
    }

    @Test func `a token that goes is told of once, and signs again when it is back`() async throws {
        try await carrier.makeLedger()
        try configure(module: RemoteToken.module)
        try await RemoteToken.with(token) { remote in
            try await carrier.running(after: remote.environment) { daemon in
                _ = try await eventually("a signature") {
                    try isSigned(try await daemon.sign(Self.orig, Self.dest)) ? true : nil
                }
                remote.goAway()
                for _ in 0..<3 { #expect(try await daemon.sign(Self.orig, Self.dest).code == -32002) }
                remote.comeBack()
                _ = try await eventually("a signature") {
                    try isSigned(try await daemon.sign(Self.orig, Self.dest)) ? true : nil
                }
            }
        }
        let log = carrier.read("c.log")
        let lost = log.split(separator: "\n").filter { $0.contains("the token does not sign") }
        // A machine that is busy with other things may let it seem to hang before.
        let failures = lost.filter { !$0.contains("the token does not answer") }
        #expect(failures.count == 1, "\(log)")
        #expect(log.split(separator: "the token signs again").count == lost.count + 1, "\(log)")
    }

    @Test func `what is wrong with the setting is said at the start`() async throws {
        try await carrier.makeLedger()
        func check(_ says: String..., change: () throws -> Void) async throws {
            try configure(module: SoftToken.module)
            try carrier.write("pin", "\(SoftToken.pin)\n", mode: 0o600)
            try change()
            let (status, output) = try await Program.run(
                "countersignd", ["--config", "c.yaml", "--check"], in: carrier.folder, after: environment)
            #expect((status == 0) == says.contains("c.yaml: ok"), "\(output)")
            for text in says { #expect(output.contains(text), "\(output)") }
        }
        try await check("c.yaml: ok") {}
        try await check("the PIN is wrong") { try carrier.write("pin", "000000\n", mode: 0o600) }
        try await check("/pin", "chmod 600") { try carrier.write("pin", SoftToken.pin, mode: 0o644) }
        try await check("/pin", "no passphrase") { try carrier.write("pin", "\n", mode: 0o600) }
        try await check("/nowhere") { try configure(module: SoftToken.module, pin: "nowhere") }
        try await check("/no/module.so cannot be loaded") { try configure(module: "/no/module.so") }
        try await check("there is no private key pkcs11:token=carrier;object=other", "--list-objects") {
            try configure(key: "pkcs11:token=carrier;object=other", module: SoftToken.module)
        }
        try await check("c.yaml:9: signing.key: ", "a PIN does not belong in the name") {
            try configure(key: SoftToken.uri + "?pin-value=1", module: SoftToken.module)
        }
        func answer(in milliseconds: Int) throws {
            let old = "answerMilliseconds: 490", new = "answerMilliseconds: \(milliseconds)"
            try carrier.write("c.yaml", carrier.read("c.yaml").replacing(old, with: new))
        }
        let text = carrier.read("c.yaml")
        try await check("c.yaml:4: limits.answerMilliseconds: leaves a key in hardware too little time") {
            try answer(in: 99)
        }
        try carrier.write("c.yaml", text)
        try await check("c.yaml: ok") { try answer(in: 100) }
        try carrier.write("c.yaml", text)
        try await check("signing.pkcs11Module is missing") {
            try carrier.write(
                "c.yaml", carrier.read("c.yaml").replacing("pkcs11Module: \(SoftToken.module), ", with: ""))
        }
        try await check("unknown setting signing.pkcs11Module") {
            try carrier.write("c.yaml", carrier.read("c.yaml").replacing(SoftToken.uri, with: "key.pem"))
        }
        try await check("chain.pem: the key is not that of the first certificate") {
            let other = MiniPKI(now: Carrier.now).leaf(.spc("709J"))
            try carrier.write("chain.pem", String(decoding: other.pem, as: UTF8.self))
        }
    }
}
