package import LibCrypto

/// A key to sign tokens with, the chain that speaks for it, and where verifiers find that chain.
///
/// It refuses to exist unless the leaf's public key accepts what the key signs: a key beside the wrong certificate is
/// the most frequent fault of signers in the field.
package struct Credential: Sendable {
    package let key: SigningKey
    /// Leaf first, without the root.
    package let chain: [Certificate]
    /// The token's `x5u` and `info`.
    package let url: CertificateURL
    /// Whom and what the leaf speaks for.
    package let tnAuthList: TNAuthList
    /// First and last second at which the leaf is valid.
    package let notBefore, notAfter: Int

    package init(key: SigningKey, chain: [Certificate], url: CertificateURL) throws(CredentialFault) {
        guard let leaf = chain.first else { throw .noCertificate }
        try Self.check(key, against: leaf)
        do throws(CertificateFault) {
            guard let list = try leaf.tnAuthList else { throw CertificateFault.noTNAuthList }
            tnAuthList = list
        } catch { throw .certificate(error) }
        guard !leaf.isAuthority else { throw .certificate(.signerIsAuthority) }
        self.key = key
        self.chain = chain
        self.url = url
        notBefore = leaf.notBefore
        notAfter = leaf.notAfter
    }

    /// Reads a key file of mode 0600 and a PEM file with the leaf first.
    package init(
        keyFile: String, chainFile: String, url: CertificateURL, passphrase: Passphrase? = nil
    ) throws(CredentialFault) {
        let key: SigningKey
        do throws(FileFault) { key = try IssuedFile.readKey(keyFile, passphrase: passphrase) } catch {
            throw .file(error)
        }
        try self.init(key: key, chainFile: chainFile, url: url)
    }

    /// Of a key that is here already, such as one in a token.
    package init(key: SigningKey, chainFile: String, url: CertificateURL) throws(CredentialFault) {
        let pem: [UInt8], chain: [Certificate]
        do throws(FileFault) { pem = try IssuedFile.read(chainFile) } catch { throw .file(error) }
        do throws(OpenSSLError) { chain = try Certificate.all(inPEM: pem.span, atMost: Self.longestChain) } catch {
            throw .notAChain(chainFile, error)
        }
        try self.init(key: key, chain: chain, url: url)
    }

    package static let longestChain = 5

    package func isValid(at now: Int) -> Bool { notBefore <= now && now <= notAfter }

    private static func check(_ key: SigningKey, against leaf: Certificate) throws(CredentialFault) {
        let probe = Array("countersign".utf8), accepted: Bool
        do throws(OpenSSLError) {
            accepted = try leaf.verifyingKey.accepts(Signer(key).signature(for: probe.span), for: probe.span)
        } catch { throw .unfitLeaf(leaf.subjectText, error) }
        guard accepted else { throw .mismatch(leaf.subjectText) }
    }
}

/// Why a key and a chain do not make a credential.
package enum CredentialFault: Error, Hashable, Sendable {
    case file(FileFault)
    case notAChain(String, OpenSSLError)
    case noCertificate
    case unfitLeaf(String, OpenSSLError)
    case mismatch(String)
    case certificate(CertificateFault)
}

extension CredentialFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let fault): fault.description
        case .notAChain(let path, let error): "\(path) is not a chain of certificates in PEM (\(error))"
        case .noCertificate: "there is no certificate; the chain's file begins with the signer's own"
        case .unfitLeaf(let subject, let error): "no token can be signed for \(subject): \(error)"
        case .mismatch(let subject):
            "the key is not that of the first certificate, \(subject); use the key and chain of one countersign ca issue"
        case .certificate(let fault): "no token can be signed with this certificate: \(fault)"
        }
    }
}
