internal import Certificates
package import LibCrypto

/// Extensions as they are told, sound or not.
extension Certificate.Extension {
    package static func tnAuthList(_ scopes: MiniPKI.Scope..., isCritical: Bool = false) -> Self {
        tnAuthList(MiniPKI.Scope.der(scopes), isCritical: isCritical)
    }

    package static func tnAuthList(_ der: [UInt8], isCritical: Bool = false) -> Self {
        Self("1.3.6.1.5.5.7.1.26", isCritical: isCritical, value: der)
    }

    /// JWTClaimConstraints (RFC 8226 §8), or the enhanced form (RFC 9118 §3).
    package static func claimConstraints(
        mustInclude: [String] = [], permittedValues: [(claim: String, values: [String])] = [],
        mustExclude: [String] = [], enhanced: Bool
    ) -> Self {
        var parts: [DERElement] = []
        if !mustInclude.isEmpty { parts.append(.explicit(0, .sequence(mustInclude.map(DERElement.ia5)))) }
        if !permittedValues.isEmpty {
            let permitted = permittedValues.map { claim, values in
                DERElement.sequence(.ia5(claim), .sequence(values.map(DERElement.utf8)))
            }
            parts.append(.explicit(1, .sequence(permitted)))
        }
        if !mustExclude.isEmpty { parts.append(.explicit(2, .sequence(mustExclude.map(DERElement.ia5)))) }
        return Self(
            enhanced ? "1.3.6.1.5.5.7.1.33" : "1.3.6.1.5.5.7.1.27", isCritical: false,
            value: DERElement.sequence(parts).bytes)
    }
}

extension MiniPKI.Scope {
    /// DER of a TNAuthList (RFC 8226 §9). No rule is checked: a list may have to be wrong.
    package static func der(_ scopes: [MiniPKI.Scope]) -> [UInt8] {
        DERElement.sequence(
            scopes.map { scope in
                switch scope {
                case .spc(let code): .explicit(0, .ia5(code))
                case .range(let start, let count): .explicit(1, .sequence(.ia5(start), .integer(count)))
                case .one(let number): .explicit(2, .ia5(number))
                }
            }
        ).bytes
    }
}
