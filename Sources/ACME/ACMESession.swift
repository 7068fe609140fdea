internal import Jansson
internal import NIOHTTP1

/// One client's talk with one server: requests one after another, each with a nonce of its own.
struct ACMESession: Sendable {
    let directory: ACMEDirectory
    private let web: WebClient
    private let key: AccountKey
    private let waiting: ACMEWaiting
    private var signer = SignedRequest.Signer.key
    /// The one that the last answer brought, until it is used.
    private var nonce: String?

    init(
        _ place: ServiceURL, by key: AccountKey, _ web: WebClient, _ waiting: ACMEWaiting
    ) async throws(ACMEFault) {
        directory = try ACMEDirectory(await web.answer(to: WebRequest(url: place)))
        self.web = web
        self.key = key
        self.waiting = waiting
    }

    /// Makes the account, or finds the one that this key has already (RFC 8555 §7.3).
    mutating func signIn(_ account: ACMEAccount) async throws(ACMEFault) {
        guard !directory.wantsExternalAccount else { throw .externalAccount }
        if let terms = directory.terms, !account.agreesToTerms { throw .termsNotAgreed(terms) }
        let wish = JSON.object()
        if !account.contacts.isEmpty { wish.set("contact", account.contacts) }
        if directory.terms != nil { wish.set("termsOfServiceAgreed", true) }
        let payload = wish.canonicalText()
        signer = .account(try await post(payload, to: directory.newAccount).location.text)
    }

    /// Sends a signed request. One whose nonce is refused is sent again with another (RFC 8555 §6.5).
    mutating func post(
        _ payload: [UInt8], to url: ServiceURL, accept: String = "application/json"
    ) async throws(ACMEFault) -> WebAnswer {
        for _ in 0..<Self.attempts {
            let request = try SignedRequest(payload, to: url, nonce: await freshNonce(), as: signer, by: key)
            let answer = try await web.answer(
                to: WebRequest(
                    method: .POST, url: url, fields: [("Content-Type", "application/jose+json"), ("Accept", accept)],
                    body: request.body))
            nonce = answer.nonce
            guard !answer.isSuccess else { return answer }
            guard case .problem(_, let problem) = answer.failure, problem.type == "badNonce" else {
                throw answer.failure
            }
        }
        throw .noncesRefused(place: url.text)
    }

    private static let attempts = 4

    /// Reads what is at a URL until it is more than under way. The time that the answers take counts too.
    mutating func settled<Resource>(
        at url: ServiceURL, _ read: (WebAnswer) throws(ACMEFault) -> Resource, isUnderWay: (Resource) -> Bool
    ) async throws(ACMEFault) -> Resource {
        let end = waiting.now() + waiting.seconds
        while true {
            let answer = try await post([], to: url), resource = try read(answer)
            guard isUnderWay(resource) else { return resource }
            let now = waiting.now(), pause = answer.retryAfter(at: now)
            guard now + pause <= end else { throw .unsettled(place: url.text, seconds: waiting.seconds) }
            do { try await waiting.pause(.seconds(pause)) } catch { throw .cancelled }
        }
    }

    private mutating func freshNonce() async throws(ACMEFault) -> String {
        if let kept = nonce.take() { return kept }
        let answer = try await web.answer(to: WebRequest(method: .HEAD, url: directory.newNonce))
        guard let nonce = answer.nonce else { throw .noNonce(place: directory.newNonce.text) }
        return nonce
    }
}

/// How long a CA may take, and what time is.
package struct ACMEWaiting: Sendable {
    /// For one thing that the CA has under way.
    package var seconds: Int
    package var pause: @Sendable (Duration) async throws -> Void
    /// Unix time.
    package var now: @Sendable () -> Int

    package init(
        seconds: Int, pause: @escaping @Sendable (Duration) async throws -> Void, now: @escaping @Sendable () -> Int
    ) {
        self.seconds = seconds
        self.pause = pause
        self.now = now
    }
}
