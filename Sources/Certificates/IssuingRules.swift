package import LibCrypto
internal import SwiftASN1

/// What SHAKEN asks of a certificate, checked on each one we sign before it leaves.
package enum CertificateRule: String, Hashable, Sendable, CaseIterable, Error {
    case version = "X.509 version 3"
    case signature = "signed with ecdsa-with-SHA256"
    case key = "a key on the named curve P-256"
    case serial = "a positive serial number of 64 bits or more"
    case subject = "a subject of one C of two letters, one O and one CN"
    case commonName = "SHAKEN and the service provider code in an end entity's CN, SHAKEN in a CA's, ROOT in a root's"
    case basicConstraints = "critical basicConstraints that tell a CA from an end entity"
    case keyUsage = "critical keyUsage: digitalSignature for an end entity, signing certificates and CRLs for a CA"
    case keyIdentifiers = "a subject key identifier of 20 bytes and an authority key identifier"
    case policies = "one certificate policy, not critical; none in a root"
    case revocation = "one CRL distribution point; none in a root"
    case tnAuthList = "a TNAuthList in an end entity and a delegate CA only, not critical, with one SPC or with numbers"
    case constraints = "claim constraints of one kind at most, and only in a delegate"
    case otherExtensions = "no other extensions, and none twice"
    case testMark = "no policy of the United States in a CA that calls itself TEST"
}

extension CertificateRule {
    /// The rules that the certificate breaks as one of that kind.
    package static func broken(by certificate: Certificate, as kind: CertificateProfile.Kind) -> [CertificateRule] {
        let read = ReadCertificate(certificate, kind)
        return allCases.filter { !$0.holds(read) }
    }

    private func holds(_ read: ReadCertificate) -> Bool {
        switch self {
        case .version: read.certificate.version == 3
        case .signature: read.certificate.signatureAlgorithm == .ecdsaSHA256
        case .key: (try? read.certificate.verifyingKey) != nil
        case .serial: read.certificate.hasSoundSerialNumber && read.certificate.serialBytes.count >= 8
        case .subject: read.hasSoundSubject
        case .commonName: read.hasSoundCommonName
        case .basicConstraints: read.hasSoundBasicConstraints
        case .keyUsage: read.has(.keyUsage(read.isAuthority ? [.keyCertSign, .crlSign] : [.digitalSignature]))
        case .keyIdentifiers:
            read.certificate.subjectKeyIdentifier?.count == 20 && read.isPresent("2.5.29.35", critical: false)
        case .policies: read.holdsOne("2.5.29.32")
        case .revocation: read.holdsOne("2.5.29.31")
        case .tnAuthList: read.hasSoundTNAuthList
        case .constraints: read.constraintKinds.count <= (read.kind == .delegate ? 1 : 0)
        case .otherExtensions: read.hasOnlyKnownExtensions
        case .testMark: !read.isMarkedTest || !read.hasUSPolicy
        }
    }
}

extension CertificateProfile {
    /// The last look at what was just signed.
    func require(_ certificate: Certificate, for holder: Holder, root: [UInt8]?) throws(IssuingFault) {
        let broken = CertificateRule.broken(by: certificate, as: kind)
        guard broken.isEmpty else { throw .breaksRules(broken) }
        for wanted in try extensions(for: holder, root: root) {
            guard certificate.extensions.contains(wanted) else { throw .breaksRules([.otherExtensions]) }
        }
    }
}

/// A certificate taken apart as far as the rules ask.
private struct ReadCertificate {
    let certificate: Certificate
    let kind: CertificateProfile.Kind
    let extensions: [Certificate.Extension]
    private(set) var subject: [(type: String, value: String)] = []

    init(_ certificate: Certificate, _ kind: CertificateProfile.Kind) {
        self.certificate = certificate
        self.kind = kind
        extensions = certificate.extensions
        // What cannot be read stays as above, which breaks a rule.
        try? readSubject()
    }

