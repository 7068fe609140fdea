package import LibCrypto
internal import SwiftASN1

/// A certificate taken apart as far as the rules ask.
struct LintedCertificate {
    let certificate: Certificate
    let kind: CertificateProfile.Kind
    /// Those above it, the nearest first, as far as they are known.
    let issuers: [Certificate]
    let extensions: [Certificate.Extension]
    private var subject: [(type: String, value: String)] = []

    init(_ certificate: Certificate, _ kind: CertificateProfile.Kind, _ issuers: [Certificate]) {
        self.certificate = certificate
        self.kind = kind
        self.issuers = issuers
        extensions = certificate.extensions
        // What cannot be read stays as above, which breaks a rule.
        try? readSubject()
    }

    private mutating func readSubject() throws {
        for step in try Self.children(DER.parse(certificate.subject)) {
            for attribute in try Self.children(step) {
                let pair = try Self.children(attribute)
                guard pair.count == 2, case .primitive(let bytes) = pair[1].content else { continue }
                let type = try ASN1ObjectIdentifier(derEncoded: pair[0])
                subject.append((type.description, String(decoding: bytes, as: UTF8.self)))
            }
        }
    }

    private static func children(_ node: ASN1Node) throws -> [ASN1Node] {
        guard case .constructed(let nodes) = node.content else {
            throw CertificateFault.malformedCertificate("a primitive where parts were expected")
        }
        return Array(nodes)
    }
}

extension LintedCertificate {
    func values(_ attribute: DistinguishedName.Attribute) -> [String] {
        subject.filter { $0.type == attribute.rawValue }.map(\.value)
    }

    private var commonName: String { values(.commonName).first ?? "" }

    var isMarkedTest: Bool { commonName.contains("TEST") }

    var hasSubjectOfThree: Bool {
        let wanted: [DistinguishedName.Attribute] = [.country, .organization, .commonName]
        return subject.count == wanted.count && wanted.allSatisfy { values($0).count == 1 }
    }

    var hasSoundCommonName: Bool {
        // Without a name the rule on attributes is broken, and this one has nothing to judge.
        values(.commonName).allSatisfy { name in
            switch kind {
            case .root: name.contains("SHAKEN") && name.contains("ROOT")
            case .endEntity: Self.names(name, tnAuthList?.serviceProviderCodes.first)
            case .intermediate, .delegateAuthority, .delegate: name.contains("SHAKEN")
            }
        }
    }

    /// Word by word: "SHAKEN 709JX" does not name 709J.
    private static func names(_ name: String, _ code: String?) -> Bool {
        let words = name.split(separator: " ").map(String.init)
        guard let code else { return words.contains("SHAKEN") }
        return zip(words, words.dropFirst()).contains { $0 == "SHAKEN" && $1 == code }
    }
}

extension String {
    fileprivate static let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")

    var isCountry: Bool { utf8.count == 2 && utf8.allSatisfy { Self.capitals.contains($0) } }

    /// ub-organization-name and ub-common-name.
    var isNameLength: Bool { (1...64).contains(unicodeScalars.count) }
}

extension LintedCertificate {
    private var isAuthority: Bool { kind == .root || kind == .intermediate || kind == .delegateAuthority }

    func isPresent(_ oid: String, critical: Bool) -> Bool {
        extensions.contains { $0.oid == oid && $0.isCritical == critical }
    }

    var hasSoundBasicConstraints: Bool {
        isPresent("2.5.29.19", critical: true) && certificate.isAuthority == isAuthority
            && (isAuthority || extensions.contains(.basicConstraints(authority: false)))
    }

    var hasSoundKeyUsage: Bool {
        let sound: [Certificate.Extension] =
            isAuthority
            ? [.keyUsage([.keyCertSign]), .keyUsage([.keyCertSign, .crlSign])] : [.keyUsage([.digitalSignature])]
        return sound.contains { extensions.contains($0) }
    }

