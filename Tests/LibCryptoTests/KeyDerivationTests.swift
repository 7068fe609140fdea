import Foundation
import LibCrypto
import Testing

/// RFC 7518 Appendix C: Alice's ephemeral key, Bob's public one, their secret and the key that comes of it.
@Suite struct KeyDerivationTests {
    private let secret: [UInt8] = [
        158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163, 218, 128, 106, 72,
        246, 218, 167, 121, 140, 254, 144, 196,
    ]

    @Test func `the secret of Alice and Bob is that of the RFC`() throws {
        let number = bytes("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo")
        // An ECPrivateKey on prime256v1 without its public half (RFC 5915 §3).
        let key =
            [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20] + number
            + [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        let label = "EC PRIVATE KEY", text = Data(key).base64EncodedString(options: .lineLength64Characters)
        let alice = try SigningKey(pem: "-----BEGIN \(label)-----\n\(text)\n-----END \(label)-----\n")
        let bob = try VerifyingKey(
            point: [4] + bytes("weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ")
                + bytes("e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"))
        #expect(try KeyAgreement.sharedSecret(alice, bob) == secret)
    }

    @Test func `the key of it is that of the RFC`() {
        let key = KeyAgreement.key(
            for: "A128GCM", from: secret, bytes: 16, parties: (Array("Alice".utf8), Array("Bob".utf8)))
        #expect(key == bytes("VqqN6vgjbSBcIijNcacQGg"))
    }

    private func bytes(_ base64URL: String) -> [UInt8] {
        let text = base64URL.replacing("-", with: "+").replacing("_", with: "/")
        let padded = text + String(repeating: "=", count: (4 - text.count % 4) % 4)
        return Data(base64Encoded: padded).map { Array($0) } ?? []
    }
}
