import LibCrypto
import Testing

@Suite struct KeyAgreementTests {
    @Test func `both ends come to the same secret`() throws {
        let one = try SigningKey.generate(), other = try SigningKey.generate()
        let secret = try KeyAgreement.sharedSecret(one, other.verifyingKey)
        #expect(try secret == KeyAgreement.sharedSecret(other, one.verifyingKey))
        #expect(try secret != KeyAgreement.sharedSecret(try SigningKey.generate(), one.verifyingKey))
    }

    @Test func `a point comes back as the key it is of, and one beside the curve is none`() throws {
        let key = try SigningKey.generate().verifyingKey
        var point = key.point
        #expect(try VerifyingKey(point: point).point == point)
        point[40] ^= 1
        #expect(throws: OpenSSLError.self) { try VerifyingKey(point: point) }
        #expect(throws: OpenSSLError.self) { try VerifyingKey(point: Array(point.dropLast())) }
    }

    /// A key of all zeros, a nonce of all zeros and 16 zero bytes: test case 14 of the paper that GCM comes from.
    @Test func `what is sealed is what GCM makes of it`() throws {
        let zeros = [UInt8](repeating: 0, count: 16)
        let (sealed, tag) = try SealedBox.seal(
            zeros, key: zeros + zeros, nonce: Array(zeros.prefix(12)), authenticating: [])
        #expect(hexadecimal(sealed) == "cea7403d4d606b6e074ec5d3baf39d18")
        #expect(hexadecimal(tag) == "d0d1c8a799996bf0265b98b5d48ab919")
    }

    /// The secret of RFC 7518 Appendix C, whose key of 128 bits has the parties' names; ours has none and 256.
    @Test func `a derived key depends on the algorithm`() throws {
        let secret = [UInt8](repeating: 7, count: 32)
        let key = KeyAgreement.key(for: "A256GCM", from: secret)
        #expect(key.count == 32 && key != KeyAgreement.key(for: "A128GCM", from: secret))
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
