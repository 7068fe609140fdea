internal import CLibCrypto

/// Why no path leads from a certificate to an anchor.
package enum ChainFault: Error, Hashable, Sendable {
    case untrusted
    case badSignature
    case notAnAuthority
    case pathTooLong
    case nameConstraint
    case policy
    case weakAlgorithm
    /// In OpenSSL's own words.
    case other(String)
}

extension Certificate {
    /// The path of RFC 5280 §6 from this certificate, which comes first, to one of `anchors`, which comes last.
    ///
    /// Signatures, authority, path lengths, name constraints, policies, and the encodings that RFC 5280 demands
    /// (`X509_V_FLAG_X509_STRICT`) are checked here. Left to the caller: dates, since libcrypto takes the last second
    /// of validity for expired (RFC 5280 §4.1.2.5 does not); critical extensions, since it does not know TNAuthList;
    /// revocation, since it wants each CRL's signer in the path.
    package func path(
        through intermediates: [Certificate], to anchors: [Certificate], requiringOneOf policies: [String] = []
    ) throws(ChainFault) -> [Certificate] {
        let search: PathSearch
        do throws(OpenSSLError) {
            search = try PathSearch(from: self, through: intermediates, to: anchors, requiringOneOf: policies)
        } catch {
            throw .other("\(error)")
        }
        return try search.result()
    }
}

/// One `X509_STORE_CTX`, with no `X509_STORE` behind it: what is not in `anchors` is not trusted.
private struct PathSearch: ~Copyable {
    private let context: Owned
    /// libcrypto keeps pointers into both; it owns neither.
    private let intermediates: Owned, anchors: Owned
    private let candidates: [Certificate]

    init(
        from leaf: Certificate, through intermediates: [Certificate], to anchors: [Certificate],
        requiringOneOf policies: [String]
    ) throws(OpenSSLError) {
        let candidates = [leaf] + anchors + intermediates
        let below = try Self.stack(intermediates), trusted = try Self.stack(anchors)
        let context = try unsafe Owned(X509_STORE_CTX_new(), "X509_STORE_CTX_new", free: X509_STORE_CTX_free)
        guard unsafe X509_STORE_CTX_init(context.pointer, nil, leaf.x509, below.pointer) == 1 else {
            throw OpenSSLError("X509_STORE_CTX_init")
        }
        unsafe X509_STORE_CTX_set0_trusted_stack(context.pointer, trusted.pointer)
        // An anchor below the root ends the path only where the operator has pinned one (CHN-09).
        let isPartial = anchors.contains { !$0.isSelfIssued }
        try Self.apply(policies, isPartial: isPartial, to: context)
        self.candidates = candidates
        self.intermediates = below
        self.anchors = trusted
        self.context = context
    }

    private static func apply(
        _ policies: [String], isPartial: Bool, to context: borrowing Owned
    ) throws(OpenSSLError) {
        let rules = unsafe X509_STORE_CTX_get0_param(context.pointer)
        var flags =
            X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_IGNORE_CRITICAL
            | X509_V_FLAG_NO_CHECK_TIME
        if isPartial { flags |= X509_V_FLAG_PARTIAL_CHAIN }
        if !policies.isEmpty { flags |= X509_V_FLAG_EXPLICIT_POLICY }
        guard unsafe X509_VERIFY_PARAM_set_flags(rules, UInt(flags)) == 1 else {
            throw OpenSSLError("X509_VERIFY_PARAM_set_flags")
        }
        // Level 2 refuses SHA-1, MD5, and RSA keys below 2048 bits.
        unsafe X509_VERIFY_PARAM_set_auth_level(rules, 2)
        // For libcrypto, whoever names no policy has none that he would take (RFC 5280 §6.1.1 (c) begins with any-policy).
        for policy in policies.isEmpty ? [anyPolicy] : policies {
            let object = try unsafe Owned(OBJ_txt2obj(policy, 1), "OBJ_txt2obj", free: ASN1_OBJECT_free)
            guard unsafe X509_VERIFY_PARAM_add0_policy(rules, object.released()) == 1 else {
                throw OpenSSLError("X509_VERIFY_PARAM_add0_policy")
            }
        }
    }

    private static let anyPolicy = "2.5.29.32.0"

    private static func stack(_ certificates: [Certificate]) throws(OpenSSLError) -> Owned {
        let stack = try unsafe Owned(OPENSSL_sk_new_null(), "OPENSSL_sk_new_null", free: OPENSSL_sk_free)
        for certificate in certificates {
            guard unsafe OPENSSL_sk_push(stack.pointer, UnsafeRawPointer(certificate.x509)) > 0 else {
                throw OpenSSLError("OPENSSL_sk_push")
            }
        }
        return stack
    }

    borrowing func result() throws(ChainFault) -> [Certificate] {
        defer { ERR_clear_error() }
        guard unsafe X509_verify_cert(context.pointer) == 1 else { throw fault }
        let chain = unsafe X509_STORE_CTX_get0_chain(context.pointer)
        let count = unsafe OPENSSL_sk_num(chain)
        var path: [Certificate] = []
        for place in 0..<count {
            let found = unsafe OPENSSL_sk_value(chain, place)
            guard let certificate = candidates.first(where: { unsafe UnsafeMutableRawPointer($0.x509) == found })
            else { throw .other("a certificate that was not given") }
            path.append(certificate)
        }
        return path
    }

    private var fault: ChainFault {
        let code = unsafe X509_STORE_CTX_get_error(context.pointer)
        return switch code {
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
            X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_UNTRUSTED:
            .untrusted
        case X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE,
            X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY:
            .badSignature
        case X509_V_ERR_INVALID_CA, X509_V_ERR_INVALID_NON_CA, X509_V_ERR_KEYUSAGE_NO_CERTSIGN,
            X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
            .notAnAuthority
        case X509_V_ERR_PATH_LENGTH_EXCEEDED, X509_V_ERR_CERT_CHAIN_TOO_LONG: .pathTooLong
        case X509_V_ERR_PERMITTED_VIOLATION, X509_V_ERR_EXCLUDED_VIOLATION, X509_V_ERR_SUBTREE_MINMAX,
            X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX,
            X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
            .nameConstraint
        case X509_V_ERR_NO_EXPLICIT_POLICY, X509_V_ERR_INVALID_POLICY_EXTENSION: .policy
        case X509_V_ERR_CA_MD_TOO_WEAK, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_EE_KEY_TOO_SMALL: .weakAlgorithm
        default: .other(unsafe String(cString: X509_verify_cert_error_string(Int(code))))
        }
    }
}
