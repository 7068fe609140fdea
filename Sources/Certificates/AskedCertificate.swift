package import LibCrypto

/// What a CA was asked for, to hold its answer against, by whatever way that came.
package struct AskedCertificate: Sendable {
    /// The point of the public key.
    private let key: [UInt8]
    private let tnAuthList: TNAuthList
    /// The extensions that constrain claims, the very same; nil leaves to the CA what it demands.
    private let constraints: Set<Certificate.Extension>?
    private let isForAuthority: Bool

    package init(
        key: [UInt8], tnAuthList: TNAuthList, constraints: Set<Certificate.Extension>?, isForAuthority: Bool = false
    ) {
        self.key = key
        self.tnAuthList = tnAuthList
        self.constraints = constraints
        self.isForAuthority = isForAuthority
    }

    /// Where the request names no constraints, the CA may have its own.
    package init(_ request: CertificationRequest, _ list: TNAuthList, isForAuthority: Bool) {
        self.init(
            key: request.key.point, tnAuthList: list,
            constraints: request.constraints.map { [.claimConstraints($0)] }, isForAuthority: isForAuthority)
    }

    /// Throws unless the chain, leaf first, is what was asked for. Whether it leads to anybody who is trusted is not looked at.
    package func requireAnswer(_ chain: [Certificate]) throws(AnswerFault) {
        guard let leaf = chain.first else { throw .certificate(.noCertificate) }
        let subject = leaf.subjectText, list: TNAuthList?
        do throws(CertificateFault) {
            try chain.requireOrder()
            list = try leaf.tnAuthList
        } catch { throw .certificate(error) }
        guard let found = try? leaf.verifyingKey, found.point == key else { throw .otherKey(subject) }
        guard leaf.isAuthority == isForAuthority else {
            throw isForAuthority ? .noAuthority(subject) : .authority(subject)
        }
        guard list == tnAuthList else { throw .otherScope(subject) }
        guard constraints == nil || constraints == leaf.constrainingExtensions else { throw .otherConstraints(subject) }
    }
}

extension Certificate {
    /// Both forms of claim constraints, as they are written.
    package var constrainingExtensions: Set<Extension> {
        Set(extensions.filter { $0.oid == ClaimConstraints.oid || $0.oid == ClaimConstraints.enhancedOID })
    }
}

/// Why a CA's answer is not used; with the subject of its first certificate.
package enum AnswerFault: Error, Hashable, Sendable {
    case certificate(CertificateFault)
    case otherKey(String)
    case authority(String)
    case noAuthority(String)
    case otherScope(String)
    case otherConstraints(String)
}

extension AnswerFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .certificate(let fault):
            "the CA's answer is no chain of certificates, each followed by its issuer: \(fault)"
        case .otherKey(let subject):
            "the certificate of \(subject) is for another key; use the chain that came for this request"
        case .authority(let subject):
            "the certificate of \(subject) is a CA's, and one that signs calls was asked for; it must not be used"
        case .noAuthority(let subject): "the certificate of \(subject) is not a CA's, and one was asked for"
        case .otherScope(let subject):
            """
            the certificate of \(subject) speaks for others than was asked, or than its predecessor does; if that is \
            wanted, say for whom with --spc, --range and --number
            """
        case .otherConstraints(let subject):
            """
            the certificate of \(subject) constrains tokens otherwise than was asked, or than its predecessor does, whose \
            constraints a renewal must carry (RFC 9118 §8); have the CA issue it anew
            """
        }
    }
}
