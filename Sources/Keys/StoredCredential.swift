internal import Certificates
package import LibCrypto

/// A credential as the store keeps it: everything but the key itself.
package struct StoredCredential: Hashable, Sendable {
    package let id: String
    package let state: CredentialState
    /// Counts the changes of this credential: a change is made only to the one that was seen.
    package let epoch: Int
    /// The name of a file in the folder of keys, or the URI of a key in hardware (RFC 7512).
    package let key: String
    /// The uncompressed point.
    package let publicKey: [UInt8]
    package let url: String
    /// PEM, the leaf first; nil until its CA has answered.
    package let chain: String?
    /// First and last second of the leaf; nil without a chain.
    package let notBefore, notAfter: Int?
    package let stagedBy: String
    package let approvedBy: String?
    /// Unix time from which all that follows its activation was done; nil before.
    package let settled: Int?
    /// Unix times; nil while the key exists, and while the chain may be published. A key in hardware is its owner's to
    /// destroy: of one, this tells only since when nobody here has to do with it.
    package let keyDestroyed, withdrawn: Int?

    package var isInHardware: Bool { TokenURI.isNamed(key) }

    /// Whether its chain is to answer at its URL: of one that was revoked too, so that verifiers find it revoked.
    package var isToBeUp: Bool {
        chain != nil && withdrawn == nil && [.published, .active, .retiring, .revoked].contains(state)
    }

    /// The leaf's parts, which are those of a certificate that was checked when it was taken.
    package var certificates: [Certificate] {
        get throws(KeyFault) {
            guard let chain else { throw .noChain(id) }
            do throws(OpenSSLError) {
                return try Certificate.all(inPEM: chain.utf8.span, atMost: Credential.longestChain)
            } catch { throw .damaged(id, error.description) }
        }
    }

    /// Until then verifiers may hold the chain, or fetch it (RFC 8224 §7.4, and a day of caching).
    package var publishedUntil: Int? { notAfter.map { $0 + 86_400 } }
}

extension StoredCredential {
    /// Nil without a chain.
    package func urgency(rotateDays: Int, at now: Int) -> RotationUrgency? {
        guard let notBefore, let notAfter else { return nil }
        return RotationUrgency(notBefore: notBefore, notAfter: notAfter, rotateDays: rotateDays, at: now)
    }

    package func dueDate(rotateDays: Int) -> Int? {
        guard let notBefore, let notAfter else { return nil }
        return RotationUrgency.dueDate(notBefore: notBefore, notAfter: notAfter, rotateDays: rotateDays)
    }
}

/// One line of the history.
package struct HistoryEntry: Hashable, Sendable, Codable {
    package let seq: Int
    /// Unix time.
    package let at: Int
    package let who, why: String
    package let step: String
    package let credential: String?
    package let from, to: CredentialState?
}
