import Certificates
import Jansson
import MiniPKI
import NumberPlan
import Testing

@Suite struct `A TNAuthList` {
    typealias Entry = TNAuthList.Entry

    static func digits(_ text: String) -> Digits { Digits(text)! }

    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let der: [UInt8]
    }

    static func vectors(_ group: String) -> [Vector] {
        var vectors: [Vector] = []
        try! VectorFiles.json("tnauthlist-der.json").member(group)!.withElements { vector in
            vectors.append(
                Vector(
                    testDescription: vector.member("name")!.text!,
                    der: VectorFiles.bytes(fromHex: vector.member("extnvalue_hex")!.text!)))
        }
        return vectors
    }

    static let validVectors = vectors("valid"), invalidVectors = vectors("invalid")

    @Test(arguments: validVectors) func `what RFC 8226 allows is read, and written as it was`(_ vector: Vector) throws {
        let list = try TNAuthList(der: vector.der)
        let isFromTheFuture = vector.testDescription.contains("future")
        #expect(isFromTheFuture || list.der == vector.der)
        #expect(!list.entries.isEmpty)
    }

    @Test(arguments: invalidVectors) func `what it does not allow is refused`(_ vector: Vector) {
        let fault = #expect(throws: CertificateFault.self) { try TNAuthList(der: vector.der) }
        #expect(fault?.code == "tnauthlist_malformed")
    }

    @Test func `no vector is missing`() {
        #expect(Self.validVectors.count == 13)
        #expect(Self.invalidVectors.count == 22)
    }

    /// INTEGERs of any size, among them 2^56, 2^63, 2^64, and 10^40 in 17 bytes.
    @Test(arguments: [6, 7, 8, 9, 17, 126, 300]) func `a count of any size is refused without a trap`(bytes: Int) {
        for lead in [UInt8(0x01), 0x7F, 0x80, 0xFF] {
            let count = DERElement.integer(unsigned: [lead] + [UInt8](repeating: 0, count: bytes))
            let range = DERElement.sequence(.ia5("120000000000000"), count)
            let list = DERElement.sequence(.explicit(1, range)).bytes
            let isSmall = bytes == 6 && lead == 1  // 2^48, which fifteen digits hold
            #expect((try? TNAuthList(der: list)) == nil || isSmall)
        }
    }

    @Test(arguments: [
        ("0", 2, false), ("0", 9, false), ("0", 10, true), ("9", 2, true), ("00", 99, false), ("00", 100, true),
        ("999999999999998", 2, true), ("999999999999997", 2, false), ("000000000000000", .max, true),
        ("*1", 2, true), ("12155550000", 1, true), ("12155550000", 0, true), ("12155550000", -1, true),
        ("1234567890123456", 2, true),
    ])
    func `start and count stay below ten to the number of digits`(start: String, count: Int, isRefused: Bool) {
        let made = try? TNAuthList([.range(start: Self.digits(start), count: count)])
        #expect((made == nil) == isRefused)
    }

    @Test func `first and last are inside, the neighbours and other widths are not`() throws {
        let list = try TNAuthList([.range(start: Self.digits("0012"), count: 5), .one(Self.digits("*69"))])
        for inside in ["0012", "0014", "0016", "*69"] { #expect(list.covers(Self.digits(inside)), "\(inside)") }
        for outside in ["0011", "0017", "12", "012", "00012", "14", "#69", "69", "00*4", "001*"] {
            #expect(!list.covers(Self.digits(outside)), "\(outside)")
        }
    }

    @Test func `a symbol in the middle of a range does not break it, nor is it inside`() throws {
        let list = try TNAuthList([.range(start: Self.digits("1000"), count: 1000), .one(Self.digits("18*0"))])
        for inside in ["1000", "1899", "1900", "1999", "18*0"] {
            #expect(list.covers(Self.digits(inside)), "\(inside)")
        }
        for outside in ["18#0", "17*0", "0999", "2000"] { #expect(!list.covers(Self.digits(outside)), "\(outside)") }
    }

    @Test func `order and repetition mean nothing`() throws {
        let one = try TNAuthList([.spc("A1"), .one(Self.digits("12")), .range(start: Self.digits("10"), count: 3)])
        let other = try TNAuthList([
            .range(start: Self.digits("10"), count: 2), .one(Self.digits("12")), .spc("A1"), .one(Self.digits("11")),
            .spc("A1"),
        ])
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
    }

    @Test func `a union of adjacent ranges covers what spans them, and a gap of one number shows`() throws {
        let joined = try TNAuthList([
            .range(start: Self.digits("100"), count: 50), .range(start: Self.digits("150"), count: 50),
        ])
        let gap = try TNAuthList([
            .range(start: Self.digits("100"), count: 50), .range(start: Self.digits("151"), count: 49),
        ])
        let child = try TNAuthList([.range(start: Self.digits("120"), count: 60)])
        #expect(joined.numbers.missing(from: child.numbers).isEmpty)
        #expect(gap.numbers.missing(from: child.numbers).blocks.map(\.description) == ["150"])
        #expect(child.numbers.missing(from: joined.numbers).blocks.map(\.description) == ["100-119", "180-199"])
    }

    /// Against plain sets of three-digit texts.
    @Test func `covering and missing agree with sets`() throws {
        var random = SeededGenerator(seed: 8226)
        for _ in 0..<400 {
            let (ours, ourSet) = Self.randomList(&random), (theirs, theirSet) = Self.randomList(&random)
            #expect(try TNAuthList(der: ours.der) == ours)
            var disagreeing: [String] = []
            for text in Self.universe where ours.covers(Self.digits(text)) != ourSet.contains(text) {
                disagreeing.append(text)
            }
            let missing = ours.numbers.missing(from: theirs.numbers)
            for text in Self.universe
            where missing.covers(Self.digits(text)) != (theirSet.contains(text) && !ourSet.contains(text)) {
                disagreeing.append(text)
            }
            #expect(disagreeing == [], "\(ours.entries) \(theirs.entries)")
        }
    }

    static let universe: [String] =
        (0...99).map { $0 < 10 ? "0\($0)" : "\($0)" } + (0...9).map(String.init) + ["*1", "#1", "1*"]

    static func randomList(_ random: inout SeededGenerator) -> (TNAuthList, Set<String>) {
        var entries: [Entry] = [], set: Set<String> = []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            if Bool.random(using: &random) {
                let first = Int.random(in: 0...97, using: &random)
                let count = Int.random(in: 2...max(2, 99 - first), using: &random)
                guard first + count < 100 else { continue }
                entries.append(.range(start: digits(universe[first]), count: count))
                set.formUnion((first..<first + count).map { universe[$0] })
            } else {
                let text = universe.randomElement(using: &random)!
                entries.append(.one(digits(text)))
                set.insert(text)
            }
        }
        if entries.isEmpty { entries = [.spc("X")] }
        return (try! TNAuthList(entries), set)
    }

    @Test func `any one byte changed never traps`() {
        for vector in Self.validVectors {
            for index in vector.der.indices {
                for bit in 0..<8 {
                    var changed = vector.der
                    changed[index] ^= 1 << UInt8(bit)
                    if let list = try? TNAuthList(der: changed) { #expect(!list.entries.isEmpty) }
                }
            }
        }
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
