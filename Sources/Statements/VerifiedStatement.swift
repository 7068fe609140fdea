package import Certificates
internal import Foundation
package import Jansson
internal import LibCrypto
internal import PASSporT

/// A statement whose signature was checked, and the chain of whoever made it. There is no other way to make one.
package struct VerifiedStatement: Sendable {
    package let kind: StatementKind
    /// The SPC of the carrier that says it.
    package let carrier: String
    /// Seconds since 1970.
    package let issuedAt: Int
    package let signed: SignedStatement
    /// SHA-256 of the signer's certificate in hexadecimal.
    package let certificateID: String
    /// What an operator should know although it holds, such as "crl missing".
    package let notes: [String]
    private let payload: [UInt8]

    /// How far ahead of our clock a carrier's may be. In seconds.
    package static let longestAhead = 300

    /// - Parameters:
    ///   - kind: what it must be.
    ///   - time: when the chain must hold: now for what comes in, `iat` for what was kept (nil).
    package init(
        _ signed: SignedStatement, as kind: StatementKind, trust: TrustSnapshot, at time: Int?
    ) throws(StatementFault) {
        let parts = try StatementParts(signed.text, as: kind)
        do throws(JSONError) {
            let claims = try JSON(parsing: parts.payload.span, limits: .statement)
            (carrier, issuedAt) = (try claims.string("iss"), try claims.integer("iat"))
        } catch { throw .notJSON(error) }
        let chain: ValidatedChain
        do throws(CertificateFault) { chain = try trust.validate(parts.chain, at: time ?? issuedAt) } catch {
            throw .certificate(error)
        }
        guard chain.serviceProviderCode == carrier else { throw .notOfCarrier(carrier) }
        guard chain.key.accepts(parts.signature, for: parts.signed.span) else { throw .signature }
        let (latest, overflow) = (time ?? issuedAt).addingReportingOverflow(Self.longestAhead)
        guard chain.isValid(issuedAt: issuedAt), !overflow, issuedAt <= latest else { throw .time(issuedAt) }
        (certificateID, notes) = (chain.certificateID, chain.notes)
        payload = parts.payload
        self.kind = kind
        self.signed = signed
    }

    /// What it says, `iss` and `iat` among it.
    package func claims() throws(StatementFault) -> JSON {
        do throws(JSONError) { return try JSON(parsing: payload.span, limits: .statement) } catch {
            throw .notJSON(error)
        }
    }
}

extension JSONLimits {
    /// A string may be a whole statement, with its signer's chain.
    package static let statement = JSONLimits(
        bytes: Statement.largestPayload, depth: 12, stringBytes: Statement.largestPayload)
    fileprivate static let statementHeader = JSONLimits(bytes: 32_768, depth: 4, stringBytes: 16_384)
}

/// A JWS taken apart, before anything in it is believed.
private struct StatementParts {
    let payload: [UInt8]
    let signature: ES256Signature
    /// What is signed (RFC 7515 §5.1).
    let signed: [UInt8]
    /// The header's `x5c`, as PEM.
    let chain: [UInt8]

    init(_ text: String, as kind: StatementKind) throws(StatementFault) {
        guard text.utf8.count <= SignedStatement.longest else { throw .tooLarge }
        let text = Array(text.utf8)
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(Array(parts[0]).span),
            let payload = Base64URL.decode(Array(parts[1]).span),
            let signature = Base64URL.decode(Array(parts[2]).span).flatMap({ ES256Signature($0.span) })
        else { throw .notAStatement }
        self.payload = payload
        self.signature = signature
        signed = Array(text[..<(parts[0].count + 1 + parts[1].count)])
        chain = try Self.chain(header, kind)
    }

    private static func chain(_ header: [UInt8], _ kind: StatementKind) throws(StatementFault) -> [UInt8] {
        let certificates: [String], type: String, isUnderstood: Bool
        do throws(JSONError) {
            let header = try JSON(parsing: header.span, limits: .statementHeader)
            (type, certificates) = (try header.string("typ"), try header.strings("x5c"))
            // Whatever `crit` names would have to be understood (RFC 7515 §4.1.11).
            isUnderstood = try header.string("alg") == "ES256" && !header.contains("crit")
        } catch { throw .notAStatement }
        guard type == kind.type else { throw .otherKind(String(type.prefix(64))) }
        guard isUnderstood else { throw .notAStatement }
        guard (1...Credential.longestChain).contains(certificates.count) else { throw .notAStatement }
        return Array(certificates.map(Self.pem).joined().utf8)
    }

    /// Of base64, and not base64url, of the DER (RFC 7515 §4.1.6). What it holds is the reader's concern.
    private static func pem(_ base64: String) -> String {
        let text = Array(base64.utf8)
        let lines = stride(from: 0, to: text.count, by: 64).map { start in
            String(decoding: text[start..<min(start + 64, text.count)], as: UTF8.self)
        }
        return "-----BEGIN CERTIFICATE-----\n\(lines.joined(separator: "\n"))\n-----END CERTIFICATE-----\n"
    }
}
