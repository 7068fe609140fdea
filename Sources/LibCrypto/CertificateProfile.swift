internal import CLibCrypto

/// What path validation asks of a certificate beyond its name and dates.
extension Certificate {
    package enum SignatureAlgorithm: Hashable, Sendable {
        case ecdsaSHA256, ecdsaSHA384, ecdsaSHA512
        case rsaSHA256, rsaSHA384, rsaSHA512
        /// What is too weak, unusual, or unknown; the number is libcrypto's.
        case other(Int32)

        init(nid: Int32) {
            self =
                switch nid {
                case NID_ecdsa_with_SHA256: .ecdsaSHA256
                case NID_ecdsa_with_SHA384: .ecdsaSHA384
                case NID_ecdsa_with_SHA512: .ecdsaSHA512
                case NID_sha256WithRSAEncryption: .rsaSHA256
                case NID_sha384WithRSAEncryption: .rsaSHA384
                case NID_sha512WithRSAEncryption: .rsaSHA512
                default: .other(nid)
                }
        }
    }

    package struct KeyUsage: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let digitalSignature = KeyUsage(rawValue: UInt32(KU_DIGITAL_SIGNATURE))
        package static let keyCertSign = KeyUsage(rawValue: UInt32(KU_KEY_CERT_SIGN))
        package static let cRLSign = KeyUsage(rawValue: UInt32(KU_CRL_SIGN))
    }

    /// 3 for all that carry extensions.
    package var version: Int { unsafe Int(X509_get_version(x509)) + 1 }

    package var signatureAlgorithm: SignatureAlgorithm { SignatureAlgorithm(nid: unsafe X509_get_signature_nid(x509)) }

    /// Whether libcrypto could not decode an extension it knows, or found it twice.
    package var hasMalformedExtension: Bool { flags & UInt32(EXFLAG_INVALID) != 0 }

    /// basicConstraints with cA TRUE.
    package var isAuthority: Bool { flags & UInt32(EXFLAG_CA) != 0 }

    /// Whether it names itself as its issuer.
    package var isSelfIssued: Bool { flags & UInt32(EXFLAG_SI) != 0 }

    /// Nil when the extension is absent, which allows every use (RFC 5280 §4.2.1.3).
    package var keyUsage: KeyUsage? {
        let bits = unsafe X509_get_key_usage(x509)
        return bits == UInt32.max ? nil : KeyUsage(rawValue: bits)
    }

    /// Whether extended key usage, if there is any, includes anyExtendedKeyUsage.
    package var allowsAnyExtendedUse: Bool {
        let bits = unsafe X509_get_extended_key_usage(x509)
        return bits == UInt32.max || bits & UInt32(XKU_ANYEKU) != 0
    }

    /// RFC 5280 §4.1.2.2: above zero, and of 20 octets at the most.
    package var hasSoundSerialNumber: Bool {
        guard let number = unsafe ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nil) else { return false }
        defer { unsafe BN_free(number) }
        return unsafe BN_is_negative(number) == 0 && BN_is_zero(number) == 0 && BN_num_bits(number) < 160
    }

    package var subjectKeyIdentifier: [UInt8]? { unsafe Self.bytes(X509_get0_subject_key_id(x509)) }
    package var authorityKeyIdentifier: [UInt8]? { unsafe Self.bytes(X509_get0_authority_key_id(x509)) }

    /// By name, and by key identifier where both carry one (RFC 5280 §4.2.1.1); the signature is not looked at.
    package func names(asIssuer other: Certificate) -> Bool {
        guard unsafe X509_NAME_cmp(X509_get_issuer_name(x509), X509_get_subject_name(other.x509)) == 0 else {
            return false
        }
        guard let wanted = authorityKeyIdentifier, let found = other.subjectKeyIdentifier else { return true }
        return wanted == found
    }

    /// Whether `issuer` is named as the issuer and its key made the signature; of its rights this says nothing.
    package func isSigned(by issuer: Certificate) -> Bool {
        defer { ERR_clear_error() }
        guard names(asIssuer: issuer), let key = unsafe X509_get0_pubkey(issuer.x509) else { return false }
        return unsafe X509_verify(x509, key) == 1
    }

    private var flags: UInt32 { unsafe X509_get_extension_flags(x509) }

    @unsafe private static func bytes(_ string: UnsafePointer<ASN1_OCTET_STRING>?) -> [UInt8]? {
        guard let string = unsafe string else { return nil }
        return unsafe Array(
            UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
    }
}

extension Certificate: Hashable {
    package static func == (one: Certificate, other: Certificate) -> Bool {
        unsafe X509_cmp(one.x509, other.x509) == 0
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(serialNumber) }
}
