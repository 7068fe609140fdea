internal import Foundation
internal import Jansson
package import LibCrypto
internal import PASSporT

/// What a trust list is to say, before anybody has signed it.
package struct UnsignedTrustList: Sendable {
    package var version = 1
    package var sequence: Int
    /// As Unix time.
    package var expires: Int
    package var anchors: [Certificate]
    /// What goes with it as `x5c`, the signer's certificate first.
    package var chain: [Certificate] = []

    package init(sequence: Int, expires: Int, anchors: [Certificate]) {
        self.sequence = sequence
        self.expires = expires
        self.anchors = anchors
    }

    /// A JWS in compact form.
    package func signed(by key: SigningKey) throws(OpenSSLError) -> String {
        let header = JSON.object(), payload = JSON.object()
        header.set("alg", "ES256")
        header.set("typ", "JWT")
        if !chain.isEmpty { header.set("x5c", chain.map { Data($0.der).base64EncodedString() }) }
        payload.set("version", version)
        payload.set("sequence", sequence)
        payload.set("exp", expires)
        payload.set("trustList", anchors.map { Data($0.der).base64EncodedString() })
        var text: [UInt8] = []
        Base64URL.append(header.canonicalText().span, to: &text)
        text.append(UInt8(ascii: "."))
        Base64URL.append(payload.canonicalText().span, to: &text)
        let signature = try Signer(key).signature(for: text.span).bytes
        text.append(UInt8(ascii: "."))
        Base64URL.append(signature.span, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}

/// The policy administrator of a private PKI: the one who says whom to trust, with a key of its own, since a root that could say
/// so itself could never be distrusted.
package struct PolicyAdministrator: Sendable {
    package let key: SigningKey
    /// What verifiers pin.
    package let certificate: Certificate

    package enum File { package static let key = "policy.key", certificate = "policy.pem" }

    /// Reads key and certificate from an authority's folder, and makes them if they are not there.
    package init(in folder: String, lifetimeDays: Int = 3_650, at now: Int) throws {
        let keyFile = "\(folder)/\(File.key)", certificateFile = "\(folder)/\(File.certificate)"
        if !FileManager.default.fileExists(atPath: certificateFile) {
            let key =
                FileManager.default.fileExists(atPath: keyFile)
                ? try IssuedFile.readKey(keyFile) : try SigningKey.generate()
            if !FileManager.default.fileExists(atPath: keyFile) { try IssuedFile.create(keyFile, key) }
            try IssuedFile.create(certificateFile, try Self.certificate(of: key, lifetimeDays, at: now).pem)
        }
        let pem = try IssuedFile.read(certificateFile)
        guard let certificate = try Certificate.all(inPEM: pem.span, atMost: 1).first else {
            throw FileFault.notRead(certificateFile, "there is no certificate in it")
        }
        key = try IssuedFile.readKey(keyFile)
        // Nobody would take what it signs.
        guard try certificate.verifyingKey.point == key.verifyingKey.point else {
            throw IssuingFault.keyMismatch(certificate.subjectText)
        }
        self.certificate = certificate
    }

    private static func certificate(of key: SigningKey, _ days: Int, at now: Int) throws -> Certificate {
        let name = try DistinguishedName(country: "US", organization: "Test STI", commonName: "STI-PA TEST").der
        let own = try key.verifyingKey
        // No CA's certificate, nor one that a chain ends in: no rule of those fits it.
        let unsigned = UnsignedCertificate(
            serial: UnsignedCertificate.randomSerial(), issuer: name, subject: name, notBefore: now - 3_600,
            notAfter: now + days * 86_400, publicKey: own.subjectPublicKeyInfo,
            extensions: [
                .basicConstraints(authority: false), .keyUsage([.digitalSignature]),
                .subjectKeyIdentifier(own.keyIdentifier), .authorityKeyIdentifier(own.keyIdentifier),
            ])
        let der = try unsigned.der(signedWith: .ecdsaWithSHA256) { message throws(OpenSSLError) in
            try Signer(key).signature(for: message.span).der
        }
        return try Certificate(der: der.span)
    }
}
