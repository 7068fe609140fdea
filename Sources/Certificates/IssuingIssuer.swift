package import LibCrypto

/// A CA's key with its certificate and those above it: what it takes to issue.
package struct Issuer: Sendable {
    package let key: SigningKey
    /// Its own first, the root last.
    package let path: [Certificate]
    /// One for each certificate of the path.
    let lists: [TNAuthList?]

    package var certificate: Certificate { path[0] }
    /// Leaf first, without the root, as a certificate it issues is published.
    package var published: [Certificate] { Array(path.dropLast()) }

    /// Throws unless `key` is that of the first certificate, and that one is a CA's.
    package init(key: SigningKey, path: [Certificate]) throws(IssuingFault) {
        guard let own = path.first else { throw .notAnAuthority("no certificate") }
        let matches: Bool
        do throws(OpenSSLError) {
            matches = try own.verifyingKey.point == key.verifyingKey.point
        } catch { throw .libcrypto(error) }
        guard matches else { throw .keyMismatch(own.subjectText) }
        guard own.isAuthority else { throw .notAnAuthority(own.subjectText) }
        self.key = key
        self.path = path
        var lists: [TNAuthList?] = []
        for certificate in path {
            do throws(CertificateFault) { lists.append(try certificate.tnAuthList) } catch { throw .certificate(error) }
        }
        self.lists = lists
    }
}

extension Certificate {
    func value(of oid: String) -> [UInt8]? { extensions.first { $0.oid == oid }?.value }
}
