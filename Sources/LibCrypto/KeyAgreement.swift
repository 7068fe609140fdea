internal import CLibCrypto

/// A secret that two keys on P-256 have in common (RFC 7518 §4.6, ECDH-ES).
package enum KeyAgreement {
    /// The x coordinate of the shared point, 32 bytes: to be fed to a key derivation, never to be used as it is.
    package static func sharedSecret(_ own: SigningKey, _ theirs: VerifyingKey) throws(OpenSSLError) -> [UInt8] {
        let context = try unsafe Owned(EVP_PKEY_CTX_new(own.key, nil), "EVP_PKEY_CTX_new", free: EVP_PKEY_CTX_free)
        guard unsafe EVP_PKEY_derive_init(context.pointer) == 1 else { throw OpenSSLError("EVP_PKEY_derive_init") }
        guard unsafe EVP_PKEY_derive_set_peer(context.pointer, theirs.key) == 1 else {
            throw OpenSSLError("EVP_PKEY_derive_set_peer")
        }
        var secret = [UInt8](repeating: 0, count: 32), count = 32
        let isDerived = unsafe secret.withUnsafeMutableBufferPointer { secret in
            unsafe EVP_PKEY_derive(context.pointer, secret.baseAddress, &count)
        }
        guard isDerived == 1, count == 32 else { throw OpenSSLError("EVP_PKEY_derive") }
        return secret
    }

    /// The Concat KDF for one key of up to 256 bits (NIST SP 800-56A §5.8.1, as RFC 7518 §4.6.2 has it).
    ///
    /// - Parameter parties: what `apu` and `apv` of the header hold, none in ours.
    package static func key(
        for algorithm: String, from secret: [UInt8], bytes count: Int = 32, parties: ([UInt8], [UInt8]) = ([], [])
    ) -> [UInt8] {
        var input: [UInt8] = [0, 0, 0, 1] + secret
        for part in [Array(algorithm.utf8), parties.0, parties.1] { input += bigEndian(part.count) + part }
        input += bigEndian(8 * count)
        let digest: [UInt8] = SHA256.digest(input.span)
        return Array(digest.prefix(count))
    }

    static func bigEndian(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }
}

extension VerifyingKey {
    /// From an uncompressed point, 65 bytes; one that is not on the curve is refused.
    package convenience init(point: [UInt8]) throws(OpenSSLError) {
        guard point.count == 65, point[0] == 4 else { throw OpenSSLError("VerifyingKey", reason: "not a whole point") }
        let der = Self.beforePoint + point
        try self.init(subjectPublicKeyInfo: der.span)
    }

    /// A SubjectPublicKeyInfo of id-ecPublicKey on prime256v1, up to the point (RFC 5480 §2).
    private static let beforePoint: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
        0xCE, 0x3D,
        0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]
}
