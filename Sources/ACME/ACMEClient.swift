package import Certificates
internal import Jansson
package import LibCrypto
internal import PASSporT

/// Orders certificates of a CA for STI, on the word of a token authority (RFC 8555, RFC 9447, RFC 9448).
package struct ACMEClient: Sendable {
    private let place: ServiceURL
    private let account: ACMEAccount
    private let dialect: ACMEDialect
    private let web: WebClient
    private let waiting: ACMEWaiting

    /// - Parameter place: the CA's directory.
    package init(
        directory place: ServiceURL, _ account: ACMEAccount, _ dialect: ACMEDialect, _ web: WebClient,
        _ waiting: ACMEWaiting
    ) {
        self.place = place
        self.account = account
        self.dialect = dialect
        self.web = web
        self.waiting = waiting
    }

    /// Brings the word of a token authority. Where the CA says that there is one is for people: whoever has credentials for
    /// an authority sends them where its operator says, and nowhere else.
    package typealias TokenSource =
        @Sendable (_ wish: AuthorityTokenWish, _ authority: String?) async throws(ACMEFault) -> AuthorityToken

    /// Orders what `request` asks for, with the TNAuthList in it. The key stays where it is: what is sent is signed already.
    ///
    /// - Parameter isForAuthority: whether the request is a CA's own.
    package func chain(
        for request: CertificationRequest, isForAuthority: Bool = false, token: TokenSource
    ) async throws(ACMEFault) -> IssuedChain {
        guard let list = request.tnAuthList else { throw .noTNAuthList }
        let identifier = TNAuthListIdentifier(value: Base64URL.text(list.der))
        var session = try await ACMESession(place, by: account.key, web, waiting)
        try await session.signIn(account)
        let made = try await session.post(Self.order(identifier), to: session.directory.newOrder)
        let place = try made.location, order = try ACMEOrder(made)
        try await authorise(order.authorization, wish(for: identifier, isForAuthority), token, in: &session)
        let ready = try await session.settled(at: place, ACMEOrder.init) { $0.status == .pending }
        if ready.status == .ready { _ = try await session.post(Self.finalization(request), to: ready.finalize) }
        let issued = try await session.settled(at: place, ACMEOrder.init) {
            $0.status != .valid && $0.status != .invalid
        }
        guard issued.status == .valid, let certificate = issued.certificate else {
            throw .orderFailed(issued.problem)
        }
        let answer = try await session.post([], to: certificate, accept: "application/pem-certificate-chain")
        return try IssuedChain(
            answer, of: issued, asked: AskedCertificate(request, list, isForAuthority: isForAuthority))
    }

    private static func order(_ identifier: TNAuthListIdentifier) -> [UInt8] {
        let order = JSON.object()
        order.set("identifiers", only: identifier.json)
        return order.canonicalText()
    }

    private static func finalization(_ request: CertificationRequest) -> [UInt8] {
        let finalization = JSON.object()
        finalization.set("csr", Base64URL.text(request.der))
        return finalization.canonicalText()
    }

    private func wish(for identifier: TNAuthListIdentifier, _ isForAuthority: Bool) -> AuthorityTokenWish {
        AuthorityTokenWish(
            type: dialect.tokenType, value: identifier.value, isForAuthority: isForAuthority,
            fingerprint: account.key.publicKey.fingerprint(dialect.fingerprint))
    }

    /// Answers the challenge with a token, unless the CA remembers an earlier one.
    private func authorise(
        _ place: ServiceURL, _ wish: AuthorityTokenWish, _ token: TokenSource, in session: inout ACMESession
    ) async throws(ACMEFault) {
        let authorization = try ACMEAuthorization(await session.post([], to: place))
        guard authorization.identifier == TNAuthListIdentifier(value: wish.value) else {
            throw .otherIdentifier(place: place.text)
        }
        guard authorization.status != .valid else { return }
        guard let challenge = authorization.challenges.first else {
            throw .noTokenChallenge(offered: authorization.offered)
        }
        let answer = JSON.object()
        answer.set(dialect.response.rawValue, try await token(wish, challenge.tokenAuthority).text)
        let payload = answer.canonicalText()
        _ = try await session.post(payload, to: challenge.url)
        let outcome = try await session.settled(at: place, ACMEAuthorization.init) { $0.status == .pending }
        guard outcome.status == .valid else {
            throw .unauthorised(outcome.challenges.lazy.compactMap(\.problem).first)
        }
    }
}

/// What the CA issued, which is what was asked for; whether peers will trust it is for others to say.
package struct IssuedChain: Sendable {
    /// Leaf first.
    package let certificates: [Certificate]
    /// Where the CA says that it publishes the chain itself, if it does (RFC 9448 §7).
    package let x5u: String?

    package var pem: String { certificates.map(\.pem).joined() }

    init(_ answer: WebAnswer, of order: ACMEOrder, asked: AskedCertificate) throws(ACMEFault) {
        do throws(OpenSSLError) {
            // One more than a chain has, since some send the root along.
            certificates = try Certificate.all(inPEM: answer.body.span, atMost: Credential.longestChain + 1)
        } catch { throw .malformed(place: answer.place.text, reason: "no chain in PEM (\(error))") }
        do throws(AnswerFault) { try asked.requireAnswer(certificates) } catch { throw .answer(error) }
        x5u = order.x5u
    }
}
