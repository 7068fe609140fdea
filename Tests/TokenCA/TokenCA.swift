internal import Foundation
internal import HostileRepository
internal import JWTKit
package import LibCrypto
package import MiniPKI
internal import NIOSSL
internal import Synchronization

/// A CA that issues over ACME to whoever shows an authority token, and the authority that gives them, behind one port.
///
/// It holds requests to RFC 8555 §6 and tokens to RFC 9448 §6, with libraries of its own: it shares no JOSE with the client.
package final class TokenCA: Sendable {
    /// What a test has done otherwise than it should be.
    package struct Conduct: Sendable {
        package var alterToken: @Sendable (inout TokenDesk.Recipe) -> Void = { _ in }
        /// Has the last word on what is answered to a path.
        package var alterAnswer: @Sendable (_ path: String, inout WebServer.Answer) -> Void = { _, _ in }
        /// Nonces that are refused though they are good.
        package var refusedNonces = 0
        /// How often an order and an authorization are said to be under way before they are settled.
        package var delays = 0
        package var terms: String?
        /// The TNAuthList that orders are held to at their end, in the place of the one that was asked for.
        package var orderedValue: String?

        package init() {}
    }

    let now: Int
    /// Where the CA's chains end.
    package let root: LibCrypto.Certificate
    /// Of the web server.
    package let roots: [LibCrypto.Certificate]

    let policy: TokenPolicy
    let conduct: Conduct
    let issuing: Issuing
    let desk: TokenDesk
    let state: Mutex<State>
    private let server: MiniPKI.Party

    struct State {
        var nonces: Set<String> = []
        var refusedNonces: Int
        /// By their URLs.
        var accounts: [ClientKey] = []
        var orders: [Order] = []
        /// Ids of tokens, until they expire.
        var usedTokens: [String: Int] = [:]
        var questions: [WebServer.Question] = []
    }

    /// An order with its one authorization and that one's one challenge.
    struct Order {
        let account: Int
        let value: String
        var status = "pending", authorization = "pending"
        var problem: Refusal?
        var isForAuthority = false
        var delays: Int
        var chain: String?
    }

    package init(
        authorities: MiniPKI, _ conduct: Conduct = Conduct(), policy alter: (inout TokenPolicy) -> Void = { _ in }
    ) throws {
        now = authorities.now
        let web = MiniPKI(now: now), signer = authorities.leaf()
        roots = web.anchors
        server = web.server(["localhost"])
        issuing = try Issuing(at: now)
        root = issuing.root
        desk = TokenDesk(party: signer, now: now, alter: conduct.alterToken)
        var policy = TokenPolicy(anchors: authorities.anchors, published: [signer.x5u: signer.chain])
        alter(&policy)
        self.policy = policy
        self.conduct = conduct
        state = Mutex(State(refusedNonces: conduct.refusedNonces))
    }

    /// Serves for as long as `body` takes, which is given the URL before every path.
    package func serving<Value: Sendable>(_ body: (_ base: String) async throws -> Value) async throws -> Value {
        try await WebServer.serving(tls: server.tls, { await self.answer(to: $0) }) { port in
            try await body("https://localhost:\(port)")
        }
    }

    /// In the order they came.
    package var questions: [WebServer.Question] { state.withLock { $0.questions } }
}

extension TokenCA {
    package func answer(to question: WebServer.Question) async -> WebServer.Answer {
        state.withLock { $0.questions.append(question) }
        var answer: WebServer.Answer
        do { answer = try await route(question) } catch let refusal as Refusal { answer = refusal.answer } catch {
            answer = Refusal("malformed", "\(error)", status: 400).answer
        }
        if !question.path.hasPrefix("/at/"), question.path != "/directory" {
            answer.fields["Replay-Nonce"] = freshNonce()
        }
        conduct.alterAnswer(question.path, &answer)
        return answer
    }

    private func freshNonce() -> String {
        let nonce = UUID().uuidString
        state.withLock { _ = $0.nonces.insert(nonce) }
        return nonce
    }

    private func route(_ question: WebServer.Question) async throws -> WebServer.Answer {
        let base = "https://\(question.host)"
        switch (question.method, question.path) {
        case ("GET", "/directory"): return try directory(base)
        case ("HEAD", "/new-nonce"): return WebServer.Answer(200)
        case ("POST", let path) where path.hasPrefix("/at/"): return try await desk.answer(to: question)
        case ("POST", _): return try await take(question, base)
        default: throw Refusal("malformed", "no such thing", status: 404)
        }
    }

    private func directory(_ base: String) throws -> WebServer.Answer {
        var directory: [String: Any] = [
            "newNonce": "\(base)/new-nonce", "newAccount": "\(base)/new-account", "newOrder": "\(base)/new-order",
        ]
        if let terms = conduct.terms { directory["meta"] = ["termsOfService": terms] }
        return try .json(200, directory)
    }

    /// The checks of RFC 8555 §6.2 to §6.5, in their order.
    private func take(_ question: WebServer.Question, _ base: String) async throws -> WebServer.Answer {
        guard question.fields["content-type"] == "application/jose+json" else {
            throw Refusal("malformed", "content type", status: 415)
        }
        let request = try UncheckedRequest(question.body), fields = request.header.fields
        guard fields["alg"]?.asString == "ES256" else { throw Refusal("badSignatureAlgorithm", "alg", status: 400) }
        guard fields["url"]?.asString == base + question.path else { throw Refusal("unauthorized", "url", status: 401) }
        let isNew = question.path == "/new-account"
        guard isNew == (fields["jwk"] != nil), isNew == (fields["kid"] == nil) else {
            throw Refusal("malformed", "jwk for a new account, kid for all else", status: 400)
        }
        let (account, key) = try client(
            of: fields["jwk"]?.asObject.flatMap(ClientKey.init), fields["kid"]?.asString, base)
        guard let payload = try? await key.payload(of: request.token) else {
            throw Refusal("malformed", "signature", status: 400)
        }
        try spend(fields["nonce"]?.asString ?? "")
        return try await fulfil(question.path, payload, account, key, base)
    }

    private func client(of jwk: ClientKey?, _ kid: String?, _ base: String) throws -> (Int?, ClientKey) {
        if let jwk { return (nil, jwk) }
        let known = state.withLock { state in
            state.accounts.indices.first { "\(base)/account/\($0)" == kid }.map { ($0, state.accounts[$0]) }
        }
        guard let known else { throw Refusal("accountDoesNotExist", "kid", status: 400) }
        return known
    }

    private func spend(_ nonce: String) throws {
        try state.withLock { state in
            guard state.nonces.remove(nonce) != nil, state.refusedNonces == 0 else {
                state.refusedNonces = max(0, state.refusedNonces - 1)
                throw Refusal("badNonce", "nonce", status: 400)
            }
        }
    }
}

extension Refusal {
    var problem: [String: Any] { ["type": "urn:ietf:params:acme:error:\(type)", "detail": detail] }

    var answer: WebServer.Answer {
        let body = (try? JSONSerialization.data(withJSONObject: problem)) ?? Data()
        return WebServer.Answer(status, ["Content-Type": "application/problem+json"], Array(body))
    }
}

extension WebServer.Answer {
    static func json(_ status: Int, _ body: [String: Any], fields: [String: String] = [:]) throws -> Self {
        Self(
            status, fields.merging(["Content-Type": "application/json"]) { one, _ in one },
            Array(try JSONSerialization.data(withJSONObject: body)))
    }
}
