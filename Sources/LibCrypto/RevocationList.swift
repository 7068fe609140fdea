internal import CLibCrypto

/// One CRL, parsed (RFC 5280 §5). Whoever signed it, ``isSigned(by:)`` tells; nothing is checked before.
///
/// `@unchecked Sendable`: the `X509_CRL` is never modified after `init`, save for the sorting of its entries at the
/// first look-up, which libcrypto does under the list's own lock.
@safe package final class RevocationList: @unchecked Sendable {
    let crl: OpaquePointer

    /// DER of the name.
    package let issuer: [UInt8]
    package let issuerText: String
    package let thisUpdate: Int
    /// Nil where there is none, which RFC 5280 §5.1.2.5 forbids, or where it cannot be read.
    package let nextUpdate: Int?
    /// Upper-case hexadecimal; nil where there is none.
    package let number: String?
    package let scope: Scope
    /// The first critical extension, of the list or an entry, that we do not know; with one the list is of no use (RFC 5280 §5.2).
    package let unknownCriticalExtension: String?

    /// Reads exactly one list; bytes after it are refused.
    package convenience init(der: Span<UInt8>) throws(OpenSSLError) {
        let parsed = unsafe der.withUnsafeBufferPointer { der in
            var cursor = der.baseAddress
            let parsed = unsafe d2i_X509_CRL(nil, &cursor, der.count)
            guard let parsed = unsafe parsed, let start = der.baseAddress, let end = unsafe cursor,
                unsafe end - start != der.count
            else { return unsafe parsed }
            unsafe X509_CRL_free(parsed)
            return nil
        }
        try self.init(try unsafe Owned(parsed, "d2i_X509_CRL", free: X509_CRL_free))
    }

    /// Takes ownership.
    init(_ crl: consuming Owned) throws(OpenSSLError) {
        issuer = unsafe Certificate.der(X509_CRL_get_issuer(crl.pointer))
        issuerText = unsafe Certificate.text(X509_CRL_get_issuer(crl.pointer))
        guard let thisUpdate = unsafe Certificate.unixTime(X509_CRL_get0_lastUpdate(crl.pointer)) else {
            throw OpenSSLError("X509_CRL_get0_lastUpdate", reason: "thisUpdate is no time")
        }
        self.thisUpdate = thisUpdate
        nextUpdate = unsafe Certificate.unixTime(X509_CRL_get0_nextUpdate(crl.pointer))
        number = unsafe Self.number(of: crl.pointer)
        scope = try unsafe Scope(of: crl.pointer)
        unknownCriticalExtension = unsafe Self.unknownCriticalExtension(of: crl.pointer)
        unsafe self.crl = crl.released()
        ERR_clear_error()
    }

    deinit { unsafe X509_CRL_free(crl) }
}

extension RevocationList {
    /// Every list of a PEM text, or the one that the bytes are in DER: the content decides, whatever the file is called.
    package static func all(in content: Span<UInt8>, atMost limit: Int) throws(OpenSSLError) -> [RevocationList] {
        // No list is shorter, and no text begins with these two bytes.
        guard content.count > 64, content[0] == 0x30, content[1] > 0x80 else {
            return try all(inPEM: content, atMost: limit)
        }
        return [try RevocationList(der: content)]
    }

    /// Every list of a PEM text, in its order. A block that does not parse fails the whole text.
    package static func all(inPEM text: Span<UInt8>, atMost limit: Int) throws(OpenSSLError) -> [RevocationList] {
        let bio = try Owned.reading(text)
        var lists: [RevocationList] = []
        ERR_clear_error()
        while let crl = unsafe PEM_read_bio_X509_CRL(bio.pointer, nil, { _, _, _, _ in 0 }, nil) {
            lists.append(try RevocationList(try unsafe Owned(crl, "PEM_read_bio_X509_CRL", free: X509_CRL_free)))
            guard lists.count <= limit else {
                throw OpenSSLError("PEM_read_bio_X509_CRL", reason: "more than \(limit) lists")
            }
        }
        guard shim_is_no_start_line(ERR_peek_last_error()) == 1 else { throw OpenSSLError("PEM_read_bio_X509_CRL") }
        ERR_clear_error()
        return lists
    }

