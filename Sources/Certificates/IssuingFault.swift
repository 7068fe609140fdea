package import LibCrypto

/// Why a certificate or a CRL is not issued.
package enum IssuingFault: Error, Hashable, Sendable {
    case notAnObjectIdentifier(String)
    case timeOutOfRange(Int)
    case libcrypto(OpenSSLError)
    case certificate(CertificateFault)
    case request(CertificationRequestFault)
    case keyMismatch(String)
    case notAnAuthority(String)
    case notSignedByNext(String, String)
    case noRoot(String)
    case notADelegator(String)
    case unwantedScope(CertificateProfile.Kind)
    case missingScope(CertificateProfile.Kind)
    case widerThanIssuer(String)
    case outlivesIssuer(days: Int)
    case breaksRules([CertificateRule])
    case permitOfAnother
    case asksForMore(String)
    case asksForOtherConstraints
    case renewalChangesConstraints
}

extension IssuingFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notAnObjectIdentifier(let text): "'\(text)' is no object identifier; write it as in 1.3.6.1.4.1.32473.1"
        case .timeOutOfRange(let time): "a certificate cannot tell the time \(time)"
        case .libcrypto(let error): error.description
        case .certificate(let fault): fault.description
        case .request(let fault): fault.description
        case .keyMismatch(let subject): "the key is not that of the certificate of \(subject)"
        case .notAnAuthority(let subject): "not a CA's certificate: \(subject)"
        case .notSignedByNext(let subject, let next):
            """
            the certificate of \(subject) is not signed by the one behind it, that of \(next); the issuer's own comes first, \
            each is followed by that of whoever signed it, and the root is the last
            """
        case .noRoot(let subject): "the path of the issuer ends with \(subject), which is not a root; add who signed it"
        case .notADelegator(let subject):
            "\(subject) has no TNAuthList to delegate from; issue a delegate CA first (countersign ca delegate --authority)"
        case .unwantedScope(let kind): "a certificate of kind \(kind.rawValue) speaks for no numbers"
        case .missingScope(let kind):
            "a certificate of kind \(kind.rawValue) must say what it speaks for; add --spc, --range or --number"
        case .widerThanIssuer(let excess): "wider than its issuer by \(excess); ask for what lies within"
        case .outlivesIssuer(0): "would outlive its issuer, which ends within a day; have one issue that lasts longer"
        case .outlivesIssuer(let days): "would outlive its issuer; ask for --days \(days) or less"
        case .breaksRules(let rules):
            "not signed, since it must have "
                + rules.map { "\($0.requirement) (\($0.rawValue): \($0.source))" }.joined(separator: "; ")
        case .permitOfAnother: "leave to sign was given for another issuer's certificate"
        case .asksForMore(let excess):
            "the request asks for \(excess) too; grant it with --spc, --range or --number, or have a smaller one made"
        case .asksForOtherConstraints:
            "the request asks for other claim constraints than it would get; have one made without"
        case .renewalChangesConstraints: "a renewal must carry the very constraints of the certificate it renews"
        }
    }
}