    private mutating func readSubject() throws {
        for step in try children(DER.parse(certificate.subject)) {
            for attribute in try children(step) {
                let pair = try children(attribute)
                guard pair.count == 2, case .primitive(let bytes) = pair[1].content else { continue }
                let type = try ASN1ObjectIdentifier(derEncoded: pair[0])
                subject.append((type.description, String(decoding: bytes, as: UTF8.self)))
            }
        }
    }

    private func children(_ node: ASN1Node) throws -> [ASN1Node] {
        guard case .constructed(let nodes) = node.content else {
            throw CertificateFault.malformedCertificate("a primitive where parts were expected")
        }
        return Array(nodes)
    }
}

extension ReadCertificate {
    var isAuthority: Bool { kind == .root || kind == .intermediate || kind == .delegateAuthority }
    var isDelegate: Bool { kind == .delegate || kind == .delegateAuthority }
    var isMarkedTest: Bool { commonName.contains("TEST") }

    private func values(_ attribute: DistinguishedName.Attribute) -> [String] {
        subject.filter { $0.type == attribute.rawValue }.map(\.value)
    }

    private var commonName: String { values(.commonName).first ?? "" }

    var hasSoundSubject: Bool {
        guard subject.count == 3, let country = values(.country).first, let organization = values(.organization).first
        else { return false }
        // RFC 5280 Appendix A.1: ub-common-name, ub-organization-name.
        return (1...64).contains(organization.count) && (1...64).contains(commonName.count) && country.utf8.count == 2
            && country.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    var hasSoundCommonName: Bool {
        switch kind {
        case .root: return commonName.contains("SHAKEN") && commonName.contains("ROOT")
        case .endEntity:
            let code = tnAuthList?.serviceProviderCodes.first
            return commonName.contains(code.map { "SHAKEN \($0)" } ?? "SHAKEN")
        case .intermediate, .delegateAuthority, .delegate: return commonName.contains("SHAKEN")
        }
    }

    func isPresent(_ oid: String, critical: Bool) -> Bool {
        extensions.contains { $0.oid == oid && $0.isCritical == critical }
    }

    func has(_ wanted: Certificate.Extension) -> Bool { extensions.contains(wanted) }

    var hasSoundBasicConstraints: Bool {
        isPresent("2.5.29.19", critical: true) && certificate.isAuthority == isAuthority
            && (isAuthority || has(.basicConstraints(authority: false)))
    }

    /// An extension with a list of one, such as the policies; none in a root.
    func holdsOne(_ oid: String) -> Bool {
        guard kind != .root else { return certificate.value(of: oid) == nil }
        guard isPresent(oid, critical: false), let value = certificate.value(of: oid),
            let list = try? children(DER.parse(value))
        else { return false }
        return list.count == 1
    }

    var tnAuthList: TNAuthList? { try? certificate.tnAuthList }

    var hasSoundTNAuthList: Bool {
        guard kind != .root, kind != .intermediate else { return certificate.value(of: TNAuthList.oid) == nil }
        guard isPresent(TNAuthList.oid, critical: false), let list = tnAuthList else { return false }
        return isDelegate || list.entries.count == 1 || list.serviceProviderCodes.isEmpty
    }

    var constraintKinds: [Certificate.Extension] {
        extensions.filter { $0.oid == ClaimConstraints.oid || $0.oid == ClaimConstraints.enhancedOID }
    }

    var hasOnlyKnownExtensions: Bool {
        let known: Set = [
            "2.5.29.19", "2.5.29.15", "2.5.29.14", "2.5.29.35", "2.5.29.32", "2.5.29.31", TNAuthList.oid,
            ClaimConstraints.oid, ClaimConstraints.enhancedOID,
        ]
        let oids = extensions.map(\.oid)
        return known.isSuperset(of: oids) && Set(oids).count == oids.count
    }

    var hasUSPolicy: Bool {
        guard let policies = certificate.value(of: "2.5.29.32") else { return false }
        return (1...4).contains { number in
            (try? Certificate.Extension.certificatePolicies(CertificateProfile.usPolicies + "\(number)"))?.value
                == policies
        }
    }
}