    package var signatureAlgorithm: Certificate.SignatureAlgorithm {
        Certificate.SignatureAlgorithm(nid: unsafe X509_CRL_get_signature_nid(crl))
    }

    /// Whether the list claims to be from `certificate`'s subject.
    package func names(asIssuer certificate: Certificate) -> Bool {
        unsafe X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(certificate.x509)) == 0
    }

    /// Whether the signature was made with the key of `certificate`, which also bears the issuer's name.
    package func isSigned(by certificate: Certificate) -> Bool {
        defer { ERR_clear_error() }
        guard names(asIssuer: certificate), let key = unsafe X509_get0_pubkey(certificate.x509) else { return false }
        return unsafe X509_CRL_verify(crl, key) == 1
    }

    /// Whether there is an entry for this serial number of this very issuer: an entry speaks for the issuer that it or
    /// the last one before it names by certificateIssuer, and for the list's own if none has (RFC 5280 §5.3.3).
    package func revokes(_ certificate: Certificate) -> Bool {
        var entry: OpaquePointer?
        // 1 for revoked, 2 for removeFromCRL, which has no meaning but in a delta list.
        return unsafe X509_CRL_get0_by_cert(crl, &entry, certificate.x509) != 0
    }

    package var der: [UInt8] {
        let count = Int(unsafe i2d_X509_CRL(crl, nil))
        guard count > 0 else { return [] }
        return [UInt8](capacity: count) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
                var cursor = buffer.baseAddress
                initialized = Int(unsafe i2d_X509_CRL(crl, &cursor))
            }
        }
    }

    package var entryCount: Int { unsafe max(0, Int(OPENSSL_sk_num(X509_CRL_get_REVOKED(crl)))) }
}

extension RevocationList {
    @unsafe private static func number(of crl: OpaquePointer) -> String? {
        guard let raw = unsafe X509_CRL_get_ext_d2i(crl, NID_crl_number, nil, nil) else { return nil }
        let number = unsafe raw.assumingMemoryBound(to: ASN1_INTEGER.self)
        defer { unsafe ASN1_INTEGER_free(number) }
        return unsafe Certificate.hexadecimal(number)
    }

    @unsafe private static func unknownCriticalExtension(of crl: OpaquePointer) -> String? {
        var place = unsafe X509_CRL_get_ext_by_critical(crl, 1, -1)
        while place >= 0 {
            let object = unsafe X509_EXTENSION_get_object(X509_CRL_get_ext(crl, place))
            let known = [NID_issuing_distribution_point, NID_authority_key_identifier, NID_crl_number]
            if unsafe !known.contains(OBJ_obj2nid(object)) { return unsafe Certificate.dotted(object) }
            place = unsafe X509_CRL_get_ext_by_critical(crl, 1, place)
        }
        return unsafe unknownCriticalEntryExtension(of: crl)
    }

    @unsafe private static func unknownCriticalEntryExtension(of crl: OpaquePointer) -> String? {
        let entries = unsafe X509_CRL_get_REVOKED(crl)
        let known = [NID_certificate_issuer, NID_crl_reason, NID_invalidity_date, NID_hold_instruction_code]
        for index in 0..<max(0, unsafe OPENSSL_sk_num(entries)) {
            let entry = unsafe OpaquePointer(OPENSSL_sk_value(entries, index))
            var place = unsafe X509_REVOKED_get_ext_by_critical(entry, 1, -1)
            while place >= 0 {
                let object = unsafe X509_EXTENSION_get_object(X509_REVOKED_get_ext(entry, place))
                if unsafe !known.contains(OBJ_obj2nid(object)) { return unsafe Certificate.dotted(object) }
                place = unsafe X509_REVOKED_get_ext_by_critical(entry, 1, place)
            }
        }
        return nil
    }
}
