package import LibCrypto

/// The extensions we issue. What they mean is RFC 5280 §4.2.1 unless said otherwise.
extension Certificate.Extension {
    package static func basicConstraints(authority: Bool, pathLength: Int? = nil) -> Self {
        let length = pathLength.map { [DERElement.integer($0)] } ?? []
        return Self(
            "2.5.29.19", isCritical: true,
            value: DERElement.sequence(authority ? [.boolean(true)] + length : []).bytes)
    }

    package enum KeyUsage: Int, Hashable, Sendable, CaseIterable, Codable {
        case digitalSignature = 0, keyCertSign = 5, crlSign = 6
    }

    package static func keyUsage(_ uses: Set<KeyUsage>) -> Self {
        let bits = uses.reduce(into: UInt8(0)) { $0 |= 0x80 >> UInt8($1.rawValue) }
        // A named bit list in DER ends at its last set bit (X.690 §11.2.2).
        return Self(
            "2.5.29.15", isCritical: true,
            value: DERElement.bits(bits == 0 ? [] : [bits], unused: bits == 0 ? 0 : UInt8(bits.trailingZeroBitCount))
                .bytes)
    }

    package static func subjectKeyIdentifier(_ identifier: [UInt8]) -> Self {
        Self("2.5.29.14", isCritical: false, value: DERElement.octets(identifier).bytes)
    }

    package static func authorityKeyIdentifier(_ identifier: [UInt8]) -> Self {
        Self("2.5.29.35", isCritical: false, value: DERElement.sequence(.implicit(0, identifier)).bytes)
    }

    package static func certificatePolicies(_ policy: String) throws(IssuingFault) -> Self {
        Self("2.5.29.32", isCritical: false, value: DERElement.sequence(.sequence(try .oid(policy))).bytes)
    }

    /// One distribution point; `issuer`, the DER of a name, when another than the certificate's issuer signs the CRL.
    package static func crlDistributionPoint(_ url: String, issuer: [UInt8]? = nil) -> Self {
        var point = [DERElement.explicit(0, .explicit(0, .implicit(6, Array(url.utf8))))]
        if let issuer { point.append(.explicit(2, .explicit(4, DERElement(encoded: issuer)))) }
        return Self("2.5.29.31", isCritical: false, value: DERElement.sequence(.sequence(point)).bytes)
    }

    package static func tnAuthList(_ list: TNAuthList) -> Self {
        Self(TNAuthList.oid, isCritical: false, value: list.der)
    }

    package static func claimConstraints(_ constraints: ClaimConstraints) -> Self {
        Self(constraints.oid, isCritical: false, value: constraints.der)
    }
}
