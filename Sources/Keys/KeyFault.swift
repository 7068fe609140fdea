package import Certificates

/// Why keys are left as they are.
package enum KeyFault: Error, Hashable, Sendable {
    case missing(String)
    case exists(String)
    /// Written by a later release.
    case newer(String)
    case baseURL(String, CertificateURLFault)
    case noAnchors(String)
    case unknown(String)
    case damaged(String, String)
    case forbidden(id: String, from: CredentialState, to: CredentialState)
    /// Somebody else changed it since it was read.
    case changedMeanwhile(String)
    case candidateExists(String)
    case noCandidate
    case noneActive
    case noChain(String)
    case chainExists(String)
    case notApproved(String)
    case approvedByStager(String)
    case inUse(String)
    case stillPublished(String, until: Int)
    case passphraseForgotten(String)
    case othersStore(String, owner: String)
}

extension KeyFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let path): "no keys at \(path); make the place for them with: countersign keys init"
        case .exists(let path): "\(path) exists and is left as it is; look at it with: countersign keys status"
        case .newer(let path): "\(path) was written by a later release; use that release of countersign"
        case .baseURL(let url, let fault):
            "verifiers would refuse certificates below \(url): \(fault.code); name an https URL of a folder with --url"
        case .noAnchors(let folder): "no certificate in \(folder); put the roots that peers trust there, as PEM"
        case .unknown(let id): "there is no credential \(id); see: countersign keys status --all"
        case .damaged(let id, let reason): "what is kept of credential \(id) cannot be read: \(reason)"
        case .forbidden(let id, let from, let to):
            "credential \(id) is \(from.rawValue), and cannot become \(to.rawValue)"
        case .changedMeanwhile(let id): "credential \(id) was changed by somebody else meanwhile; look and try again"
        case .candidateExists(let id):
            """
            credential \(id) is being prepared already; go on with: countersign keys rotate, \
            or give it up with: countersign keys retire \(id)
            """
        case .noCandidate: "no credential is being prepared; begin with: countersign keys stage"
        case .noneActive: "no credential signs: name the one to revoke; see: countersign keys status"
        case .noChain(let id):
            """
            credential \(id) has no chain yet; write a request for its CA with: countersign keys stage --csr FILE, \
            and take the answer with: countersign keys stage --chain FILE
            """
        case .chainExists(let id):
            "credential \(id) has another chain already; give it up with: countersign keys retire \(id)"
        case .notApproved(let id):
            "credential \(id) waits for a second person: countersign keys approve \(id) --who NAME"
        case .approvedByStager(let who): "\(who) staged it, and somebody else has to approve it"
        case .inUse(let folder): "another countersign works on the keys of \(folder); wait for it to end"
        case .passphraseForgotten(let id):
            """
            the key of \(id) is encrypted, and the next one would not be: give the same passphrase, with \
            --passphrase FILE or --ask-passphrase
            """
        case .othersStore(let path, let owner):
            "\(path) is \(owner)'s, who could not read what others write: run the command as \(owner)"
        case .stillPublished(let id, let until):
            "the chain of \(id) stays published until \(UTC.text(until)): verifiers may hold it, or ask for it, till then"
        }
    }
}
