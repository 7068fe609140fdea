internal import CLibCrypto

/// Keys straight from and to open files: between the file and the key, the text lies only in buffers that libcrypto
/// overwrites before it frees them.
extension SigningKey {
    /// Reads a PKCS#8 or SEC 1 key, which may be encrypted if there is a passphrase; the file stays open.
    package convenience init(fileDescriptor: Int32, passphrase: Passphrase? = nil) throws(OpenSSLError) {
        let bio = try unsafe Owned(BIO_new_fd(fileDescriptor, BIO_NOCLOSE), "BIO_new_fd", free: BIO_free_all)
        try self.init(reading: bio, passphrase: passphrase)
    }

    /// PKCS#8, for a file of mode 0600 and nothing else: encrypted if there is a passphrase.
    package func write(
        toFileDescriptor fileDescriptor: Int32, encryptedWith passphrase: Passphrase? = nil
    ) throws(OpenSSLError) {
        let bio = try unsafe Owned(BIO_new_fd(fileDescriptor, BIO_NOCLOSE), "BIO_new_fd", free: BIO_free_all)
        guard let passphrase else {
            guard unsafe PEM_write_bio_PKCS8PrivateKey(bio.pointer, key, nil, nil, 0, nil, nil) == 1 else {
                throw OpenSSLError("PEM_write_bio_PKCS8PrivateKey")
            }
            return
        }
        let plain = try unsafe Owned(EVP_PKEY2PKCS8(key), "EVP_PKEY2PKCS8", free: PKCS8_PRIV_KEY_INFO_free)
        // PBES2 with AES-256 and PBKDF2 over HMAC-SHA-256 (RFC 8018).
        let sealed = unsafe passphrase.withCharacters { characters, count in
            unsafe PKCS8_encrypt(
                -1, EVP_aes_256_cbc(), characters, count, nil, 0, Self.passphraseIterations, plain.pointer)
        }
        let encrypted = try unsafe Owned(sealed, "PKCS8_encrypt", free: X509_SIG_free)
        guard unsafe PEM_write_bio_PKCS8(bio.pointer, encrypted.pointer) == 1 else {
            throw OpenSSLError("PEM_write_bio_PKCS8")
        }
    }

    /// A fifth of a second or so for each guess, and for each time the key is opened.
    private static let passphraseIterations: Int32 = 600_000
}
