package import Certificates
internal import Foundation
internal import Jansson
internal import LibCrypto
internal import PASSporT

/// Signs what a carrier says to others with the key that signs its calls.
///
/// The key may be in hardware and take its time, so it is waited for.
package struct StatementSigner: Sendable {
    private let credential: Credential
    /// base64url of the header, by kind.
    private let headers: [StatementKind: [UInt8]]
    /// The SPC that it speaks for.
    package let carrier: String

    /// Nil unless the certificate names exactly one carrier: a statement is one carrier's word.
    package init?(_ credential: Credential) {
        let codes = credential.tnAuthList.serviceProviderCodes
        guard codes.count == 1 else { return nil }
        carrier = codes[0]
        self.credential = credential
        let chain = credential.chain.map { Data($0.der).base64EncodedString() }
        headers = Dictionary(
            uniqueKeysWithValues: StatementKind.allCases.map { ($0, Self.header(of: $0, chain: chain)) })
    }

    private static func header(of kind: StatementKind, chain: [String]) -> [UInt8] {
        var text = JSONText(capacity: 4_096)
        text.raw(#"{"alg":"ES256","typ":"#)
        text.string(kind.type)
        text.raw(#","x5c":["#)
        for (place, certificate) in chain.enumerated() {
            if place > 0 { text.raw(",") }
            text.string(certificate)
        }
        text.raw("]}")
        var encoded: [UInt8] = []
        text.withSpan { Base64URL.append($0, to: &encoded) }
        return encoded
    }

    package func sign(_ statement: Statement) async throws(StatementFault) -> SignedStatement {
        guard statement.carrier == carrier else { throw .otherCarrier(statement.carrier, signer: carrier) }
        guard statement.payload.count <= Statement.largestPayload else { throw .tooLarge }
        var text = headers[statement.kind] ?? []
        text.append(UInt8(ascii: "."))
        Base64URL.append(statement.payload.span, to: &text)
        let signature = try await signature(for: text)
        text.append(UInt8(ascii: "."))
        Base64URL.append(signature.octets.span, to: &text)
        return SignedStatement(unverified: String(decoding: text, as: UTF8.self))
    }

    private func signature(for text: [UInt8]) async throws(StatementFault) -> ES256Signature {
        guard let signers = credential.key.tokenSigners else {
            do throws(OpenSSLError) { return try Signer(credential.key).signature(for: text.span) } catch {
                throw .key(error)
            }
        }
        let outcome = await withCheckedContinuation { done in
            if !signers.sign(text, while: { true }, done: { done.resume(returning: $0) }) {
                done.resume(returning: .failure(.notAwaited))
            }
        }
        do throws(TokenFault) { return try outcome.get() } catch { throw .token(error) }
    }
}
