internal import CLibCrypto
internal import Synchronization

/// A P-256 public key.
///
/// `@unchecked Sendable`: the `EVP_PKEY` is never modified after `init`; the prepared context, which serves one
/// thread at a time, is only reached through the lock.
@safe package final class VerifyingKey: @unchecked Sendable {
    let key: OpaquePointer
    private let prepared: Mutex<PreparedVerifier>

    package convenience init(pem: String) throws(OpenSSLError) {
        let bio = try Owned.reading(pem)
        let key = try unsafe Owned(
            PEM_read_bio_PUBKEY(bio.pointer, nil, nil, nil), "PEM_read_bio_PUBKEY", free: EVP_PKEY_free)
        try key.requireNamedP256()
        try key.writePointInFull()
        try self.init(key)
    }

    /// Reads exactly one SubjectPublicKeyInfo; bytes after it are refused.
    package convenience init(subjectPublicKeyInfo der: Span<UInt8>) throws(OpenSSLError) {
        let bio = try Owned.reading(der)
        let key = try unsafe Owned(d2i_PUBKEY_bio(bio.pointer, nil), "d2i_PUBKEY_bio", free: EVP_PKEY_free)
        guard bio.contents().isEmpty else { throw OpenSSLError("d2i_PUBKEY_bio", reason: "bytes behind the key") }
        try key.requireNamedP256()
        try key.writePointInFull()
        try self.init(key)
    }

    init(_ key: consuming Owned) throws(OpenSSLError) {
        prepared = Mutex(try PreparedVerifier(key))
        unsafe self.key = key.released()
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Whether `signature` was made over `message` by the matching private key. Any failure inside libcrypto is a no.
    package func accepts(_ signature: ES256Signature, for message: Span<UInt8>) -> Bool {
        let digest: InlineArray<32, UInt8> = SHA256.digest(message)
        return accepts(signature, forDigest: digest)
    }

    package func accepts(_ signature: ES256Signature, forDigest digest: InlineArray<32, UInt8>) -> Bool {
        let der = DERSignature(signature)
        // Two loops that verify calls of the same carrier at once must not wait for each other.
        if let accepted = prepared.withLockIfAvailable({ $0.accepts(der, digest) }) { return accepted }
        guard let fresh = try? unsafe PreparedVerifier(borrowing: key) else { return false }
        return fresh.accepts(der, digest)
    }

    /// The uncompressed point, 65 bytes: equal for equal keys. Only of a certificate that has it compressed are they 33.
    package var point: [UInt8] {
        var count = 0
        guard unsafe EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, nil, 0, &count) == 1 else {
            return []
        }
        return [UInt8](capacity: count) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
                var written = 0
                unsafe EVP_PKEY_get_octet_string_param(
                    key, OSSL_PKEY_PARAM_PUB_KEY, buffer.baseAddress, count, &written)
                initialized = written
            }
        }
    }
}

/// An `EVP_PKEY_CTX` ready to verify with one key.
///
/// `@unchecked Sendable`: it may move between threads, and the lock around it keeps them from using it at once.
@safe private struct PreparedVerifier: ~Copyable, @unchecked Sendable {
    private let context: Owned

    init(_ key: borrowing Owned) throws(OpenSSLError) { try unsafe self.init(borrowing: key.pointer) }

    @unsafe init(borrowing key: OpaquePointer) throws(OpenSSLError) {
        let context = try unsafe Owned(EVP_PKEY_CTX_new(key, nil), "EVP_PKEY_CTX_new", free: EVP_PKEY_CTX_free)
        guard unsafe EVP_PKEY_verify_init(context.pointer) == 1 else { throw OpenSSLError("EVP_PKEY_verify_init") }
        self.context = context
    }

    borrowing func accepts(_ der: DERSignature, _ digest: InlineArray<32, UInt8>) -> Bool {
        let outcome = unsafe der.bytes.span.withUnsafeBufferPointer { signature in
            unsafe digest.span.withUnsafeBufferPointer { digest in
                unsafe EVP_PKEY_verify(
                    context.pointer, signature.baseAddress, der.count, digest.baseAddress, digest.count)
            }
        }
        // Zero is "no", anything below is "could not": neither is a yes (and both may leave something in the queue).
        if outcome != 1 { ERR_clear_error() }
        return outcome == 1
    }
}
