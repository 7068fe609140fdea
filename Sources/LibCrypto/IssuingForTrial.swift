internal import CLibCrypto

/// A key that ES256 does not fit, to make the certificates that a verifier must refuse.
///
/// Nothing outside the tests makes one, and no signature of a token can be made with it: ``Signer`` takes a
/// ``SigningKey`` and nothing else.
///
/// `@unchecked Sendable`: the `EVP_PKEY` is never modified after `init`.
@safe package final class UnfitKey: @unchecked Sendable {
    package enum Kind: Sendable, CaseIterable { case rsa2048, p384 }
    package enum Digest: Sendable, CaseIterable { case sha1, sha256, sha384 }

    package let kind: Kind
    private let key: OpaquePointer

    package init(_ kind: Kind) throws(OpenSSLError) {
        let key =
            switch kind {
            case .rsa2048: try unsafe Owned(shim_generate_rsa2048(), "EVP_PKEY_Q_keygen", free: EVP_PKEY_free)
            case .p384: try unsafe Owned(shim_generate_p384(), "EVP_PKEY_Q_keygen", free: EVP_PKEY_free)
            }
        self.kind = kind
        unsafe self.key = key.released()
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// DER of the public half.
    package var subjectPublicKeyInfo: [UInt8] {
        get throws(OpenSSLError) {
            let bio = try unsafe Owned(BIO_new(BIO_s_mem()), "BIO_new", free: BIO_free_all)
            guard unsafe i2d_PUBKEY_bio(bio.pointer, key) == 1 else { throw OpenSSLError("i2d_PUBKEY_bio") }
            return bio.contents()
        }
    }

    package func signature(for message: [UInt8], _ digest: Digest) throws(OpenSSLError) -> [UInt8] {
        try unsafe digest.signature(for: message.span, by: key)
    }
}

extension SigningKey {
    /// A signature over another digest than ES256's, in DER.
    package func unfitSignature(for message: [UInt8], _ digest: UnfitKey.Digest) throws(OpenSSLError) -> [UInt8] {
        try unsafe digest.signature(for: message.span, by: key)
    }
}

extension UnfitKey.Digest {
    @unsafe fileprivate func signature(
        for message: Span<UInt8>, by key: OpaquePointer
    ) throws(OpenSSLError) -> [UInt8] {
        let context = try unsafe Owned(EVP_MD_CTX_new(), "EVP_MD_CTX_new", free: EVP_MD_CTX_free)
        let digest =
            switch self {
            case .sha1: unsafe EVP_sha1()
            case .sha256: unsafe EVP_sha256()
            case .sha384: unsafe EVP_sha384()
            }
        guard unsafe EVP_DigestSignInit(context.pointer, nil, digest, nil, key) == 1 else {
            throw OpenSSLError("EVP_DigestSignInit")
        }
        let longest = Int(unsafe EVP_PKEY_get_size(key))
        var outcome: Int32 = 0
        let signature = [UInt8](capacity: longest) { output in
            unsafe output.withUnsafeMutableBufferPointer { output, initialized in
                unsafe message.withUnsafeBufferPointer { message in
                    var count = longest
                    outcome = unsafe EVP_DigestSign(
                        context.pointer, output.baseAddress, &count, message.baseAddress, message.count)
                    initialized = outcome == 1 ? count : 0
                }
            }
        }
        guard outcome == 1 else { throw OpenSSLError("EVP_DigestSign") }
        return signature
    }
}
