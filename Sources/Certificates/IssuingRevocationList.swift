internal import Foundation
package import LibCrypto

/// What a CRL (v2) is to say, before anybody has signed it.
///
/// An indirect one speaks of other issuers' certificates as well: that is how SHAKEN revokes, with one list for all.
package struct UnsignedRevocationList: Sendable {
    /// DER of the name.
    package var issuer: [UInt8]
    package var authorityKeyIdentifier: [UInt8]
    package var number: Int
    /// Unix times.
    package var thisUpdate: Int
    package var nextUpdate: Int
    package var entries: [Entry]
    package var isIndirect = false
    /// Where the list is published, as its certificates' distribution point names it.
    package var url: String?

    package struct Entry: Hashable, Sendable {
        package var serial: [UInt8]
        package var revokedAt: Int
        package var reason: RevocationReason?
        /// DER of the certificate's issuer's name; nil for the entry before's, and at first for the CRL's own issuer
        /// (RFC 5280 §5.3.3).
        package var certificateIssuer: [UInt8]?

        package init(
            serial: [UInt8], revokedAt: Int, reason: RevocationReason? = nil, certificateIssuer: [UInt8]? = nil
        ) {
            self.serial = serial
            self.revokedAt = revokedAt
            self.reason = reason
            self.certificateIssuer = certificateIssuer
        }
    }

    package init(
        issuer: [UInt8], authorityKeyIdentifier: [UInt8], number: Int, thisUpdate: Int, nextUpdate: Int,
        entries: [Entry]
    ) {
        self.issuer = issuer
        self.authorityKeyIdentifier = authorityKeyIdentifier
        self.number = number
        self.thisUpdate = thisUpdate
        self.nextUpdate = nextUpdate
        self.entries = entries
    }
}

/// RFC 5280 §5.3.1, without those that make no sense in SHAKEN.
package enum RevocationReason: UInt8, Hashable, Sendable, CaseIterable, Codable {
    case unspecified = 0, keyCompromise = 1, affiliationChanged = 3, superseded = 4, cessationOfOperation = 5
    case privilegeWithdrawn = 9
}

extension UnsignedRevocationList {
    /// Seconds by which a list is dated back: to a verifier whose clock lags it would be one from the future, and refused.
    package static let backdating = 300

    /// DER of the list.
    package func signed(by key: SigningKey) throws(IssuingFault) -> [UInt8] {
        let algorithm = AlgorithmIdentifier.ecdsaWithSHA256
        let body = try toBeSigned(algorithm).bytes
        do throws(OpenSSLError) {
            let signature = try Signer(key).signature(for: body.span).der
            return DERElement.sequence(DERElement(encoded: body), algorithm.der, .bits(signature)).bytes
        } catch { throw .libcrypto(error) }
    }

    package static func pem(_ der: [UInt8]) -> String {
        // Not by swift-asn1, which counts all that is left for each line: a list may be of many megabytes.
        let lines = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN X509 CRL-----\n\(lines)\n-----END X509 CRL-----\n"
    }

    private func toBeSigned(_ algorithm: AlgorithmIdentifier) throws(IssuingFault) -> DERElement {
        var revoked: [DERElement] = []
        for entry in entries { revoked.append(try entry.der) }
        var parts: [DERElement] = [
            .integer(1), algorithm.der, DERElement(encoded: issuer), try .time(thisUpdate), try .time(nextUpdate),
        ]
        // An empty list of entries is left out (RFC 5280 §5.1.2.6).
        if !revoked.isEmpty { parts.append(.sequence(revoked)) }
        parts.append(.explicit(0, try extensions.der))
        return .sequence(parts)
    }

    private var extensions: [Certificate.Extension] {
        var extensions: [Certificate.Extension] = [
            .authorityKeyIdentifier(authorityKeyIdentifier),
            .init("2.5.29.20", isCritical: false, value: DERElement.integer(number).bytes),
        ]
        guard isIndirect || url != nil else { return extensions }
        var point: [DERElement] = []
        if let url { point.append(.explicit(0, .explicit(0, .implicit(6, Array(url.utf8))))) }
        if isIndirect { point.append(.implicit(4, [0xFF])) }
        extensions.append(.init("2.5.29.28", isCritical: true, value: DERElement.sequence(point).bytes))
        return extensions
    }
}

extension UnsignedRevocationList.Entry {
    var der: DERElement {
        get throws(IssuingFault) {
            var extensions: [Certificate.Extension] = []
            if let reason, reason != .unspecified {
                extensions.append(
                    .init("2.5.29.21", isCritical: false, value: DERElement.enumerated(reason.rawValue).bytes))
            }
            if let certificateIssuer {
                let names = DERElement.sequence(.explicit(4, DERElement(encoded: certificateIssuer)))
                extensions.append(.init("2.5.29.29", isCritical: true, value: names.bytes))
            }
            let rest = extensions.isEmpty ? [] : [try extensions.der]
            return .sequence([.integer(unsigned: serial), try .time(revokedAt)] + rest)
        }
    }
}
