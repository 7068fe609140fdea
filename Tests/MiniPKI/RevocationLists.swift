package import Certificates
internal import LibCrypto

extension MiniPKI {
    /// A CRL in PEM, by the provider unless `issuer` is given. An indirect one names each certificate's own issuer.
    package func revocationList(
        of revoked: Party..., by issuer: Party? = nil, indirect: Bool = false, number: Int = 1,
        thisUpdate: Int? = nil, nextUpdate: Int? = nil, reason: RevocationReason? = .keyCompromise,
        alter: (inout UnsignedRevocationList) -> Void = { _ in }
    ) -> [UInt8] {
        let issuer = issuer ?? provider
        var list = UnsignedRevocationList(
            issuer: issuer.certificate.subject, authorityKeyIdentifier: issuer.keyIdentifier, number: number,
            thisUpdate: thisUpdate ?? now - 60, nextUpdate: nextUpdate ?? now + Self.day,
            entries: revoked.map { party in
                .init(
                    serial: party.certificate.serialBytes, revokedAt: now - 120, reason: reason,
                    certificateIssuer: indirect ? party.certificate.issuer : nil)
            })
        list.isIndirect = indirect
        alter(&list)
        return Array(UnsignedRevocationList.pem(try! list.signed(by: issuer.key)).utf8)
    }
}
