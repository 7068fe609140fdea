import LibCrypto
import Testing

@Suite struct RandomBytesTests {
    private static let drawn: [String] = {
        var random = RandomBytes()
        return (0..<2_000).map { _ in random.uuid() }
    }()

    @Test func `each identifier is a UUID of version 4, and no two are the same`() {
        #expect(Set(Self.drawn).count == Self.drawn.count)
        for text in Self.drawn {
            #expect(text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        }
    }

    /// Beyond version and variant nothing is fixed, so that nothing can be told of who was given it, or after whom.
    @Test func `what is drawn one after the other shares nothing`() {
        let bits = Self.drawn.map { text in
            text.compactMap(\.hexDigitValue).flatMap { digit in (0..<4).map { digit >> (3 - $0) & 1 } }
        }
        let free = (0..<128).filter { !(48..<52).contains($0) && !(64..<66).contains($0) }
        for place in free {
            // Of 2,000 throws of a coin, 1,000 on average and 22 from it as a rule; 200 is nine times that.
            #expect((800...1_200).contains(bits.count { $0[place] == 1 }), "bit \(place)")
            let kept = zip(bits, bits.dropFirst()).count { $0[place] == $1[place] }
            #expect((800...1_200).contains(kept), "bit \(place)")
        }
    }

    @Test func `as many bytes are drawn as are asked for, and none twice`() {
        var random = RandomBytes()
        #expect(random.bytes(0) == [])
        for count in [1, 1_000, 1_024, 1_025, 5_000] { #expect(random.bytes(count).count == count) }
        let pieces =
            (0..<1_000).map { _ in random.bytes(24) }
            + [random.bytes(4_800)].flatMap { long in
                stride(from: 0, to: long.count, by: 24).map { Array(long[$0..<$0 + 24]) }
            }
        #expect(Set(pieces).count == 1_200)
    }
}
