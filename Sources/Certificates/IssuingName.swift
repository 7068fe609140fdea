/// An X.501 name of one attribute a step, in the order it is written.
package struct DistinguishedName: Hashable, Sendable {
    package enum Attribute: String, Sendable {
        case country = "2.5.4.6", organization = "2.5.4.10", commonName = "2.5.4.3"
    }

    package var country: String
    package var organization: String
    package var commonName: String

    /// What SHAKEN wants of a subject: exactly one C, one O and one CN.
    package init(country: String, organization: String, commonName: String) {
        self.country = country
        self.organization = organization
        self.commonName = commonName
    }

    package var der: [UInt8] {
        get throws(IssuingFault) {
            var steps: [DERElement] = []
            for (attribute, value) in [
                (Attribute.country, DERElement.printable(country)), (.organization, .utf8(organization)),
                (.commonName, .utf8(commonName)),
            ] {
                steps.append(.set(.sequence(try .oid(attribute.rawValue), value)))
            }
            return DERElement.sequence(steps).bytes
        }
    }
}
