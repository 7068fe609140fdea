internal import CLibCrypto

/// What libcrypto alone takes to sign: the limit against which `bench` measures everything that signs.
///
/// Nothing of ours is inside the loop: no hashing, no conversion, no allocation.
@safe package struct BareSigning: ~Copyable {
    private let context: Owned

    package init(_ key: SigningKey) throws(OpenSSLError) {
        let context = try unsafe Owned(EVP_PKEY_CTX_new(key.key, nil), "EVP_PKEY_CTX_new", free: EVP_PKEY_CTX_free)
        guard unsafe EVP_PKEY_sign_init(context.pointer) == 1 else { throw OpenSSLError("EVP_PKEY_sign_init") }
        self.context = context
    }

    /// Calls `EVP_PKEY_sign` so many times over 32 bytes.
    package borrowing func run(_ times: Int) throws(OpenSSLError) {
        let digest = [UInt8](repeating: 0x5A, count: 32)
        var der = [UInt8](repeating: 0, count: 72)
        let input = digest.span
        var output = der.mutableSpan
        let failures = unsafe input.withUnsafeBufferPointer { digest in
            unsafe output.withUnsafeMutableBufferPointer { der in
                var failures = 0
                for _ in 0..<times {
                    var count = der.count
                    let outcome = unsafe EVP_PKEY_sign(
                        context.pointer, der.baseAddress, &count, digest.baseAddress, digest.count)
                    failures += outcome == 1 ? 0 : 1
                }
                return failures
            }
        }
        guard failures == 0 else { throw OpenSSLError("EVP_PKEY_sign") }
    }
}

/// What libcrypto alone takes to verify, as ``BareSigning`` is to signing.
@safe package struct BareVerification: ~Copyable {
    private let context: Owned
    private let digest = [UInt8](repeating: 0x5A, count: 32)
    private let der: [UInt8]

    /// Verifies what `key` has signed.
    package init(_ key: SigningKey) throws(OpenSSLError) {
        let context = try unsafe Owned(EVP_PKEY_CTX_new(key.key, nil), "EVP_PKEY_CTX_new", free: EVP_PKEY_CTX_free)
        guard unsafe EVP_PKEY_verify_init(context.pointer) == 1 else { throw OpenSSLError("EVP_PKEY_verify_init") }
        der = try Signer(key).signature(forDigest: InlineArray(repeating: 0x5A)).der
        self.context = context
    }

    /// Calls `EVP_PKEY_verify` so many times over 32 bytes.
    package borrowing func run(_ times: Int) throws(OpenSSLError) {
        let input = digest.span
        let signature = der.span
        let failures = unsafe input.withUnsafeBufferPointer { digest in
            unsafe signature.withUnsafeBufferPointer { der in
                var failures = 0
                for _ in 0..<times {
                    let outcome = unsafe EVP_PKEY_verify(
                        context.pointer, der.baseAddress, der.count, digest.baseAddress, digest.count)
                    failures += outcome == 1 ? 0 : 1
                }
                return failures
            }
        }
        guard failures == 0 else { throw OpenSSLError("EVP_PKEY_verify") }
    }
}
