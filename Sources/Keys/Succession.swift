internal import Certificates
internal import LibCrypto

/// Whether what a CA answered may follow on the certificate that signs.
struct Succession {
    let candidate: StoredCredential
    /// Nil for a carrier's first.
    let predecessor: StoredCredential?
    /// What it must speak for, if that is not what its predecessor speaks for.
    let scope: TNAuthList?
    let rotateDays: Int

    /// The chain without its anchor, judged as peers will judge it.
    func chain(_ pem: [UInt8], _ trust: TrustSnapshot, at now: Int) throws -> [Certificate] {
        let judged = try trust.validate(pem, at: now), chain = Array(judged.certificates.dropLast())
        try asked().requireAnswer(chain)
        let leaf = chain[0]
        let urgency = RotationUrgency(
            notBefore: leaf.notBefore, notAfter: leaf.notAfter, rotateDays: rotateDays, at: now)
        guard urgency == .notYet else { throw RotationFault.endsTooSoon(leaf.notAfter) }
        return chain
    }

    /// The same scope, and then the same constraints too (RFC 9118 §8).
    private func asked() throws -> AskedCertificate {
        let old = try predecessor?.certificates.first, before = try old?.tnAuthList
        guard let wanted = scope ?? before else { throw RotationFault.scopeUnsaid }
        return AskedCertificate(
            key: candidate.publicKey, tnAuthList: wanted,
            constraints: wanted == before ? old?.constrainingExtensions : nil)
    }
}

extension KeyStore {
    /// The one that signs, or the one that did last.
    package func predecessor() throws -> StoredCredential? {
        let signed = try Set(history().filter { $0.to == .active }.compactMap(\.credential))
        return try active() ?? credentials().last { signed.contains($0.id) }
    }
}

/// Why a rotation stops. What was done stays; the next run goes on from there.
package enum RotationFault: Error, Hashable, Sendable {
    case scopeUnsaid
    case endsTooSoon(Int)
    case unreachable(String, String)
    case notProven(String, String)
    case noDaemon(String)
    case untried(String)
    case refused(String, String)
    case notTakenUp(String)
    case noReplacement(String)
    case replacementNotApproved(String, by: String?)
    case preparedForOthers(String)
    case nothingToReplace(String)
}

extension RotationFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .scopeUnsaid: "a first certificate must be told whom it speaks for; add --spc, --range or --number"
        case .endsTooSoon(let notAfter):
            "the certificate ends \(UTC.text(notAfter)), and would have to be replaced at once; ask for one that is valid longer"
        case .unreachable(let url, let reason):
            "\(url) does not answer with the chain (\(reason)): nothing was switched; put it right and run the command again"
        case .notProven(let id, let reason): "a token signed with \(id) does not verify: \(reason)"
        case .noDaemon(let id):
            """
            no daemon runs that could say whether it can sign with \(id): nothing was switched; start it and run the command \
            again, or switch all the same with --without-daemon
            """
        case .untried(let id):
            """
            the daemon has not said whether it can sign with \(id): nothing was switched; look at its log, and whether its \
            configuration leaves the signing to the keys of this folder, and run the command again
            """
        case .refused(let id, let reason):
            "the daemon cannot sign with \(id): \(reason); nothing was switched; put it right and run the command again"
        case .notTakenUp(let id):
            "the daemon has not said that it signs with \(id): look at its log, and run the command again"
        case .noReplacement(let id):
            """
            there is nothing to take the place of \(id): stage it with its CA's chain first, or stop signing at once \
            with --without-replacement
            """
        case .replacementNotApproved(let id, let candidate):
            """
            \(id) still signs: what takes its place has to be approved by a second person; \(Self.approval(candidate)), \
            or stop signing at once with --without-replacement
            """
        case .nothingToReplace(let id):
            "\(id) does not sign, and neither does another: leave --replace out to have the next one sign"
        case .preparedForOthers(let id):
            """
            credential \(id), which is to sign next, speaks for others than --spc, --range and --number say: leave them \
            out to go on with it, or give it up with: countersign keys retire \(id)
            """
        }
    }

    private static func approval(_ candidate: String?) -> String {
        let approve = "countersign keys approve \(candidate ?? "ID") --who NAME"
        return candidate == nil ? "prepare it with: countersign keys stage, then: \(approve)" : approve
    }
}
