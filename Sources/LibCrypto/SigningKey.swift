internal import CLibCrypto

/// A P-256 private key. Holding one is proof that ES256 fits it: any other kind of key is refused when it is read.
///
/// `@unchecked Sendable`: the `EVP_PKEY` is never modified after `init`, and OpenSSL 3 lets any number of threads
/// use one for reading, each with a context of its own (``Signer``).
@safe package final class SigningKey: @unchecked Sendable {
    /// Of a key in a token, only the public half.
    let key: OpaquePointer
    let tokenKey: TokenKey?
    /// What signs with a key in a token, for whoever must not wait for it; nil for a key in memory.
    package let tokenSigners: TokenSigners?

    package static func generate() throws(OpenSSLError) -> SigningKey {
        SigningKey(try unsafe Owned(shim_generate_p256(), "EVP_PKEY_Q_keygen", free: EVP_PKEY_free))
    }

    /// Reads an unencrypted PKCS#8 or SEC 1 key.
    package convenience init(pem: String) throws(OpenSSLError) {
        try self.init(reading: Owned.reading(pem))
    }

    convenience init(reading bio: borrowing Owned, passphrase: Passphrase? = nil) throws(OpenSSLError) {
        let read =
            if let passphrase {
                unsafe passphrase.withCharacters { characters, _ in
                    // Without a callback, what would be its last argument is the passphrase (pem_password_cb(3)).
                    unsafe PEM_read_bio_PrivateKey(bio.pointer, nil, nil, UnsafeMutableRawPointer(mutating: characters))
                }
            } else {
                unsafe PEM_read_bio_PrivateKey(bio.pointer, nil, { _, _, _, _ in -1 }, nil)
            }
        let key = try unsafe Owned(read, "PEM_read_bio_PrivateKey", free: EVP_PKEY_free)
        try key.requireNamedP256()
        self.init(key)
    }

    private init(_ key: consuming Owned) {
        unsafe self.key = key.released()
        tokenKey = nil
        tokenSigners = nil
    }

    /// A key that stays in its token. It is opened here, to see that it is there and of the right kind, and the signers go
    /// on with what was opened.
    ///
    /// - Parameters: as of ``TokenSigners``.
    package init(
        _ token: TokenKey, signers count: Int, microseconds: @escaping @Sendable () -> Int,
        report: @escaping @Sendable (TokenSigners.Change) -> Void
    ) throws(TokenFault) {
        let session = try TokenSession(token)
        do throws(OpenSSLError) {
            let publicHalf = try unsafe Owned(publicHalfOf: session.key)
            try publicHalf.requireNamedP256()
            unsafe key = publicHalf.released()
        } catch { throw .notP256(token.uri, error) }
        tokenKey = token
        tokenSigners = TokenSigners(
            count: count, microseconds: microseconds, report: report,
            opened: { () throws(OpenSSLError) in try Signer.sign(in: session) }
        ) { () throws(TokenFault) in
            let session = try TokenSession(token)
            return { () throws(OpenSSLError) in try Signer.sign(in: session) }
        }
    }

    /// libcrypto overwrites the private number before it frees it (`BN_clear_free`).
    deinit { unsafe EVP_PKEY_free(key) }

    /// PKCS#8, unencrypted: for a file of mode 0600 and nothing else.
    package func pem() throws(OpenSSLError) -> [UInt8] {
        let bio = try unsafe Owned(BIO_new(BIO_s_secmem() ?? BIO_s_mem()), "BIO_new", free: BIO_free_all)
        guard unsafe PEM_write_bio_PKCS8PrivateKey(bio.pointer, key, nil, nil, 0, nil, nil) == 1 else {
            throw OpenSSLError("PEM_write_bio_PKCS8PrivateKey")
        }
        return bio.contents()
    }

    package var verifyingKey: VerifyingKey {
        get throws(OpenSSLError) {
            // The public half alone, so that nobody who holds it holds the private number too.
            let publicKey = try unsafe Owned(publicHalfOf: key)
            try publicKey.writePointInFull()
            return try VerifyingKey(publicKey)
        }
    }
}

/// Signs with one key, on a context initialised once: a fresh one for each signature costs a third more.
///
/// Not `Sendable`: an `EVP_PKEY_CTX` is for one thread at a time, so each event loop makes its own.
@safe package final class Signer {
    private let context: OpaquePointer
    /// Of a key in a token.
    private let session: TokenSession?

    /// With a key in a token this waits for it, and so does each signature (``SigningKey/tokenSigners``).
    package convenience init(_ key: SigningKey) throws(OpenSSLError) {
        guard let token = key.tokenKey else {
            try unsafe self.init(borrowing: key.key, nil)
            return
        }
        let session: TokenSession
        do throws(TokenFault) { session = try TokenSession(token) } catch {
            throw OpenSSLError("ENGINE_load_private_key", reason: "\(error)")
        }
        try self.init(session)
    }

    /// For one thread.
    static func sign(in session: TokenSession) throws(OpenSSLError) -> TokenSigners.Sign {
        let signer = try Signer(session)
        return { message throws(OpenSSLError) in try signer.signature(for: message.span) }
    }

    private convenience init(_ session: TokenSession) throws(OpenSSLError) {
        try unsafe self.init(borrowing: session.key, session)
    }

    @unsafe private init(borrowing key: OpaquePointer, _ session: TokenSession?) throws(OpenSSLError) {
        let context = try unsafe Owned(EVP_PKEY_CTX_new(key, nil), "EVP_PKEY_CTX_new", free: EVP_PKEY_CTX_free)
        guard unsafe EVP_PKEY_sign_init(context.pointer) == 1 else { throw OpenSSLError("EVP_PKEY_sign_init") }
        unsafe self.context = context.released()
        self.session = session
    }

    deinit { unsafe EVP_PKEY_CTX_free(context) }

    /// ECDSA over the SHA-256 digest of `message` (RFC 7518 §3.4).
    package func signature(for message: Span<UInt8>) throws(OpenSSLError) -> ES256Signature {
        try signature(forDigest: SHA256.digest(message))
    }

    package func signature(forDigest digest: InlineArray<32, UInt8>) throws(OpenSSLError) -> ES256Signature {
        var der = InlineArray<72, UInt8>(repeating: 0)
        var count = der.count
        var output = der.mutableSpan
        let outcome = unsafe digest.span.withUnsafeBufferPointer { digest in
            unsafe output.withUnsafeMutableBufferPointer { der in
                unsafe EVP_PKEY_sign(context, der.baseAddress, &count, digest.baseAddress, digest.count)
            }
        }
        guard outcome == 1, let signature = ES256Signature(der: der.span.extracting(first: count)) else {
            throw OpenSSLError("EVP_PKEY_sign")
        }
        return signature
    }
}
