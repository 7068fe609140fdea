internal import Foundation
internal import JWTKit
package import LibCrypto
internal import MiniPKI

/// A token authority: gives its word to whoever has an account and knows its credentials (RFC 9447 §5).
package struct TokenDesk: Sendable {
    package static let account = "1001", credentials = "Bearer open-sesame"

    /// All that a token is made of, for a test to alter.
    package struct Recipe: Sendable {
        package var claims: TokenClaims
        package var x5u: String?
        package var x5c: [LibCrypto.Certificate] = []
        /// Signs, whatever the header says.
        package var key: SigningKey
    }

    let party: MiniPKI.Party
    let now: Int
    let alter: @Sendable (inout Recipe) -> Void

    private struct Wish: Decodable {
        let atc: TokenClaims.Word?
        let tktype, tkvalue, fingerprint: String?
        let ca: Bool?

        var word: TokenClaims.Word {
            atc ?? TokenClaims.Word(tktype: tktype, tkvalue: tkvalue, fingerprint: fingerprint, ca: ca)
        }
    }

    /// `POST /at/account/ID/token`, with the members of `atc` by themselves or within it (RFC 9448 §5.5, RFC 9447 §5.1).
    func answer(to question: WebServer.Question) async throws -> WebServer.Answer {
        guard question.path == "/at/account/\(Self.account)/token",
            question.fields["authorization"] == Self.credentials
        else { throw Refusal("unauthorized", "no such account, or not yours") }
        let word = try JSONDecoder().decode(Wish.self, from: Data(question.body)).word
        let answer = try JSONEncoder().encode(["token": try await token(word)])
        return WebServer.Answer(200, ["Content-Type": "application/json"], Array(answer))
    }

    private func token(_ word: TokenClaims.Word) async throws -> String {
        var recipe = Recipe(
            claims: TokenClaims(
                iss: "https://authority.example.com", exp: now + 3_600, jti: UUID().uuidString, atc: word),
            x5u: party.x5u, key: party.key)
        alter(&recipe)
        let key = try ES256PrivateKey(pem: String(decoding: recipe.key.pem(), as: UTF8.self))
        var header = JWTHeader()
        if let x5u = recipe.x5u { header.fields["x5u"] = .string(x5u) }
        if !recipe.x5c.isEmpty { header.x5c = recipe.x5c.map(\.pem) }
        return try await JWTKeyCollection().add(ecdsa: key).sign(recipe.claims, header: header)
    }
}
