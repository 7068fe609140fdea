internal import CLibCrypto

/// One X.509 certificate, parsed. Parsing proves nothing: see the chain validation of `Certificates`.
///
/// `@unchecked Sendable`: the `X509` is never modified after `init`, in which its extensions are decoded once
/// (`X509_check_purpose` fills the cache that libcrypto would otherwise fill at first use, on whatever thread).
@safe package final class Certificate: @unchecked Sendable {
    let x509: OpaquePointer

    /// Reads exactly one certificate; bytes after it are refused.
    package convenience init(der: Span<UInt8>) throws(OpenSSLError) {
        let parsed = unsafe der.withUnsafeBufferPointer { der in
            var cursor = der.baseAddress
            let parsed = unsafe d2i_X509(nil, &cursor, der.count)
            guard let parsed = unsafe parsed, let start = der.baseAddress, let end = unsafe cursor,
                unsafe end - start != der.count
            else { return unsafe parsed }
            unsafe X509_free(parsed)
            return nil
        }
        self.init(try unsafe Owned(parsed, "d2i_X509", free: X509_free))
    }

    /// Takes ownership.
    init(_ x509: consuming Owned) {
        unsafe self.x509 = x509.released()
        unsafe X509_check_purpose(self.x509, -1, 0)
        ERR_clear_error()
    }

    deinit { unsafe X509_free(x509) }
}

extension Certificate {
    /// Every certificate of a PEM text, in its order. A block that does not parse fails the whole text; no block at all gives an empty array.
    package static func all(inPEM text: Span<UInt8>, atMost limit: Int) throws(OpenSSLError) -> [Certificate] {
        let bio = try Owned.reading(text)
        var certificates: [Certificate] = []
        ERR_clear_error()
        while let block = try unsafe PEMBlock(bio.pointer) {
            guard block.isCertificate else { continue }
            certificates.append(try block.certificate())
            guard certificates.count <= limit else {
                throw OpenSSLError("PEM_read_bio", reason: "more than \(limit) certificates")
            }
        }
        // The end of the text is reported as an error too: "no start line", and no other.
        let code = ERR_peek_last_error()
        guard shim_is_no_start_line(code) == 1 else { throw OpenSSLError("PEM_read_bio") }
        ERR_clear_error()
        return certificates
    }

    package var der: [UInt8] {
        let count = Int(unsafe i2d_X509(x509, nil))
        guard count > 0 else { return [] }
        return [UInt8](capacity: count) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
                var cursor = buffer.baseAddress
                initialized = Int(unsafe i2d_X509(x509, &cursor))
            }
        }
    }

    package var pem: String {
        guard let bio = try? unsafe Owned(BIO_new(BIO_s_mem()), "BIO_new", free: BIO_free_all),
            unsafe PEM_write_bio_X509(bio.pointer, x509) == 1
        else { return "" }
        return String(decoding: bio.contents(), as: UTF8.self)
    }

    /// SHA-256 over the DER, in lower-case hexadecimal: the name under which records keep a certificate.
    package var fingerprint: String {
        let der = der
        let digest: [UInt8] = SHA256.digest(der.span)
        return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The public key, if it is one that ES256 fits; any other kind, and explicit curve parameters, are an error.
    package var verifyingKey: VerifyingKey {
        get throws(OpenSSLError) {
            let key = try unsafe Owned(X509_get_pubkey(x509), "X509_get_pubkey", free: EVP_PKEY_free)
            try key.requireNamedP256()
            let verifying = try VerifyingKey(key)
            // One byte stands for the point at infinity, which is no key (SEC 1 §3.2.2.1).
            guard verifying.point.count > 1 else {
                throw OpenSSLError("X509_get_pubkey", reason: "the point at infinity")
            }
            return verifying
        }
    }

    /// The serial number in upper-case hexadecimal, as CRLs and people write it.
    package var serialNumber: String {
        unsafe Self.hexadecimal(X509_get0_serialNumber(x509)) ?? ""
    }

    /// First second of validity, as Unix time.
    package var notBefore: Int { unsafe Self.unixTime(X509_get0_notBefore(x509)) ?? Int.max }
    /// Last second of validity, as Unix time.
    package var notAfter: Int { unsafe Self.unixTime(X509_get0_notAfter(x509)) ?? Int.min }

    /// DER of the name, by which certificates and CRLs find their issuer.
    package var subject: [UInt8] { unsafe Self.der(X509_get_subject_name(x509)) }
    package var issuer: [UInt8] { unsafe Self.der(X509_get_issuer_name(x509)) }

    /// `CN=SHAKEN 709J,O=…,C=US` (RFC 2253), for people.
    package var subjectText: String { unsafe Self.text(X509_get_subject_name(x509)) }
    package var issuerText: String { unsafe Self.text(X509_get_issuer_name(x509)) }
}

