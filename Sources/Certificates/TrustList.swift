internal import Foundation
internal import Jansson
package import LibCrypto
internal import PASSporT

/// Whom a policy administrator says to trust: a JWS in compact form with certificates in it (ATIS-1000084).
///
/// There is no other way to make one than from bytes that a pinned signer has signed.
package struct TrustList: Sendable {
    /// Of two lists of one signer, the one with the higher number counts.
    package let sequence: Int
    /// The first second at which it counts no more, as Unix time.
    package let expires: Int
    package let anchors: [Certificate]
    private let payload: [UInt8]

    /// In bytes, as it is fetched.
    package static let largest = 4 * 1024 * 1024
    package static let mostAnchors = 1_000

    /// - Parameter signers: pinned: certificates whose keys sign lists, or that issue to those who do and to nobody else.
    package init(_ jws: [UInt8], signers: [Certificate], at now: Int) throws(TrustListFault) {
        guard jws.count <= Self.largest else { throw .tooLarge }
        // The line of a file may have an end.
        let text = jws.last == UInt8(ascii: "\n") ? jws.dropLast() : jws[...]
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .notThreeParts }
        guard let header = Base64URL.decode(Array(parts[0]).span), let payload = Base64URL.decode(Array(parts[1]).span),
            let signature = Base64URL.decode(Array(parts[2]).span).flatMap({ ES256Signature($0.span) })
        else { throw .notBase64URL }
        let signed = Array(text[..<parts[1].endIndex])
        let keys = try TrustListHeader(header).keys(pinned: signers, at: now)
        guard keys.contains(where: { $0.accepts(signature, for: signed.span) }) else { throw .signature }
        self.payload = payload
        (sequence, expires, anchors) = try Self.content(payload)
    }

    /// Throws if it has expired, or if `mark` shows that it is not the newest.
    package func requireNewest(after mark: TrustListMark?, at now: Int) throws(TrustListFault) {
        guard now < expires else { throw .expired }
        guard let mark else { return }
        guard sequence >= mark.sequence else { throw .older(sequence, than: mark.sequence) }
        guard sequence > mark.sequence || mark.isOf(self) else { throw .sameSequence(sequence) }
    }

    /// SHA-256 of what was signed, in hexadecimal.
    var digest: String {
        let digest: [UInt8] = SHA256.digest(payload.span)
        return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

extension TrustList {
    private static func content(
        _ payload: [UInt8]
    ) throws(TrustListFault) -> (sequence: Int, expires: Int, anchors: [Certificate]) {
        let sequence: Int, expires: Int, texts: [String]
        do throws(JSONError) {
            let json = try JSON(parsing: payload.span, limits: .trustList)
            _ = try json.integer("version")
            (sequence, expires) = (try json.integer("sequence"), try json.integer("exp"))
            texts = try json.strings("trustList")
        } catch { throw .notJSON(error) }
        guard sequence >= 0, expires >= 0 else { throw .negative }
        guard (1...mostAnchors).contains(texts.count) else { throw .count(texts.count) }
        var anchors: [Certificate] = []
        for (place, text) in texts.enumerated() {
            guard let anchor = certificate(text), anchor.isAuthority else { throw .notAnAuthority(place) }
            anchors.append(anchor)
        }
        return (sequence, expires, anchors)
    }

    /// PEM, or base64 of the DER.
    private static func certificate(_ text: String) -> Certificate? {
        if text.hasPrefix("-----BEGIN") {
            let pem = Array(text.utf8), all = try? Certificate.all(inPEM: pem.span, atMost: 1)
            return all?.first
        }
        guard let der = Data(base64Encoded: text).map({ [UInt8]($0) }) else { return nil }
        return try? Certificate(der: der.span)
    }
}

/// Who says to have signed a list: `alg`, and `x5c` if it is there. Other members are of no interest, and none is followed.
private struct TrustListHeader {
    /// The signer's first; nil where there is no `x5c`.
    let chain: [Certificate]?

    private static let longestChain = 4

    init(_ text: [UInt8]) throws(TrustListFault) {
        let chain: [String]?
        do throws(JSONError) {
            let json = try JSON(parsing: text.span, limits: .trustListHeader)
            guard try json.string("alg") == "ES256" else { throw JSONError.wrongType(name: "alg", expected: "ES256") }
            // Whatever it names would have to be understood (RFC 7515 §4.1.11).
            guard !json.contains("crit") else { throw JSONError.wrongType(name: "crit", expected: "nothing") }
            chain = json.contains("x5c") ? try json.strings("x5c") : nil
        } catch { throw .notJSON(error) }
        guard let chain else {
            self.chain = nil
            return
        }
        // Base64, not base64url, of the DER (RFC 7515 §4.1.6).
        let certificates = chain.prefix(Self.longestChain + 1).compactMap { text in
            Data(base64Encoded: text).flatMap { data in
                let der = [UInt8](data)
                return try? Certificate(der: der.span)
            }
        }
        guard certificates.count == chain.count, (1...Self.longestChain).contains(chain.count) else { throw .chain }
        self.chain = certificates
    }

    /// The keys that may have signed.
    func keys(pinned: [Certificate], at now: Int) throws(TrustListFault) -> [VerifyingKey] {
        let pinned = pinned.filter { $0.isValid(at: now) }
        guard let chain else { return pinned.compactMap { try? $0.verifyingKey } }
        guard !pinned.contains(chain[0]) else { return [chain[0]].compactMap { try? $0.verifyingKey } }
        guard let path = try? chain[0].path(through: Array(chain.dropFirst()), to: pinned) else { throw .signer }
        let below = path.dropLast()
        // Whoever may sign calls, or issue to those who do, says nothing about whom to trust.
        guard below.allSatisfy({ $0.isValid(at: now) && $0.value(of: TNAuthList.oid) == nil }),
            chain[0].keyUsage?.contains(.digitalSignature) == true, !chain[0].isAuthority
        else { throw .signer }
        return [chain[0]].compactMap { try? $0.verifyingKey }
    }
}

extension Certificate {
    fileprivate func isValid(at now: Int) -> Bool { notBefore <= now && now <= notAfter }
}

extension JSONLimits {
    fileprivate static let trustList = JSONLimits(bytes: TrustList.largest, depth: 8, stringBytes: 16_384)
    fileprivate static let trustListHeader = JSONLimits(bytes: 65_536, depth: 8, stringBytes: 16_384)
}
