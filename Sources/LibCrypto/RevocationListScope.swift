internal import CLibCrypto

extension RevocationList {
    /// Which certificates a list speaks of (issuingDistributionPoint, RFC 5280 §5.2.5).
    package struct Scope: Hashable, Sendable {
        /// Where the list says it is published; empty when it does not say.
        package internal(set) var urls: [String] = []
        package internal(set) var isIndirect = false
        package internal(set) var hasEndEntities = true
        package internal(set) var hasAuthorities = true
        package internal(set) var hasAllReasons = true

        @unsafe init(of crl: OpaquePointer) throws(OpenSSLError) {
            var critical: Int32 = 0
            guard let raw = unsafe X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &critical, nil) else {
                // -1 is "absent"; anything else, that it cannot be read or is there twice.
                guard critical == -1 else {
                    throw OpenSSLError("X509_CRL_get_ext_d2i", reason: "issuingDistributionPoint")
                }
                return
            }
            let point = unsafe raw.assumingMemoryBound(to: ISSUING_DIST_POINT.self)
            defer { unsafe ISSUING_DIST_POINT_free(point) }
            urls = unsafe Certificate.urls(of: point.pointee.distpoint)
            isIndirect = unsafe point.pointee.indirectCRL > 0
            let onlyAttributes = unsafe point.pointee.onlyattr > 0
            hasEndEntities = unsafe !(point.pointee.onlyCA > 0) && !onlyAttributes
            hasAuthorities = unsafe !(point.pointee.onlyuser > 0) && !onlyAttributes
            hasAllReasons = unsafe point.pointee.onlysomereasons == nil
        }
    }
}

extension Certificate {
    /// Where the certificate's issuer says a list that speaks of it is (cRLDistributionPoints, RFC 5280 §4.2.1.13).
    package struct DistributionPoint: Hashable, Sendable {
        package let urls: [String]
        /// DER of the names in cRLIssuer; empty when the certificate's issuer signs the list itself.
        package let issuers: [[UInt8]]
    }

    package var distributionPoints: [DistributionPoint] {
        guard let raw = unsafe X509_get_ext_d2i(x509, NID_crl_distribution_points, nil, nil) else { return [] }
        let points = OpaquePointer(raw)
        defer { unsafe CRL_DIST_POINTS_free(points) }
        return (0..<max(0, unsafe OPENSSL_sk_num(points))).compactMap { index in
            guard let raw = unsafe OPENSSL_sk_value(points, index) else { return nil }
            let point = unsafe raw.assumingMemoryBound(to: DIST_POINT.self)
            return unsafe DistributionPoint(
                urls: Self.urls(of: point.pointee.distpoint), issuers: Self.directoryNames(in: point.pointee.CRLissuer))
        }
    }

    @unsafe static func urls(of name: UnsafePointer<DIST_POINT_NAME>?) -> [String] {
        // 0 is fullName; the other choice is a part of a directory name, which we do not use.
        guard let name = unsafe name, unsafe name.pointee.type == 0 else { return [] }
        return unsafe generalNames(in: name.pointee.name.fullname).compactMap { name in
            guard unsafe name.pointee.type == GEN_URI, let text = unsafe name.pointee.d.uniformResourceIdentifier else {
                return nil
            }
            let bytes = unsafe UnsafeBufferPointer(
                start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text)))
            return unsafe String(decoding: bytes, as: UTF8.self)
        }
    }

    @unsafe private static func directoryNames(in names: OpaquePointer?) -> [[UInt8]] {
        unsafe generalNames(in: names).compactMap { name in
            unsafe name.pointee.type == GEN_DIRNAME ? unsafe der(name.pointee.d.directoryName) : nil
        }
    }

    @unsafe private static func generalNames(in names: OpaquePointer?) -> [UnsafePointer<GENERAL_NAME>] {
        guard let names = unsafe names else { return unsafe [] }
        return unsafe (0..<max(0, unsafe OPENSSL_sk_num(names))).compactMap { index in
            let name = unsafe OPENSSL_sk_value(names, index)
            return unsafe UnsafePointer(unsafe name?.assumingMemoryBound(to: GENERAL_NAME.self))
        }
    }
}
