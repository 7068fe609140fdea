package import LibCrypto

/// What SHAKEN and RFC 9060 ask of a certificate, one thing a rule, checked on each before it is signed.
package enum CertificateRule: String, Hashable, Sendable, CaseIterable {
    case version
    case signatureAlgorithm = "signature-algorithm"
    case publicKey = "public-key"
    case serialNumber = "serial-number"
    case serialLength = "serial-length"
    case validity
    case subjectAttributes = "subject-attributes"
    case country
    case nameLength = "name-length"
    case commonName = "common-name"
    case basicConstraints = "basic-constraints"
    case keyUsage = "key-usage"
    case subjectKeyIdentifier = "subject-key-identifier"
    case authorityKeyIdentifier = "authority-key-identifier"
    case certificatePolicy = "certificate-policy"
    case revocationPoint = "revocation-point"
    case tnAuthListPlace = "tnauthlist-place"
    case tnAuthListContent = "tnauthlist-content"
    case tnAuthListCriticality = "tnauthlist-criticality"
    case oneServiceProviderCode = "one-service-provider-code"
    case claimConstraintsPlace = "claim-constraints-place"
    case claimConstraintsForm = "claim-constraints-form"
    case claimConstraintsContent = "claim-constraints-content"
    case claimConstraintsBaseline = "claim-constraints-baseline"
    case knownExtensions = "known-extensions"
    case repeatedExtension = "repeated-extension"
    case testPolicy = "test-policy"
    case nationalPolicy = "national-policy"
    case issuer
    case issuersValidity = "issuers-validity"
    case issuersScope = "issuers-scope"
}

extension CertificateRule {
    /// What must be so, to be read after "must have".
    package var requirement: String { statement.requirement }
    /// Who says so.
    package var source: String { statement.source }

    private var statement: (requirement: String, source: String) {
        switch self {
        case .version: ("X.509 version 3", "RFC 5280 §4.1.2.1")
        case .signatureAlgorithm: ("a signature of ECDSA with SHA-256", "ATIS-1000080, RFC 5758 §3.2")
        case .publicKey: ("a key on the named curve P-256", "ATIS-1000080, RFC 5480 §2.1.1")
        case .serialNumber: ("a serial number above zero and of 20 octets at the most", "RFC 5280 §4.1.2.2")
        case .serialLength: ("a serial number of 64 bits or more", "ATIS-1000080")
        case .validity: ("an end that is not before its beginning", "RFC 5280 §4.1.2.5")
        case .subjectAttributes: ("a subject of one C, one O and one CN", "ATIS-1000080")
        case .country: ("a country of two capital letters", "ATIS-1000080, ISO 3166-1")
        case .nameLength: ("an O and a CN of 1 to 64 characters", "RFC 5280 Appendix A.1")
        case .commonName:
            (
                "SHAKEN in its CN, followed in an end entity's by its service provider code, and ROOT in a root's",
                "ATIS-1000080"
            )
        case .basicConstraints: ("critical basicConstraints that tell a CA from an end entity", "RFC 5280 §4.2.1.9")
        case .keyUsage:
            (
                "critical keyUsage: digitalSignature for an end entity; keyCertSign, with or without cRLSign, for a CA",
                "ATIS-1000080, RFC 5280 §4.2.1.3"
            )
        case .subjectKeyIdentifier: ("a subject key identifier of 20 bytes", "ATIS-1000080, RFC 5280 §4.2.1.2")
        case .authorityKeyIdentifier: ("an authority key identifier", "ATIS-1000080, RFC 5280 §4.2.1.1")
        case .certificatePolicy: ("one certificate policy, not critical; none in a root", "ATIS-1000080")
        case .revocationPoint: ("one CRL distribution point, not critical; none in a root", "ATIS-1000080")
        case .tnAuthListPlace:
            ("a TNAuthList, unless it is a root or a CA that is no delegate", "ATIS-1000080, RFC 9060 §4")
        case .tnAuthListContent: ("a TNAuthList in DER, its blocks within their number of digits", "RFC 8226 §9")
        case .tnAuthListCriticality: ("a TNAuthList that is not critical", "RFC 8226 §9")
        case .oneServiceProviderCode:
            ("one service provider code and no number in a carrier's TNAuthList", "ATIS-1000080")
        case .claimConstraintsPlace: ("claim constraints in a delegate's certificate only", "ATIS-1000080, RFC 9118 §8")
        case .claimConstraintsForm: ("claim constraints of one form, not of both", "RFC 9118 §6")
        case .claimConstraintsContent: ("claim constraints in DER that demand something", "RFC 8226 §8, RFC 9118 §3")
        case .claimConstraintsBaseline:
            ("claim constraints that do not exclude iat, orig or dest, which would void them", "RFC 9118 §3")
        case .knownExtensions: ("no extension but those of its profile", "ATIS-1000080")
        case .repeatedExtension: ("no extension twice", "RFC 5280 §4.2")
        case .testPolicy: ("TEST in its CN if its policy is of the arc kept for documentation", "RFC 5612")
        case .nationalPolicy: ("no policy of the United States if its CN says TEST", "ATIS-1000080")
        case .issuer: ("its issuer's name, and its key identifier as the authority's", "RFC 5280 §6.1, RFC 9060 §6")
        case .issuersValidity: ("a validity that ends no later than its issuer's", "RFC 5280 §6.1.3")
        case .issuersScope:
            ("no number and no code that its issuers lack, and delegate CAs alone above a delegate", "RFC 9060 §4")
        }
    }
}