extension Certificate {
    package struct Extension: Hashable, Sendable {
        /// Dotted decimal.
        package let oid: String
        package let isCritical: Bool
        /// What is inside the OCTET STRING.
        package let value: [UInt8]
    }

    package var extensions: [Extension] {
        unsafe (0..<X509_get_ext_count(x509)).compactMap { index in
            guard let found = unsafe X509_get_ext(x509, index), let data = unsafe X509_EXTENSION_get_data(found) else {
                return nil
            }
            let value = unsafe UnsafeBufferPointer(
                start: ASN1_STRING_get0_data(data), count: Int(ASN1_STRING_length(data)))
            return unsafe Extension(
                oid: Self.dotted(X509_EXTENSION_get_object(found)),
                isCritical: unsafe X509_EXTENSION_get_critical(found) == 1, value: Array(value))
        }
    }

    @unsafe static func dotted(_ object: OpaquePointer?) -> String {
        var name = [CChar](repeating: 0, count: 128)
        unsafe name.withUnsafeMutableBufferPointer { name in
            _ = unsafe OBJ_obj2txt(name.baseAddress, Int32(name.count), object, 1)
        }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @unsafe static func hexadecimal(_ integer: UnsafePointer<ASN1_INTEGER>?) -> String? {
        guard let number = unsafe ASN1_INTEGER_to_BN(integer, nil) else { return nil }
        defer { unsafe BN_free(number) }
        guard let text = unsafe BN_bn2hex(number) else { return nil }
        defer { unsafe shim_free(text) }
        return unsafe String(cString: text)
    }

    @unsafe static func unixTime(_ time: UnsafePointer<ASN1_TIME>?) -> Int? {
        // For null, ASN1_TIME_to_tm would answer with the machine's own clock.
        guard let time = unsafe time, unsafe isInFull(time) else { return nil }
        var parts = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return unsafe timegm(&parts)
    }

    /// To the second and in Greenwich time, as certificates and CRLs must write it (RFC 5280 §4.1.2.5); libcrypto also reads
    /// what leaves the seconds out or names a zone.
    @unsafe private static func isInFull(_ time: UnsafePointer<ASN1_TIME>) -> Bool {
        let count = Int(unsafe ASN1_STRING_length(time)), isUTCTime = unsafe ASN1_STRING_type(time) == V_ASN1_UTCTIME
        let text = unsafe UnsafeBufferPointer(start: ASN1_STRING_get0_data(time), count: count)
        return unsafe count == (isUTCTime ? 13 : 15) && text.last == UInt8(ascii: "Z")
            && text.dropLast().allSatisfy { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }
    }

    @unsafe static func der(_ name: OpaquePointer?) -> [UInt8] {
        let count = Int(unsafe i2d_X509_NAME(name, nil))
        guard count > 0 else { return [] }
        return [UInt8](capacity: count) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
                var cursor = buffer.baseAddress
                initialized = Int(unsafe i2d_X509_NAME(name, &cursor))
            }
        }
    }

    @unsafe static func text(_ name: OpaquePointer?) -> String {
        guard let bio = try? unsafe Owned(BIO_new(BIO_s_mem()), "BIO_new", free: BIO_free_all),
            unsafe shim_print_name(bio.pointer, name) >= 0
        else { return "" }
        return String(decoding: bio.contents(), as: UTF8.self)
    }
}
