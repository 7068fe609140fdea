package import Certificates
package import LibCrypto

extension MiniPKI {
    /// All that a certificate says, and how it is signed, for a test to alter.
    package struct Recipe: Sendable {
        package var version = 3
        package var serial = UnsignedCertificate.randomSerial()
        package var subject: DistinguishedName
        /// DER of the subject's name, if `subject` cannot say it.
        package var subjectName: [UInt8]?
        package var notBefore: Int
        package var notAfter: Int
        package var key = PublicKey.fresh
        package var extensions: [Certificate.Extension]
        package var digest = UnfitKey.Digest.sha256
        /// Signs with a key that is nobody's.
        package var isForged = false
        /// DER of the issuer's name, if it is not the signer's.
        package var issuerName: [UInt8]?
        package var x5u: String

        package enum PublicKey: Sendable {
            case fresh
            case of(SigningKey)
            /// On P-256, with the curve spelled out instead of named (CVE-2020-0601's class).
            case explicitParameters
            /// On P-256, and no key at all.
            case pointAtInfinity
            case unfit(UnfitKey.Kind)
        }
    }
}

extension MiniPKI.Recipe {
    init(leaf scope: [MiniPKI.Scope], by issuer: MiniPKI.Party, now: Int) {
        let name =
            switch scope.first {
            case .spc(let code): code
            case .range(let text, _), .one(let text): text
            case nil: "nobody"
            }
        subject = .init(country: "US", organization: "Carrier \(name)", commonName: "SHAKEN \(name) TEST")
        notBefore = now - 3_600
        notAfter = now + 30 * MiniPKI.day
        extensions = [
            .basicConstraints(authority: false), .keyUsage([.digitalSignature]),
            .authorityKeyIdentifier(issuer.keyIdentifier),
        ]
        if !scope.isEmpty { extensions.append(.tnAuthList(MiniPKI.Scope.der(scope))) }
        x5u = "https://cr.example.com/\(name)/cert.pem"
    }

    init(
        authority name: String, scope: [MiniPKI.Scope] = [], pathLength: Int? = nil, by issuer: MiniPKI.Party, now: Int
    ) {
        self.init(leaf: scope, by: issuer, now: now)
        subject = .init(country: "US", organization: "Test STI", commonName: name)
        notBefore = now - 60 * MiniPKI.day
        notAfter = now + 300 * MiniPKI.day
        replace(.basicConstraints(authority: true, pathLength: pathLength))
        replace(.keyUsage([.keyCertSign, .crlSign]))
    }

    /// Puts the extension in the place of the one with the same object identifier, or at the end.
    package mutating func replace(_ other: Certificate.Extension) {
        guard let index = extensions.firstIndex(where: { $0.oid == other.oid }) else { return extensions.append(other) }
        extensions[index] = other
    }

    package mutating func remove(_ oid: String) { extensions.removeAll { $0.oid == oid } }
}

extension MiniPKI {
    static func issue(_ recipe: Recipe, by issuer: Party) -> Party {
        let (key, publicKey, signatory) = recipe.key.made()
        let keyIdentifier = identifier(of: publicKey)
        var certificate = UnsignedCertificate(
            serial: recipe.serial, issuer: recipe.issuerName ?? issuer.certificate.subject,
            subject: try! recipe.subjectName ?? recipe.subject.der, notBefore: recipe.notBefore,
            notAfter: recipe.notAfter,
            publicKey: publicKey, extensions: recipe.extensions)
        certificate.version = recipe.version
        if !certificate.extensions.contains(where: { $0.oid == "2.5.29.14" }) {
            certificate.extensions.append(.subjectKeyIdentifier(keyIdentifier))
        }
        let signer = recipe.isForged ? .fit(try! SigningKey.generate()) : issuer.signatory
        return Party(
            key: key, certificate: signer.sign(certificate, recipe.digest),
            issuers: issuer.isRoot ? [] : issuer.chain, x5u: recipe.x5u, signatory: signatory,
            keyIdentifier: keyIdentifier, isRoot: false)
    }

    /// Any 20 bytes do that are equal for equal keys.
    static func identifier(of publicKey: [UInt8]) -> [UInt8] {
        let digest: [UInt8] = SHA256.digest(publicKey.span)
        return Array(digest.prefix(20))
    }
}

extension MiniPKI.Party {
    /// A root of its own: the PKI's, or a stranger's.
    package static func selfSigned(_ name: String, key kind: UnfitKey.Kind? = nil, now: Int) -> MiniPKI.Party {
        let (key, publicKey, signatory) = (kind.map { .unfit($0) } ?? MiniPKI.Recipe.PublicKey.fresh).made()
        let identifier = MiniPKI.identifier(of: publicKey)
        let subject = try! DistinguishedName(country: "US", organization: "Test STI", commonName: name).der
        let certificate = UnsignedCertificate(
            serial: UnsignedCertificate.randomSerial(), issuer: subject, subject: subject,
            notBefore: now - 365 * MiniPKI.day, notAfter: now + 3_650 * MiniPKI.day, publicKey: publicKey,
            extensions: [
                .basicConstraints(authority: true), .keyUsage([.keyCertSign, .crlSign]),
                .subjectKeyIdentifier(identifier), .authorityKeyIdentifier(identifier),
            ])
        return MiniPKI.Party(
            key: key, certificate: signatory.sign(certificate, .sha256), issuers: [],
            x5u: "https://cr.example.com/root.pem", signatory: signatory, keyIdentifier: identifier, isRoot: true)
    }
}

extension MiniPKI.Signatory {
    func sign(_ certificate: UnsignedCertificate, _ digest: UnfitKey.Digest) -> Certificate {
        let der =
            switch self {
            case .fit(let key):
                try! certificate.der(signedWith: .ecdsa(digest)) { message throws(OpenSSLError) in
                    try key.unfitSignature(for: message, digest)
                }
            case .unfit(let key):
                try! certificate.der(signedWith: key.kind == .rsa2048 ? .rsa(digest) : .ecdsa(digest)) {
                    message throws(OpenSSLError) in try key.signature(for: message, digest)
                }
            }
        return try! Certificate(der: der.span)
    }
}

extension AlgorithmIdentifier {
    fileprivate static func ecdsa(_ digest: UnfitKey.Digest) -> AlgorithmIdentifier {
        let oid =
            switch digest {
            case .sha1: "1.2.840.10045.4.1"
            case .sha256: "1.2.840.10045.4.3.2"
            case .sha384: "1.2.840.10045.4.3.3"
            }
        return AlgorithmIdentifier(der: .sequence(try! .oid(oid)))
    }

    fileprivate static func rsa(_ digest: UnfitKey.Digest) -> AlgorithmIdentifier {
        let last =
            switch digest {
            case .sha1: 5
            case .sha256: 11
            case .sha384: 12
            }
        return AlgorithmIdentifier(der: .sequence(try! .oid("1.2.840.113549.1.1.\(last)"), .null))
    }
}
