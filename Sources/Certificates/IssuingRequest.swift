package import LibCrypto
internal import SwiftASN1

/// A holder's wish for a certificate, signed with the key that it is to be for (PKCS #10, RFC 2986).
///
/// One that exists proves that whoever wrote it has the key, and that ES256 fits it. What it asks for is a wish and no
/// more: its subject is passed over, and who may speak for which numbers is the CA's to say.
package struct CertificationRequest: Sendable {
    package let der: [UInt8]
    package let key: VerifyingKey
    /// What it asks to speak for; nil if it leaves that to the CA.
    package let tnAuthList: TNAuthList?
    package let constraints: ClaimConstraints?

    /// The most that is read, in bytes of DER: room for a TNAuthList of several hundred entries.
    package static let longest = 16_384

    /// Reads exactly one request, and throws unless its own signature holds.
    package init(der: [UInt8]) throws(CertificationRequestFault) {
        guard der.count <= Self.longest else { throw .tooLong }
        let parts = try CertificationRequestParts(der)
        let publicKey = parts.publicKey, message = parts.signed
        do throws(OpenSSLError) { key = try VerifyingKey(subjectPublicKeyInfo: publicKey.span) } catch {
            throw .unsupportedKey(error)
        }
        // One key, one form: whether it was certified before is told by its point.
        guard key.subjectPublicKeyInfo == publicKey else { throw .compressedKey }
        guard parts.algorithm == AlgorithmIdentifier.ecdsaWithSHA256.der.bytes else { throw .signatureAlgorithm }
        // The encoder tells DER from BER, which would let one request have many forms.
        guard let signature = ES256Signature(der: parts.signature.span), signature.der == parts.signature,
            key.accepts(signature, for: message.span)
        else { throw .badSignature }
        self.der = der
        tnAuthList = try parts.tnAuthList
        constraints = try parts.claimConstraints
    }

    /// Reads PEM (`CERTIFICATE REQUEST`) or DER.
    package init(pemOrDER bytes: [UInt8]) throws(CertificationRequestFault) {
        try self.init(der: bytes.first == 0x30 ? bytes : Self.unwrapped(bytes))
    }

    private static func unwrapped(_ bytes: [UInt8]) throws(CertificationRequestFault) -> [UInt8] {
        guard bytes.count <= longest * 2 else { throw .tooLong }
        guard let text = String(validating: bytes, as: UTF8.self), let document = try? PEMDocument(pemString: text),
            labels.contains(document.discriminator)
        else { throw .notARequest("neither DER nor one block of PEM that says CERTIFICATE REQUEST") }
        return document.derBytes
    }

    /// RFC 7468 §7, which allows the second for reading.
    private static let labels = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]

    package var pem: String { PEMDocument(type: Self.labels[0], derBytes: der).pemString + "\n" }
}

extension CertificationRequest {
    /// Asks for a certificate for `key`. Whatever holds the private half makes the signature: `sign` is given the
    /// SHA-256 digest to sign.
    package init(
        for holder: Holder, subject: DistinguishedName, key: VerifyingKey,
        _ sign: (InlineArray<32, UInt8>) throws(OpenSSLError) -> ES256Signature
    ) throws(IssuingFault) {
        let information = try Self.information(holder, subject, key).bytes, signature: ES256Signature
        do throws(OpenSSLError) { signature = try sign(SHA256.digest(information.span)) } catch {
            throw .libcrypto(error)
        }
        let request = DERElement.sequence(
            DERElement(encoded: information), AlgorithmIdentifier.ecdsaWithSHA256.der, .bits(signature.der))
        // Read back, so that a key that is not the signature's does not get out.
        do throws(CertificationRequestFault) { try self.init(der: request.bytes) } catch { throw .request(error) }
    }

    package init(for holder: Holder, subject: DistinguishedName, by key: SigningKey) throws(IssuingFault) {
        try self.init(for: holder, subject: subject, key: CertificateProfile.publicKey(of: key)) {
            digest throws(OpenSSLError) in try Signer(key).signature(forDigest: digest)
        }
    }

    private static func information(
        _ holder: Holder, _ subject: DistinguishedName, _ key: VerifyingKey
    ) throws(IssuingFault) -> DERElement {
        var extensions: [Certificate.Extension] = []
        if let list = holder.tnAuthList { extensions.append(.tnAuthList(list)) }
        if let constraints = holder.constraints { extensions.append(.claimConstraints(constraints)) }
        let attributes =
            extensions.isEmpty
            ? [] : DERElement.sequence(try .oid(extensionRequest), .set(try extensions.der)).bytes
        return .sequence(
            .integer(0), DERElement(encoded: try subject.der), DERElement(encoded: key.subjectPublicKeyInfo),
            .explicit(0, DERElement(encoded: attributes)))
    }

    /// RFC 2985 §5.4.2.
    static let extensionRequest = "1.2.840.113549.1.9.14"
}