    var hasSoundPolicy: Bool {
        guard kind != .root else { return certificate.value(of: "2.5.29.32") == nil }
        return isPresent("2.5.29.32", critical: false) && policies?.count == 1
    }

    var hasSoundRevocationPoint: Bool {
        guard kind != .root else { return certificate.value(of: "2.5.29.31") == nil }
        guard isPresent("2.5.29.31", critical: false), let value = certificate.value(of: "2.5.29.31"),
            let points = try? Self.children(DER.parse(value))
        else { return false }
        return points.count == 1
    }

    func hasPolicy(below arc: String) -> Bool { policies?.contains { $0.hasPrefix(arc) } ?? false }

    /// Nil if there are none, or they cannot be read.
    private var policies: [String]? {
        guard let value = certificate.value(of: "2.5.29.32") else { return nil }
        return try? Self.children(DER.parse(value)).map { policy in
            guard let identifier = try Self.children(policy).first else {
                throw CertificateFault.malformedCertificate("a policy without its identifier")
            }
            return try ASN1ObjectIdentifier(derEncoded: identifier).description
        }
    }

    static let knownExtensions: Set = [
        "2.5.29.19", "2.5.29.15", "2.5.29.14", "2.5.29.35", "2.5.29.32", "2.5.29.31", TNAuthList.oid,
        ClaimConstraints.oid, ClaimConstraints.enhancedOID,
    ]
}

extension LintedCertificate {
    var mustSpeakForNumbers: Bool { kind != .root && kind != .intermediate }

    var tnAuthList: TNAuthList? { try? certificate.tnAuthList }

    /// A list that cannot be read breaks another rule.
    var hasCodesOfItsKind: Bool {
        guard kind == .endEntity, let tnAuthList else { return true }
        return tnAuthList.entries.count == 1 && tnAuthList.serviceProviderCodes.count == 1
    }

    var constraints: [Certificate.Extension] {
        extensions.filter { $0.oid == ClaimConstraints.oid || $0.oid == ClaimConstraints.enhancedOID }
    }

    /// By the code that judges the path when a call is verified, over as much of the path as is known.
    var isWithinIssuersScope: Bool {
        let lists = issuers.map { try? $0.tnAuthList }
        guard let nearest = lists.first else { return true }
        guard let tnAuthList else { return lists.allSatisfy { $0 == nil } }
        guard kind != .delegate || nearest != nil else { return false }
        return (try? Scope(of: [tnAuthList] + lists)) != nil
    }
}

extension Certificate.Extension {
    var claimConstraints: ClaimConstraints? {
        try? ClaimConstraints(der: value, isEnhanced: oid == ClaimConstraints.enhancedOID)
    }
}

extension CertificateProfile.Kind {
    /// What a certificate looks to be, so that one of unknown origin can be linted.
    package init(of certificate: Certificate, under issuers: [Certificate]) {
        let speaksForNumbers = certificate.value(of: TNAuthList.oid) != nil
        let isConstrained = certificate.extensions.contains {
            $0.oid == ClaimConstraints.oid || $0.oid == ClaimConstraints.enhancedOID
        }
        self =
            switch (certificate.isAuthority, speaksForNumbers) {
            case (true, true): .delegateAuthority
            case (true, false): certificate.isSelfIssued ? .root : .intermediate
            case (false, _): isConstrained || issuers.first?.value(of: TNAuthList.oid) != nil ? .delegate : .endEntity
            }
    }
}

extension Certificate {
    /// Those above it among `others`, the nearest first, by name and key identifier alone: that proves nothing, and a
    /// lint asks for no proof. A self-issued one is its own.
    package func issuers(among others: [Certificate]) -> [Certificate] {
        var path: [Certificate] = [], last = self
        while path.count < Credential.longestChain, let next = others.first(where: { last.names(asIssuer: $0) }) {
            path.append(next)
            if next.isSelfIssued { break }
            last = next
        }
        return path
    }
}
