import Certificates
import LibCrypto
import MiniPKI
import Testing

/// One chain, whom is trusted, and what must come of it.
struct ChainCase: Sendable, CustomTestStringConvertible {
    static let pki = MiniPKI()
    static let now = pki.now

    let testDescription: String
    let body: [UInt8]
    var trust: TrustSnapshot
    /// The fault's code; nil for a chain that holds.
    let expected: String?

    init(
        _ name: String, _ certificates: [Certificate], anchors: [Certificate] = Self.pki.anchors,
        expected: String? = nil, settings: (inout TrustSettings) -> Void = { _ in }
    ) {
        self.init(name, body: Self.pem(certificates), anchors: anchors, expected: expected, settings: settings)
    }

    init(
        _ name: String, body: [UInt8], anchors: [Certificate] = Self.pki.anchors, lists: [RevocationList] = [],
        expected: String? = nil, settings: (inout TrustSettings) -> Void = { _ in }
    ) {
        var chosen = TrustSettings()
        settings(&chosen)
        testDescription = name
        self.body = body
        trust = TrustSnapshot(anchors: anchors, revocationLists: lists, settings: chosen, epoch: 1)
        self.expected = expected
    }

    static func pem(_ certificates: [Certificate]) -> [UInt8] { Array(certificates.map(\.pem).joined().utf8) }

    /// An ordinary leaf with one thing altered.
    static func leaf(_ alter: (inout MiniPKI.Recipe) -> Void = { _ in }) -> MiniPKI.Party {
        pki.leaf(.spc("709J"), alter: alter)
    }

    func outcome(at now: Int = Self.now) -> Result<ValidatedChain, CertificateFault> {
        Result { () throws(CertificateFault) in try trust.validate(body, at: now) }
    }

    func check(at now: Int = Self.now, sourceLocation: SourceLocation = #_sourceLocation) {
        switch outcome(at: now) {
        case .success: #expect(expected == nil, sourceLocation: sourceLocation)
        case .failure(let fault): #expect(fault.code == expected, "\(fault)", sourceLocation: sourceLocation)
        }
    }
}
