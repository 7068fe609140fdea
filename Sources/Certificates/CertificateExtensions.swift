package import LibCrypto

/// The extensions that STIR adds to X.509.
extension Certificate {
    /// Nil when there is none; in an anchor too it binds what is below.
    package var tnAuthList: TNAuthList? {
        get throws(CertificateFault) {
            guard let found = extensions.first(where: { $0.oid == TNAuthList.oid }) else { return nil }
            return try TNAuthList(der: found.value)
        }
    }

    /// Either of the two forms; RFC 9118 §6 forbids both at once.
    package var claimConstraints: (constraints: ClaimConstraints?, notes: [String]) {
        get throws(CertificateFault) {
            let found = extensions.filter { $0.oid == ClaimConstraints.oid || $0.oid == ClaimConstraints.enhancedOID }
            guard let only = found.first else { return (nil, []) }
            guard found.count == 1 else { throw .bothClaimConstraints }
            let constraints = try ClaimConstraints(
                der: only.value, isEnhanced: only.oid == ClaimConstraints.enhancedOID)
            if let claim = constraints.excludedBaselineClaim {
                return (nil, ["claim constraints ignored: they exclude \(claim) (RFC 9118 §3)"])
            }
            return (constraints, [])
        }
    }
}
