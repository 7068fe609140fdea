internal import Jansson
internal import NIOHTTP1

/// Asks a token authority, where the carrier has an account, for an authority token (RFC 9447 §5.1, RFC 9448 §5.5).
package struct TokenAuthority: Sendable {
    private let place: ServiceURL
    private let credentials: String
    private let web: WebClient
    private let request: ACMEDialect.TokenRequest

    /// - Parameters:
    ///   - base: what stands before `/at/account/…`.
    ///   - account: the carrier's id at the authority.
    ///   - credentials: the value of the Authorization field: `Bearer …`, `Basic …`.
    package init(
        _ base: String, isLaboratory: Bool, account: String, credentials: String, _ dialect: ACMEDialect,
        _ web: WebClient
    ) throws(ACMEFault) {
        // RFC 3986 §2.3: what cannot be taken for another part of the URL.
        guard !["", ".", ".."].contains(account),
            account.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._~".contains($0)) })
        else { throw .account(account.printable) }
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        place = try ServiceURL("\(root)/at/account/\(account)/token", isLaboratory: isLaboratory)
        self.credentials = credentials
        self.web = web
        request = dialect.tokenRequest
    }

    package func token(_ wish: AuthorityTokenWish) async throws(ACMEFault) -> AuthorityToken {
        let answer = try await web.answer(
            to: WebRequest(
                method: .POST, url: place,
                fields: [("Authorization", credentials), ("Content-Type", "application/json")], body: body(wish)))
        guard answer.isSuccess else { throw answer.failure }
        let json = try answer.json()
        return try AuthorityToken(answer.reading { () throws(JSONError) in try json.string("token") })
    }

    private func body(_ wish: AuthorityTokenWish) -> [UInt8] {
        switch request {
        case .flat: return wish.json.canonicalText()
        case .wrapped:
            let json = JSON.object()
            json.set("atc", wish.json)
            return json.canonicalText()
        }
    }
}
