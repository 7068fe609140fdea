package import LibCrypto

/// What a certificate URL answered, taken apart before anything in it is trusted.
package struct ChainBody {
    /// In the order they came in; there is at least one.
    package let certificates: [Certificate]

    /// PEM, or the DER of one certificate: the content decides, not the type it was sent as (RFC 8224 §7.4).
    package init(_ body: [UInt8], settings: TrustSettings) throws(CertificateFault) {
        guard body.count <= settings.largestBody else { throw .bodyTooLarge }
        let labels = Self.labels(in: body), isDER = labels.isEmpty && Self.looksLikeDER(body)
        if !isDER { try Self.check(labels, atMost: settings.longestChain) }
        do throws(OpenSSLError) {
            certificates =
                isDER
                ? [try Certificate(der: body.span)]
                : try Certificate.all(inPEM: body.span, atMost: settings.longestChain)
        } catch {
            throw .malformedCertificate(error.description)
        }
        // A block whose boundary does not stand at the start of a line is one that libcrypto passes over.
        guard isDER || certificates.count == labels.count else {
            throw .malformedCertificate("a PEM block that cannot be read")
        }
    }

    /// A SEQUENCE of 128 bytes or more, as every certificate is; a text may well begin with the digit 0, which is the same byte.
    private static func looksLikeDER(_ body: [UInt8]) -> Bool { body.count > 128 && body[0] == 0x30 && body[1] > 0x80 }

    private static func check(_ labels: [String], atMost limit: Int) throws(CertificateFault) {
        guard !labels.isEmpty else { throw .noCertificate }
        for label in labels where label != "CERTIFICATE" { throw .wrongPEM(label) }
        guard labels.count <= limit else { throw .tooManyCertificates }
    }

    /// What stands behind each `-----BEGIN `, cut to a length fit for a log.
    private static func labels(in body: [UInt8]) -> [String] {
        let boundary = Array("-----BEGIN ".utf8)
        var labels: [String] = [], start = 0
        while let found = firstIndex(of: boundary, in: body, from: start) {
            start = found + boundary.count
            let label = body[start...].prefix(32).prefix { $0 != UInt8(ascii: "-") && $0 >= 0x20 && $0 < 0x7F }
            labels.append(String(decoding: label, as: UTF8.self))
        }
        return labels
    }

    private static func firstIndex(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + pattern.count <= bytes.count {
            if bytes[index] == pattern[0], bytes[index..<index + pattern.count].elementsEqual(pattern) { return index }
            index += 1
        }
        return nil
    }
}

extension [Certificate] {
    /// Each one but the last is issued by the one behind it (RFC 9060 §7): by name and key identifier, before any signature.
    package func requireOrder() throws(CertificateFault) {
        guard Set(self).count == count else { throw .duplicateCertificate }
        for place in indices.dropFirst() where !self[place - 1].names(asIssuer: self[place]) {
            throw .unordered(place)
        }
    }
}
