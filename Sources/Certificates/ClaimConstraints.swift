internal import SwiftASN1

/// What a certificate demands of the tokens it signs: JWTClaimConstraints (RFC 8226 §8) and their enhanced form (RFC 9118 §3).
package struct ClaimConstraints: Hashable, Sendable {
    package struct PermittedValues: Hashable, Sendable {
        package let claim: String
        /// As written; how a claim that is no string compares with them is the token's to know (RFC 9118 §3).
        package let values: [String]

        package init(claim: String, values: [String]) {
            self.claim = claim
            self.values = values
        }
    }

    package static let oid = "1.3.6.1.5.5.7.1.27"
    package static let enhancedOID = "1.3.6.1.5.5.7.1.33"
    /// Claims no PASSporT can be without: an extension that excludes one counts as absent (RFC 9118 §3).
    package static let baseline: Set = ["iat", "orig", "dest"]

    package let mustInclude: [String]
    package let permittedValues: [PermittedValues]
    package let mustExclude: [String]

    /// Throws if nothing is demanded, or a claim is permitted no value.
    package init(
        mustInclude: [String] = [], permittedValues: [PermittedValues] = [], mustExclude: [String] = []
    ) throws(CertificateFault) {
        guard !mustInclude.isEmpty || !permittedValues.isEmpty || !mustExclude.isEmpty else {
            throw .malformedClaimConstraints("nothing is constrained")
        }
        guard permittedValues.allSatisfy({ !$0.values.isEmpty }) else {
            throw .malformedClaimConstraints("a claim with no permitted value")
        }
        self.mustInclude = mustInclude
        self.permittedValues = permittedValues
        self.mustExclude = mustExclude
    }

    /// The first claim in `mustExclude` that makes the extension void.
    package var excludedBaselineClaim: String? { mustExclude.first { Self.baseline.contains($0) } }
}

extension ClaimConstraints {
    /// Reads the extension's value; only the enhanced form knows `mustExclude`.
    package init(der: [UInt8], isEnhanced: Bool) throws(CertificateFault) {
        var include: [String] = [], permitted: [PermittedValues] = [], exclude: [String] = []
        do {
            try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                include = try Self.tagged(0, in: &nodes, Self.names) ?? []
                permitted = try Self.tagged(1, in: &nodes, Self.permittedValues) ?? []
                if isEnhanced { exclude = try Self.tagged(2, in: &nodes, Self.names) ?? [] }
            }
        } catch let fault as CertificateFault {
            throw fault
        } catch {
            throw .malformedClaimConstraints("not the DER of claim constraints")
        }
        try self.init(mustInclude: include, permittedValues: permitted, mustExclude: exclude)
    }

    private static func tagged<Value>(
        _ number: UInt, in nodes: inout ASN1NodeCollection.Iterator, _ read: (ASN1Node) throws -> Value
    ) throws -> Value? {
        try DER.optionalExplicitlyTagged(&nodes, tagNumber: number, tagClass: .contextSpecific, read)
    }

    private static func names(_ node: ASN1Node) throws -> [String] {
        try nonEmpty(node) { String(try ASN1IA5String(derEncoded: $0)) }
    }

    private static func permittedValues(_ node: ASN1Node) throws -> [PermittedValues] {
        try nonEmpty(node) { node in
            try DER.sequence(node, identifier: .sequence) { nodes in
                guard let claim = nodes.next(), let values = nodes.next() else {
                    throw CertificateFault.malformedClaimConstraints("permitted values")
                }
                return PermittedValues(
                    claim: String(try ASN1IA5String(derEncoded: claim)),
                    values: try nonEmpty(values) { try Self.text($0) })
            }
        }
    }

    private static func text(_ node: ASN1Node) throws -> String {
        guard let text = String(validating: try ASN1UTF8String(derEncoded: node).bytes, as: UTF8.self) else {
            throw CertificateFault.malformedClaimConstraints("text that is not UTF-8")
        }
        return text
    }

    private static func nonEmpty<Value>(_ node: ASN1Node, _ read: (ASN1Node) throws -> Value) throws -> [Value] {
        try DER.sequence(node, identifier: .sequence) { nodes in
            var values: [Value] = []
            while let node = nodes.next() { values.append(try read(node)) }
            guard !values.isEmpty else { throw CertificateFault.malformedClaimConstraints("empty list") }
            return values
        }
    }
}

extension ClaimConstraints {
    /// The OID that this value goes under: the enhanced one only where it is needed.
    package var oid: String { mustExclude.isEmpty ? Self.oid : Self.enhancedOID }

    /// The extension's value.
    package var der: [UInt8] {
        var serializer = DER.Serializer()
        serializer.appendConstructedNode(identifier: .sequence) { list in
            Self.append(mustInclude, tag: 0, to: &list)
            Self.append(permittedValues, to: &list)
            Self.append(mustExclude, tag: 2, to: &list)
        }
        return serializer.serializedBytes
    }

    private static func append(_ names: [String], tag: UInt, to list: inout DER.Serializer) {
        guard !names.isEmpty else { return }
        list.appendConstructedNode(identifier: ASN1Identifier(tagWithNumber: tag, tagClass: .contextSpecific)) {
            $0.appendConstructedNode(identifier: .sequence) { list in
                for name in names { append(name, as: .ia5String, to: &list) }
            }
        }
    }

    private static func append(_ permitted: [PermittedValues], to list: inout DER.Serializer) {
        guard !permitted.isEmpty else { return }
        list.appendConstructedNode(identifier: ASN1Identifier(tagWithNumber: 1, tagClass: .contextSpecific)) {
            $0.appendConstructedNode(identifier: .sequence) { list in
                for one in permitted {
                    list.appendConstructedNode(identifier: .sequence) { pair in
                        append(one.claim, as: .ia5String, to: &pair)
                        pair.appendConstructedNode(identifier: .sequence) { values in
                            for value in one.values { append(value, as: .utf8String, to: &values) }
                        }
                    }
                }
            }
        }
    }

    private static func append(_ text: String, as kind: ASN1Identifier, to list: inout DER.Serializer) {
        list.appendPrimitiveNode(identifier: kind) { $0.append(contentsOf: text.utf8) }
    }
}
