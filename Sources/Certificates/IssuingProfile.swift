/// What certificates of one kind say, beyond what their kind settles.
///
/// The shape (extensions, key usage, algorithm) follows from the kind and cannot be changed here: see
/// ``CertificateRule``. `Certs/profiles` holds the same values as files to start from.
package struct CertificateProfile: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case root, intermediate
        case endEntity = "end-entity"
        /// A CA that may pass on no more than its own TNAuthList (RFC 9060).
        case delegateAuthority = "delegate-ca"
        case delegate
    }

    package struct RevocationPoint: Hashable, Sendable, Codable {
        /// Where the CRL is published.
        package var url: String
        /// Whether the root signs one indirect CRL for all its issuers, as SHAKEN's policy administrator does.
        package var isIndirect: Bool

        package init(url: String, isIndirect: Bool) {
            self.url = url
            self.isIndirect = isIndirect
        }

        package enum CodingKeys: String, CodingKey {
            case url
            case isIndirect = "indirect"
        }
    }

    package var kind: Kind
    package var lifetimeDays: Int
    /// Two letters.
    package var country: String
    /// `{name}` stands for the holder's name.
    package var organization: String
    /// `{name}` stands for the service provider code, or for the holder's name where there is none.
    package var commonName: String
    /// The certificate policy, of an arc of one's own; none in a root.
    package var policy: String?
    /// None in a root.
    package var revocation: RevocationPoint?
    /// Claims that a token under such a certificate must not carry, unless the issuer is told otherwise.
    package var mustExclude: [String]?

    package enum CodingKeys: String, CodingKey {
        case kind, country, organization, policy
        case lifetimeDays = "lifetime-days"
        case commonName = "common-name"
        case revocation = "crl"
        case mustExclude = "must-exclude"
    }
}

extension CertificateProfile {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Refuses a key it does not know: a misspelt one must not pass for one left out.
    package init(from decoder: any Decoder) throws {
        func refuse(_ key: String, _ words: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(key) \(words)"))
        }
        for key in try decoder.container(keyedBy: Key.self).allKeys
        where CodingKeys(stringValue: key.stringValue) == nil {
            throw refuse(key.stringValue, "is no key of a profile")
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        kind = try values.decode(Kind.self, forKey: .kind)
        lifetimeDays = try values.decode(Int.self, forKey: .lifetimeDays)
        country = try values.decode(String.self, forKey: .country)
        organization = try values.decode(String.self, forKey: .organization)
        commonName = try values.decode(String.self, forKey: .commonName)
        policy = try values.decodeIfPresent(String.self, forKey: .policy)
        revocation = try values.decodeIfPresent(RevocationPoint.self, forKey: .revocation)
        mustExclude = try values.decodeIfPresent([String].self, forKey: .mustExclude)
        guard (1...36_500).contains(lifetimeDays) else { throw refuse("lifetime-days", "goes from 1 to 36500") }
        guard revocation?.url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) ?? true else {
            throw refuse("crl", "has a url that is not one")
        }
    }

    /// Certificates are valid a little before they are issued, for verifiers whose clock is behind.
    package static let backdating = 600

    /// In the arc that RFC 5612 sets apart for documentation: a deployment has one of its own.
    package static let testPolicy = documentationArc + "1.1"
    package static let documentationArc = "1.3.6.1.4.1.32473."
    /// SHAKEN's policies in the United States are 1.1.1 to 1.1.4 below this arc. They are not for a test CA.
    package static let unitedStatesArc = "2.16.840.1.114569."

    package static func testing(_ kind: Kind) -> CertificateProfile {
        var profile = CertificateProfile(
            kind, lifetimeDays: 30, country: "US", organization: "{name}", commonName: "SHAKEN {name} TEST",
            policy: testPolicy, revocation: .init(url: "https://crl.countersign.test/shaken.crl", isIndirect: false))
        switch kind {
        case .root:
            profile.lifetimeDays = 3_650
            profile.organization = "Countersign"
            profile.commonName = "SHAKEN TEST ROOT"
            profile.policy = nil
            profile.revocation = nil
        case .intermediate:
            profile.lifetimeDays = 1_095
            profile.organization = "Countersign"
            profile.commonName = "SHAKEN TEST CA"
        case .endEntity: break
        case .delegateAuthority:
            profile.lifetimeDays = 365
            profile.commonName = "SHAKEN TEST Delegate CA {name}"
        case .delegate:
            profile.commonName = "SHAKEN TEST Delegate {name}"
            profile.mustExclude = ["attest", "origid", "rcd", "rcdi", "crn"]
        }
        return profile
    }

    private init(
        _ kind: Kind, lifetimeDays: Int, country: String, organization: String, commonName: String, policy: String?,
        revocation: RevocationPoint?
    ) {
        self.kind = kind
        self.lifetimeDays = lifetimeDays
        self.country = country
        self.organization = organization
        self.commonName = commonName
        self.policy = policy
        self.revocation = revocation
    }

    package var isAuthority: Bool { kind == .root || kind == .intermediate || kind == .delegateAuthority }

    func subject(of holder: Holder) -> DistinguishedName {
        func named(_ template: String, _ name: String) -> String {
            template.split(separator: "{name}", omittingEmptySubsequences: false).joined(separator: name)
        }
        return DistinguishedName(
            country: country, organization: named(organization, holder.name),
            commonName: named(commonName, holder.tnAuthList?.serviceProviderCodes.first ?? holder.name))
    }
}

/// Whom a certificate is for.
package struct Holder: Sendable {
    package var name: String
    package var tnAuthList: TNAuthList?
    package var constraints: ClaimConstraints?

    package init(name: String, tnAuthList: TNAuthList? = nil, constraints: ClaimConstraints? = nil) {
        self.name = name
        self.tnAuthList = tnAuthList
        self.constraints = constraints
    }
}
