import Foundation
import LibCrypto
import NumberPlan
import PASSporT

/// Tokens in this process: without ledger, replay store or policy.
struct TokenRows {
    private let key: SigningKey
    private let header: PassportHeader
    private let origin: Digits
    private let destination: Digits
    private let now = Int(Date().timeIntervalSince1970)

    init() throws {
        guard let header = PassportHeader(certificateURL: Site.certificateURL), let origin = Digits("8657188880000"),
            let destination = Digits("8613800138000")
        else { throw BenchError.setup("the numbers of the benchmark are none") }
        key = try SigningKey.generate()
        (self.header, self.origin, self.destination) = (header, origin, destination)
    }

    /// Claims in, Identity value out; the identifier of the call is made afresh each time.
    func sign(_ name: String, rounds: Int) throws -> Row {
        let bare = try BareSigning(key), signer = try Signer(key)
        var random = RandomBytes(), signed = 0
        let measured = try Stopwatch.rounds(rounds) { times in
            try bare.run(times)
        } ours: { times in
            for _ in 0..<times { signed += try token(by: signer, &random).utf8.count }
        }
        guard signed > 0 else { throw BenchError.setup("nothing was signed") }
        return Row(name, rounds: measured, unit: "µs", perSecond: 1e6)
    }

    /// Identity value and a warm certificate's key in, verified passport out.
    func verify(_ name: String, rounds: Int) throws -> Row {
        let bare = try BareVerification(key), verifyingKey = try key.verifyingKey, signer = try Signer(key)
        var random = RandomBytes()
        let tokens = try (0..<512).map { _ in try token(by: signer, &random) }
        var next = 0, issued = 0
        let measured = try Stopwatch.rounds(rounds) { times in
            try bare.run(times)
        } ours: { times in
            for _ in 0..<times {
                let token = try UnverifiedPassport(IdentityHeader(parsing: tokens[next]))
                issued &+= try token.verified(by: verifyingKey).passport.issuedAt
                next = next == tokens.count - 1 ? 0 : next + 1
            }
        }
        guard issued != 0 else { throw BenchError.setup("nothing was verified") }
        return Row(name, rounds: measured, unit: "µs", perSecond: 1e6)
    }

    private func token(by signer: Signer, _ random: inout RandomBytes) throws -> String {
        let passport = Passport(
            attestation: .full, origin: origin, destinations: [destination], issuedAt: now, originID: random.uuid())
        return try SignedPassport(passport, header, by: signer).identity
    }
}

enum BenchError: Error, CustomStringConvertible {
    case setup(String)
    case daemon(String)

    var description: String {
        switch self {
        case .setup(let reason): reason
        case .daemon(let reason): "countersignd: \(reason)"
        }
    }
}
