internal import Certificates
internal import LibCrypto
package import NIOCore

/// What is served at one URL: bytes that were parsed and written anew, so that nothing else a file may hold gets out.
package struct PublishedFile: Sendable {
    package let body: ByteBuffer
    package let kind: Kind
    /// With its quotation marks (RFC 9110 §8.8.3): of the very bytes, hence strong.
    package let entityTag: String

    package enum Kind: String, Hashable, Sendable {
        /// A signer's chain, leaf first.
        case chain = "pem"
        case revocationList = "crl"
    }

    init(_ kind: Kind, _ bytes: [UInt8]) {
        self.kind = kind
        body = ByteBuffer(bytes: bytes)
        let digest: [UInt8] = SHA256.digest(bytes.span)
        let digits = digest.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        entityTag = "\"\(digits.joined())\""
    }
}

extension PublishedFile {
    /// A chain that verifiers would take, or one CRL in PEM or DER: nothing else is published.
    init(_ kind: Kind, parsing content: [UInt8]) throws(PublishingFault) {
        switch kind {
        case .chain: self.init(kind, try Self.chain(content))
        case .revocationList: self.init(kind, try Self.revocationList(content))
        }
    }

    private static func chain(_ content: [UInt8]) throws(PublishingFault) -> [UInt8] {
        do throws(CertificateFault) {
            let chain = try ChainBody(content, settings: TrustSettings())
            try chain.certificates.requireOrder()
            return Array(chain.certificates.map(\.pem).joined().utf8)
        } catch { throw .notAChain(error) }
    }

    private static func revocationList(_ content: [UInt8]) throws(PublishingFault) -> [UInt8] {
        let lists: [RevocationList]
        do throws(OpenSSLError) { lists = try RevocationList.all(in: content.span, atMost: 1) } catch {
            throw .notARevocationList(error)
        }
        guard let list = lists.first else { throw .notOneRevocationList }
        return list.der
    }
}

extension PublishedFile.Kind {
    /// RFC 9060 §7 and RFC 2585 §4.2.
    var contentType: String {
        switch self {
        case .chain: "application/pem-certificate-chain"
        case .revocationList: "application/pkix-crl"
        }
    }

    /// A chain never changes under its URL, since each certificate has a URL of its own; a CRL is to be seen at once.
    var cacheControl: String {
        switch self {
        case .chain: "public, max-age=86400, immutable"
        case .revocationList: "public, max-age=5"
        }
    }

    /// In bytes. Verifiers take chains of no more than 32 KiB.
    var largest: Int {
        switch self {
        case .chain: TrustSettings().largestBody
        case .revocationList: 10 * 1024 * 1024
        }
    }
}
