internal import LibCrypto
internal import SwiftASN1

/// A request taken apart, with nothing of it believed yet.
struct CertificationRequestParts {
    /// DER of what the signature is over.
    private(set) var signed: [UInt8] = []
    /// DER of the SubjectPublicKeyInfo, and of the signature's AlgorithmIdentifier.
    private(set) var publicKey: [UInt8] = []
    private(set) var algorithm: [UInt8] = []
    private(set) var signature: [UInt8] = []
    private var extensions: [Certificate.Extension] = []

    init(_ der: [UInt8]) throws(CertificationRequestFault) {
        do { try read(DER.parse(der)) } catch let fault as CertificationRequestFault { throw fault } catch {
            throw .notARequest("not the DER of a certification request")
        }
    }

    private mutating func read(_ request: ASN1Node) throws {
        try DER.sequence(request, identifier: .sequence) { nodes in
            let information = try Self.next(&nodes)
            signed = Array(information.encodedBytes)
            algorithm = Array(try Self.next(&nodes).encodedBytes)
            let bits = try ASN1BitString(derEncoded: &nodes)
            guard bits.paddingBits == 0 else { throw CertificationRequestFault.badSignature }
            signature = Array(bits.bytes)
            try readInformation(information)
        }
    }

    private mutating func readInformation(_ information: ASN1Node) throws {
        try DER.sequence(information, identifier: .sequence) { nodes in
            guard try Int(derEncoded: &nodes) == 0 else { throw CertificationRequestFault.notVersion1 }
            // The subject: the CA gives its own.
            _ = try Self.next(&nodes)
            publicKey = Array(try Self.next(&nodes).encodedBytes)
            let tag = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
            let attributes = try DER.set(Self.next(&nodes), identifier: tag) { try Self.attributes(&$0) }
            let requests = attributes.filter { $0.oid == CertificationRequest.extensionRequest }
            guard requests.count <= 1 else {
                throw CertificationRequestFault.repeated(CertificationRequest.extensionRequest)
            }
            extensions = try requests.first.map { try Self.extensions($0.values) } ?? []
        }
    }

    private static func attributes(
        _ nodes: inout ASN1NodeCollection.Iterator
    ) throws -> [(oid: String, values: ASN1Node)] {
        var attributes: [(String, ASN1Node)] = []
        while let node = nodes.next() {
            attributes.append(
                try DER.sequence(node, identifier: .sequence) {
                    (try ASN1ObjectIdentifier(derEncoded: &$0).description, try next(&$0))
                })
        }
        return attributes
    }

    /// The one value of an extension request (RFC 2985 §5.4.2).
    private static func extensions(_ values: ASN1Node) throws -> [Certificate.Extension] {
        try DER.set(values, identifier: .set) { values in
            try DER.sequence(next(&values), identifier: .sequence) { nodes in
                var extensions: [Certificate.Extension] = []
                while let node = nodes.next() { extensions.append(try self.extension(node)) }
                return extensions
            }
        }
    }

    private static func `extension`(_ node: ASN1Node) throws -> Certificate.Extension {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let oid = try ASN1ObjectIdentifier(derEncoded: &nodes).description
            let isCritical = try DER.decodeDefault(&nodes, defaultValue: false)
            return Certificate.Extension(
                oid, isCritical: isCritical, value: Array(try ASN1OctetString(derEncoded: &nodes).bytes))
        }
    }

    private static func next(_ nodes: inout ASN1NodeCollection.Iterator) throws -> ASN1Node {
        guard let node = nodes.next() else { throw CertificationRequestFault.notARequest("a part is missing") }
        return node
    }
}

extension CertificationRequestParts {
    var tnAuthList: TNAuthList? {
        get throws(CertificationRequestFault) {
            let found = extensions.filter { $0.oid == TNAuthList.oid }
            guard found.count <= 1 else { throw .repeated(TNAuthList.oid) }
            guard let only = found.first else { return nil }
            do throws(CertificateFault) { return try TNAuthList(der: only.value) } catch { throw .content(error) }
        }
    }

    /// Either of the two forms, and not both (RFC 9118 §6). What makes an extension void is here no reason to pass over
    /// it: the CA is to refuse it.
    var claimConstraints: ClaimConstraints? {
        get throws(CertificationRequestFault) {
            let found = extensions.filter { $0.oid == ClaimConstraints.oid || $0.oid == ClaimConstraints.enhancedOID }
            guard let only = found.first else { return nil }
            do throws(CertificateFault) {
                guard found.count == 1 else { throw CertificateFault.bothClaimConstraints }
                return try ClaimConstraints(der: only.value, isEnhanced: only.oid == ClaimConstraints.enhancedOID)
            } catch { throw .content(error) }
        }
    }
}
