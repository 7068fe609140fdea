import LibCrypto
import Testing

@Suite struct `ES256` {
    /// RFC 7515 Appendix A.3: the key, input and signature that every ES256 implementation must accept.
    let key = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
        6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
        -----END PUBLIC KEY-----
        """
    let input = Array(
        """
        eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ
        """.utf8)
    let signature = Self.signature(
        [
            14, 209, 33, 83, 121, 99, 108, 72, 60, 47, 127, 21, 88, 7, 212, 2, 163, 178, 40, 3, 58, 249, 124, 126, 23,
            129,
            154, 195, 22, 158, 166, 101,
            197, 10, 7, 211, 140, 60, 112, 229, 216, 241, 45, 175, 8, 74, 84, 128, 166, 101, 144, 197, 242, 147, 80,
            154,
            143, 63, 127, 138, 131, 163, 84, 213,
        ] as [UInt8])

    private static func signature(_ bytes: [UInt8]) -> ES256Signature { ES256Signature(bytes.span)! }

    @Test func `accepts the signature of RFC 7515 A.3`() throws {
        let accepted = try VerifyingKey(pem: key).accepts(signature, for: input.span)
        #expect(accepted)
    }

    @Test func `refuses it once any one byte of the input has changed`() throws {
        let key = try VerifyingKey(pem: key)
        for index in input.indices {
            var changed = input
            changed[index] ^= 1
            let accepted = key.accepts(signature, for: changed.span)
            #expect(!accepted, "byte \(index)")
        }
    }

    @Test func `one key signs for many tasks at once, each with a signer of its own`() async throws {
        let key = try SigningKey.generate(), verifying = try key.verifyingKey, input = input
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<64 {
                group.addTask { verifying.accepts(try Signer(key).signature(for: input.span), for: input.span) }
            }
            for try await accepted in group { #expect(accepted) }
        }
    }

    /// One r or s in 256 is a byte short in DER; JWS pads it back to 32 bytes (RFC 7518 §3.4).
    @Test func `short and long integers both come out as 64 bytes that verify`() throws {
        let key = try SigningKey.generate(), signer = try Signer(key), verifying = try key.verifyingKey
        var short = 0
        for number in 0..<3_000 {
            let message = Array("message \(number)".utf8)
            let made = try signer.signature(for: message.span)
            if made[0] == 0 || made[32] == 0 { short += 1 }
            let accepted = verifying.accepts(made, for: message.span)
            #expect(accepted, "message \(number)")
        }
        #expect(short > 0)
    }

    /// Order of the base point, n (SEC 2 §2.4.2).
    static let order: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ]

    @Test func `r and s outside 1 to n minus 1 are refused`() throws {
        let key = try VerifyingKey(pem: key)
        let zero = [UInt8](repeating: 0, count: 32), ones = [UInt8](repeating: 0xFF, count: 32)
        let good = signature.bytes
        for bad in [zero, ones, Self.order] {
            for bytes in [bad + good[32...], good[..<32] + bad, bad + bad] {
                let accepted = key.accepts(Self.signature(Array(bytes)), for: input.span)
                #expect(!accepted)
            }
        }
    }

    /// A verifier that asked for low s would refuse valid tokens of its peers (the signature of RFC 8225 Appendix A has a high s).
    @Test func `the twin with n minus s is accepted as well`() throws {
        var bytes = signature.bytes, borrow = 0
        for index in (0..<32).reversed() {
            let difference = Int(Self.order[index]) - Int(bytes[32 + index]) - borrow
            borrow = difference < 0 ? 1 : 0
            bytes[32 + index] = UInt8(difference & 0xFF)
        }
        let accepted = try VerifyingKey(pem: key).accepts(Self.signature(bytes), for: input.span)
        #expect(accepted)
    }

    @Test(arguments: [0, 63, 65, 70, 72, 96]) func `a signature of another length is none`(count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        let made = ES256Signature(bytes.span)
        #expect(made == nil)
    }

    @Test func `a key written as PEM reads back as the same key`() throws {
        let key = try SigningKey.generate()
        let again = try SigningKey(pem: String(decoding: try key.pem(), as: UTF8.self))
        #expect(try again.verifyingKey.point == key.verifyingKey.point)
    }

    @Test func `a text that is no key is refused in OpenSSL's own words`() {
        let error = #expect(throws: OpenSSLError.self) { try SigningKey(pem: "no key") }
        #expect(error?.description.hasPrefix("PEM_read_bio_PrivateKey: ") == true)
    }

    @Test func `a key on another curve is refused`() {
        let p384 = """
            -----BEGIN PUBLIC KEY-----
            MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEetLoE/UUD324xBeUaCM1UBAxcl5hkr5n
            uIkYGSoNWGrmnXYY2LwPfiwCOg0wq/J6od6ZyowG8ORngNqiH9DkcJBWcJRsHXYs
            U9Z1MdGWM1eGtI6hJCQmq16jfL+021U0
            -----END PUBLIC KEY-----
            """
        #expect(throws: OpenSSLError.self) { try VerifyingKey(pem: p384) }
    }
}
