internal import Certificates

/// A URL that the operator gave, or that a server of his choice answered with.
///
/// Unlike those of certificates, which strangers write, it may lead by a name to an address in the operator's own network.
package struct ServiceURL: Hashable, Sendable {
    package let text: String
    /// Whether http, private addresses and the like are allowed, here and in what is answered.
    let isLaboratory: Bool

    package init(_ text: String, isLaboratory: Bool) throws(ACMEFault) {
        var rules = CertificateURLRules.shaken
        rules.ports = nil
        // Unlike a certificate's it may have a query, which is written with the characters of a path (RFC 3986 §3.4).
        let whole = String(text.map { $0 == "?" ? "/" : $0 })
        do throws(CertificateURLFault) {
            _ = try CertificateURL(whole, rules: isLaboratory ? .laboratory : rules)
        } catch { throw .url(text.printable, error) }
        self.text = text
        self.isLaboratory = isLaboratory
    }

    /// Another one that the server behind this one named.
    func named(_ text: String) throws(ACMEFault) -> ServiceURL { try ServiceURL(text, isLaboratory: isLaboratory) }
}

extension String {
    /// What a server wrote, fit for a terminal and for one line of a log: nothing in it moves or turns around what stands beside it.
    var printable: String { String(prefix(300).map { $0.unicodeScalars.allSatisfy(\.isPlain) ? $0 : "?" }) }
}

extension Unicode.Scalar {
    fileprivate var isPlain: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
