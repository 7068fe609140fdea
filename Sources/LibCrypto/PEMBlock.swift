internal import CLibCrypto

/// One block of a PEM text, decoded but not yet parsed: libcrypto's own readers pass over bytes behind what they parse.
@safe struct PEMBlock: ~Copyable {
    private let name, header: UnsafeMutablePointer<CChar>
    private let data: UnsafeMutablePointer<UInt8>
    private let count: Int

    /// The next block; nil at the end of the text and at a block that cannot be decoded, which the error queue tells apart.
    @unsafe init?(_ bio: OpaquePointer) throws(OpenSSLError) {
        var name: UnsafeMutablePointer<CChar>?, header: UnsafeMutablePointer<CChar>?
        var data: UnsafeMutablePointer<UInt8>?, count = 0
        guard unsafe PEM_read_bio(bio, &name, &header, &data, &count) == 1, let name = unsafe name,
            let header = unsafe header, let data = unsafe data
        else { return nil }
        unsafe self.name = name
        unsafe self.header = header
        unsafe self.data = data
        self.count = count
    }

    deinit {
        unsafe shim_free(name)
        unsafe shim_free(header)
        unsafe shim_free(data)
    }

    var isCertificate: Bool { unsafe String(cString: name) == "CERTIFICATE" }

    /// Exactly one certificate and no byte more, in a block without header lines.
    func certificate() throws(OpenSSLError) -> Certificate {
        guard unsafe header.pointee == 0 else {
            throw OpenSSLError("PEM_read_bio", reason: "a certificate with header lines")
        }
        let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
        return try Certificate(der: bytes.span)
    }
}
