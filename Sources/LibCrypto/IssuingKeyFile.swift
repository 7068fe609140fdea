internal import CLibCrypto

/// Keys straight from and to open files: between the file and the key, the text lies only in buffers that libcrypto
/// overwrites before it frees them.
extension SigningKey {
    /// Reads an unencrypted PKCS#8 or SEC 1 key; the file stays open.
    package convenience init(fileDescriptor: Int32) throws(OpenSSLError) {
        let bio = try unsafe Owned(BIO_new_fd(fileDescriptor, BIO_NOCLOSE), "BIO_new_fd", free: BIO_free_all)
        try self.init(reading: bio)
    }

    /// PKCS#8, unencrypted: for a file of mode 0600 and nothing else.
    package func write(toFileDescriptor fileDescriptor: Int32) throws(OpenSSLError) {
        let bio = try unsafe Owned(BIO_new_fd(fileDescriptor, BIO_NOCLOSE), "BIO_new_fd", free: BIO_free_all)
        guard unsafe PEM_write_bio_PKCS8PrivateKey(bio.pointer, key, nil, nil, 0, nil, nil) == 1 else {
            throw OpenSSLError("PEM_write_bio_PKCS8PrivateKey")
        }
    }
}