extension CertificateRule {
    /// The rules that the certificate breaks as one of that kind.
    ///
    /// `issuers` are those above it, the nearest first, as far as they are known; a root's is itself.
    package static func broken(
        by certificate: Certificate, as kind: CertificateProfile.Kind, under issuers: [Certificate] = []
    ) -> [CertificateRule] {
        let read = LintedCertificate(certificate, kind, issuers)
        return allCases.filter { !$0.holds(read) }
    }

    private func holds(_ read: LintedCertificate) -> Bool {
        switch self {
        case .version: read.certificate.version == 3
        case .signatureAlgorithm: read.certificate.signatureAlgorithm == .ecdsaSHA256
        case .publicKey: (try? read.certificate.verifyingKey) != nil
        case .serialNumber: read.certificate.hasSoundSerialNumber
        case .serialLength: read.certificate.serialBytes.count >= 8
        case .validity: read.certificate.notBefore <= read.certificate.notAfter
        case .subjectAttributes: read.hasSubjectOfThree
        case .country: read.values(.country).allSatisfy(\.isCountry)
        case .nameLength: (read.values(.organization) + read.values(.commonName)).allSatisfy(\.isNameLength)
        case .commonName: read.hasSoundCommonName
        case .basicConstraints: read.hasSoundBasicConstraints
        case .keyUsage: read.hasSoundKeyUsage
        case .subjectKeyIdentifier:
            read.isPresent("2.5.29.14", critical: false) && read.certificate.subjectKeyIdentifier?.count == 20
        case .authorityKeyIdentifier:
            read.isPresent("2.5.29.35", critical: false) && read.certificate.authorityKeyIdentifier != nil
        case .certificatePolicy: read.hasSoundPolicy
        case .revocationPoint: read.hasSoundRevocationPoint
        case .tnAuthListPlace: read.mustSpeakForNumbers == (read.certificate.value(of: TNAuthList.oid) != nil)
        case .tnAuthListContent: read.certificate.value(of: TNAuthList.oid) == nil || read.tnAuthList != nil
        case .tnAuthListCriticality: !read.isPresent(TNAuthList.oid, critical: true)
        case .oneServiceProviderCode: read.hasCodesOfItsKind
        case .claimConstraintsPlace: read.kind == .delegate || read.constraints.isEmpty
        case .claimConstraintsForm: Set(read.constraints.map(\.oid)).count <= 1
        case .claimConstraintsContent: read.constraints.allSatisfy { $0.claimConstraints != nil }
        case .claimConstraintsBaseline:
            read.constraints.allSatisfy { $0.claimConstraints?.excludedBaselineClaim == nil }
        case .knownExtensions: LintedCertificate.knownExtensions.isSuperset(of: read.extensions.map(\.oid))
        case .repeatedExtension: Set(read.extensions.map(\.oid)).count == read.extensions.count
        case .testPolicy: read.isMarkedTest || !read.hasPolicy(below: CertificateProfile.documentationArc)
        case .nationalPolicy: !read.isMarkedTest || !read.hasPolicy(below: CertificateProfile.unitedStatesArc)
        case .issuer: read.issuers.first.map { read.certificate.names(asIssuer: $0) } ?? true
        case .issuersValidity: read.issuers.allSatisfy { read.certificate.notAfter <= $0.notAfter }
        case .issuersScope: read.isWithinIssuersScope
        }
    }
}
