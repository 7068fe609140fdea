import ACME
import Certificates
import Foundation
import LibCrypto
import MiniPKI
import NIOPosix
import Synchronization
import TokenCA

/// A carrier that wants a certificate: its account's key, the key the certificate is for, and what it waits with.
struct Carrier: Sendable {
    var account: ACMEAccount
    let key: SigningKey
    var dialect = ACMEDialect()
    var credentials = TokenDesk.credentials
    var id = TokenDesk.account
    let pauses = Pauses()

    /// What the client would have slept, and its clock, which goes on by that and by what answers are said to take.
    final class Pauses: Sendable {
        private let all = Mutex<[Duration]>([])
        private let clock = Mutex(TokenCA.now)
        var taken: [Duration] { all.withLock { $0 } }
        var now: Int { clock.withLock { $0 } }

        func take(_ pause: Duration) {
            all.withLock { $0.append(pause) }
            pass(Int(pause.components.seconds))
        }

        func pass(_ seconds: Int) { clock.withLock { $0 += seconds } }
    }

    init() throws {
        account = ACMEAccount(try AccountKey(SigningKey.generate()))
        key = try SigningKey.generate()
    }

    func request(_ codes: String...) throws -> CertificationRequest {
        let list = try TNAuthList(codes.map { .spc($0) })
        return try CertificationRequest(
            for: Holder(name: codes[0], tnAuthList: list),
            subject: DistinguishedName(country: "US", organization: "Carrier", commonName: "SHAKEN \(codes[0])"),
            by: key)
    }

    func client(of ca: TokenCA, at base: String, limits: WebLimits = WebLimits()) throws -> ACMEClient {
        let web = try web(ca, limits), pauses = pauses
        return ACMEClient(
            directory: try ServiceURL("\(base)/directory", isLaboratory: true), account, dialect, web,
            ACMEWaiting(seconds: 60, pause: { pauses.take($0) }, now: { pauses.now }))
    }

    /// Asks the authority that the CA names.
    func tokens(of ca: TokenCA) throws -> ACMEClient.TokenSource {
        let web = try web(ca, WebLimits())
        return { wish, authority async throws(ACMEFault) in
            try await TokenAuthority(
                authority ?? "", isLaboratory: true, account: id, credentials: credentials, dialect, web
            ).token(wish)
        }
    }

    func chain(_ request: CertificationRequest, isForAuthority: Bool = false, of ca: TokenCA) async throws
        -> IssuedChain
    {
        try await ca.serving { base in
            try await client(of: ca, at: base).chain(
                for: request, isForAuthority: isForAuthority, token: tokens(of: ca))
        }
    }

    private func web(_ ca: TokenCA, _ limits: WebLimits) throws -> WebClient {
        try WebClient(roots: ca.roots, limits: limits, group: .singletonMultiThreadedEventLoopGroup)
    }
}

extension TokenCA {
    /// At the machine's time, since TLS looks at it.
    static let now = Int(Date().timeIntervalSince1970)

    convenience init(
        _ conduct: (inout Conduct) -> Void, policy: (inout TokenPolicy) -> Void = { _ in }
    ) throws {
        var altered = Conduct()
        conduct(&altered)
        try self.init(authorities: MiniPKI(now: Self.now), altered, policy: policy)
    }

    convenience init(altering token: @escaping @Sendable (inout TokenDesk.Recipe) -> Void) throws {
        try self.init({ $0.alterToken = token })
    }
}
