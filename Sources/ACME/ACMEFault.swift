package import Certificates
package import LibCrypto

/// Why no certificate came of it. A place is a URL.
package enum ACMEFault: Error, Hashable, Sendable {
    case url(String, CertificateURLFault)
    case unreachable(place: String, reason: String)
    case timedOut(place: String)
    case tooLarge(place: String)
    case redirected(place: String, status: Int)
    /// Neither what was asked for nor a problem document.
    case status(place: String, Int)
    case problem(place: String, Problem)
    case malformed(place: String, reason: String)
    case noNonce(place: String)
    case noncesRefused(place: String)
    case termsNotAgreed(String)
    case externalAccount
    case noTNAuthList
    case otherIdentifier(place: String)
    case noTokenChallenge(offered: [String])
    case unauthorised(Problem?)
    case orderFailed(Problem?)
    case unsettled(place: String, seconds: Int)
    case cancelled
    case answer(AnswerFault)
    case tokenNotText
    case tokenWanted(AuthorityTokenWish, authority: String?)
    case account(String)
    case libcrypto(OpenSSLError)
}

extension ACMEFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .url(let text, let fault):
            """
            \(text) is not asked (\(fault.code)): it must be https on a public host, but for keys whose place was made \
            with --private-network
            """
        case .unreachable(let place, let reason): "\(place) cannot be asked: \(reason)"
        case .timedOut(let place): "\(place) did not answer in time; \(Self.another)"
        case .tooLarge(let place): "\(place) answers with more than such an answer has"
        case .redirected(let place, let status):
            "\(place) leads elsewhere (\(status)), and no redirect is followed; name the place itself"
        case .status(let place, let status): "\(place) answers \(status), and does not say why"
        case .problem(let place, let problem): "\(place) refuses: \(problem)"
        case .malformed(let place, let reason): "what \(place) answers is not what belongs there: \(reason)"
        case .noNonce(let place): "\(place) gives no nonce (RFC 8555 §7.2)"
        case .noncesRefused(let place): "\(place) refuses even the nonces that it has just given"
        case .termsNotAgreed(let terms): "the CA wants its terms agreed to: read \(terms), then say --agree-to-terms"
        case .externalAccount:
            "the CA wants an account bound to one that it knows already (RFC 8555 §7.3.4), which is not supported"
        case .noTNAuthList: "the request asks for no TNAuthList, and it is what is ordered"
        case .otherIdentifier(let place): "\(place) is not about the TNAuthList that was ordered"
        case .noTokenChallenge(let offered):
            "the CA takes no authority token (tkauth-01 with atc) but only: \(offered.joined(separator: ", "))"
        case .unauthorised(let problem): "the CA did not take the authority token: \(Self.words(problem))"
        case .orderFailed(let problem): "the CA did not fulfil the order: \(Self.words(problem))"
        case .unsettled(let place, let seconds):
            "\(place) was not settled after \(seconds) s; later, \(Self.another)"
        case .cancelled: "given up before the CA had answered; \(Self.another)"
        case .answer(let fault): fault.description
        case .tokenNotText: "the authority token is not a JWS of three parts; ask the token authority for another"
        case .tokenWanted(let wish, let authority):
            """
            the CA wants an authority token\(authority.map { " of \($0)" } ?? "") that says \(wish.text); get one and run \
            the same command again with --token, or name the authority with --token-authority
            """
        case .account(let name): "\(name) cannot be an account of a token authority: letters, digits, and . _ - ~"
        case .libcrypto(let error): error.description
        }
    }

    private static let another =
        "run the same command again: that is a new order, for which a token given with --token, good once, may be spent"

    private static func words(_ problem: Problem?) -> String { problem?.description ?? "it does not say why" }
}
