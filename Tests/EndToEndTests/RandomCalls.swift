import Foundation
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT

/// Calls over the trunks of ``ChangingLedger``, and with what other carriers sign, picked at random: most of them around the
/// numbers at which grants begin and end.
struct RandomCalls {
    private let parties: [MiniPKI.Party]
    private let lane: Int
    private var random: Seeded
    private var count = 0
    private var lastIdentity: String?

    init(lane: Int, parties: [MiniPKI.Party]) {
        self.lane = lane
        self.parties = parties
        random = Seeded(state: UInt64(lane))
    }

    /// Numbers that no change of the ledger is about, as switches send them, and what is no number.
    private static let others = [
        "95588", "955881", "95012345", "950123456", "4001234567", "13800138000", "+8613800138001", "008613800138002",
        "+8657188880010", "0085222345678", "+12155551212", "15400000000", "1380013800", "anonymous", "110", "12345",
        ChangingLedger.line,
    ]

    mutating func signing() -> String {
        let orig = orig(), restricted = isOneIn(12) ? #","presentation":"restricted""# : ""
        let attest = isOneIn(10) ? #","attest":"\#(pick(["A", "B", "C"]))""# : ""
        return next("sign", #"\#(call(orig, dest()))\#(restricted)\#(attest)"#)
    }

    mutating func verifying() throws -> String {
        let orig = orig(), dest = dest(), restricted = isOneIn(12) ? #","presentation":"restricted""# : ""
        let identity = try isOneIn(4) ? nil : identity(orig, dest)
        return next(
            "verify", #"\#(identity.map { #""identity":"\#($0)","# } ?? "")\#(call(orig, dest))\#(restricted)"#)
    }

    private mutating func next(_ method: String, _ params: String) -> String {
        count += 1
        return request(count, method, #"{\#(params),"call":"\#(lane)/\#(method)/\#(count)"}"#)
    }

    private mutating func call(_ orig: String, _ dest: String) -> String {
        #""orig":{"tn":"\#(orig)"},"dest":{"tn":["\#(dest)"]},"trunk":"\#(pick(ChangingLedger.trunks))""#
    }

    private mutating func orig() -> String {
        if isOneIn(3) { return pick(Self.others) }
        return
            "\(isOneIn(2) ? "+" : "")\(ChangingLedger.first + Int.random(in: -1...ChangingLedger.count, using: &random))"
    }

    private mutating func dest() -> String { isOneIn(20) ? "110" : "8613800138000" }

    /// Of one of the carriers, mostly honest about the call; some are too old, of another call, or seen before.
    private mutating func identity(_ orig: String, _ dest: String) throws -> String {
        if isOneIn(20), let lastIdentity { return lastIdentity }
        let caller = isOneIn(15) ? "8613800138009" : orig.filter(\.isNumber)
        guard let origin = Digits(caller), let callee = Digits(dest) else { return "no token" }
        let party = parties[Int.random(in: parties.indices, using: &random)]
        let passport = Passport(
            attestation: isOneIn(2) ? .full : isOneIn(2) ? .partial : .gateway, origin: origin, destinations: [callee],
            issuedAt: Int(Date().timeIntervalSince1970) - (isOneIn(20) ? 600 : 0),
            originID: UUID().uuidString.lowercased())
        guard let header = PassportHeader(certificateURL: party.x5u) else { throw Unexpected(party.x5u) }
        let identity = try SignedPassport(passport, header, by: Signer(party.key)).identity
        lastIdentity = identity
        return identity
    }

    private mutating func isOneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    private mutating func pick(_ words: [String]) -> String { words[Int.random(in: words.indices, using: &random)] }
}
