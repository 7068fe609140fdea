import Ledger
import NumberPlan

/// What a call asks a large ledger: whether its trunk may show the number, and whose number it is.
struct LedgerRows {
    /// Ported numbers lie among others; grants are of ten numbers each, and lie behind them with gaps as wide.
    private static let grants = 1_000_000, ported = 10_000_000
    private static let firstGranted = 8_657_100_000_000, firstPorted = 8_613_000_000_000
    private static let spc = "1001"
    private static let trunks = (0..<100).map { Trunk(name: "pbx-\($0)", trunkClass: .enterprise, use: .service) }

    private let snapshot: LedgerSnapshot

    /// - Parameter overlaid: of how many grants, and of how many ported numbers, have changed since the tables were made.
    init(overlaid: Int) throws {
        guard let country = CountryCode("86") else { throw BenchError.setup("86 is no country") }
        let base = LedgerSnapshot(
            version: 1, carriers: [Carrier(spc: Self.spc, name: "Carrier", country: country)],
            ported: (0..<Self.ported).lazy.compactMap { place in Self.portedNumber(place).map { ($0, Self.spc) } },
            trunks: Self.trunks, grants: (0..<Self.grants).lazy.compactMap { Self.grant($0) })
        guard overlaid > 0 else {
            snapshot = base
            return
        }
        var changes = LedgerChanges(version: 2)
        for place in 0..<overlaid {
            let place = place * (Self.grants / overlaid)
            if let grant = Self.grant(place) { changes.grants[grant.id] = .set(grant) }
            if let number = Self.portedNumber(place) { changes.ported[number] = .set(Self.spc) }
        }
        snapshot = base.applying(changes)
    }

    func lookup(_ name: String, rounds: Int) throws -> Row {
        let grantKeys = (0..<Self.grants).map { UInt64(Self.firstGranted + $0 * 20) }
        let portedKeys = (0..<Self.ported).map { UInt64(Self.firstPorted + $0 * 700) }
        let places = (0..<65_536).map { _ in
            (grant: Int.random(in: 0..<Self.grants), ported: Int.random(in: 0..<Self.ported))
        }
        let calls = try places.map { grant, ported in
            (
                trunk: grant % Self.trunks.count, caller: try Self.number(key: grantKeys[grant]),
                ported: try Self.number(key: portedKeys[ported])
            )
        }
        let trunks = Self.trunks
        var found = 0, expected = 0
        let measured = Stopwatch.rounds(rounds) { times in
            for time in 0..<times {
                let (grant, ported) = places[time & 0xFFFF]
                expected &+= BinarySearch.place(of: grantKeys[grant], in: grantKeys)
                expected &+= BinarySearch.place(of: portedKeys[ported], in: portedKeys)
            }
        } ours: { times in
            for time in 0..<times {
                let call = calls[time & 0xFFFF]
                found &+= snapshot.grant(of: call.caller, on: trunks[call.trunk], at: 0)?.id ?? 0
                found &+= snapshot.holder(of: call.ported)?.spc.utf8.count ?? 0
            }
        }
        guard expected > 0, found > 0,
            zip(places, calls).allSatisfy({ place, call in
                snapshot.grant(of: call.caller, on: trunks[call.trunk], at: 0)?.id == place.grant + 1
                    && snapshot.holder(of: call.ported)?.spc == Self.spc
            })
        else { throw BenchError.setup("a grant or a ported number was not found") }
        return Row(name, rounds: measured, unit: "ns", perSecond: 1e9)
    }

    private static func portedNumber(_ place: Int) -> TelephoneNumber? { number(firstPorted + place * 700) }

    private static func grant(_ place: Int) -> Grant? {
        let start = firstGranted + place * 20
        guard let first = number(start), let last = number(start + 9),
            let range = NumberRange(first: first, last: last)
        else { return nil }
        return Grant(id: place + 1, trunk: trunks[place % trunks.count].name, range: range, from: 0)
    }

    private static func number(key: UInt64) throws -> TelephoneNumber {
        guard let number = number(Int(key)) else { throw BenchError.setup("\(key) is no number") }
        return number
    }

    private static func number(_ value: Int) -> TelephoneNumber? { Digits(String(value)).map { .global($0) } }
}
