import Jansson
import Testing

@Suite struct ByteSearchTests {
    /// Longer than two of the blocks that are looked at at once.
    private static let count = 100

    @Test func `a byte is found wherever it stands, from wherever it is looked for`() {
        for place in 0..<Self.count {
            var bytes = [UInt8](repeating: 0x41, count: Self.count)
            bytes[place] = 0x2E
            for start in 0...Self.count {
                #expect(bytes.span.firstIndex(of: 0x2E, from: start) == (start <= place ? place : nil))
            }
        }
    }

    @Test func `of several the first is found`() {
        let bytes = Array("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,bbbbbbbbbbbbb,".utf8)
        #expect(bytes.span.firstIndex(of: UInt8(ascii: ",")) == 48)
        #expect(bytes.span.firstIndex(of: UInt8(ascii: ","), from: 49) == 62)
    }

    @Test func `special in JSON is what cannot stand for itself, and what is beyond ASCII`() {
        for byte in UInt8.min...UInt8.max {
            let isSpecial = byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C
            #expect(isSpecialInJSON(byte) == (isSpecial ? 1 : 0))
        }
    }
}
