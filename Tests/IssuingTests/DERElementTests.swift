import Certificates
import Testing

@Suite struct DERElementTests {
    @Test(
        arguments: [
            ("2.5.29.15", [6, 3, 0x55, 0x1D, 0x0F]),
            ("1.2.840.10045.4.3.2", [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]),
            ("2.999.3", [6, 3, 0x88, 0x37, 3]), ("0.39", [6, 1, 39]),
        ] as [(String, [UInt8])])
    func `object identifiers as X.690 §8.19 writes them`(dotted: String, bytes: [UInt8]) throws {
        #expect(try DERElement.oid(dotted).bytes == bytes)
    }

    @Test(arguments: ["", "1", "3.1", "1.40", "1..2", "1.-2", "1.2.x", "1.2.4294967296", "2.4294967295"])
    func `what is no object identifier is refused`(text: String) {
        #expect(throws: IssuingFault.notAnObjectIdentifier(text)) { try DERElement.oid(text) }
    }

    @Test(arguments: [
        (0, "700101000000Z"), (1_582_934_400, "200229000000Z"), (2_524_607_999, "491231235959Z"),
        (2_524_608_000, "20500101000000Z"), (-1, "691231235959Z"), (-631_152_000, "500101000000Z"),
        (4_107_542_400, "21000301000000Z"), (253_402_300_799, "99991231235959Z"),
    ])
    func `times up to 2049 are UTCTime, later ones GeneralizedTime`(unixTime: Int, text: String) throws {
        #expect(String(decoding: try DERElement.time(unixTime).bytes.dropFirst(2), as: UTF8.self) == text)
    }

    @Test(arguments: [Int.min, -631_152_001, 253_402_300_800, Int.max])
    func `a time outside 1950 to 9999 is refused`(unixTime: Int) {
        #expect(throws: IssuingFault.timeOutOfRange(unixTime)) { try DERElement.time(unixTime) }
    }

    @Test(
        arguments: [
            (0, [2, 1, 0]), (127, [2, 1, 127]), (128, [2, 2, 0, 128]), (256, [2, 2, 1, 0]),
        ] as [(Int, [UInt8])])
    func `integers are as short as they can be and not negative`(value: Int, bytes: [UInt8]) {
        #expect(DERElement.integer(value).bytes == bytes)
    }

    @Test func `lengths grow by need`() {
        #expect(DERElement.octets(Array(repeating: 0, count: 127)).bytes.prefix(2) == [4, 127])
        #expect(DERElement.octets(Array(repeating: 0, count: 128)).bytes.prefix(3) == [4, 0x81, 128])
        #expect(DERElement.octets(Array(repeating: 0, count: 65_536)).bytes.prefix(5) == [4, 0x83, 1, 0, 0])
    }
}
