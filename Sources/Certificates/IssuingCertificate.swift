package import LibCrypto

/// What a certificate is to say, before anybody has signed it.
///
/// It follows any description, sound or not; what may be said is ``CertificateProfile``'s to decide.
package struct UnsignedCertificate: Sendable {
    /// 3; one of version 1 has no extensions.
    package var version = 3
    package var serial: [UInt8]
    /// DER of the names.
    package var issuer: [UInt8]
    package var subject: [UInt8]
    /// Unix times, both within the validity.
    package var notBefore: Int
    package var notAfter: Int
    /// DER of the SubjectPublicKeyInfo.
    package var publicKey: [UInt8]
    package var extensions: [Certificate.Extension]

    package init(
        serial: [UInt8], issuer: [UInt8], subject: [UInt8], notBefore: Int, notAfter: Int, publicKey: [UInt8],
        extensions: [Certificate.Extension]
    ) {
        self.serial = serial
        self.issuer = issuer
        self.subject = subject
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.publicKey = publicKey
        self.extensions = extensions
    }

    /// 158 random bits and a length of 159: positive, and the 20 octets that RFC 5280 §4.1.2.2 allows.
    package static func randomSerial() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        var serial = (0..<20).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        serial[0] = serial[0] & 0x7F | 0x40
        return serial
    }
}

extension UnsignedCertificate {
    /// The whole certificate, with a signature over its first part made by `sign`, whatever it says: how an
    /// ``Issuer`` signs is ``IssuancePermit``'s to decide.
    package func der(
        signedWith algorithm: AlgorithmIdentifier, _ sign: ([UInt8]) throws(OpenSSLError) -> [UInt8]
    ) throws(IssuingFault) -> [UInt8] {
        let body = try toBeSigned(algorithm)
        do throws(OpenSSLError) {
            return DERElement.sequence(body, algorithm.der, .bits(try sign(body.bytes))).bytes
        } catch { throw .libcrypto(error) }
    }

    /// DER of the TBSCertificate.
    func toBeSigned(_ algorithm: AlgorithmIdentifier) throws(IssuingFault) -> DERElement {
        var parts: [DERElement] = version == 1 ? [] : [.explicit(0, .integer(version - 1))]
        parts += [
            .integer(unsigned: serial), algorithm.der, DERElement(encoded: issuer),
            .sequence(try .time(notBefore), try .time(notAfter)), DERElement(encoded: subject),
            DERElement(encoded: publicKey),
        ]
        if version > 1, !extensions.isEmpty { parts.append(.explicit(3, try extensions.der)) }
        return .sequence(parts)
    }
}

extension [Certificate.Extension] {
    /// `Extensions`, as certificates, CRLs and CRL entries carry them.
    var der: DERElement {
        get throws(IssuingFault) {
            var elements: [DERElement] = []
            for entry in self {
                let critical: [DERElement] = entry.isCritical ? [.boolean(true)] : []
                elements.append(.sequence([try .oid(entry.oid)] + critical + [.octets(entry.value)]))
            }
            return .sequence(elements)
        }
    }
}

/// An AlgorithmIdentifier, as it stands twice in what is signed.
package struct AlgorithmIdentifier: Hashable, Sendable {
    package let der: DERElement

    package init(der: DERElement) { self.der = der }

    /// 1.2.840.10045.4.3.2, without parameters (RFC 5758 §3.2).
    package static let ecdsaWithSHA256 = AlgorithmIdentifier(
        der: .sequence(DERElement(tag: 0x06, content: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])))
}

extension VerifyingKey {
    /// `id-ecPublicKey`, the named curve P-256, the uncompressed point (RFC 5480 §2).
    package var subjectPublicKeyInfo: [UInt8] {
        let ecPublicKey = DERElement(tag: 0x06, content: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
        let prime256v1 = DERElement(tag: 0x06, content: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07])
        return DERElement.sequence(.sequence(ecPublicKey, prime256v1), .bits(point)).bytes
    }

    /// The leftmost 160 bits of SHA-256 over the point (RFC 7093 §2, method 1): 20 bytes, and no SHA-1.
    package var keyIdentifier: [UInt8] {
        let point = point
        let digest: [UInt8] = SHA256.digest(point.span)
        return Array(digest.prefix(20))
    }
}

extension Certificate {
    /// The serial number, big-endian.
    package var serialBytes: [UInt8] {
        let digits = Array(serialNumber)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
    }
}
